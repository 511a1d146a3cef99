#include "runtime/quic/quic.h"

#include "runtime/capability/crypto.h"
#include "runtime/raft/types.h"

namespace wn::quic {

std::string_view to_string(Closed reason) {
  constexpr std::array<std::string_view, kClosedEnd> names = {
      "none",           "by-peer",  "idle",           "handshake-timeout", "wrong-key",
      "unknown-key",    "id-taken", "wrong-protocol", "wrong-version",     "bad-frame",
      "protocol-error", "replaced", "reset",          "overloaded",        "shutdown"};
  const auto place = static_cast<std::size_t>(reason);
  return place < names.size() ? names[place] : "unknown";
}

NodeId client_id(const PublicKey& key) {
  const capability::Hash hash = capability::hash_of(key.bytes);
  std::uint32_t bits = 0;
  for (int i = 0; i < 4; ++i) bits |= std::uint32_t{hash.bytes[static_cast<std::size_t>(i)]} << (8 * i);
  return NodeId{0x8000'0000U | (bits & 0x3FFF'FFFFU)};
}

PublicKey key_of(const Seed& identity) { return capability::KeyPair(identity).public_key(); }

std::uint32_t class_of(std::uint8_t type) {
  if (type < 32 || (type >= 48 && type < 56)) return 0;
  if (type == 40 || type == 41 || type == 32 || type == 33) return 2;
  if ((type >= 42 && type < 48) || (type >= 64 && type < 80)) return 1;
  return 3;
}

void allow_loss_of_raft_chatter(Options& options) {
  using raft::MessageType;
  for (const MessageType type :
       {MessageType::pre_vote, MessageType::pre_vote_reply, MessageType::vote, MessageType::vote_reply,
        MessageType::heartbeat, MessageType::heartbeat_reply}) {
    options.datagram_types[0] |= 1ULL << static_cast<unsigned>(type);
  }
}

}  // namespace wn::quic
