#pragma once
// Requests and replies between clients and servers. Plain values; `wire` encodes them.
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/ids.h"
#include "runtime/kv/command.h"

namespace wn::kv {

inline constexpr std::size_t kServersMax = 64;  // in a membership request and in a client's list

enum class RequestKind : std::uint8_t {
  operation = 1,  // `command` through the log
  read,           // `command` (is_read) from a confirmed read point
  membership,     // move to `voters` and `learners`
  transfer,       // leadership to `target`
};
inline constexpr std::uint8_t kRequestKindEnd = 5;

struct ClientRequest {
  std::uint64_t operation = 0;  // the client's running number; comes back in the reply
  std::uint32_t attempt = 0;    // 1, 2, 3 … of this operation; comes back in the reply
  RequestKind kind = RequestKind::operation;
  Command command;  // with session and sequence
  std::vector<NodeId> voters;
  std::vector<NodeId> learners;
  NodeId target;
  friend bool operator==(const ClientRequest&, const ClientRequest&) = default;
};

enum class ReplyCode : std::uint8_t {
  done = 1,  // `reply` is the state machine's answer (its status may still say no); membership, transfer: it
             // is complete
  not_leader,  // refused before anything was proposed; `leader` is a hint, may be nobody
  overloaded,  // refused before anything was proposed: a limit was reached
  rejected,    // refused for good: the request is outside its limits or not possible; sending it again cannot
               // help
  uncertain,   // was proposed, then leadership was lost: it may or may not take effect
};
inline constexpr std::uint8_t kReplyCodeEnd = 6;

struct ClientReply {
  std::uint64_t operation = 0;
  std::uint32_t attempt = 0;
  ReplyCode code = ReplyCode::done;
  NodeId leader;
  Reply reply;
  friend bool operator==(const ClientReply&, const ClientReply&) = default;
};

std::string_view to_string(RequestKind kind);
std::string_view to_string(ReplyCode code);

}  // namespace wn::kv
