#pragma once
// The words of the schema room: identities, kinds of fields, plain values, limits.
//
// A worknode's properties are keyed by field number, never by name. A number belongs to one kind for ever: it
// may vanish from a later version and come back, but only as what it was. Thread rule of the room: a value is
// used by one thread at a time.
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "runtime/base/strong.h"

namespace wn::schema {

// Hard limits; Limits below can only tighten them.
inline constexpr std::uint32_t kFieldsMax = 1'024;          // fields of one version
inline constexpr std::uint32_t kVersionsMax = 64;           // versions of one type
inline constexpr std::uint32_t kFieldNumberMax = 65'535;    // numbers count from 1
inline constexpr std::uint32_t kNameBytesMax = 255;         // of a type's or a field's name
inline constexpr std::uint32_t kDefaultBytesMax = 4'096;    // of a default value
inline constexpr std::uint32_t kLensStepsMax = 256;         // steps between two versions
inline constexpr std::uint32_t kKeyBytesMax = 255;          // of a map key or a prefix inside a lens
inline constexpr std::uint32_t kCandidatesMax = 4;          // schemas kept of one (type, version)
inline constexpr std::uint32_t kSchemaBytesMax = 1U << 20;  // of one encoded schema
inline constexpr std::uint32_t kGrowthBytesMax =
    1'024;  // of all prefixes that the lenses of a type give to members

// Operator configuration. Reaching one is Errc::too_large (one item is too big) or Errc::overloaded (there
// are too many of them); nothing is changed then.
struct Limits {
  std::uint32_t types_max = 256;
  std::uint32_t versions_max = 16;  // of one type
  std::uint32_t fields_max = 256;   // of one version
  std::uint32_t name_bytes_max = 64;
  std::uint32_t default_bytes_max = 1'024;
  std::uint32_t lens_steps_max = 64;
  // Of one string or byte value that a write may store. Less than what crdt::Options allows: a carried value
  // and a member with prefixes are longer (kGrowthBytesMax).
  std::uint32_t value_bytes_max = 2'048;
};

// A kind of worknode. 0 is "none". Two authors who choose one number for two types meet as a conflict.
struct TypeId : Strong<TypeId, std::uint32_t> {
  using Strong::Strong;
  constexpr explicit operator bool() const { return value != 0; }
};

// Versions of a type count from 1 without gaps. 0 is "none".
struct Version : Strong<Version, std::uint32_t> {
  using Strong::Strong;
  constexpr explicit operator bool() const { return value != 0; }
  constexpr Version next() const { return Version{value + 1}; }
  constexpr Version previous() const { return Version{value == 0 ? 0 : value - 1}; }
};

struct FieldNumber : Strong<FieldNumber, std::uint32_t> {
  using Strong::Strong;
  constexpr explicit operator bool() const { return value != 0; }
};

// What a register or an element can be. The numbers are stored; they do not change.
enum class ScalarKind : std::uint8_t { none = 0, boolean, integer, string, bytes, reference };
inline constexpr std::uint8_t kScalarKindsEnd = 6;
std::string_view to_string(ScalarKind kind);

// The shape of a field. `element` of a FieldSpec says what is inside.
enum class Kind : std::uint8_t {
  none = 0,
  last_writer,      // one register of `element`; the last writer wins
  multi_value,      // concurrent writes stay side by side
  counter,          // PN-counter; no element
  bounded_counter,  // never below zero (escrow); no element
  set,              // add-wins set of `element`
  map,              // add-wins map; `nested` says what its values are, `element` of what
  text,             // sequence; no element
  grow_counter,     // G-counter; no element
};
inline constexpr std::uint8_t kKindsEnd = 9;
std::string_view to_string(Kind kind);

// A plain value by view: for checks, conversions and calls. Trivially copyable; points at bytes of the
// caller.
struct ValueView {
  ScalarKind kind = ScalarKind::none;
  std::int64_t integer = 0;  // boolean: 0 or 1
  WorknodeId reference;
  ByteView bytes;  // string (UTF-8), bytes

  static ValueView of(bool value) { return {ScalarKind::boolean, value ? 1 : 0, {}, {}}; }
  static ValueView of(std::int64_t value) { return {ScalarKind::integer, value, {}, {}}; }
  static ValueView of(std::string_view text) { return {ScalarKind::string, 0, {}, as_bytes(text)}; }
  static ValueView of(WorknodeId reference) { return {ScalarKind::reference, 0, reference, {}}; }
  static ValueView of_bytes(ByteView bytes) { return {ScalarKind::bytes, 0, {}, bytes}; }
};
bool operator==(const ValueView& a, const ValueView& b);

// The same, owning its bytes.
struct Value {
  ScalarKind kind = ScalarKind::none;
  std::int64_t integer = 0;
  WorknodeId reference;
  std::string bytes;

  static Value of(bool value) { return {ScalarKind::boolean, value ? 1 : 0, {}, {}}; }
  static Value of(std::int64_t value) { return {ScalarKind::integer, value, {}, {}}; }
  static Value of(std::string_view text) { return {ScalarKind::string, 0, {}, std::string(text)}; }
  static Value of(WorknodeId reference) { return {ScalarKind::reference, 0, reference, {}}; }
  static Value of_bytes(std::string_view bytes) { return {ScalarKind::bytes, 0, {}, std::string(bytes)}; }
  static Value copy_of(const ValueView& view) {
    return {view.kind, view.integer, view.reference, std::string(as_text(view.bytes))};
  }
  ValueView view() const { return {kind, integer, reference, as_bytes(bytes)}; }
  friend auto operator<=>(const Value&, const Value&) = default;
};

// Whether the parts that a value of this kind does not use are empty, and a boolean is 0 or 1.
bool is_normal(const ValueView& value);

// Shortest well-formed UTF-8 without surrogates (RFC 3629): what a string value must be.
bool is_utf8(ByteView bytes);

}  // namespace wn::schema
