#include "runtime/schema/schema.h"

#include <algorithm>

namespace wn::schema {
namespace {

Result<void> refuse(const Schema& schema, std::string why) {
  return fail(Errc::invalid_argument, "schema of type " + std::to_string(schema.type.value) + " version " +
                                          std::to_string(schema.version.value) + ": " + std::move(why));
}

Result<void> refuse_field(const Schema& schema, const FieldSpec& field, std::string_view why) {
  return refuse(schema, "field " + std::to_string(field.number.value) + " " + std::string(why));
}

bool needs_element(Kind kind) {
  return kind == Kind::last_writer || kind == Kind::multi_value || kind == Kind::set;
}

bool valid_name(std::string_view name, const Limits& limits) {
  return !name.empty() && name.size() <= std::min(limits.name_bytes_max, kNameBytesMax) &&
         is_utf8(as_bytes(name));
}

std::string_view shape_fault(const FieldSpec& field) {
  if (field.kind == Kind::none || static_cast<std::uint8_t>(field.kind) >= kKindsEnd) return "has no kind";
  if (static_cast<std::uint8_t>(field.element) >= kScalarKindsEnd ||
      static_cast<std::uint8_t>(field.nested) >= kKindsEnd) {
    return "holds an unknown kind";
  }
  if ((field.kind == Kind::map) != (field.nested != Kind::none)) return "must be a map to have nested values";
  const Kind inner = field.kind == Kind::map ? field.nested : field.kind;
  if (needs_element(inner) != (field.element != ScalarKind::none)) return "has the wrong kind of element";
  return {};
}

std::string_view default_fault(const FieldSpec& field, const Limits& limits) {
  const Value& value = field.default_value;
  if (value.kind == ScalarKind::none) {
    return value == Value{} ? std::string_view{} : "has a default without a kind";
  }
  if (field.kind != Kind::last_writer || value.kind != field.element) return "has a default of another kind";
  if (!is_normal(value.view())) return "has a default with parts of another kind";
  if (value.bytes.size() > std::min(limits.default_bytes_max, kDefaultBytesMax))
    return "has too long a default";
  if (value.kind == ScalarKind::string && !is_utf8(as_bytes(value.bytes)))
    return "has a default that is not UTF-8";
  return {};
}

void absorb_text(Digest& digest, std::string_view text) { digest.absorb(as_bytes(text)); }

}  // namespace

const FieldSpec* Schema::find(FieldNumber number) const {
  const auto at = std::lower_bound(fields.begin(), fields.end(), number,
                                   [](const FieldSpec& f, FieldNumber n) { return f.number < n; });
  return at != fields.end() && at->number == number ? &*at : nullptr;
}

const FieldSpec* Schema::find(std::string_view name) const {
  const auto at =
      std::find_if(fields.begin(), fields.end(), [&](const FieldSpec& f) { return f.name == name; });
  return at != fields.end() ? &*at : nullptr;
}

Result<void> check(const Schema& schema, const Limits& limits) {
  if (!schema.type) return refuse(schema, "the type has no number");
  if (!schema.version || schema.version.value > std::min(limits.versions_max, kVersionsMax)) {
    return fail(Errc::too_large, "version " + std::to_string(schema.version.value) + " is outside 1.." +
                                     std::to_string(std::min(limits.versions_max, kVersionsMax)));
  }
  if (!valid_name(schema.type_name, limits))
    return refuse(schema, "the type's name is empty, too long or not UTF-8");
  if (schema.fields.size() > std::min(limits.fields_max, kFieldsMax)) {
    return fail(Errc::too_large, std::to_string(schema.fields.size()) + " fields exceed fields_max");
  }
  if (schema.lens.steps.size() > std::min(limits.lens_steps_max, kLensStepsMax)) {
    return fail(Errc::too_large, std::to_string(schema.lens.steps.size()) + " steps exceed lens_steps_max");
  }
  if (schema.version.value == 1 && !schema.lens.empty())
    return refuse(schema, "the first version has a lens");
  FieldNumber last;
  std::vector<std::string_view> names;
  for (const FieldSpec& field : schema.fields) {
    if (field.number <= last) return refuse_field(schema, field, "does not ascend");
    last = field.number;
    if (field.number.value > kFieldNumberMax) return refuse_field(schema, field, "has too large a number");
    if (!valid_name(field.name, limits))
      return refuse_field(schema, field, "has an empty, too long or broken name");
    names.push_back(field.name);
    if (const auto fault = shape_fault(field); !fault.empty()) return refuse_field(schema, field, fault);
    if (const auto fault = default_fault(field, limits); !fault.empty())
      return refuse_field(schema, field, fault);
    if (!field.since || field.since > schema.version)
      return refuse_field(schema, field, "is from the future");
    if (field.deprecated && (field.deprecated < field.since || field.deprecated > schema.version)) {
      return refuse_field(schema, field, "is deprecated at an impossible version");
    }
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end())
    return refuse(schema, "two fields share a name");
  for (const LensStep& step : schema.lens.steps) {
    if (step.kind == LensKind::none || static_cast<std::uint8_t>(step.kind) >= kLensKindsEnd ||
        step.key.size() > kKeyBytesMax || step.from.value > kFieldNumberMax ||
        step.to.value > kFieldNumberMax) {
      return refuse(schema, "a step of the lens is out of range");
    }
  }
  return {};
}

Digest digest_of(const Schema& schema) {
  Digest digest;
  digest.absorb(schema.type.value);
  absorb_text(digest, schema.type_name);
  digest.absorb(schema.version.value);
  digest.absorb(schema.fields.size());
  for (const FieldSpec& field : schema.fields) {
    digest.absorb(field.number.value);
    absorb_text(digest, field.name);
    digest.absorb(static_cast<std::uint64_t>(field.kind) << 16 |
                  static_cast<std::uint64_t>(field.element) << 8 | static_cast<std::uint64_t>(field.nested));
    digest.absorb(static_cast<std::uint64_t>(field.default_value.kind));
    digest.absorb(static_cast<std::uint64_t>(field.default_value.integer));
    digest.absorb(field.default_value.reference.high);
    digest.absorb(field.default_value.reference.low);
    absorb_text(digest, field.default_value.bytes);
    digest.absorb(std::uint64_t{field.since.value} << 32 | field.deprecated.value);
  }
  digest.absorb(schema.lens.steps.size());
  for (const LensStep& step : schema.lens.steps) {
    digest.absorb(static_cast<std::uint64_t>(step.kind));
    digest.absorb(std::uint64_t{step.from.value} << 32 | step.to.value);
    absorb_text(digest, step.key);
    digest.absorb(static_cast<std::uint64_t>(step.factor));
  }
  return digest;
}

}  // namespace wn::schema
