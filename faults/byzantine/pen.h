#pragma once
// Pen: what a liar signs with, its own node's key and no other, and the second histories that it signs. A
// second history leaves the first at some block and is linked in itself, as one that another honest run of
// the node would have made: what twins do by chance, for each receiver at will. Internal to the room. One
// thread.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "faults/byzantine/byzantine.h"
#include "runtime/chain/proof.h"
#include "runtime/realm/update.h"

namespace wn::byzantine {

inline constexpr std::size_t kSecondBlocksMax = 1U << 16;  // in all second histories; more stay as they are

class Pen {
 public:
  Pen(NodeId self, const Signing& signing) : self_(self), key_(signing.secret) {}

  // A block of this node's, in the second history of that number: its updates as `change` wants them (true:
  // it changed one), linked to what went before there. False: it is another's, or this history has not left
  // the first one yet.
  using Change = std::function<bool(realm::Update&)>;
  bool second(std::uint32_t history, chain::Block& block, const Change& change);
  // Signs what it says, whatever that is. False: it is in another node's name.
  bool sign_again(chain::Block& block) const;
  // The next block after `last` in its writer's name, with this update; signed with the wrong key.
  chain::Block forged_after(const chain::Sealed& last, const Bytes& deps, const Bytes& update) const;
  // "Proof" that the writer of this header lied: the second header is made up and signed with the wrong key.
  std::optional<Bytes> false_proof(const chain::Sealed& of_other) const;

 private:
  NodeId self_;
  chain::KeyPair key_;
  // (history, writer, last counter of a block there) -> what the next block links to.
  using Place = std::pair<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t>;
  std::map<Place, chain::Hash> links_;
};

}  // namespace wn::byzantine
