#pragma once
// View: one document read and written through one version of its type.
//
// Reads give what is stored under the field, its default when nothing is, or say that what is there is
// foreign: written by another version in a way that this one cannot express (value_map.h). A foreign value is
// kept and travels on; the next write by this version replaces it, as any write replaces what it has seen.
// Writes are refused, and change nothing, when the version has no such field (not_found), the field is of
// another kind or holds other values (invalid_argument), the value is too long (too_large), or a lens has
// given the key or element to another field (precondition); otherwise the document's own refusals hold.
// Fields that the version does not know are out of reach and stay byte for byte.
//
// The document has to be in the shape of the version (translator.h). A view is four pointers: make one when
// needed.
#include <optional>

#include "runtime/crdt/document.h"
#include "runtime/schema/schema.h"
#include "runtime/schema/table.h"
#include "runtime/schema/translator.h"

namespace wn::schema {

enum class Found : std::uint8_t { absent = 1, value, foreign };

struct Reading {
  Found found = Found::absent;
  Value value;  // absent: the default, if the field has one; foreign: what its writer wrote
};

class View {
 public:
  // `schema`, `table` and `translator` are those of one version; they and the document outlive the view.
  View(const Schema& schema, const Table& table, const Translator& translator, crdt::Document& document)
      : schema_(&schema), table_(&table), translator_(&translator), document_(&document) {}

  // ---- registers ----
  Result<Reading> get(FieldNumber field) const;                   // multi_value: the latest of the siblings
  Result<std::vector<Reading>> get_all(FieldNumber field) const;  // multi_value: ascending by dot
  Result<void> set(FieldNumber field, const ValueView& value, const crdt::Write& write);

  // ---- counters ----
  Result<std::int64_t> count(FieldNumber field) const;  // 0 when absent
  Result<void> add(FieldNumber field, std::int64_t amount, const crdt::Write& write);
  Result<void> grant(FieldNumber field, std::int64_t amount, const crdt::Write& write);
  Result<void> spend(FieldNumber field, std::int64_t amount, const crdt::Write& write);

  // ---- sets ----
  Result<std::vector<Value>> members(FieldNumber field) const;  // of the field's kind of element, ascending
  Result<void> insert(FieldNumber field, const ValueView& member, const crdt::Write& write);
  Result<void> erase(FieldNumber field, const ValueView& member, const crdt::Write& write);

  // ---- text ----
  Result<std::string> text(FieldNumber field) const;  // empty when absent
  Result<void> insert_text(FieldNumber field, std::uint32_t at, std::string_view utf8,
                           const crdt::Write& write);
  Result<void> erase_text(FieldNumber field, std::uint32_t at, std::uint32_t count, const crdt::Write& write);

  // ---- maps: registers, counters and sets under a key ----
  Result<Reading> get_in(FieldNumber map, std::string_view key) const;
  Result<void> set_in(FieldNumber map, std::string_view key, const ValueView& value,
                      const crdt::Write& write);
  Result<std::vector<Value>> members_in(FieldNumber map, std::string_view key) const;
  Result<void> insert_in(FieldNumber map, std::string_view key, const ValueView& member,
                         const crdt::Write& write);
  Result<std::vector<std::string>> keys(FieldNumber map) const;  // of the field's kind of values, ascending
  Result<void> remove_key(FieldNumber map, std::string_view key, const crdt::Write& write);

  // Everything under the field. Done, without a dot, when there is nothing.
  Result<void> clear(FieldNumber field, const crdt::Write& write);

 private:
  Result<const FieldSpec*> field_of(FieldNumber number, bool (*fits)(Kind)) const;

  const Schema* schema_;
  const Table* table_;
  const Translator* translator_;
  crdt::Document* document_;
};

}  // namespace wn::schema
