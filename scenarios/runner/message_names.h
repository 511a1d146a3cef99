#pragma once
// What message_sent's `type` numbers mean, for pictures and tables: "append", "vote-reply", "request".
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/quic/quic.h"
#include "runtime/raft/types.h"
#include "runtime/wire/frame.h"

namespace wn::scenarios {

inline std::vector<std::pair<std::uint64_t, std::string>> message_type_names() {
  using raft::MessageType;
  const auto of = [](auto type, const char* name) {
    return std::pair<std::uint64_t, std::string>(static_cast<std::uint64_t>(type), name);
  };
  return {of(MessageType::pre_vote, "pre-vote"),
          of(MessageType::pre_vote_reply, "pre-vote-reply"),
          of(MessageType::vote, "vote"),
          of(MessageType::vote_reply, "vote-reply"),
          of(MessageType::append, "append"),
          of(MessageType::append_reply, "append-reply"),
          of(MessageType::heartbeat, "heartbeat"),
          of(MessageType::heartbeat_reply, "heartbeat-reply"),
          of(MessageType::snapshot_chunk, "snapshot-chunk"),
          of(MessageType::snapshot_reply, "snapshot-reply"),
          of(MessageType::timeout_now, "timeout-now"),
          of(wire::FrameType::client_request, "request"),
          of(wire::FrameType::client_reply, "reply"),
          {quic::kPacketType, "quic"}};
}

}  // namespace wn::scenarios
