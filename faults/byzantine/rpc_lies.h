#pragma once
// Wrong answers to calls between nodes (runtime/rpc): false contents that the liar has signed for that very
// call, contents altered after they were signed, and an earlier answer passed off as that to another call.
// Pure but for what it remembers. Internal to the room. One thread.
//
// Limits: kCallsHeardMax calls are remembered (the oldest go first), and one answer for each receiver.
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "faults/byzantine/byzantine.h"
#include "faults/byzantine/letter.h"
#include "runtime/base/random.h"
#include "runtime/capability/crypto.h"
#include "runtime/rpc/codec.h"

namespace wn::byzantine {

inline constexpr std::size_t kCallsHeardMax = 1024;

class RpcLies {
 public:
  RpcLies(NodeId self, const std::optional<Signing>& signing);

  // What an answer to a call must say of it to be signed.
  void learn(NodeId from, const Letter& letter);

  struct Wrong {
    Letter letter;
    // What the liar has put its name to (rpc_signed); none: nothing.
    std::optional<std::array<std::uint64_t, 5>> signed_fields;
  };
  // Nothing: it is no answer to a call with contents.
  std::optional<Wrong> wrong_answer(NodeId to, const Letter& letter, Draw& draw);

 private:
  struct Heard {
    NodeId from;
    std::uint64_t incarnation = 0;
    std::uint64_t id = 0;
    rpc::IdempotencyKey key{kNobody, 0};
    std::uint32_t method = 0;
  };
  struct Said {
    std::uint64_t id = 0;
    std::vector<Bytes> items;
    Bytes signature;
  };
  const Heard* heard(NodeId from, std::uint64_t incarnation, std::uint64_t id) const;
  // Signs these contents for that call, as an honest callee would.
  bool sign(NodeId to, std::uint64_t incarnation, const rpc::ReplyView& reply, Said& said, Wrong& out) const;

  NodeId self_;
  std::uint64_t realm_ = 0;
  std::optional<capability::KeyPair> key_;
  std::deque<Heard> heard_;
  std::map<NodeId, Said> said_;  // the last, by receiver
};

}  // namespace wn::byzantine
