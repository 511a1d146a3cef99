#include "runtime/schema/view.h"

#include <array>

#include "runtime/schema/crdt_kinds.h"
#include "runtime/schema/translator.h"
#include "runtime/schema/value_map.h"

namespace wn::schema {
namespace {

// A reference is stored as its sixteen bytes, the highest first.
using ReferenceBytes = std::array<std::uint8_t, 16>;

ReferenceBytes bytes_of(WorknodeId id) {
  ReferenceBytes out;
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<std::uint8_t>(id.high >> (56 - 8 * i));
    out[8 + i] = static_cast<std::uint8_t>(id.low >> (56 - 8 * i));
  }
  return out;
}

WorknodeId reference_of(ByteView bytes) {
  WorknodeId id;
  for (std::size_t i = 0; i < 8; ++i) {
    id.high = id.high << 8 | bytes[i];
    id.low = id.low << 8 | bytes[8 + i];
  }
  return id;
}

// Calls `use` with the value as the document stores it; it points at `value` and into this frame.
template <class Use>
auto stored(const ValueView& value, Use&& use) {
  const ReferenceBytes reference = bytes_of(value.reference);
  switch (value.kind) {
    case ScalarKind::boolean:
      return use(crdt::Value::of(value.integer != 0));
    case ScalarKind::integer:
      return use(crdt::Value::of(value.integer));
    case ScalarKind::string:
      return use(crdt::Value::of(as_text(value.bytes)));
    case ScalarKind::bytes:
      return use(crdt::Value::of(value.bytes));
    case ScalarKind::reference:
      return use(crdt::Value::of(ByteView(reference)));
    case ScalarKind::none:
      break;
  }
  return use(crdt::Value());
}

ValueView plain(const crdt::Value& value) {
  switch (value.kind()) {
    case crdt::Kind::none:
      return {};
    case crdt::Kind::boolean:
      return ValueView::of(value.boolean());
    case crdt::Kind::integer:
      return ValueView::of(value.integer());
    case crdt::Kind::string:
      return ValueView::of(value.string());
    case crdt::Kind::bytes:
      return ValueView::of_bytes(value.bytes());
  }
  return {};
}

// What is stored, as a value of the field's element.
Reading reading_of(const crdt::Value& value, ScalarKind element) {
  const ValueView view = plain(value);
  if (element == ScalarKind::reference && view.kind == ScalarKind::bytes && view.bytes.size() == 16) {
    return {Found::value, Value::of(reference_of(view.bytes))};
  }
  if (view.kind == element) return {Found::value, Value::copy_of(view)};
  if (auto away = carried(view)) return {Found::foreign, std::move(away->original)};
  return {Found::foreign, Value::copy_of(view)};
}

Result<void> outcome(Errc code, FieldNumber field) {
  if (code == Errc::ok) return {};
  return fail(code, "field " + std::to_string(field.value) +
                        ": the document refuses: " + std::string(to_string(code)));
}

bool is_register(Kind kind) { return kind == Kind::last_writer || kind == Kind::multi_value; }
bool is_multi_value(Kind kind) { return kind == Kind::multi_value; }
bool is_counter(Kind kind) {
  return kind == Kind::counter || kind == Kind::bounded_counter || kind == Kind::grow_counter;
}
bool is_set(Kind kind) { return kind == Kind::set; }
bool is_map(Kind kind) { return kind == Kind::map; }
bool is_text(Kind kind) { return kind == Kind::text; }
bool is_any(Kind) { return true; }

// The path of a field, or of a key in a map field. Steps point into this object.
class FieldPath {
 public:
  explicit FieldPath(const FieldSpec& field) : key_(field.number) {
    steps_[0] = {type_of(field.kind), key_.view()};
  }
  FieldPath(const FieldSpec& field, std::string_view key) : FieldPath(field) {
    steps_[1] = {type_of(field.nested), key};
    count_ = 2;
  }
  FieldPath(const FieldPath&) = delete;
  FieldPath& operator=(const FieldPath&) = delete;
  operator crdt::Path() const { return {steps_.data(), count_}; }

