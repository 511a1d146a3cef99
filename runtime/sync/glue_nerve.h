#pragma once
// The nerve of a cover: which sections overlap, by how much they differ there, which three share a key, and
// what H^1 says of its loops. Internal to gluing.
#include <array>
#include <memory_resource>
#include <vector>

#include "runtime/sync/glue.h"

namespace wn::sync {

using SectionSet = std::uint64_t;  // bit i: section i

// One dot with two values: each value, and who has it.
struct Equivocation {
  PropertyKey key;
  std::pmr::vector<Witness> values;
};

struct Nerve {
  explicit Nerve(std::pmr::memory_resource* memory);
  std::pmr::memory_resource* memory;
  std::uint32_t count = 0;
  // For i < j: the sections that share a key with both of them (both among them); 0: they do not overlap.
  std::array<std::array<SectionSet, kSectionsMax>, kSectionsMax> with{};
  struct Cell {  // keys that the same sections have
    SectionSet sections = 0;
    std::uint32_t keys = 0;
  };
  std::pmr::vector<Cell> cells;  // of two sections or more; ascending
  std::pmr::vector<EdgeReport> edges;
  std::pmr::vector<Equivocation> equivocations;  // at most kObstructionsMax
  bool equivocations_cut = false;
};

// too_large: an overlap beyond `properties_max`.
Errc build_nerve(const Cover& cover, std::uint64_t properties_max, Nerve& out);

// Graham, Yu and Ozsoyoglu: take away keys of one section alone, and sections within another one; the cover
// is acyclic when nothing is left.
bool acyclic(const Nerve& nerve);

std::uint32_t triangles_of(const Nerve& nerve);
// Dimension of H^1 over GF(2): edges - rank of delta1 - rank of delta0. Bit-packed elimination that ends as
// soon as the rank cannot grow.
std::uint32_t loops_of(const Nerve& nerve);

}  // namespace wn::sync
