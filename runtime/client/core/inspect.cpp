// What a client's core says of itself to a debugger.
#include "runtime/client/core/core.h"

namespace wn::client {

void Core::inspect(Inspector& to) const {
  to.node("home", home());
  to.number("operations", stats_.operations);
  to.number("ok", stats_.ok);
  to.number("fail", stats_.fail);
  to.number("info", stats_.info);
  inspect_list(to, "open", open_, [&](const auto& entry) {
    const Open& open = entry.second;
    const InspectedGroup group(to);
    to.text("function", realm::to_string(open.operation.request.function));
    to.number("worknode", open.operation.request.worknode.low);
    to.node("target", open.target);
    to.number("attempts", open.attempts);
    to.number("refused", open.dead);
    to.flag("held", open.held);
    to.instant("deadline", open.deadline);
    to.instant("due", open.due);
  });
  inspect_list(to, "seen", seen_.items(), [&](const causality::VersionVector::Item& item) {
    const InspectedGroup group(to);
    to.number("replica", item.replica.value);
    to.number("counter", item.counter);
  });
}

}  // namespace wn::client
