#pragma once
// AnswerSignatures: what a node of a realm with identities lends to its endpoint for calls: its own Ed25519
// key to sign with, and the members' public keys to verify by. What is signed says for which protocol, realm,
// callee, caller and call it is (rpc/codec.h: SignedAnswer), and is no prefix of anything else that the same
// key signs (runtime/chain, runtime/capability). A node that is not a member has no key: nothing of it holds.
// RFC 8032. Thread rule: one thread.
#include <utility>
#include <vector>

#include "runtime/capability/crypto.h"
#include "runtime/realm/realm.h"
#include "runtime/rpc/endpoint.h"

namespace wn::host {

class AnswerSignatures final : public rpc::Signatures {
 public:
  explicit AnswerSignatures(const realm::Identity& identity)
      : key_(identity.secret), members_(identity.members) {}
  Bytes sign(ByteView bytes) override;
  bool verify(NodeId signer, ByteView bytes, ByteView signature) override;

 private:
  capability::KeyPair key_;
  std::vector<std::pair<NodeId, capability::PublicKey>> members_;  // ascending
};

}  // namespace wn::host