 private:
  FieldKey key_;
  std::array<crdt::Step, 2> steps_;
  std::size_t count_ = 1;
};

std::vector<Value> values_of(const crdt::Document& document, crdt::Path path, ScalarKind element) {
  std::vector<crdt::Value> all;
  document.members(path, all);
  std::vector<Value> out;
  for (const crdt::Value& value : all) {
    Reading reading = reading_of(value, element);
    if (reading.found == Found::value) out.push_back(std::move(reading.value));
  }
  return out;
}

std::unexpected<Error> wrong(FieldNumber number, WriteFault fault) {
  return fail(to_errc(fault), "field " + std::to_string(number.value) + ": " + std::string(to_string(fault)));
}

}  // namespace

Result<const FieldSpec*> View::field_of(FieldNumber number, bool (*fits)(Kind)) const {
  const FieldSpec* field = schema_->find(number);
  if (field == nullptr) return wrong(number, WriteFault::unknown_field);
  if (!fits(field->kind)) return wrong(number, WriteFault::wrong_kind);
  return field;
}

Result<Reading> View::get(FieldNumber number) const {
  const auto field = field_of(number, is_register);
  if (!field) return std::unexpected(field.error());
  const FieldPath path(**field);
  const auto value = document_->get(path);
  if (!value) return Reading{Found::absent, (*field)->default_value};
  return reading_of(*value, (*field)->element);
}

Result<std::vector<Reading>> View::get_all(FieldNumber number) const {
  const auto field = field_of(number, is_multi_value);
  if (!field) return std::unexpected(field.error());
  std::vector<crdt::Value> all;
  const FieldPath path(**field);
  document_->get_all(path, all);
  std::vector<Reading> out;
  for (const crdt::Value& value : all) out.push_back(reading_of(value, (*field)->element));
  return out;
}

Result<void> View::set(FieldNumber number, const ValueView& value, const crdt::Write& write) {
  const auto field = field_of(number, is_register);
  if (!field) return std::unexpected(field.error());
  if (value.kind == ScalarKind::none) return wrong(number, WriteFault::wrong_value);
  if (auto ok = table_->validate(number, (*field)->kind, value); !ok) return ok;
  const FieldPath path(**field);
  return outcome(stored(value, [&](const crdt::Value& v) { return document_->set(path, v, write); }), number);
}

Result<std::int64_t> View::count(FieldNumber number) const {
  const auto field = field_of(number, is_counter);
  if (!field) return std::unexpected(field.error());
  const FieldPath path(**field);
  return document_->count(path).value_or(0);
}

Result<void> View::add(FieldNumber number, std::int64_t amount, const crdt::Write& write) {
  const auto field = field_of(number, [](Kind k) { return k == Kind::counter || k == Kind::grow_counter; });
  if (!field) return std::unexpected(field.error());
  const FieldPath path(**field);
  return outcome(document_->add(path, amount, write), number);
}

Result<void> View::grant(FieldNumber number, std::int64_t amount, const crdt::Write& write) {
  const auto field = field_of(number, [](Kind k) { return k == Kind::bounded_counter; });
  if (!field) return std::unexpected(field.error());
  const FieldPath path(**field);
  return outcome(document_->grant(path, amount, write), number);
}

Result<void> View::spend(FieldNumber number, std::int64_t amount, const crdt::Write& write) {
  const auto field = field_of(number, [](Kind k) { return k == Kind::bounded_counter; });
  if (!field) return std::unexpected(field.error());
  const FieldPath path(**field);
  return outcome(document_->spend(path, amount, write), number);
}

Result<std::vector<Value>> View::members(FieldNumber number) const {
  const auto field = field_of(number, is_set);
  if (!field) return std::unexpected(field.error());
  return values_of(*document_, FieldPath(**field), (*field)->element);
}

Result<void> View::insert(FieldNumber number, const ValueView& member, const crdt::Write& write) {
  const auto field = field_of(number, is_set);
  if (!field) return std::unexpected(field.error());
  if (member.kind == ScalarKind::none) return wrong(number, WriteFault::wrong_value);
  if (auto ok = table_->validate(number, Kind::set, member); !ok) return ok;
  if (!translator_->accepts(number, member)) return wrong(number, WriteFault::claimed);
  const FieldPath path(**field);
  return outcome(stored(member, [&](const crdt::Value& v) { return document_->insert(path, v, write); }),
                 number);
}

Result<void> View::erase(FieldNumber number, const ValueView& member, const crdt::Write& write) {
  const auto field = field_of(number, is_set);
  if (!field) return std::unexpected(field.error());
  const FieldPath path(**field);
  return outcome(stored(member, [&](const crdt::Value& v) { return document_->erase(path, v, write); }),
                 number);
}

