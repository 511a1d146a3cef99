#pragma once
// Gluing: do the sections of a cover fit together into one, and if not, why not and what fits?
//
// CRDT data always glues: its join is the glued section (glue_section.h). Constraints and twisted edges may
// not let it be served as a whole; then the answer is the maximal sets of sections that fit together, and a
// certificate that checkers/gluing re-checks from the sections, without this code.
//
// What is computed:
//   edges        two sections overlap when they share keys; the coboundary of the fingerprints is zero on an
//                agreeing edge. An edge's distance is the number of dots that only one of its ends has, or
//                that both have with different values; the consistency radius is the greatest distance.
//   nerve        its triangles are three sections that share a key. A cover whose keys and sections form an
//                acyclic hypergraph (reduction of Graham, Yu and Ozsoyoglu) needs no more than edges
//                (Beeri, Fagin, Maier, Yannakakis 1983); else H^1 of the nerve over GF(2) says how many
//                independent loops no triangle fills.
//   claims       a set of sections is consistent when what it claims violates nothing, given what all
//                sections know of rights and of later moves. Subsets of consistent sets are consistent.
//   loops        clocks: a potential for each section or a loop whose sum exceeds its errors (shortest
//                paths); lenses: a loop that maps a field of a section to another one; twists: a loop on
//                which a choice turns round. Whether a twist is a cocycle (zero on all triangles) is said.
// Sources: Robinson, "Sheaves are the canonical data structure for sensor integration" (2017); Abramsky and
// Brandenburger 2011 (pairwise consistent, globally not); Praggastis 2016 (maximal consistent sections).
//
// Errors: too_large (an overlap beyond max_properties_per_overlap, a witness beyond kWitnessesMax),
// invalid_argument (not a cover: places out of range, lists out of order). Limits that cut the answer say so:
// Gluing::obstructions_cut, maximal_cut. Deterministic; no clock. Thread rule: pure functions.
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "runtime/base/defect.h"
#include "runtime/sync/glue_section.h"

namespace wn::sync {

inline constexpr std::size_t kCertificateBytesMax = 64U << 10;
inline constexpr std::size_t kObstructionsMax = 64;
inline constexpr std::size_t kWitnessesMax = 64;        // of one obstruction
inline constexpr std::size_t kMaximalSectionsMax = 64;  // sets that are listed
inline constexpr std::size_t kMaximalStepsMax = 1024;   // sets that are looked at to find them

struct GlueOptions {
  std::uint64_t max_properties_per_overlap = 2048;
  Defect defect = Defect::none;
};

enum class ObstructionKind : std::uint8_t {
  name = 1,
  counter,
  move,
  revocation,
  equivocation,  // one dot with two values: evidence against its replica
  lens,
  clock,
  twist,
};
inline constexpr std::uint8_t kObstructionKindEnd = 9;
std::string_view to_string(ObstructionKind kind);

// An operation that an obstruction rests on, and who has it.
struct Witness {
  causality::Dot dot;
  WorknodeId subject;          // name, move: the worknode
  WorknodeId other;            // low half: the counter's replica; 1 for a use, 0 for a revocation; the
                               // equivocal property's version of the schema. move: the parent
  std::uint64_t value = 0;     // name: the name; counter: what is spent; move: the stamp's time;
                               // revocation: the time, first of the revocation, then of the use;
                               // equivocation: the value
  std::uint64_t carriers = 0;  // bit i: section i makes this claim
  friend bool operator==(const Witness&, const Witness&) = default;
};
struct LoopStep {  // from one section to the next
  std::uint32_t from = 0, to = 0;
  std::int64_t value = 0;   // clock: the offset in this direction; lens: the field at `to`; twist: the bit
  std::uint64_t error = 0;  // clock: of the measurement
  friend bool operator==(const LoopStep&, const LoopStep&) = default;
};

// What `subject`, `detail` and `limit` are:
//   name          the parent, the name, -          counter       the worknode, the property, all rights
//   move          -, -, -                          revocation    -, the token, -
//   equivocation  the worknode, the property, -    lens          -, the field at the loop's beginning, -
//   clock         -, -, the loop's errors          twist         -, the choice's number, 1 = a cocycle
struct Obstruction {
  ObstructionKind kind{};
  WorknodeId subject;
  std::uint64_t detail = 0;
  std::uint64_t limit = 0;
  std::pmr::vector<Witness> witnesses;  // none for loops
  // Lens, clock, twist: a closed loop. Else the edges from the first carrier of each witness to the next's.
  std::pmr::vector<LoopStep> loop;
};

struct EdgeReport {
  std::uint32_t from = 0, to = 0;  // from < to
  std::uint32_t properties = 0;    // in the overlap
  std::uint32_t distance = 0;      // differing dots; 0 = they agree
  StatePrint coboundary;           // of `to` less of `from`, over the overlap
};

struct Gluing {
  explicit Gluing(std::pmr::memory_resource* memory);

  std::uint32_t sections = 0;
  std::pmr::vector<EdgeReport> edges;  // overlaps, ascending
  std::uint64_t radius = 0;
  bool acyclic = false;         // the cheap test was enough
  std::uint32_t triangles = 0;  // of the nerve; counted when cyclic
  std::uint32_t loops = 0;      // dimension of H^1 of the nerve over GF(2); 0 when acyclic
  std::pmr::vector<Obstruction> obstructions;
  bool obstructions_cut = false;            // there are more
  std::pmr::vector<std::uint64_t> maximal;  // sets of sections; descending by size, then ascending
  bool maximal_cut = false;                 // there may be more
  std::pmr::vector<std::int64_t>
      clocks;               // a reading for each section that fits all offsets; none: obstructed
  std::uint64_t serve = 0;  // whose claims are served meanwhile: the first of `maximal`
  bool glued() const { return obstructions.empty() && !obstructions_cut; }
};

Result<Gluing> glue(const Cover& cover, const GlueOptions& options, std::pmr::memory_resource* memory);

// Canonical Protobuf, at most kCertificateBytesMax; `cover_digest` binds it to the sections.
// Gives the number of obstructions that found room.
std::size_t encode_certificate(const Gluing& gluing, const Cover& cover, std::vector<std::uint8_t>& out);

}  // namespace wn::sync
