#pragma once
// Verdict: what a checker found, by claim.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wn::checkers {

enum class Outcome3 : std::uint8_t { pass = 0, fail = 1, unknown = 2 };
inline std::string_view to_string(Outcome3 o) {
  switch (o) {
    case Outcome3::pass:
      return "pass";
    case Outcome3::fail:
      return "fail";
    case Outcome3::unknown:
      return "unknown";
  }
  return "unknown";
}

struct Verdict {
  std::string claim;  // "linearizability", "raft-safety", "durability", "liveness", "sometimes", …
  Outcome3 outcome = Outcome3::pass;
  // Which checker, which anomaly: "linearizability: stale read", "raft-safety: two leaders in one term". No
  // numbers, names or times in it, so that "still fails for the same reason" can be asked by comparing text.
  std::string signature;
  std::string explanation;                // one to ten lines for a person
  std::vector<std::uint64_t> operations;  // witness: indices into the history's operations
  std::vector<std::uint64_t> events;      // witness: positions in the trace
  std::int64_t at_ns = -1;                // when the violation became visible (true time), -1 unknown
};

// fail before unknown before pass: a violation is never masked.
inline Outcome3 worst(Outcome3 a, Outcome3 b) {
  if (a == Outcome3::fail || b == Outcome3::fail) return Outcome3::fail;
  return a == Outcome3::unknown || b == Outcome3::unknown ? Outcome3::unknown : Outcome3::pass;
}

}  // namespace wn::checkers
