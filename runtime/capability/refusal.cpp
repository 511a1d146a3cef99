#include "runtime/capability/types.h"

namespace wn::capability {

std::string_view to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::allowed:
      return "allowed";
    case Refusal::malformed:
      return "malformed";
    case Refusal::too_large:
      return "too-large";
    case Refusal::too_deep:
      return "too-deep";
    case Refusal::bad_signature:
      return "bad-signature";
    case Refusal::widened:
      return "widened";
    case Refusal::may_not_delegate:
      return "may-not-delegate";
    case Refusal::unknown_token:
      return "unknown-token";
    case Refusal::wrong_holder:
      return "wrong-holder";
    case Refusal::wrong_verifier:
      return "wrong-verifier";
    case Refusal::not_yet:
      return "not-yet";
    case Refusal::expired:
      return "expired";
    case Refusal::stale_revocations:
      return "stale-revocations";
    case Refusal::revoked:
      return "revoked";
    case Refusal::right_missing:
      return "right-missing";
    case Refusal::operation_missing:
      return "operation-missing";
    case Refusal::out_of_subtree:
      return "out-of-subtree";
    case Refusal::wrong_invocation:
      return "wrong-invocation";
    case Refusal::used_up:
      return "used-up";
    case Refusal::too_many_counted:
      return "too-many-counted";
  }
  return "unknown";
}

}  // namespace wn::capability
