#pragma once
// Words: how people name servers, worknodes, properties, modes and keys. Reading is total on any text; what
// is wrong is said in one line (Errc::bad_input). Pure. Thread rule: values.
//
// A server:   quic://HOST:PORT/KEY        KEY: the 64 hex digits of its Ed25519 public key
//             quic://HOST:PORT/KEY?id=7   and the id that this client calls it by; else its place, from 1
// HOST is a name, an IPv4 address, or an IPv6 address in brackets. Several are separated by commas.
// A worknode: a number (0 is the root; realm::numbered) or 32 hex digits, the id's high half first.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/ids.h"
#include "runtime/base/mode.h"
#include "runtime/base/result.h"
#include "runtime/capability/types.h"
#include "runtime/realm/protocol.h"

namespace wn::client {

struct Server {
  std::string host;
  std::uint16_t port = 0;
  capability::PublicKey key;
  NodeId id;  // below 0x8000'0000
  friend bool operator==(const Server&, const Server&) = default;
};
inline constexpr std::uint32_t kServerIdMax = 0x7FFF'FFFF;

// One or several URLs; ids and keys are unique.
Result<std::vector<Server>> servers_from(std::span<const std::string> urls);
std::string to_text(const Server& server);

Result<WorknodeId> worknode_from(std::string_view text);
std::string to_text(WorknodeId worknode);  // the number where it has one, else 32 hex digits
Result<realm::Property> property_from(std::string_view name);
Result<realm::Function> function_from(std::string_view name);
Result<Mode> mode_from(std::string_view name);

Result<capability::PublicKey> public_key_from(std::string_view hex);
// Of an identity file: 64 hex digits, white space around them.
Result<capability::Seed> seed_from(std::string_view text);

}  // namespace wn::client
