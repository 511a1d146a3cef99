#pragma once
// The room's only door to libsodium: pure functions of their arguments. Nothing here draws a random number or
// needs sodium_init(); a program may call that at its start to let libsodium choose faster code.
//
// Ed25519: RFC 8032. BLAKE2b: RFC 7693. X25519: RFC 7748, on the Ed25519 keys' Montgomery forms.
#include <array>
#include <span>

#include "runtime/base/bytes.h"
#include "runtime/capability/types.h"

namespace wn::capability {

// Secret. Made from a seed; the same seed gives the same pair.
class KeyPair {
 public:
  explicit KeyPair(const Seed& seed);
  const PublicKey& public_key() const { return public_; }
  Signature sign(ByteView message) const;
  // The secret that this holder and the owner of `other` have in common, for keyed hashes: static-static
  // X25519, hashed with both public keys. False when `other` is no usable key (small order, not on the
  // curve).
  [[nodiscard]] bool shared_with(const PublicKey& other, Mac& out) const;

 private:
  std::array<std::uint8_t, 64> secret_{};
  PublicKey public_;
};

[[nodiscard]] bool verifies(const PublicKey& key, ByteView message, const Signature& signature);

Hash hash_of(ByteView message);
Mac keyed_hash(const Mac& key, ByteView message);
// 64 bytes at once, as two independent halves.
struct MacPair {
  Mac secret;
  Hash open;
};
MacPair keyed_pair(const Mac& key, ByteView message);
// In time that does not depend on where they differ.
[[nodiscard]] bool same(const Mac& a, const Mac& b);

}  // namespace wn::capability
