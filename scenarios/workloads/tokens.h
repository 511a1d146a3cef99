#pragma once
// From a plan's tokens to capability tokens. Keys are drawn from the plan's seed by identity, so that a token
// stays the same when others are taken away. Forged tokens are made as a malicious holder makes them: signed
// and wrong.
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/bytes.h"
#include "runtime/capability/crypto.h"

namespace wn::scenarios {

// The realm's root of all rights.
capability::PublicKey root_key_of(const faults::Plan& plan);
// Which principal the channel of this client proves; every client has one.
capability::PublicKey principal_of(const faults::Plan& plan, NodeId client);
// Its secret: what a client on a real machine proves itself with.
capability::Seed secret_of_client(const faults::Plan& plan, NodeId client);

// Where updates are signed: the secret of a server's key, and the realm's name.
capability::Seed secret_of_server(const faults::Plan& plan, NodeId server);
std::uint64_t realm_name_of(const faults::Plan& plan);

// What a request carries: the whole chain up to this token, encoded. Empty when the plan has no such token or
// its chain is longer than a chain may be.
Bytes token_bytes(const faults::Plan& plan, std::uint32_t token);
// The first token that the client holds; 0 = none.
std::uint32_t first_token(const faults::Plan& plan, NodeId client);

// The five fields of cap_granted for each token that the client holds, and for the links of their chains that
// nobody holds.
struct Grant {
  std::uint64_t token = 0;
  std::uint64_t parent = 0;
  std::uint64_t rights = 0;
  std::uint64_t subtree = 0;     // low half of the worknode's id
  std::uint64_t expires_ns = 0;  // wall clock
};
std::vector<Grant> grants_of(const faults::Plan& plan, NodeId client);

}  // namespace wn::scenarios
