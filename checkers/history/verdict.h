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

// One step of a cycle or of an order: `from` must come before `to`.
struct Link {
  std::uint64_t from = 0, to = 0;  // indices into the history's operations
  std::string kind;                // "ww", "wr", "rw", "process", "realtime", …
  std::string why;                 // one sentence: "T2 read T1's append of 3 to key 7"
};

// One thing that is wrong, in the words of its field: "G-single", "lost-update", "incompatible-order", …
struct Anomaly {
  std::string type;
  std::string explanation;                // prose for a person, lines
  std::vector<std::uint64_t> operations;  // the witness
  std::vector<Link> links;                // a cycle: the `to` of each is the `from` of the next, and round
};

// What a picture of a failed order needs: operations in an order that explains as much of the history as can
// be explained, and those that no place is found for after it.
struct PartialOrder {
  std::vector<std::uint64_t> placed;
  std::vector<std::string> states;  // after each of `placed`
  std::vector<std::uint64_t> stuck;
};

struct Verdict {
  std::string claim;  // "linearizability", "raft-safety", "durability", "liveness", "sometimes", …
  Outcome3 outcome = Outcome3::pass;
  // Which checker, which anomaly: "linearizability: stale read", "raft-safety: two leaders in one term". No
  // numbers, names or times in it, so that "still fails for the same reason" can be asked by comparing text.
  std::string signature;
  std::string explanation;                  // one to ten lines for a person
  std::vector<std::uint64_t> operations;    // witness: indices into the history's operations
  std::vector<std::uint64_t> events;        // witness: positions in the trace
  std::int64_t at_ns = -1;                  // when the violation became visible (true time), -1 unknown
  std::vector<Anomaly> anomalies;           // isolation: one for each type found, sorted by type
  std::vector<std::string> ruled_out;       // consistency models that do not hold: the weakest ones
  std::vector<std::string> also_ruled_out;  // and those that they drag along
  PartialOrder order;                       // linearizability and sequential consistency, when `fail`
};

// fail before unknown before pass: a violation is never masked.
inline Outcome3 worst(Outcome3 a, Outcome3 b) {
  if (a == Outcome3::fail || b == Outcome3::fail) return Outcome3::fail;
  return a == Outcome3::unknown || b == Outcome3::unknown ? Outcome3::unknown : Outcome3::pass;
}

}  // namespace wn::checkers
