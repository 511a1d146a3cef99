#include "runtime/capability/crypto.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "runtime/base/check.h"

namespace wn::capability {

static_assert(crypto_sign_SEEDBYTES == 32 && crypto_sign_PUBLICKEYBYTES == 32);
static_assert(crypto_sign_SECRETKEYBYTES == 64 && crypto_sign_BYTES == 64);
static_assert(crypto_scalarmult_BYTES == 32 && crypto_generichash_KEYBYTES_MAX >= 32);

KeyPair::KeyPair(const Seed& seed) {
  WN_CHECK_EQ(crypto_sign_seed_keypair(public_.bytes.data(), secret_.data(), seed.bytes.data()), 0);
}

Signature KeyPair::sign(ByteView message) const {
  Signature out;
  WN_CHECK_EQ(crypto_sign_detached(out.bytes.data(), nullptr, message.data(), message.size(), secret_.data()),
              0);
  return out;
}

bool KeyPair::shared_with(const PublicKey& other, Mac& out) const {
  std::array<std::uint8_t, 32> mine{};
  std::array<std::uint8_t, 32> theirs{};
  if (crypto_sign_ed25519_pk_to_curve25519(theirs.data(), other.bytes.data()) != 0) return false;
  WN_CHECK_EQ(crypto_sign_ed25519_sk_to_curve25519(mine.data(), secret_.data()), 0);
  std::array<std::uint8_t, 96> input{};  // the point, then both keys in ascending order
  if (crypto_scalarmult(input.data(), mine.data(), theirs.data()) != 0) return false;
  const auto& [low, high] = std::minmax(public_, other);
  std::memcpy(input.data() + 32, low.bytes.data(), 32);
  std::memcpy(input.data() + 64, high.bytes.data(), 32);
  out = Mac{hash_of(input).bytes};
  sodium_memzero(mine.data(), mine.size());
  sodium_memzero(input.data(), input.size());
  return true;
}

bool verifies(const PublicKey& key, ByteView message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(),
                                     key.bytes.data()) == 0;
}

Hash hash_of(ByteView message) {
  Hash out;
  crypto_generichash(out.bytes.data(), out.bytes.size(), message.data(), message.size(), nullptr, 0);
  return out;
}

Mac keyed_hash(const Mac& key, ByteView message) {
  Mac out;
  crypto_generichash(out.bytes.data(), out.bytes.size(), message.data(), message.size(), key.bytes.data(),
                     key.bytes.size());
  return out;
}

MacPair keyed_pair(const Mac& key, ByteView message) {
  std::array<std::uint8_t, 64> wide{};
  crypto_generichash(wide.data(), wide.size(), message.data(), message.size(), key.bytes.data(),
                     key.bytes.size());
  MacPair out;
  std::memcpy(out.secret.bytes.data(), wide.data(), 32);
  std::memcpy(out.open.bytes.data(), wide.data() + 32, 32);
  return out;
}

bool same(const Mac& a, const Mac& b) { return sodium_memcmp(a.bytes.data(), b.bytes.data(), 32) == 0; }

}  // namespace wn::capability
