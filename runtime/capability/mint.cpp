#include "runtime/capability/mint.h"

#include "runtime/base/check.h"

namespace wn::capability {
namespace {

Result<void> may_extend(const Minted& parent, const Caveats& caveats) {
  if (parent.token.depth() >= kDelegationDepthMax) {
    return fail(Errc::too_large, "a chain has at most 8 links");
  }
  if (!narrows(parent.last().caveats, caveats)) {
    return fail(Errc::invalid_argument, "a link can only narrow what the one before it allows");
  }
  if (!caveats.subtree || caveats.rights > kAllRights) {
    return fail(Errc::invalid_argument, "a link needs a subtree and known rights");
  }
  if (caveats.counted() && (caveats.expires == WallTime::max() || !caveats.verifier)) {
    return fail(Errc::invalid_argument, "a counted link must expire and name its verifier");
  }
  return {};
}

}  // namespace

Minted grant(const KeyPair& root, const PublicKey& holder, std::uint64_t number, const Caveats& caveats) {
  const Minted none{.token = {}, .root = root.public_key(), .chain = chain_start(root.public_key())};
  return delegate_unchecked(none, root, holder, number, caveats);
}

Minted delegate_unchecked(const Minted& parent, const KeyPair& issuer, const PublicKey& to,
                          std::uint64_t number, const Caveats& caveats) {
  WN_CHECK(parent.token.depth() < kDelegationDepthMax);
  Minted out = parent;
  Link link{.holder = to, .number = number, .caveats = caveats, .signature = {}};
  std::vector<std::uint8_t> body;
  encode_body(link, true, body);
  link.signature = sign_link(issuer, parent.chain, body);
  out.chain = chain_after(parent.chain, body, link.signature);
  out.token.links.push_back(link);
  return out;
}

Result<Minted> delegate(const Minted& parent, const KeyPair& holder, const PublicKey& to,
                        std::uint64_t number, const Caveats& caveats) {
  if (!parent.token.narrowed.empty()) {
    return fail(Errc::precondition, "a narrowed token can be passed on with its secret, not by a signature");
  }
  if (auto may = may_extend(parent, caveats); !may) return fail(may.error());
  if (parent.last().holder != holder.public_key()) {
    return fail(Errc::invalid_argument, "only the holder of the last link can delegate");
  }
  if ((parent.last().caveats.rights & bit(Right::delegate)) == 0) {
    return fail(Errc::invalid_argument, "the last link does not carry the right to delegate");
  }
  return delegate_unchecked(parent, holder, to, number, caveats);
}

Minted resume(const Token& token, const PublicKey& root) {
  Minted out{.token = {}, .root = root, .chain = chain_start(root)};
  std::vector<std::uint8_t> body;
  for (const Link& link : token.links) {
    body.clear();
    encode_body(link, true, body);
    out.chain = chain_after(out.chain, body, link.signature);
    out.token.links.push_back(link);
  }
  return out;
}

bool secret_of(const Minted& minted, const KeyPair& holder, const PublicKey& verifier, Mac& out) {
  WN_CHECK(minted.token.narrowed.empty());
  Mac shared;
  if (!holder.shared_with(verifier, shared)) return false;
  out = keyed_hash(shared, minted.chain.bytes);
  return true;
}

Result<Minted> narrow(const Minted& parent, Mac& secret, std::uint64_t number, const Caveats& caveats) {
  if (auto may = may_extend(parent, caveats); !may) return fail(may.error());
  Minted out = parent;
  const Link link{.holder = {}, .number = number, .caveats = caveats, .signature = {}};
  std::vector<std::uint8_t> body;
  encode_body(link, false, body);
  const MacPair next = keyed_pair(secret, body);
  secret = next.secret;
  out.chain = next.open;
  out.token.narrowed.push_back(link);
  return out;
}

Presentation present(const Minted& minted) { return {.token = minted.token}; }

Presentation present_signed(const Minted& minted, const KeyPair& holder, NodeId verifier,
                            const Invocation& invocation) {
  return {.token = minted.token,
          .proof = ProofKind::signature,
          .signature = holder.sign(proof_bytes(minted.id(), verifier, invocation).bytes)};
}

Presentation present_mac(const Minted& minted, const Mac& secret, NodeId verifier,
                         const Invocation& invocation) {
  return {.token = minted.token,
          .proof = ProofKind::mac,
          .mac = keyed_hash(secret, proof_bytes(minted.id(), verifier, invocation).bytes)};
}

Presentation by_name(Presentation presentation, const PublicKey& root) {
  presentation.parent = resume(presentation.token, root).id();
  presentation.token.links.clear();
  return presentation;
}

}  // namespace wn::capability
