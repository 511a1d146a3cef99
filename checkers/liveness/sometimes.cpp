#include "checkers/liveness/sometimes.h"

namespace wn::checkers {

Verdict check_sometimes(const FlatMap<std::string, std::uint64_t>& counts,
                        std::span<const std::string> required) {
  Verdict out;
  out.claim = "sometimes";
  for (const std::string& name : required) {
    const std::uint64_t* count = counts.find(name);
    if (count != nullptr && *count > 0) continue;
    if (out.outcome == Outcome3::pass) {
      out.outcome = Outcome3::fail;
      out.signature = "sometimes: " + name + " never happened";
    }
    out.explanation += (out.explanation.empty() ? "never happened: " : ", ") + name;
  }
  return out;
}

}  // namespace wn::checkers
