// Reading and writing. The TU of toml++.
#include "runtime/daemon/config.h"

#include <algorithm>
#include <array>
#include <optional>

#include "runtime/base/hex.h"
#include "runtime/config/config.h"
#include "runtime/config/limit_table.h"
#include "runtime/config/toml_reader.h"
#include "runtime/daemon/config_check.h"
#include "runtime/daemon/knobs.h"

namespace wn::daemon {
namespace {

using config::TomlFile;
using config::TomlTable;

void read_key(TomlTable& table, std::string_view name, capability::PublicKey& out) {
  std::string text;
  table.text(name, text);
  if (text.empty()) {
    out = {};
  } else if (!from_hex(text, out.bytes)) {
    table.complain_at(name, "\"" + std::string(name) + "\": expected a public key: 64 hex digits");
  }
}

struct ReadKnob {
  TomlTable& table;
  const Knob& knob;

  void operator()(bool* out) const { table.boolean(knob.key, *out); }
  void operator()(std::uint32_t* out) const { table.integer(knob.key, *out, low(), high()); }
  void operator()(NodeId* out) const { table.integer(knob.key, out->value, low(), high()); }
  void operator()(std::uint64_t* out) const {
    if (knob.form != Form::hex) return table.integer(knob.key, *out, low(), high());
    std::string text;
    std::array<std::uint8_t, 8> bytes{};
    table.text(knob.key, text);
    if (!table.has(knob.key)) return;
    if (!from_hex(text, bytes)) return complain();
    *out = 0;
    for (const std::uint8_t byte : bytes) *out = *out << 8 | byte;
  }
  void operator()(Duration* out) const { table.duration(knob.key, *out, {low()}, {high()}); }
  void operator()(std::string* out) const {
    table.text(knob.key, *out);
    if (!table.has(knob.key)) return;
    const bool none = knob.form == Form::plain || knob.form == Form::address_or_none;
    if (out->empty() && none) return;
    const bool address = knob.form == Form::address || knob.form == Form::address_or_none;
    if (out->empty() || (address && !is_address(*out, true))) complain();
  }
  void operator()(capability::PublicKey* out) const {
    capability::PublicKey key = *out;
    if (table.has(knob.key)) key = {};
    read_key(table, knob.key, key);
    if (table.has(knob.key)) *out = key;
  }
  template <class E>
    requires std::is_enum_v<E>
  void operator()(E* out) const {
    const auto words = words_of<E>();
    std::string text(words[static_cast<std::size_t>(*out)]);
    table.text(knob.key, text);
    const auto at = std::ranges::find(words, text);
    if (at != words.end()) {
      *out = static_cast<E>(at - words.begin());
    } else {
      table.complain_at(knob.key, "unknown " + std::string(knob.key) + " \"" + text.substr(0, 80) + "\"" +
                                      nearest(text, {words.begin(), words.end()}));
    }
  }

 private:
  std::int64_t low() const { return static_cast<std::int64_t>(knob.low); }
  std::int64_t high() const { return static_cast<std::int64_t>(knob.high); }
  void complain() const {
    table.complain_at(knob.key, "\"" + std::string(knob.key) + "\": expected " + range_text(knob));
  }
};

void read_section(TomlTable table, std::string_view section, Config& out) {
  if (table.present() && !concerns(section, out.service)) {
    table.complain_at("", "[" + std::string(section) + "] says nothing about the service \"" +
                              std::string(words_of<Service>()[static_cast<std::size_t>(out.service)]) + "\"");
  }
  for (const Knob& knob : knobs()) {
    if (knob.section == section) std::visit(ReadKnob{table, knob}, knob.at(out));
  }
  if (section == "service") table.integers("members", out.members, 1, kNodeIdMax, kPeersMax);
  if (section == "node" && table.present() && !table.has("id"))
    table.complain_at("", "\"id\" is missing in [node]");
  table.done();
}

void read_peer(TomlTable& table, Config& out) {
  Peer peer;
  table.integer("id", peer.id.value, 1, kNodeIdMax);
  table.text("address", peer.address);
  read_key(table, "key", peer.key);
  if (!peer.id) table.complain_at("", "\"id\" is missing in [[peer]]");
  if (!is_address(peer.address, false))
    table.complain_at("address", "\"address\": expected an address in quotes, such as \"127.0.0.1:7411\"");
  if (!peer.key) table.complain_at("key", "\"key\": expected the peer's public key: 64 hex digits");
  if (peer.id == out.id) table.complain_at("id", "a peer has this node's own id");
  for (const Peer& other : out.peers) {
    if (other.id == peer.id) table.complain_at("id", "two peers have one id");
    if (other.key == peer.key) table.complain_at("key", "two peers have one key");
  }
  table.done();
  out.peers.push_back(std::move(peer));
}

void read_client(TomlTable& table, Config& out) {
  Client client;
  table.integer("id", client.id.value, 1, kNodeIdMax);
  read_key(table, "key", client.key);
  read_key(table, "principal", client.principal);
  if (!client.key) table.complain_at("key", "\"key\": expected the client's public key: 64 hex digits");
  if (client.id && client.id == out.id) table.complain_at("id", "a client has this node's own id");
  for (const Peer& peer : out.peers) {
    if (peer.id == client.id) table.complain_at("id", "a client has the id of a peer");
    if (peer.key == client.key) table.complain_at("key", "a client has the key of a peer");
  }
  for (const Client& other : out.listed) {
    if (client.id && other.id == client.id) table.complain_at("id", "two clients have one id");
    if (other.key == client.key) table.complain_at("key", "two clients have one key");
  }
  table.done();
  out.listed.push_back(client);
}

std::vector<std::string_view> sections() {
  std::vector<std::string_view> out;
  for (const Knob& knob : knobs()) {
    if (out.empty() || out.back() != knob.section) out.push_back(knob.section);
  }
  return out;
}

Config read_root(TomlFile& file, const toml::table& table) {
  Config out;
  TomlTable root(file, &table, "");
  if (!root.has("node")) root.complain_at("", "[node] is missing: a daemon has an id");
  for (const std::string_view section : sections()) read_section(root.table(section), section, out);
  for (TomlTable& peer : root.tables("peer", kPeersMax)) read_peer(peer, out);
  std::ranges::sort(out.peers, {}, &Peer::id);
  for (TomlTable& client : root.tables("client", kClientsMax)) read_client(client, out);
  TomlTable limits = root.table("limits");
  if (limits.present() && !concerns("limits", out.service))
    limits.complain_at("", "[limits] are those of a realm, and the service is another");
  config::read_limits(limits, out.host.realm.limits);
  root.done();
  if (file.error) return out;
  if (const auto wrong = first_contradiction(out)) {
    TomlTable section = root.table(wrong->section);
    section.complain_at(wrong->key, wrong->message);
    if (!section.present()) root.complain_at("", wrong->message);
  }
  return out;
}

}  // namespace

Result<Config> read(std::string_view text, const std::string& file) {
  if (text.size() > kTextBytesMax) {
    return fail(Error{.code = Errc::too_large,
                      .message = "more than " + std::to_string(kTextBytesMax) + " bytes",
                      .at = {.file = file}});
  }
  const Result<toml::table> parsed = config::table_of(text, file, "a daemon's configuration (TOML)");
  if (!parsed) return fail(parsed.error());
  TomlFile source{.text = text, .file = file, .error = std::nullopt};
  Config config = read_root(source, *parsed);
  if (source.error) return fail(std::move(*source.error));
  return config;
}

}  // namespace wn::daemon
