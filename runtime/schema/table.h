#pragma once
// Table: one version of a type, compiled for the question that the realm asks at every write: may this
// property hold this value? Sorted arrays, no allocation, no decoding; built once when the schema arrives.
#include <memory_resource>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/schema/schema.h"

namespace wn::schema {

enum class WriteFault : std::uint8_t {
  none = 0,
  unknown_field,  // the version has no such number: a write by it would be guesswork (it is carried when it
                  // arrives)
  wrong_kind,     // another kind of CRDT
  wrong_value,    // another kind of value inside
  not_utf8,
  too_large,  // value_bytes_max
  claimed,    // a lens has given this key, or elements that begin so, to another field (translator.h)
};
std::string_view to_string(WriteFault fault);
Errc to_errc(WriteFault fault);  // not_found, invalid_argument, too_large, precondition

struct Rule {
  Kind kind = Kind::none;
  ScalarKind element = ScalarKind::none;
  Kind nested = Kind::none;
  bool deprecated = false;
};

class Table {
 public:
  Table(const Schema& schema, Digest digest, const Limits& limits, std::pmr::memory_resource* memory);

  Table(Table&&) = default;
  Table& operator=(Table&&) = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  TypeId type() const { return type_; }
  Version version() const { return version_; }
  const Digest& digest() const { return digest_; }
  std::size_t size() const { return numbers_.size(); }

  // nullptr: unknown to this version.
  const Rule* find(FieldNumber number) const {
    if (number.value < places_.size()) {
      const std::uint16_t place = places_[number.value];
      return place == 0 ? nullptr : &rules_[place - 1U];
    }
    return number.value < kDirectMax ? nullptr : find_among_high(number);
  }

  // May `number` be written as a `kind` that holds `value`? A value without kind asks about the kind alone
  // (removals, counters). `nested`: for a map, what is written under one of its keys, and `value` is the
  // value in there.
  WriteFault judge(FieldNumber number, Kind kind, const ValueView& value, Kind nested = Kind::none) const {
    const Rule* rule = find(number);
    if (rule == nullptr) [[unlikely]]
      return WriteFault::unknown_field;
    if (rule->kind != kind || (nested != Kind::none && rule->nested != nested)) [[unlikely]] {
      return WriteFault::wrong_kind;
    }
    // Most fields are registers of numbers.
    const bool plain = value.kind == rule->element && value.bytes.empty() && kind == Kind::last_writer;
    return plain ? WriteFault::none : judge_value(*rule, kind, value, nested);
  }
  Result<void> validate(FieldNumber number, Kind kind, const ValueView& value,
                        Kind nested = Kind::none) const {
    const WriteFault fault = judge(number, kind, value, nested);
    if (fault == WriteFault::none) [[likely]]
      return {};
    return refusal(number, fault);
  }

 private:
  // Numbers below this are looked up directly, others by halving.
  static constexpr std::uint32_t kDirectMax = 4'096;

  WriteFault judge_value(const Rule& rule, Kind kind, const ValueView& value, Kind nested) const;
  const Rule* find_among_high(FieldNumber number) const;
  Result<void> refusal(FieldNumber number, WriteFault fault) const;

  TypeId type_;
  Version version_;
  Digest digest_;
  std::uint32_t value_bytes_max_;
  std::pmr::vector<std::uint32_t> numbers_;  // ascending
  std::pmr::vector<Rule> rules_;             // of the number at the same place
  std::pmr::vector<std::uint16_t> places_;   // by number: 1 + its place, 0 = unknown; as long as needed
};

}  // namespace wn::schema
