#pragma once
// Config: one daemon, as an operator writes it in TOML: who it is, whom it talks to, what it serves and how.
//
//   read()   is total on any text: a whole configuration, or the first thing that is wrong with file, line,
//            column, the line with a caret and what was expected; unknown keys with the nearest known one.
//   write()  gives a text that read() takes for an equal value. Every knob is written, with its default in a
//            comment where it has another.
//
// Scalars are rows of one table (knobs.h), which reading, writing, comparison and docs/operating.md share.
// The structures of the rooms below are used as they are: what a knob sets is a field of host::Options or
// node::Options or quic::Options. Their other fields (node, members, identity, principals, groups, peers,
// defect) are worked out by host_options(), node_options() and quic_options() and have no meaning in here.
//
// Secrets are not in it: `identity` names a file. Thread rule: pure functions, values.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/capability/types.h"
#include "runtime/host/host.h"
#include "runtime/node/node.h"
#include "runtime/quic/quic.h"

namespace wn::daemon {

inline constexpr std::size_t kTextBytesMax = 1U << 20;
inline constexpr std::size_t kPeersMax = 256;
inline constexpr std::size_t kClientsMax = 4096;          // listed
inline constexpr std::uint32_t kNodeIdMax = 0x7FFF'FFFF;  // above are those of unlisted clients

// Another server: configured on both sides.
struct Peer {
  NodeId id;
  std::string address;  // "host:port"; "[::1]:port" for IPv6
  capability::PublicKey key;
  friend bool operator==(const Peer&, const Peer&) = default;
};

// Who may connect besides the peers.
enum class ClientRule : std::uint8_t { refuse, any, listed };
struct Client {
  NodeId id;  // nobody: the id is derived from the key
  capability::PublicKey key;
  capability::PublicKey principal;  // whose capabilities it may show; zero: its own key
  friend bool operator==(const Client&, const Client&) = default;
};

enum class Service : std::uint8_t { realm, kv };
enum class LogLevel : std::uint8_t { debug, info, warning, error };
enum class LogFormat : std::uint8_t { logfmt, json };

struct Config {
  // [node]
  NodeId id;
  std::string identity = "identity.key";  // file of 64 hex digits, readable by its owner alone
  std::string data = "data";              // folder
  std::string listen = "127.0.0.1:7411";  // UDP

  std::vector<Peer> peers;  // [[peer]], ascending by id
  // [clients]
  ClientRule clients = ClientRule::any;
  std::vector<Client> listed;  // [[client]]
  // [quic]: its numbers; who is who is worked out by quic_options().
  quic::Options quic;
  bool early_data = false;  // 0-RTT; read() refuses true: what is replayed to a server would be served again

  // [service]
  Service service = Service::realm;
  // The realm's members or the first voters, ascending; empty: this node and all its peers. A server that is
  // not among them is a spare.
  std::vector<NodeId> members;

  // Of a realm: [realm], [realm.actors], [groups], [raft], [limits].
  host::Options host;
  bool signed_updates = false;  // under the identities of the members
  std::uint64_t realm_name = 0;
  std::uint32_t history_max = realm::Identity{}.history_max;
  std::uint32_t groups = 0;          // Raft groups that own the tree's parts; 0: nothing is STRONG
  std::uint32_t group_replicas = 3;  // of each, odd
  // Of the key-value service: [kv], [raft].
  node::Options kv;

  // [metrics]
  std::string metrics_listen;  // "host:port", HTTP; empty: none
  // [log]
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::logfmt;
  std::string log_file;  // empty: standard error

  friend bool operator==(const Config& a, const Config& b);
};

// Errors: bad_input, too_large.
Result<Config> read(std::string_view text, const std::string& file);
std::string write(const Config& config);

// This node and its peers, or those that `members` names; ascending.
std::vector<NodeId> members_of(const Config& config);
// `identity` is this node's secret seed. REQUIRES a configuration that read() would take, and of
// host_options() service realm, of node_options() service kv.
host::Options host_options(const Config& config, const capability::Seed& identity);
node::Options node_options(const Config& config);
// The address of a peer is the handle that has its id.
quic::Options quic_options(const Config& config, const capability::Seed& identity);

}  // namespace wn::daemon
