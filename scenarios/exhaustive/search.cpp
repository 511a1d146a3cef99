#include "scenarios/exhaustive/search.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "scenarios/exhaustive/chunks.h"
#include "scenarios/exhaustive/covering.h"
#include "scenarios/exhaustive/visited.h"

namespace wn::exhaustive {

namespace {

// Candidates wait in a batch while their slots of the table are fetched.
constexpr std::size_t kBatch = 128;
constexpr std::uint32_t kNoParent = ~std::uint32_t{0};
constexpr std::uint64_t kStatesMax = kNoParent;
constexpr std::uint64_t kStopEvery = 4096;  // expansions between two questions

struct Layer {  // states one after the other, each behind its length
  Chunks<std::uint32_t> words;
  std::uint64_t states = 0;
};

class Search final : public Sink {
 public:
  Search(Model& model, const Limits& limits) : model_(model), limits_(limits) {}

  Findings run() {
    const Hash128 first = model_.start(words_);
    visited_.insert(first);
    keep(kNoParent, 0);
    while (!done_ && next_.states != 0) {
      out_.layers.push_back(next_.states);
      if (out_.layers.size() > limits_.depth + std::size_t{1}) {
        end(Ending::depth_reached);
        break;
      }
      std::swap(current_, next_);
      next_.words.clear();
      next_.states = 0;
      for (std::size_t block = 0; block < current_.words.blocks() && !done_; ++block) {
        expand_block(current_.words.block(block));
        current_.words.give_back(block);
      }
    }
    out_.depth = out_.layers.empty() ? 0 : static_cast<std::uint32_t>(out_.layers.size() - 1);
    out_.states = visited_.size();
    out_.explored = now_ == kNoParent ? 0 : now_ + std::uint64_t{1};
    out_.bytes = bytes();
    return std::move(out_);
  }

  void reached(std::uint32_t action, Hash128 hash) override {
    if (done_) return;
    WN_CHECK(hash.low != 0 || hash.high != 0);
    ++out_.transitions;
    visited_.prefetch(hash);
    batch_.push_back({hash, state_, now_, action});
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
    Hash128 hash;
    Words from;
    std::uint32_t parent;
    std::uint32_t action;
  };

  struct Way {
    std::uint32_t parent;
    std::uint32_t action;
  };

  void expand_block(std::span<const std::uint32_t> words) {
    for (std::size_t at = 0; at < words.size() && !done_;) {
      const std::uint32_t size = words[at];
      now_ = now_ == kNoParent ? 0 : now_ + 1;
      state_ = words.subspan(at + 1, size);
      model_.expand(state_, *this);
      at += size + 1;
      if (batch_.size() >= kBatch) flush();
      if ((now_ + 1) % kStopEvery == 0) ask_limits();
    }
    flush();  // before the block is given back
  }

  // words_, a new state behind its length.
  void keep(std::uint32_t parent, std::uint32_t action) {
    const Way way{parent, action};
    ways_.append({&way, 1});
    words_.insert(words_.begin(), static_cast<std::uint32_t>(words_.size()));
    next_.words.append(words_);
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
      model_.apply(c.from, c.action, words_);
      keep(c.parent, c.action);
    }
    batch_.clear();
  }

  std::uint64_t bytes() const {
    return visited_.bytes() + current_.words.bytes() + next_.words.bytes() + ways_.bytes() + model_.bytes();
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
  Layer current_;
  Layer next_;
  Chunks<Way> ways_;  // by number of the state, in the order of discovery
  std::vector<Candidate> batch_;
  std::vector<std::uint32_t> words_;
  std::uint32_t now_ = kNoParent;  // the state that is being expanded
  Words state_;                    // its words
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

Findings search(Model& model, const Limits& limits) {
  return model.has_kinds() ? search_covering(model, limits) : Search(model, limits).run();
}

}  // namespace wn::exhaustive
