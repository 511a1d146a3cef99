// What a client says of itself to a debugger.
#include "runtime/kv/client.h"

namespace wn::kv {

void Client::inspect(Inspector& to) const {
  to.node("leader", leader_);
  to.number("session", session_);
  to.number("sequence", sequence_);
  to.flag("busy", busy_);
  to.number("operations", stats_.operations);
  to.number("ok", stats_.ok);
  to.number("fail", stats_.fail);
  to.number("info", stats_.info);
  if (!busy_) return;
  const InspectedGroup open(to, "open");
  to.number("operation", operation_);
  to.text("request", to_string(open_.kind));
  to.text("command", to_string(open_.command.kind));
  to.bytes("key", open_.command.key.view());
  to.bytes("value", open_.command.value.view());
  to.text("phase", phase_ == Phase::opening_session ? "opening_session" : "working");
  to.flag("waiting", waiting_);
  to.node("target", target_);
  to.number("attempt", attempt_);
  to.number("refused", refused_);
  to.instant("deadline", deadline_);
  to.instant("resend_at", resend_at_);
}

}  // namespace wn::kv
