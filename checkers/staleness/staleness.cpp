#include "checkers/staleness/staleness.h"

#include <algorithm>
#include <string>

#include "checkers/staleness/bounds.h"
#include "checkers/staleness/judge.h"
#include "runtime/base/check.h"

namespace wn::checkers {
namespace staleness {
namespace {

class Judge {
 public:
  Judge(const History& history, std::uint32_t k, const EpochRules& rules, const Budget& budget,
        StalenessGrade& grade)
      : history_(history), k_(k), rules_(rules), budget_(budget), grade_(grade) {
    verdict_.claim = "staleness";
  }

  Verdict judge() {
    const Registers registers = read_registers(history_);
    if (registers.refused != nullptr) return undecided(registers.refused);
    if (registers.flaw.has_value()) {
      grade_.lower = kNoStaleness;
      grade_.upper = kNoStaleness;
      fail(registers.flaw->signature, "", registers.flaw->operations);
      return verdict_;
    }
    for (const Register& reg : registers.keys) {
      ++grade_.keys;
      grade_.reads += reg.reads.size();
      grade_.writes += reg.writes.size() - 1;
      key(reg);
    }
    if (grade_.reads == 0) verdict_.explanation = "vacuous: nothing was read";
    return verdict_;
  }

 private:
  Verdict undecided(const char* why) {
    verdict_.outcome = Outcome3::unknown;
    verdict_.signature = "staleness: undecided";
    verdict_.explanation = why;
    return verdict_;
  }
  void fail(const char* signature, const std::string& what, const std::vector<std::uint64_t>& operations) {
    if (verdict_.outcome == Outcome3::fail) return;
    verdict_.outcome = Outcome3::fail;
    verdict_.signature = signature;
    verdict_.operations = operations;
    verdict_.explanation = what;
    for (const std::uint64_t o : operations) {
      if (!verdict_.explanation.empty()) verdict_.explanation += "\n";
      verdict_.explanation += describe(history_, o);
    }
  }

  // The bounds of this key's smallest k, first the cheap ones, then exact up to 2.
  void key(const Register& reg) {
    const StaleRead low = lower_bound(reg);
    std::uint64_t lower = low.k;
    std::uint64_t upper = upper_bound(reg).k;
    std::vector<std::uint64_t> witness;
    if (lower > 1) witness = stale(reg, low);
    bool stopped = false;
    for (std::uint32_t k = 1; k <= 2 && !stopped; ++k) {
      if (lower != k || upper == k) continue;
      Epochs epochs(reg, k, rules_);
      const Epochs::Answer answer =
          epochs.run({.steps = budget_.steps - std::min(budget_.steps, grade_.steps), .stop = budget_.stop});
      grade_.steps += epochs.steps();
      stopped = answer == Epochs::Answer::stopped;
      if (answer == Epochs::Answer::yes) upper = k;
      if (answer != Epochs::Answer::no) continue;
      lower = k + 1;
      witness = epochs.witness();
    }
    grade_.lower = std::max(grade_.lower, lower);
    grade_.upper = std::max(grade_.upper, upper);
    if (k_ < lower)
      fail("staleness: a read is staler than allowed",
           "no order of the writes of key " + history_.atoms.to_json(reg.key) +
               " lets every read show one of the last " + std::to_string(k_) + ": at least " +
               std::to_string(lower) + " are needed",
           witness);
    else if (k_ < upper && verdict_.outcome != Outcome3::fail)
      static_cast<void>(undecided("between the bounds of the smallest k"));
  }

  static std::vector<std::uint64_t> stale(const Register& reg, const StaleRead& low) {
    constexpr std::size_t kBetweenMax = 8;
    const RegisterRead& r = reg.reads[low.read];
    const RegisterWrite& w = reg.writes[r.write];
    std::vector<std::uint64_t> out;
    if (w.operation != kInitialOperation) out.push_back(w.operation);
    for (const RegisterWrite& between : reg.writes) {
      if (between.begin > w.end && between.end < r.begin && out.size() <= kBetweenMax)
        out.push_back(between.operation);
    }
    out.push_back(r.operation);
    return out;
  }

  const History& history_;
  std::uint32_t k_;
  const EpochRules& rules_;
  const Budget& budget_;
  StalenessGrade& grade_;
  Verdict verdict_;
};

}  // namespace

Verdict check_staleness_by(const History& history, std::uint32_t k, const EpochRules& rules,
                           const Budget& budget, StalenessGrade* grade) {
  WN_CHECK_GT(k, 0U);
  StalenessGrade own;
  StalenessGrade& g = grade != nullptr ? *grade : own;
  g = {};
  return Judge(history, k, rules, budget, g).judge();
}

}  // namespace staleness

Verdict check_staleness(const History& history, std::uint32_t k, const Budget& budget,
                        StalenessGrade* grade) {
  return staleness::check_staleness_by(history, k, staleness::EpochRules{}, budget, grade);
}

}  // namespace wn::checkers
