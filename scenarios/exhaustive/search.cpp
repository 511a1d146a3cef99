#include "scenarios/exhaustive/search.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "scenarios/exhaustive/cover.h"
#include "scenarios/exhaustive/visited.h"

namespace wn::exhaustive {

namespace {

// Candidates wait in a batch while their slots of the table are fetched.
constexpr std::size_t kBatch = 128;
constexpr std::uint32_t kNoParent = ~std::uint32_t{0};
constexpr std::uint64_t kStatesMax = kNoParent;
constexpr std::uint64_t kStopEvery = 4096;  // expansions between two questions

struct Layer {  // states one after the other, each behind its length
  std::vector<std::uint32_t> words;
  std::uint64_t states = 0;
};

class Search final : public Sink {
 public:
  Search(Model& model, const Limits& limits) : model_(model), limits_(limits) {}

  Findings run() {
    const Hash128 first = model_.start(words_);
    visited_.insert(first);
    if (!is_covered()) keep(kNoParent, 0);
    std::uint64_t expanded = 0;
    while (!done_ && next_.states != 0) {
      out_.layers.push_back(next_.states);
      if (out_.layers.size() > limits_.depth + std::size_t{1}) {
        end(Ending::depth_reached);
        break;
      }
      std::swap(current_, next_);
      next_.words.clear();
      next_.states = 0;
      std::size_t at = 0;
      while (at < current_.words.size() && !done_) {
        const std::uint32_t size = current_.words[at];
        now_ = static_cast<std::uint32_t>(expanded++);
        now_at_ = at;
        model_.expand(state_at(at), *this);
        at += size + 1;
        if (batch_.size() >= kBatch) flush();
        if (expanded % kStopEvery == 0) ask_limits();
      }
      flush();
    }
    out_.depth = out_.layers.empty() ? 0 : static_cast<std::uint32_t>(out_.layers.size() - 1);
    out_.states = visited_.size();
    out_.kinds = cover_.kinds();
    out_.bytes = bytes();
    return std::move(out_);
  }

  void reached(std::uint32_t action, Hash128 hash) override {
    if (done_) return;
    WN_CHECK(hash.low != 0 || hash.high != 0);
    ++out_.transitions;
    visited_.prefetch(hash);
    batch_.push_back({hash, now_at_, now_, action});
  }

  void broken(std::uint32_t action, const char* claim) override {
    if (done_) return;
    out_.claim = claim;
    out_.path.push_back(action);
    for (std::uint32_t at = now_; at != kNoParent && parents_[at] != kNoParent; at = parents_[at]) {
      out_.path.push_back(actions_[at]);
    }
    std::ranges::reverse(out_.path);
    end(Ending::violated);
  }

 private:
  struct Candidate {
    Hash128 hash;
    std::size_t parent_at;  // its words, in current_
    std::uint32_t parent;
    std::uint32_t action;
  };

  Words state_at(std::size_t at) const { return Words(current_.words.data() + at + 1, current_.words[at]); }
  bool is_covered() {
    if (!model_.has_kinds()) return false;
    model_.kind(words_, kind_);
    return !cover_.insert(kind_);
  }
  // words_, a new state.
  void keep(std::uint32_t parent, std::uint32_t action) {
    parents_.push_back(parent);
    actions_.push_back(action);
    next_.words.push_back(static_cast<std::uint32_t>(words_.size()));
    next_.words.insert(next_.words.end(), words_.begin(), words_.end());
    ++next_.states;
  }

  void flush() {
    for (const Candidate& c : batch_) {
      if (done_) break;
      if (visited_.is_full() && bytes() + visited_.bytes_when_grown() > limits_.bytes) {
        end(Ending::bytes_spent);
        break;
      }
      if (!visited_.insert(c.hash)) continue;
      if (visited_.size() >= std::min(limits_.states, kStatesMax)) end(Ending::states_spent);
      model_.apply(state_at(c.parent_at), c.action, words_);
      if (is_covered()) {
        ++out_.covered;
        continue;
      }
      keep(c.parent, c.action);
    }
    batch_.clear();
  }

  std::uint64_t bytes() const {
    const std::uint64_t words =
        current_.words.capacity() + next_.words.capacity() + parents_.capacity() + actions_.capacity();
    return visited_.bytes() + words * sizeof(std::uint32_t) + cover_.bytes() + model_.bytes();
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
  Layer current_;
  Layer next_;
  std::vector<std::uint32_t> parents_;  // by number of the state, in the order of discovery
  std::vector<std::uint32_t> actions_;
  std::vector<Candidate> batch_;
  std::vector<std::uint32_t> words_;
  std::uint32_t now_ = kNoParent;  // the state that is being expanded
  std::size_t now_at_ = 0;         // and its place in current_
  bool done_ = false;
};

}  // namespace

const char* to_string(Ending ending) {
  switch (ending) {
    case Ending::complete:
      return "complete";
    case Ending::violated:
      return "violated";
    case Ending::states_spent:
      return "states spent";
    case Ending::bytes_spent:
      return "memory spent";
    case Ending::depth_reached:
      return "depth reached";
    case Ending::stopped:
      return "time spent";
  }
  return "?";
}

Findings search(Model& model, const Limits& limits) { return Search(model, limits).run(); }

}  // namespace wn::exhaustive
