#pragma once
// TreeView: what the trace tells about one replica's tree. Inside the room.
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace wn::checkers {

class TreeView {
 public:
  using Edge = std::pair<std::uint64_t, std::uint64_t>;  // worknode, parent
  enum class Answer : std::uint8_t { yes, no, unknown };
  static constexpr std::size_t kStepsMax = 4096;

  explicit TreeView(std::span<const Edge> first) {
    for (const auto& [worknode, parent] : first) parents_[worknode] = {parent, true};
  }
  std::size_t size() const { return parents_.size(); }

  // A batch's net effect: `old_parent` is what the replica knew before, also where the trace did not.
  void moved(std::uint64_t worknode, std::uint64_t parent) {
    parents_[worknode] = {parent, true};
    moved_.push_back(worknode);
  }
  // The replica starts again from its disk, which may lack its latest moves.
  void restarted() {
    for (const std::uint64_t worknode : moved_) parents_[worknode].known = false;
    moved_.clear();
  }
  // It stands on another's state now.
  void forget() {
    for (auto& [worknode, place] : parents_) place.known = false;
    moved_.clear();
  }

  Answer contains(std::uint64_t subtree, std::uint64_t worknode) const {
    for (std::size_t step = 0; step < kStepsMax; ++step) {
      if (worknode == subtree) return Answer::yes;
      const auto at = parents_.find(worknode);
      if (at == parents_.end() || !at->second.known) return Answer::unknown;
      if (at->second.parent == 0) return Answer::no;
      worknode = at->second.parent;
    }
    return Answer::unknown;
  }

 private:
  struct Place {
    std::uint64_t parent = 0;
    bool known = false;
  };
  std::map<std::uint64_t, Place> parents_;
  std::vector<std::uint64_t> moved_;  // since the last start
};

}  // namespace wn::checkers
