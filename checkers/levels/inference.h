#pragma once
// What a level adds to the commit order, beyond so and wr: "T2 before T1, because T3 read `key` from T1
// though it had to know T2, which writes it too". Only the least edges that imply all others are told.
// Private to this room and its tests.
#include <cstdint>

#include "checkers/history/budget.h"
#include "checkers/levels/levels.h"
#include "checkers/levels/order.h"
#include "checkers/levels/unique_history.h"

namespace wn::checkers::levels {

// The parts of the inference; tests leave one out and see that it is missed.
struct LevelRules {
  bool chain = true;         // RC: what a key is read from one after the other
  bool observed = true;      // RC, RA: writers that were read from
  bool in_session = true;    // RA: writers earlier in the session
  bool transitive = true;    // CC: clocks are joined at reads
  bool known_order = true;   // CC: an edge that so and wr imply is left out (false: all are told)
  bool initial = true;       // to read nil although a writer had to be known is a violation
  bool commit_order = true;  // the edges are put into one order with so and wr
};

// `to` was read by `reader`, who had to know `from`; to == kInitialTxn: nothing was read.
struct Inferred {
  std::uint32_t from = 0, to = 0, reader = 0, key = 0;
};

class InferredSink {
 public:
  virtual ~InferredSink() = default;
  // False: enough.
  virtual bool take(const Inferred& edge) = 0;
};

enum class Inference : std::uint8_t { done, stopped, cycle, repeated, too_large, time_up };

// so and wr.
struct KnownPreds {
  const UniqueHistory& unique;
  std::uint32_t count() const { return unique.size(); }
  std::uint32_t at(std::uint32_t t, std::uint32_t i) const {
    if (i == 0) return unique.txns[t].previous == kNoTxn32 ? kSkipPred : unique.txns[t].previous;
    const auto reads = unique.reads(t);
    return i <= reads.size() ? reads[i - 1].source : kNoTxn32;  // kInitialTxn == kSkipPred
  }
};
static_assert(kSkipPred == kInitialTxn);

// kind `cycle`: so and wr have one (found by causal alone); `repeated`: `at` reads a key from two
// transactions (read atomic).
struct InferenceResult {
  Inference kind = Inference::done;
  std::uint32_t at = kNoTxn32;
};
InferenceResult infer(const UniqueHistory& unique, Level level, const LevelRules& rules, const Budget& budget,
                      InferredSink& sink);

// check_level by some of the rules only.
Verdict check_level_by(const History& history, Level level, const LevelRules& rules, const Budget& budget,
                       LevelStats* stats = nullptr);

}  // namespace wn::checkers::levels
