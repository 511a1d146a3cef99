#pragma once
// Values of the capability room: keys, rights, caveats, and why something is refused. Plain data, no heap,
// one thread. All integers are checked against the limits here wherever bytes come in.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "runtime/base/check.h"
#include "runtime/base/ids.h"
#include "runtime/base/time.h"

namespace wn::capability {

// Links of one chain, signed and narrowed ones together ("max_delegation_depth"); more is `too_deep`.
inline constexpr std::size_t kDelegationDepthMax = 8;
// Bytes of an encoded token with its proof; more is `too_large`.
inline constexpr std::size_t kTokenBytesMax = 4096;
// Bytes of one link's signed body.
inline constexpr std::size_t kLinkBodyBytesMax = 256;

// 32 bytes that something else than us chose at random: the only way to a key. Secret.
struct Seed {
  std::array<std::uint8_t, 32> bytes{};
};
// An Ed25519 public key: the name of a principal. All zero is nobody.
struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  explicit operator bool() const { return *this != PublicKey{}; }
  // Without a branch or a call: it is asked for at every check.
  friend bool operator==(const PublicKey& a, const PublicKey& b) { return differing(a, b) == 0; }
  friend std::uint64_t differing(const PublicKey& a, const PublicKey& b) {
    return (a.word(0) ^ b.word(0)) | (a.word(1) ^ b.word(1)) | (a.word(2) ^ b.word(2)) |
           (a.word(3) ^ b.word(3));
  }
  std::uint64_t word(std::size_t i) const {
    std::uint64_t out = 0;
    std::memcpy(&out, bytes.data() + 8 * i, 8);
    return out;
  }
  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};
struct Signature {
  std::array<std::uint8_t, 64> bytes{};
  friend bool operator==(const Signature&, const Signature&) = default;
};
// BLAKE2b-256. All zero is "none".
struct Hash {
  std::array<std::uint8_t, 32> bytes{};
  explicit operator bool() const { return *this != Hash{}; }
  friend bool operator==(const Hash&, const Hash&) = default;
};
// A key of keyed BLAKE2b, and what it gives. Secret.
struct Mac {
  std::array<std::uint8_t, 32> bytes{};
};

// Names a chain up to and with one link: the first 128 bits of a hash over everything in it, signatures
// included. Zero is "none".
struct LinkId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  explicit operator bool() const { return (high | low) != 0; }
  friend bool operator==(const LinkId&, const LinkId&) = default;
  friend auto operator<=>(const LinkId&, const LinkId&) = default;
};

// A remembered token in the hand of the runtime itself: which entry of which guard, and in which of the
// entry's lives. It belongs to the channel for which decide() gave it, is never sent anywhere, and is worth
// nothing once the guard has forgotten the token. Generation 0 is none.
struct Pass {
  std::uint64_t generation = 0;
  std::uint32_t slot = 0;
  explicit operator bool() const { return generation != 0; }
};

// What may be done. The numbers are part of the token's format.
enum class Right : std::uint32_t {
  read = 1U << 0,
  write = 1U << 1,
  create = 1U << 2,
  move = 1U << 3,
  remove = 1U << 4,
  call = 1U << 5,
  delegate = 1U << 6,  // to sign a link for another holder
  revoke = 1U << 7,
  query = 1U << 8,
  publish = 1U << 9,
};
using Rights = std::uint32_t;  // a set of Right
inline constexpr Rights kAllRights = (1U << 10) - 1;
constexpr Rights bit(Right r) { return static_cast<Rights>(r); }
constexpr Rights operator|(Right a, Right b) { return bit(a) | bit(b); }
constexpr Rights operator|(Rights a, Right b) { return a | bit(b); }

inline constexpr std::uint64_t kAnyOperation = ~std::uint64_t{0};

// What a link allows. A link of a chain allows only what all the links before it allow as well.
struct Caveats {
  Rights rights = 0;
  std::uint64_t operations = kAnyOperation;  // bit set; what a bit means is the runtime's affair
  WorknodeId subtree;                        // the worknode at its top and all that is under it
  WallTime not_before{std::numeric_limits<std::int64_t>::min()};
  WallTime expires = WallTime::max();  // the first moment at which it no longer holds
  std::uint32_t uses = 0;              // 0 = not counted; else it must expire and name its verifier
  NodeId verifier;                     // the only one that may accept it; nobody = any may
  std::uint64_t epoch = 0;  // the revocation epoch in which it was issued; no higher than its parent's
  Hash invocation;          // exactly this call (invocation_hash), once; zero = any. Counts as uses = 1
  bool counted() const { return uses != 0 || static_cast<bool>(invocation); }
  std::uint32_t uses_max() const { return invocation ? 1 : uses; }
  friend bool operator==(const Caveats&, const Caveats&) = default;
};

// What is asked of a guard.
struct Invocation {
  Rights rights = 0;            // all of these are needed
  std::uint64_t operation = 0;  // all of these bits are needed
  WorknodeId target;
  Hash arguments;              // hash_of(argument bytes); zero when no link binds them
  std::uint64_t sequence = 0;  // of the presenter's requests: makes each proof another
  WorknodeId also;             // a second target, such as where a move leads to; none: there is one
};

// The two clocks of the replica that decides.
struct Moment {
  WallTime wall;  // for not_before and expires
  Instant now;    // monotonic, for the age of the revocation feed
};

// Why not. `allowed` is 0, so that a trace can say "0 = it took effect". Numbers are stored: append only.
enum class Refusal : std::uint8_t {
  allowed = 0,
  malformed,         // the bytes are not a token, or a link breaks a rule of form
  too_large,         // more than kTokenBytesMax
  too_deep,          // more than kDelegationDepthMax links
  bad_signature,     // a link was not signed by the holder before it, or the first not by the realm's root
  widened,           // a link allows what the one before it does not
  may_not_delegate,  // a link was signed by a holder without the right to delegate
  unknown_token,     // named by id, but this guard does not remember it: present it whole
  wrong_holder,      // the presenter did not prove to be the holder
  wrong_verifier,    // it names another verifier
  not_yet,
  expired,
  stale_revocations,  // the revocation feed is older than capability_staleness_max
  revoked,
  right_missing,
  operation_missing,
  out_of_subtree,
  wrong_invocation,  // bound to another exact invocation
  used_up,
  too_many_counted,  // the table of use counts is full
};
inline constexpr std::uint8_t kRefusalEnd = 20;
// Kebab-case words: "bad-signature"; "allowed".
std::string_view to_string(Refusal refusal);

// The tree's answers, by whoever has a tree.
class SubtreeOracle {
 public:
  virtual ~SubtreeOracle() = default;
  // Is `node` the top of `subtree` or anywhere under it, now? False for what does not exist.
  virtual bool contains(WorknodeId subtree, WorknodeId node) const = 0;
  // The parent; none for the tree's top and for what does not exist. Asked only while a subtree is revoked.
  virtual WorknodeId parent_of(WorknodeId node) const = 0;
  // Guards remember answers as long as this number stays the same (a number and not a call, for their speed).
  std::uint64_t version() const { return version_; }

 protected:
  // REQUIRES version > 0.
  explicit SubtreeOracle(std::uint64_t version) { set_version(version); }
  // To call whenever an answer above may have changed; never back to an earlier number. REQUIRES version > 0.
  void set_version(std::uint64_t version) {
    WN_CHECK(version != 0);  // by which a guard marks that it knows nothing
    version_ = version;
  }

 private:
  std::uint64_t version_ = 0;
};

}  // namespace wn::capability
