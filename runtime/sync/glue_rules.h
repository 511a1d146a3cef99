#pragma once
// Rules: what the claims and the twisted edges of a cover ask of a set of sections, and the largest sets that
// comply. Internal to gluing.
//
// Every rule is monotone (what a set violates, each larger set violates), and a violated rule names `drops`:
// sets of which a consistent subset must lose one wholly. So branching on them meets every maximal set.
#include <memory_resource>
#include <vector>

#include "runtime/sync/glue.h"
#include "runtime/sync/glue_nerve.h"

namespace wn::sync {

struct Rule {
  enum class Shape : std::uint8_t {
    one_of,   // at most one of the claims
    not_all,  // not all of the claims
    at_most,  // the greatest of each replica (`other`), added up, is at most `limit`; claims by replica, the
              // greatest first
    order,    // no claim with `other` 1 (a use) later than one with `other` 0 (a revocation)
  };
  Shape shape{};
  Obstruction said;  // kind, subject, detail, limit; the witnesses are all claims
};

using Drops = std::pmr::vector<SectionSet>;

// Those that can be violated at all. too_large: a witness beyond kWitnessesMax.
Errc rules_of(const Cover& cover, const Nerve& nerve, Defect defect, std::pmr::vector<Rule>& out);
bool violates(const Rule& rule, SectionSet set, Drops& drops);
// What all sections together violate of it: few witnesses, and the edges between their carriers.
Obstruction explained(const Rule& rule);

// ---- loops. A loop within `set` that does not close; false: none. A consistent subset of `set` must lose
// one of the loop's sections. `readings` (of all sections): what clocks may read at one moment, when no loop
// stands against it.
bool clock_loop(const Cover& cover, SectionSet set, Obstruction& out,
                std::pmr::vector<std::int64_t>& readings);
bool lens_loop(const Cover& cover, SectionSet set, Obstruction& out);
bool twist_loop(const Cover& cover, SectionSet set, Obstruction& out);
Obstruction nothing_yet(ObstructionKind kind, std::pmr::memory_resource* memory);
// Whether the choice that `out` is about is zero on all triangles of the nerve whose three edges are twisted.
bool is_cocycle(const Cover& cover, const Nerve& nerve, std::uint64_t choice);

// ---- the maximal sets
struct Maximal {
  explicit Maximal(std::pmr::memory_resource* memory) : sets(memory) {}
  std::pmr::vector<SectionSet> sets;
  bool cut = false;
};
Maximal maximal_sets(const Cover& cover, const std::pmr::vector<Rule>& rules,
                     std::pmr::memory_resource* memory);

}  // namespace wn::sync
