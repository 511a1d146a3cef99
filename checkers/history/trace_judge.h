#pragma once
// TraceJudge: what every checker has that is fed with the events of a trace: a count of them, and room for
// the first violation. Later ones are dropped: one is enough to fail, and the first is the nearest to its
// cause.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkers/history/verdict.h"
#include "runtime/base/ids.h"
#include "runtime/base/time.h"

namespace wn::checkers {

// "n7".
inline std::string name(NodeId node) { return "n" + std::to_string(node.value); }

class TraceJudge {
 protected:
  explicit TraceJudge(std::string_view claim) { failure_.claim = claim; }

  bool failed() const { return failure_.outcome == Outcome3::fail; }
  void fail(std::string signature, std::string explanation, SimTime at, std::vector<std::uint64_t> events) {
    if (failed()) return;
    failure_.outcome = Outcome3::fail;
    failure_.signature = std::move(signature);
    failure_.explanation = std::move(explanation);
    failure_.at_ns = at.ns;
    failure_.events = std::move(events);
  }
  Verdict found() const { return failure_; }

  std::uint64_t position_ = 0;  // of the event at hand; on_event() counts it up when it is done with it

 private:
  Verdict failure_;
};

}  // namespace wn::checkers
