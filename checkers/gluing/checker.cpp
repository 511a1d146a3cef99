#include "checkers/gluing/gluing.h"
#include "runtime/base/digest.h"

namespace wn::checkers {

std::uint64_t certificate_checksum(ByteView certificate) {
  Digest digest;
  digest.absorb(certificate);
  return digest.low();
}

void GluingChecker::on_event(const TraceEvent& event) {
  const std::uint64_t position = position_++;
  if (event.kind != TraceKind::sections_glued) return;
  told_.emplace(event.field[3], Told{.sections = event.field[0],
                                     .radius = event.field[1],
                                     .obstructions = event.field[2],
                                     .position = position,
                                     .at_ns = event.at.ns,
                                     .node = event.node});
}

void GluingChecker::on_certificate(ByteView cover, ByteView certificate) {
  const std::uint64_t checksum = certificate_checksum(certificate);
  if (!seen_.contains(checksum)) seen_.emplace(checksum, check_certificate(cover, certificate));
}

Verdict GluingChecker::verdict() const {
  Verdict verdict;
  verdict.claim = "gluing";
  std::uint64_t obstructed = 0, radius = 0;
  const Told* first = nullptr;
  std::string wrong, detail;
  for (const auto& [checksum, told] : told_) {
    const auto at = seen_.find(checksum);
    std::string found;
    if (at == seen_.end()) {
      found = "no certificate";
    } else if (!at->second.wrong.empty()) {
      found = at->second.wrong;
    } else if (at->second.sections != told.sections || at->second.radius != told.radius ||
               at->second.obstructions != told.obstructions) {
      found = "told otherwise";
    }
    if (at != seen_.end() && at->second.obstructions > 0) ++obstructed;
    radius = std::max(radius, told.radius);
    if (found.empty() || (first != nullptr && first->position < told.position)) continue;
    first = &told;
    wrong = found;
    detail = at == seen_.end() ? "" : at->second.detail;
  }
  if (first != nullptr) {
    verdict.outcome = Outcome3::fail;
    verdict.signature = "gluing: " + wrong;
    verdict.explanation = "node " + std::to_string(first->node.value) + " glued " +
                          std::to_string(first->sections) +
                          " sections, and its certificate does not hold: " + wrong + detail;
    verdict.events.push_back(first->position);
    verdict.at_ns = first->at_ns;
    return verdict;
  }
  verdict.explanation = told_.empty()
                            ? "vacuous: nothing was glued"
                            : std::to_string(told_.size()) + " gluings, " + std::to_string(obstructed) +
                                  " obstructed; greatest consistency radius " + std::to_string(radius);
  return verdict;
}

}  // namespace wn::checkers
