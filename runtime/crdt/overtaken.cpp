#include "runtime/crdt/overtaken.h"

#include <algorithm>

namespace wn::crdt {

std::size_t Overtaken::lower_bound(ByteView path, ReplicaId replica) const {
  const auto at = std::ranges::partition_point(marks_, [&](const Mark& mark) {
    const auto order =
        std::lexicographical_compare_three_way(mark.path.begin(), mark.path.end(), path.begin(), path.end());
    return order < 0 || (order == 0 && mark.dot.replica < replica);
  });
  return static_cast<std::size_t>(at - marks_.begin());
}

void Overtaken::tell(ByteView path, Dot dot) {
  const std::size_t at = lower_bound(path, dot.replica);
  if (at < marks_.size() && marks_[at].dot.replica == dot.replica &&
      std::ranges::equal(marks_[at].path, path)) {
    marks_[at].dot.counter = std::max(marks_[at].dot.counter, dot.counter);
    return;
  }
  std::pmr::vector<std::uint8_t> place(path.begin(), path.end(), marks_.get_allocator().resource());
  marks_.insert(marks_.begin() + static_cast<std::ptrdiff_t>(at), Mark{std::move(place), dot});
}

bool Overtaken::hides(ByteView path, Dot dot) const {
  const std::size_t at = lower_bound(path, dot.replica);
  return at < marks_.size() && marks_[at].dot.replica == dot.replica &&
         std::ranges::equal(marks_[at].path, path) && dot.counter < marks_[at].dot.counter;
}

void Overtaken::forget_complete(const CausalContext& seen) {
  std::erase_if(marks_, [&](const Mark& mark) { return !has_gap_below(seen, mark.dot); });
}

}  // namespace wn::crdt
