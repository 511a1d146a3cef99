#include "scenarios/exhaustive/covering.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "scenarios/exhaustive/chunks.h"
#include "scenarios/exhaustive/cover.h"
#include "scenarios/exhaustive/visited.h"

namespace wn::exhaustive {

namespace {

constexpr std::uint32_t kNoParent = ~std::uint32_t{0};
constexpr std::uint64_t kStopEvery = 1024;  // expansions between two questions

class Covering final : public Sink {
 public:
  Covering(Model& model, const Limits& limits) : model_(model), limits_(limits) {}

  Findings run() {
    visited_.insert(model_.start(words_));
    keep(kNoParent, 0);
    while (!done_ && pop()) {
      model_.kind(state_, kind_);
      // Something larger may have come since.
      if (!cover_.is_largest(kind_)) continue;
      model_.expand(state_, *this);
      if (++out_.explored % kStopEvery == 0) ask_limits();
      take_candidates();
    }
    out_.states = visited_.size();
    out_.kinds = cover_.kinds();
    out_.bytes = bytes();
    out_.shortest = false;
    return std::move(out_);
  }

  void reached(std::uint32_t action, Hash128 hash) override {
    if (done_) return;
    ++out_.transitions;
    visited_.prefetch(hash);
    candidates_.push_back({action, hash});
  }

  void broken(std::uint32_t action, const char* claim) override {
    if (done_) return;
    out_.claim = claim;
    out_.path.push_back(action);
    for (std::uint32_t at = now_; ways_[at].parent != kNoParent; at = ways_[at].parent) {
      out_.path.push_back(ways_[at].action);
    }
    std::ranges::reverse(out_.path);
    end(Ending::violated);
  }

 private:
  struct Candidate {
    std::uint32_t action;
    Hash128 hash;
  };
  struct Way {
    std::uint32_t parent;
    std::uint32_t action;
  };

  void take_candidates() {
    for (const Candidate& c : candidates_) {
      if (done_) break;
      if (visited_.is_full() && bytes() + visited_.bytes_when_grown() > limits_.bytes) {
        end(Ending::bytes_spent);
        break;
      }
      if (!visited_.insert(c.hash)) continue;
      if (visited_.size() >= std::min<std::uint64_t>(limits_.states, kNoParent)) end(Ending::states_spent);
      model_.apply(state_, c.action, words_);
      keep(now_, c.action);
    }
    candidates_.clear();
  }

  // words_, a new state, unless it is covered.
  void keep(std::uint32_t parent, std::uint32_t action) {
    model_.kind(words_, kind_);
    if (!cover_.insert(kind_)) return;
    const std::size_t marks = kind_.marks.size();
    if (marks >= stacks_.size()) stacks_.resize(marks + 1);
    highest_ = std::max(highest_, marks);
    words_.push_back(static_cast<std::uint32_t>(ways_.end()));
    words_.push_back(static_cast<std::uint32_t>(words_.size() + 1));
    stacks_[marks].append(words_);
    const Way way{parent, action};
    ways_.append({&way, 1});
  }

  bool pop() {
    while (highest_ > 0 && stacks_[highest_].empty()) --highest_;
    if (stacks_.empty() || stacks_[highest_].empty()) return false;
    Chunks<std::uint32_t>& stack = stacks_[highest_];
    const std::uint32_t size = stack.back();
    const auto words = stack.at(stack.end() - size, size);
    now_ = words[size - 2];
    state_.assign(words.begin(), words.end() - 2);
    stack.drop_last(size);
    return true;
  }

  std::uint64_t bytes() const {
    std::uint64_t stacks = 0;
    for (const auto& stack : stacks_) stacks += stack.bytes();
    return visited_.bytes() + cover_.bytes() + ways_.bytes() + stacks + model_.bytes();
  }
  void ask_limits() {
    if (done_) return;
    if (bytes() > limits_.bytes) return end(Ending::bytes_spent);
    if (limits_.stop && limits_.stop()) end(Ending::stopped);
  }
  void end(Ending how) {
    out_.ending = how;
    done_ = true;
  }

  Model& model_;
  const Limits& limits_;
  Findings out_;
  Visited visited_;
  Cover cover_;
  Kind kind_;
  std::vector<Chunks<std::uint32_t>> stacks_;  // by the number of marks: words, the way's number, the size
  std::size_t highest_ = 0;                    // no stack above holds anything
  Chunks<Way> ways_;
  std::vector<Candidate> candidates_;
  std::vector<std::uint32_t> state_;  // that is being expanded
  std::vector<std::uint32_t> words_;
  std::uint32_t now_ = 0;  // its way
  bool done_ = false;
};

}  // namespace

Findings search_covering(Model& model, const Limits& limits) { return Covering(model, limits).run(); }

}  // namespace wn::exhaustive
