#pragma once
// Findings: the first witness of each type of anomaly, and why the history cannot be judged, if so.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers::isolation {

class Findings {
 public:
  explicit Findings(const History& history) : history_(history) {}

  bool has(const std::string& type) const { return found_.contains(type); }
  // `why` is one sentence; the operations are told after it.
  void add(const std::string& type, const std::string& why, std::vector<std::uint64_t> operations) {
    if (has(type)) return;
    std::string text = why;
    for (const std::uint64_t i : operations) text += "\n  " + describe(history_, i);
    found_.emplace(type, Anomaly{type, std::move(text), std::move(operations), {}});
  }
  void add(Anomaly anomaly) { found_.emplace(anomaly.type, std::move(anomaly)); }
  const std::map<std::string, Anomaly>& all() const { return found_; }

  std::optional<std::string> refusal;

 private:
  const History& history_;
  std::map<std::string, Anomaly> found_;
};

// The micro-operations of an operation: its own, or the one that a single operation amounts to. `scratch`
// lends the space. nullptr: it is something else.
const std::vector<MicroOperation>* micros_of(const History& history, const Operation& op,
                                             std::vector<MicroOperation>& scratch);

// "T3's" for people.
inline std::string txn_name(std::uint64_t operation) { return "T" + std::to_string(operation); }

}  // namespace wn::checkers::isolation
