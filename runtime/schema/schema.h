#pragma once
// Schema: what the properties of one type of worknode are in one version. Data: it has canonical bytes, a
// digest that is its identity, and it is replicated by a Registry.
//
// A version carries the lens that leads to it from the version before (empty: every change is additive), so
// that whoever knows two versions can translate between them.
//
// Wire: Protobuf's format, canonical (proto_wire.h); FORMAT in README.md. decode() is total: any bytes give a
// schema that check() accepts, or an error.
#include <span>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/schema/lens.h"
#include "runtime/schema/types.h"

namespace wn::schema {

struct FieldSpec {
  FieldNumber number;
  std::string name;
  Kind kind = Kind::none;
  ScalarKind element = ScalarKind::none;  // what the registers, siblings, elements or map values hold
  Kind nested = Kind::none;               // map: the kind of its values; else none
  Value default_value;  // last_writer: what an absent register reads as; kind none = nothing
  Version since;        // the version that first had it
  Version deprecated;   // 0 = not; else the version that advised against new writes

  friend bool operator==(const FieldSpec&, const FieldSpec&) = default;
};

struct Schema {
  TypeId type;
  std::string type_name;
  Version version;
  std::vector<FieldSpec> fields;  // ascending by number
  Lens lens;                      // from version - 1 to this one; empty in version 1

  const FieldSpec* find(FieldNumber number) const;
  const FieldSpec* find(std::string_view name) const;
  friend bool operator==(const Schema&, const Schema&) = default;
};

// Whether `schema` by itself makes sense and keeps the limits. Everything that relates it to other versions
// is judged by compare.h.
Result<void> check(const Schema& schema, const Limits& limits = {});

// Identity of the content: every field of it, one by one.
Digest digest_of(const Schema& schema);

// REQUIRES check(schema). Appends to `out`.
void encode(const Schema& schema, std::vector<std::uint8_t>& out);
Result<Schema> decode(ByteView bytes, const Limits& limits = {});

}  // namespace wn::schema
