#pragma once
// ProcessTable: what each process of a history is doing, by its number. Open addressing; grows by doubling.
#include <cstdint>
#include <utility>
#include <vector>

namespace wn::checkers {

struct HistoryProcess {
  enum class State : std::uint8_t { unknown, free, open, retired };
  std::uint64_t line = 0;  // of its last event
  std::uint32_t id = 0;
  std::uint32_t operation = 0;  // when open: where it is kept
  State state = State::unknown;
};

class ProcessTable {
 public:
  // A process of state `unknown` when it is new. Valid until the next call.
  HistoryProcess& at(std::uint32_t id) {
    HistoryProcess& found = slot(id);
    if (found.state != HistoryProcess::State::unknown) return found;
    if ((used_ + 1) * 2 <= slots_.size()) {
      ++used_;
      found.id = id;
      return found;
    }
    grow();
    return at(id);
  }
  std::uint64_t bytes() const { return slots_.capacity() * sizeof(HistoryProcess); }

 private:
  // State `unknown` marks a free slot: the caller of at() gives a new process another state, or the history
  // is refused.
  HistoryProcess& slot(std::uint32_t id) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = (id * 0x9E3779B1U) & mask;
    while (slots_[i].state != HistoryProcess::State::unknown && slots_[i].id != id) i = (i + 1) & mask;
    return slots_[i];
  }
  void grow() {
    std::vector<HistoryProcess> old(slots_.size() * 2);
    std::swap(old, slots_);
    for (const HistoryProcess& p : old) {
      if (p.state != HistoryProcess::State::unknown) slot(p.id) = p;
    }
  }

  std::vector<HistoryProcess> slots_ = std::vector<HistoryProcess>(64);
  std::size_t used_ = 0;
};

}  // namespace wn::checkers