Result<std::string> View::text(FieldNumber number) const {
  const auto field = field_of(number, is_text);
  if (!field) return std::unexpected(field.error());
  const FieldPath path(**field);
  return document_->text(path).value_or(std::string());
}

Result<void> View::insert_text(FieldNumber number, std::uint32_t at, std::string_view utf8,
                               const crdt::Write& write) {
  const auto field = field_of(number, is_text);
  if (!field) return std::unexpected(field.error());
  if (auto ok = table_->validate(number, Kind::text, ValueView::of(utf8)); !ok) return ok;
  const FieldPath path(**field);
  return outcome(document_->insert_text(path, at, utf8, write), number);
}

Result<void> View::erase_text(FieldNumber number, std::uint32_t at, std::uint32_t count,
                              const crdt::Write& write) {
  const auto field = field_of(number, is_text);
  if (!field) return std::unexpected(field.error());
  const FieldPath path(**field);
  return outcome(document_->erase_text(path, at, count, write), number);
}

Result<Reading> View::get_in(FieldNumber map, std::string_view key) const {
  const auto field = field_of(map, is_map);
  if (!field) return std::unexpected(field.error());
  if (!is_register((*field)->nested)) return wrong(map, WriteFault::wrong_kind);
  const FieldPath path(**field, key);
  const auto value = document_->get(path);
  return value ? reading_of(*value, (*field)->element) : Reading{};
}

Result<void> View::set_in(FieldNumber map, std::string_view key, const ValueView& value,
                          const crdt::Write& write) {
  const auto field = field_of(map, is_map);
  if (!field) return std::unexpected(field.error());
  if (!is_register((*field)->nested)) return wrong(map, WriteFault::wrong_kind);
  if (value.kind == ScalarKind::none) return wrong(map, WriteFault::wrong_value);
  if (auto ok = table_->validate(map, Kind::map, value, (*field)->nested); !ok) return ok;
  if (!translator_->accepts(map, key, (*field)->nested)) return wrong(map, WriteFault::claimed);
  const FieldPath path(**field, key);
  return outcome(stored(value, [&](const crdt::Value& v) { return document_->set(path, v, write); }), map);
}

Result<std::vector<Value>> View::members_in(FieldNumber map, std::string_view key) const {
  const auto field = field_of(map, is_map);
  if (!field) return std::unexpected(field.error());
  if (!is_set((*field)->nested)) return wrong(map, WriteFault::wrong_kind);
  return values_of(*document_, FieldPath(**field, key), (*field)->element);
}

Result<void> View::insert_in(FieldNumber map, std::string_view key, const ValueView& member,
                             const crdt::Write& write) {
  const auto field = field_of(map, is_map);
  if (!field) return std::unexpected(field.error());
  if (!is_set((*field)->nested)) return wrong(map, WriteFault::wrong_kind);
  if (member.kind == ScalarKind::none) return wrong(map, WriteFault::wrong_value);
  if (auto ok = table_->validate(map, Kind::map, member, Kind::set); !ok) return ok;
  if (!translator_->accepts(map, key, Kind::set, member)) return wrong(map, WriteFault::claimed);
  const FieldPath path(**field, key);
  return outcome(stored(member, [&](const crdt::Value& v) { return document_->insert(path, v, write); }),
                 map);
}

Result<std::vector<std::string>> View::keys(FieldNumber map) const {
  const auto field = field_of(map, is_map);
  if (!field) return std::unexpected(field.error());
  std::vector<crdt::Step> children;
  const FieldPath path(**field);
  document_->children(path, children);
  std::vector<std::string> out;
  for (const crdt::Step& step : children) {
    if (step.type == type_of((*field)->nested)) out.emplace_back(step.key);
  }
  return out;
}

Result<void> View::remove_key(FieldNumber map, std::string_view key, const crdt::Write& write) {
  const auto field = field_of(map, is_map);
  if (!field) return std::unexpected(field.error());
  const FieldPath path(**field);
  return outcome(document_->remove_key(path, key, write), map);
}

Result<void> View::clear(FieldNumber number, const crdt::Write& write) {
  const auto field = field_of(number, is_any);
  if (!field) return std::unexpected(field.error());
  const FieldPath path(**field);
  const Errc code = document_->remove(path, write);
  return outcome(code == Errc::not_found ? Errc::ok : code, number);
}

}  // namespace wn::schema
