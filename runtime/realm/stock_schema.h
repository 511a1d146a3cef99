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

// REQUIRES 1 <= version <= kStockVersions.
schema::Schema stock_schema(std::uint32_t version);

}  // namespace wn::realm
