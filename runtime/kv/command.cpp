#include "runtime/kv/command.h"

#include <algorithm>

#include "runtime/kv/protocol.h"

namespace wn::kv {
namespace {

bool key_fits(const Bytes& key) { return !key.empty() && key.size() <= kKeyBytesMax; }

Status validate_txn(const Command& command) {
  if (command.micro.empty() || command.micro.size() > kMicroOperationsMax) return Status::invalid;
  for (const MicroOperation& micro : command.micro) {
    if (!key_fits(micro.key)) return Status::invalid;
    if (micro.append ? micro.value.empty() : !micro.value.empty()) return Status::invalid;
    if (micro.value.size() > kValueBytesMax) return Status::too_large;
  }
  return Status::ok;
}

}  // namespace

Status validate(const Command& command) {
  if (command.kind != CommandKind::txn && !command.micro.empty()) return Status::invalid;
  switch (command.kind) {
    case CommandKind::open_session:
      return Status::ok;
    case CommandKind::txn:
      return validate_txn(command);
    case CommandKind::get:
    case CommandKind::remove:
      return key_fits(command.key) ? Status::ok : Status::invalid;
    case CommandKind::append:
      if (command.value.empty()) return Status::invalid;
      [[fallthrough]];
    case CommandKind::put:
    case CommandKind::cas:
      if (!key_fits(command.key)) return Status::invalid;
      return std::max(command.value.size(), command.expected.size()) <= kValueBytesMax ? Status::ok
                                                                                       : Status::too_large;
  }
  return Status::invalid;
}

bool is_read(const Command& command) {
  if (command.kind == CommandKind::get) return true;
  return command.kind == CommandKind::txn &&
         std::none_of(command.micro.begin(), command.micro.end(), [](const auto& m) { return m.append; });
}

std::string_view to_string(CommandKind kind) {
  switch (kind) {
    case CommandKind::get:
      return "get";
    case CommandKind::put:
      return "put";
    case CommandKind::cas:
      return "cas";
    case CommandKind::remove:
      return "remove";
    case CommandKind::append:
      return "append";
    case CommandKind::txn:
      return "txn";
    case CommandKind::open_session:
      return "open-session";
  }
  return "?";
}

std::string_view to_string(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::cas_mismatch:
      return "cas-mismatch";
    case Status::not_found:
      return "not-found";
    case Status::session_expired:
      return "session-expired";
    case Status::stale_sequence:
      return "stale-sequence";
    case Status::too_large:
      return "too-large";
    case Status::invalid:
      return "invalid";
  }
  return "?";
}

std::string_view to_string(RequestKind kind) {
  switch (kind) {
    case RequestKind::operation:
      return "operation";
    case RequestKind::read:
      return "read";
    case RequestKind::membership:
      return "membership";
    case RequestKind::transfer:
      return "transfer";
  }
  return "?";
}

std::string_view to_string(ReplyCode code) {
  switch (code) {
    case ReplyCode::done:
      return "done";
    case ReplyCode::not_leader:
      return "not-leader";
    case ReplyCode::overloaded:
      return "overloaded";
    case ReplyCode::rejected:
      return "rejected";
    case ReplyCode::uncertain:
      return "uncertain";
  }
  return "?";
}

}  // namespace wn::kv
