#include "checkers/accountability/accountability.h"

#include <algorithm>

namespace wn::checkers {

bool AccountabilityChecker::liar(std::uint32_t node) const {
  return std::ranges::find(facts_.liars, NodeId{node}) != facts_.liars.end();
}

void AccountabilityChecker::on_event(const TraceEvent& event) {
  if (event.kind == TraceKind::liar_proven && !liar(event.node.value)) {
    ++proven_;
    const auto accused = static_cast<std::uint32_t>(event.field[0] % facts_.life_stride);
    if (!liar(accused)) {
      fail("accountability: an honest node was accused",
           name(event.node) + " took a proof that " + name(NodeId{accused}) +
               " signed two histories, and that node is honest",
           event.at, {position_});
    }
  }
  if (event.kind == TraceKind::rpc_signed) signed_.emplace(event.node.value, event.field[2]);
  if (event.kind == TraceKind::rpc_believed && !liar(event.node.value)) {
    ++believed_;
    const auto callee = static_cast<std::uint32_t>(event.field[0]);
    if (!signed_.contains({callee, event.field[2]})) {
      fail("accountability: an answer was believed that its node did not sign",
           name(event.node) + " believed an answer of " + name(NodeId{callee}) + " to its call " +
               std::to_string(event.field[1]) + ", and " + name(NodeId{callee}) +
               " signed nothing of the kind",
           event.at, {position_});
    }
  }
  ++position_;
}

void AccountabilityChecker::on_evidence(ByteView proof) {
  Accused accused;
  // Form and realm first; then with the key of whom it accuses.
  check_evidence(proof, facts_.realm, {}, accused);
  const auto key = facts_.keys.find(NodeId{accused.node});
  const EvidenceVerdict verdict = key == facts_.keys.end()
                                      ? EvidenceVerdict::malformed
                                      : check_evidence(proof, facts_.realm, key->second, accused);
  if (verdict != EvidenceVerdict::holds) {
    fail("accountability: a proof does not hold",
         "a proof against " + name(NodeId{accused.node}) + ": " + std::string(to_string(verdict)), SimTime{},
         {});
  } else if (!liar(accused.node)) {
    fail("accountability: an honest node was accused",
         "a proof holds against " + name(NodeId{accused.node}) + ", which is honest", SimTime{}, {});
  }
}

Verdict AccountabilityChecker::verdict() const {
  Verdict out = found();
  if (out.outcome == Outcome3::pass && proven_ == 0 && believed_ == 0)
    out.explanation = "vacuous: nobody was accused";
  return out;
}

}  // namespace wn::checkers
