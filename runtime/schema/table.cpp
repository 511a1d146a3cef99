#include "runtime/schema/table.h"

#include <algorithm>

namespace wn::schema {
namespace {

// What may be inside a CRDT of this kind: counters take amounts, a text takes characters or a piece of text.
bool holds(Kind kind, ScalarKind element, ScalarKind value) {
  switch (kind) {
    case Kind::last_writer:
    case Kind::multi_value:
    case Kind::set:
      return value == element;
    case Kind::counter:
    case Kind::grow_counter:
    case Kind::bounded_counter:
      return value == ScalarKind::integer;
    case Kind::text:
      return value == ScalarKind::string || value == ScalarKind::integer;
    case Kind::none:
    case Kind::map:
      return false;
  }
  return false;
}

}  // namespace

std::string_view to_string(WriteFault fault) {
  static constexpr std::string_view kNames[] = {"none",     "unknown-field", "wrong-kind", "wrong-value",
                                                "not-utf8", "too-large",     "claimed"};
  return kNames[static_cast<std::size_t>(fault)];
}

Errc to_errc(WriteFault fault) {
  switch (fault) {
    case WriteFault::none:
      return Errc::ok;
    case WriteFault::unknown_field:
      return Errc::not_found;
    case WriteFault::wrong_kind:
    case WriteFault::wrong_value:
    case WriteFault::not_utf8:
      return Errc::invalid_argument;
    case WriteFault::too_large:
      return Errc::too_large;
    case WriteFault::claimed:
      return Errc::precondition;
  }
  return Errc::internal;
}

Table::Table(const Schema& schema, Digest digest, const Limits& limits, std::pmr::memory_resource* memory)
    : type_(schema.type),
      version_(schema.version),
      digest_(digest),
      value_bytes_max_(limits.value_bytes_max),
      numbers_(memory),
      rules_(memory),
      places_(memory) {
  numbers_.reserve(schema.fields.size());
  rules_.reserve(schema.fields.size());
  for (const FieldSpec& field : schema.fields) {
    numbers_.push_back(field.number.value);
    rules_.push_back({field.kind, field.element, field.nested, static_cast<bool>(field.deprecated)});
    if (field.number.value >= kDirectMax) continue;
    places_.resize(field.number.value + 1);
    places_.back() = static_cast<std::uint16_t>(rules_.size());
  }
}

const Rule* Table::find_among_high(FieldNumber number) const {
  const auto at = std::lower_bound(numbers_.begin(), numbers_.end(), number.value);
  return at != numbers_.end() && *at == number.value
             ? &rules_[static_cast<std::size_t>(at - numbers_.begin())]
             : nullptr;
}

WriteFault Table::judge_value(const Rule& rule, Kind kind, const ValueView& value, Kind nested) const {
  if (value.kind == ScalarKind::none) return WriteFault::none;
  if (!holds(nested == Kind::none ? kind : nested, rule.element, value.kind)) return WriteFault::wrong_value;
  if (value.bytes.size() > value_bytes_max_) return WriteFault::too_large;
  if (value.kind == ScalarKind::string && !is_utf8(value.bytes)) return WriteFault::not_utf8;
  return WriteFault::none;
}

Result<void> Table::refusal(FieldNumber number, WriteFault fault) const {
  return fail(to_errc(fault), "field " + std::to_string(number.value) + " of type " +
                                  std::to_string(type_.value) + " version " + std::to_string(version_.value) +
                                  ": " + std::string(to_string(fault)));
}

}  // namespace wn::schema
