#pragma once
// What is signed and hashed along a chain. Each hash covers all before it, so links can be neither left out
// nor moved, nor spliced from another chain:
//   chain(0)   = H("root" | realm's root key)
//   signed(i)  = "link" | chain(i-1) | body(i)
//   chain(i)   = H("chain" | chain(i-1) | body(i) | signature(i))
//   secret(0)  = K(shared secret of holder and verifier, chain(n))
//   secret(j), chain(n+j) = K(secret(j-1), body(n+j))     64 bytes, in halves
// A secret gives all narrower ones and none that is wider; knowing chain(n+j) tells nothing about it.
#include "runtime/capability/crypto.h"
#include "runtime/capability/token.h"

namespace wn::capability {

Hash chain_start(const PublicKey& root);
Signature sign_link(const KeyPair& issuer, const Hash& before, ByteView body);
[[nodiscard]] bool link_verifies(const PublicKey& issuer, const Hash& before, ByteView body,
                                 const Signature& signature);
Hash chain_after(const Hash& before, ByteView body, const Signature& signature);
LinkId id_of(const Hash& chain);

// What a proof is about: the invocation, to this verifier, with the chain that ends in `tail`.
struct ProofBytes {
  std::array<std::uint8_t, 120> bytes{};
};
ProofBytes proof_bytes(const LinkId& tail, NodeId verifier, const Invocation& invocation);
// What an exact-invocation link binds: the call, whoever makes it and whenever.
Hash invocation_hash(const Invocation& invocation);

// `child` allows nothing that `parent` does not. Subtrees are not compared: the tree moves, so a target must
// lie in every link's subtree at the time of use.
[[nodiscard]] bool narrows(const Caveats& parent, const Caveats& child);

}  // namespace wn::capability
