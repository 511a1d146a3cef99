#pragma once
// The schema's kinds and crdt's types are one list in two orders: a schema's numbers are its own, they are
// stored in schemas.
#include "runtime/crdt/types.h"
#include "runtime/schema/types.h"

namespace wn::schema {

constexpr crdt::Type type_of(Kind kind) {
  switch (kind) {
    case Kind::last_writer:
      return crdt::Type::lww;
    case Kind::multi_value:
      return crdt::Type::mv;
    case Kind::counter:
      return crdt::Type::pn_counter;
    case Kind::bounded_counter:
      return crdt::Type::bounded;
    case Kind::set:
      return crdt::Type::set;
    case Kind::map:
      return crdt::Type::map;
    case Kind::text:
      return crdt::Type::text;
    case Kind::grow_counter:
      return crdt::Type::g_counter;
    case Kind::none:
      break;
  }
  return crdt::Type::map;
}

// none for what is no field of its own.
constexpr Kind kind_of(crdt::Type type) {
  switch (type) {
    case crdt::Type::lww:
      return Kind::last_writer;
    case crdt::Type::mv:
      return Kind::multi_value;
    case crdt::Type::pn_counter:
      return Kind::counter;
    case crdt::Type::bounded:
      return Kind::bounded_counter;
    case crdt::Type::set:
      return Kind::set;
    case crdt::Type::map:
      return Kind::map;
    case crdt::Type::text:
      return Kind::text;
    case crdt::Type::g_counter:
      return Kind::grow_counter;
    case crdt::Type::member:
      break;
  }
  return Kind::none;
}

}  // namespace wn::schema
