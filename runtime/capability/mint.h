#pragma once
// Making tokens: the holder's side. Pure values; the chain's rules are checked here as well as by the guard,
// so that an honest holder learns of a mistake at once.
#include "runtime/base/result.h"
#include "runtime/capability/chain.h"

namespace wn::capability {

// A token on its way: what a holder needs to make it longer.
struct Minted {
  Token token;
  PublicKey root;
  Hash chain;  // over all links
  LinkId id() const { return id_of(chain); }
  const Link& last() const {
    return token.narrowed.empty() ? token.links[token.links.size() - 1]
                                  : token.narrowed[token.narrowed.size() - 1];
  }
};

// The first link: the realm's root gives `caveats` to `holder`.
Minted grant(const KeyPair& root, const PublicKey& holder, std::uint64_t number, const Caveats& caveats);

// A link for another holder, signed by the present one. Errors: invalid_argument when it would widen, when
// the form is wrong, when `holder` is not the present holder or may not delegate; too_large beyond
// kDelegationDepthMax; precondition after narrowed links, which a signature cannot cover.
Result<Minted> delegate(const Minted& parent, const KeyPair& holder, const PublicKey& to,
                        std::uint64_t number, const Caveats& caveats);
// The same without any question asked: what a malicious holder does. For tests and planted bugs.
// REQUIRES depth < kDelegationDepthMax.
Minted delegate_unchecked(const Minted& parent, const KeyPair& issuer, const PublicKey& to,
                          std::uint64_t number, const Caveats& caveats);

// A minted token from its signed links, as it came from somewhere; nothing is verified.
Minted resume(const Token& token, const PublicKey& root);

// The secret at the end of a token's signed links, shared by its last holder and one verifier. False when the
// verifier's key is unusable. REQUIRES no narrowed links yet.
[[nodiscard]] bool secret_of(const Minted& minted, const KeyPair& holder, const PublicKey& verifier,
                             Mac& out);
// Narrower, by whoever has the secret; `secret` moves on to the child's. Who gets token and new secret can
// use it and narrow it further, but not widen it. Same errors as delegate().
Result<Minted> narrow(const Minted& parent, Mac& secret, std::uint64_t number, const Caveats& caveats);

// Presentations. `by_name` leaves the signed links out: for a guard that has seen them.
Presentation present(const Minted& minted);
Presentation present_signed(const Minted& minted, const KeyPair& holder, NodeId verifier,
                            const Invocation& invocation);
Presentation present_mac(const Minted& minted, const Mac& secret, NodeId verifier,
                         const Invocation& invocation);
Presentation by_name(Presentation presentation, const PublicKey& root);

}  // namespace wn::capability
