#include "runtime/base/result.h"

namespace wn {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::ok:
      return "ok";
    case Errc::invalid_argument:
      return "invalid-argument";
    case Errc::bad_input:
      return "bad-input";
    case Errc::corrupt:
      return "corrupt";
    case Errc::not_found:
      return "not-found";
    case Errc::already_exists:
      return "already-exists";
    case Errc::overloaded:
      return "overloaded";
    case Errc::too_large:
      return "too-large";
    case Errc::io_error:
      return "io-error";
    case Errc::no_space:
      return "no-space";
    case Errc::not_leader:
      return "not-leader";
    case Errc::timed_out:
      return "timed-out";
    case Errc::cancelled:
      return "cancelled";
    case Errc::unsupported:
      return "unsupported";
    case Errc::precondition:
      return "precondition";
    case Errc::internal:
      return "internal";
    case Errc::weak_evidence:
      return "weak-evidence";
    case Errc::behind:
      return "behind";
  }
  return "unknown";
}

std::string Error::to_string() const {
  std::string out;
  if (!at.file.empty()) out += at.file + ":";
  if (at.line != 0) out += std::to_string(at.line) + ":";
  if (at.line != 0 && at.column != 0) out += std::to_string(at.column) + ":";
  if (!out.empty()) out += " ";
  return out + message;
}

}  // namespace wn
