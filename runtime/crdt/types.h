#pragma once
// Words of the CRDT room: types of replicated values, paths, limits, what a mutation brings along.
//
// A document is a tree of maps. A step names a child by (type, key); the type is part of the name, so a
// register and a map that two replicas create under one key at once are two children that both live. Identity
// is the path itself, a function of (parent, key, type) and nothing else: replicas that create the same child
// at once create ONE child and their contents merge (after Loro's "mergeable containers").
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/base/defect.h"
#include "runtime/base/result.h"
#include "runtime/causality/causal_context.h"
#include "runtime/causality/hlc_time.h"

namespace wn::crdt {

using causality::CausalContext;
using causality::Dot;
using causality::Stamp;
using causality::VersionVector;

// The numbers are part of the stored format.
enum class Type : std::uint8_t {
  map = 1,         // OR-Map: keys to children of any type; add wins
  set = 2,         // OR-Set of small values; add wins
  lww = 3,         // register: the write with the highest stamp is read
  mv = 4,          // register: all writes that no other has seen are read
  g_counter = 5,   // grows
  pn_counter = 6,  // grows and shrinks
  bounded = 7,     // never below zero: every replica spends only rights that it holds (escrow)
  text = 8,        // sequence of Unicode code points
  member = 9,      // inside: an element of a set
};
std::string_view to_string(Type type);

struct Step {
  Type type = Type::map;
  std::string_view key;
  friend constexpr auto operator<=>(const Step&, const Step&) = default;
};
// From the document's root, which is a map; every step but the last is a map. The empty path is the root.
using Path = std::span<const Step>;

// Operator configuration. What happens at each limit stands beside it; a refused operation changes nothing
// and consumes no dot.
struct Options {
  std::uint32_t max_nesting_depth = 8;         // steps in a path; too_large
  std::uint32_t key_bytes_max = 256;           // too_large
  std::uint32_t value_bytes_max = 4096;        // too_large
  std::uint32_t slots_max = 65'536;            // keys, members and children in one document; overloaded
  std::uint32_t text_elements_max = 1U << 20;  // code points and deletion marks in one text; overloaded
  std::uint32_t text_insert_max = 4096;        // code points in one insertion or deletion; too_large
  std::uint32_t text_pending_max = 1024;     // runs of one text that wait for what they stand on; overloaded
  std::uint32_t delta_bytes_max = 1U << 20;  // one delta or state; too_large
  Defect defect = Defect::none;              // child_lost_on_concurrent_creation, tie_break_ignores_replica
};
inline constexpr std::uint32_t kNestingDepthMax = 32;  // no option allows more (stacks are sized by it)
// The widest total of a counter; an operation that would leave it is refused with Errc::too_large.
inline constexpr std::int64_t kCounterTotalMax = std::int64_t{1} << 62;

// What a local mutation brings along. Documents own no clock and no context: all documents of a replica draw
// their dots from the replica's one sequence and share its one context.
struct Write {
  Dot dot;              // fresh: the next of this replica; REQUIRES !seen->contains(dot)
  Stamp stamp;          // orders writes to an lww register
  CausalContext* seen;  // the replica's context; the dot is added on success
  std::vector<std::uint8_t>* delta = nullptr;  // the encoded delta is appended
};

// What a merge did.
struct MergeReport {
  Dot dot;                    // the event that made the delta; no dot for a state
  std::uint32_t added = 0;    // register writes, members, counter shares, code points that are new here
  std::uint32_t removed = 0;  // those that went away
  std::uint32_t waiting = 0;  // runs of text that wait for what they stand on
  bool changed() const { return (added | removed) != 0; }
};

// A delta of a mutation (not of a removal, which tells of others' shares): it is the event `dot`, and every
// value that it brings is that event's. A peer that says otherwise speaks for another replica, and what it
// says would be taken or not by the order of arrival. False also for what is no delta.
bool speaks_for(ByteView delta, Dot dot, const Options& options);

}  // namespace wn::crdt
