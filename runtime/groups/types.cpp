#include "runtime/groups/types.h"

namespace wn::groups {

std::string_view to_string(AnswerCode code) {
  switch (code) {
    case AnswerCode::done:
      return "done";
    case AnswerCode::refused:
      return "refused";
    case AnswerCode::not_leader:
      return "not-leader";
    case AnswerCode::wrong_group:
      return "wrong-group";
    case AnswerCode::moving:
      return "moving";
    case AnswerCode::overloaded:
      return "overloaded";
    case AnswerCode::expired:
      return "expired";
    case AnswerCode::unknown:
      return "unknown";
  }
  return "?";
}

}  // namespace wn::groups
