#pragma once
// Token: a chain of links from the realm's root key to a holder, and its bytes.
//
//   signed links    each says: this holder may do this, signed (Ed25519) by the holder of the link before it,
//   the
//                   first by the realm's root. Anybody who knows the root's public key can verify them,
//                   offline.
//   narrowed links  at the end only: the last signed holder's token, made narrower by a keyed hash under a
//   secret
//                   that this holder shares with one verifier (macaroons: Birgisson et al., NDSS 2014). Only
//                   that verifier can verify them, in well under a microsecond each.
//
// A presentation is a token with a proof that the presenter may use it, for one invocation:
//   none       the channel that it comes through has proven the holder's key already
//   signature  by the last signed holder over the invocation; not with narrowed links
//   mac        keyed hash of the invocation under the secret at the end of the chain
// `parent` may stand for the signed links when the guard remembers them.
//
// Bytes: Protobuf wire encoding, canonical: one sequence of bytes for one value. Field numbers are in
// token_codec.cpp. parse() is total: hostile bytes cost at most kTokenBytesMax reads and no allocation.
#include <vector>

#include "runtime/base/bounded_vector.h"
#include "runtime/base/bytes.h"
#include "runtime/capability/types.h"

namespace wn::capability {

struct Link {
  PublicKey holder;  // to whom; in a narrowed link nobody: the holder stays who it was
  std::uint64_t number =
      0;  // chosen by who made it, unique in the realm: people, traces and revocations name it
  Caveats caveats;
  Signature signature;  // zero in a narrowed link
  friend bool operator==(const Link&, const Link&) = default;
};

struct Token {
  BoundedVector<Link, kDelegationDepthMax> links;
  BoundedVector<Link, kDelegationDepthMax> narrowed;
  std::size_t depth() const { return links.size() + narrowed.size(); }
  friend bool operator==(const Token&, const Token&) = default;
};

enum class ProofKind : std::uint8_t { none = 0, signature, mac };

struct Presentation {
  LinkId parent;  // not zero: instead of token.links
  Token token;
  ProofKind proof = ProofKind::none;
  Signature signature;
  Mac mac;
};

// Appends the canonical bytes. REQUIRES at most kDelegationDepthMax links in all.
void encode(const Presentation& presentation, std::vector<std::uint8_t>& out);
std::vector<std::uint8_t> encode(const Token& token);

// A link as it lay in the bytes: `body` is what was signed or hashed, a window into the input.
struct ParsedLink {
  Link link;
  ByteView body;
};
struct Parsed {
  LinkId parent;
  BoundedVector<ParsedLink, kDelegationDepthMax> links;
  BoundedVector<ParsedLink, kDelegationDepthMax> narrowed;
  ProofKind proof = ProofKind::none;
  Signature signature;
  Mac mac;
};
// allowed, or too_large, too_deep, malformed. Form only: nothing is verified. A counted link must expire and
// name its verifier, else its count could neither be kept nor mean one thing.
[[nodiscard]] Refusal parse(ByteView bytes, Parsed& out);
// The same for a token without parent or proof, as a value.
[[nodiscard]] Refusal decode(ByteView bytes, Token& out);

// The bytes of one link's body, appended. With or without the holder: signed or narrowed.
void encode_body(const Link& link, bool with_holder, std::vector<std::uint8_t>& out);

}  // namespace wn::capability
