#include <algorithm>

#include "checkers/linearizability/search.h"

namespace wn::checkers {

Refutation explain_stuck(const History& history, const Partition& p, const Step& wanted) {
  Refutation out;
  bool written_before = wanted.effect == Effect::none && wanted.pre != kNoContent;
  for (const Step& s : p.steps) {
    if (s.effect == Effect::append) written_before = false;
    if (s.call >= wanted.ret || s.operation == wanted.operation) continue;
    const bool writes = wanted.pre != kNoContent && s.effect == Effect::set && s.arg == wanted.pre;
    if (writes && s.ret > wanted.call) written_before = false;
    if (s.ret > wanted.call || writes) out.operations.push_back(s.operation);
  }
  constexpr std::size_t kWitnessMax = 24;
  if (out.operations.size() > kWitnessMax) {
    out.operations.erase(out.operations.begin(), out.operations.end() - kWitnessMax);
  }
  out.operations.push_back(wanted.operation);
  std::ranges::sort(out.operations);
  out.cut = wanted.ret;
  out.signature = written_before ? "stale read" : "no order exists";
  out.explanation = "no order of the operations on key " + history.atoms.to_json(p.key) +
                    " lets this one take effect between its invocation and its return: " +
                    describe(history, wanted.operation);
  return out;
}

}  // namespace wn::checkers
