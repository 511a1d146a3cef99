#pragma once
// Inside the room: what deltas that have overtaken others say about those. A writer's later write at a place
// (a register, a map's or member's presence) has always seen and replaced its earlier ones there, so as soon
// as anything tells of a write, by bringing it or by naming it as overwritten, the earlier ones of that
// writer at that place are overwritten too. Where all events before it are in the context, they cannot come
// any more. Where some are missing, a mark (place, writer, counter) remembers it until they are in: then an
// old write that comes late is not read, whatever has become of the later one. Marks are a function of what
// was told and of the context, so they are the same for every order of arrival.
//
// Cost: none while deltas come in causal order. A delta that would make more than kOvertakenMax marks is
// refused (overloaded) until what is missing has come; a peer's state may bring as many again.
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/crdt/types.h"

namespace wn::crdt {

inline constexpr std::size_t kOvertakenMax = 4096;

class Overtaken {
 public:
  struct Mark {
    std::pmr::vector<std::uint8_t> path;  // as in a delta
    Dot dot;
    ByteView place() const { return {path.data(), path.size()}; }
  };

  explicit Overtaken(std::pmr::memory_resource* memory) : marks_(memory) {}
  // All that the dot's writer wrote there before is overwritten.
  void tell(ByteView path, Dot dot);
  bool hides(ByteView path, Dot dot) const;
  void forget_complete(const CausalContext& seen);
  // Ascending by place and writer.
  std::span<const Mark> marks() const { return marks_; }

 private:
  std::size_t lower_bound(ByteView path, ReplicaId replica) const;
  std::pmr::vector<Mark> marks_;
};

// Whether events of the writer before this one are missing.
inline bool has_gap_below(const CausalContext& seen, Dot dot) {
  return !seen.compact() && seen.vector().of(dot.replica) + 1 < dot.counter;
}

}  // namespace wn::crdt
