#pragma once
// The schema of the worknodes that a realm serves to its clients, in its three versions, as an operator would
// publish them one after the other:
//   1  title is text
//   2  title is a number (another field; the lens between them keeps both directions exact)
//   3  a field more, and nothing else
#include "runtime/schema/schema.h"

namespace wn::realm {

inline constexpr std::uint32_t kStockVersions = 3;
inline constexpr schema::TypeId kStockType{1};

// What a publication asks for by a number: a version, or (from here on) the rival of one, which an operator
// on the other side of a split may publish as the same version. Version 2 has one: there the field number 7
// is another register, and the title moves to 8.
inline constexpr std::int64_t kRivalSchemas = 1000;

// REQUIRES 1 <= version <= kStockVersions.
schema::Schema stock_schema(std::uint32_t version);
schema::Schema rival_schema();  // of version 2

}  // namespace wn::realm
