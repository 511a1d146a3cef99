// Reading, refusing and writing of a daemon's configuration.
#include "runtime/daemon/config.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "runtime/base/random.h"
#include "runtime/capability/crypto.h"
#include "runtime/config/limit_table.h"
#include "runtime/daemon/knobs.h"

namespace wn::daemon {
namespace {

const std::string kKeyA(64, 'a');
const std::string kKeyB(64, 'b');

std::string error_of(const std::string& text) {
  const Result<Config> config = read(text, "x.toml");
  return config ? "" : config.error().to_string();
}

capability::PublicKey key_of(Draw& draw) {
  capability::PublicKey key;
  for (std::uint8_t& byte : key.bytes) byte = static_cast<std::uint8_t>(draw.below(256));
  key.bytes[0] |= 1;
  return key;
}

TEST_CASE("daemon config: what a file leaves out has its default") {
  const Result<Config> config = read("[node]\nid = 3\n", "x.toml");
  INFO((config ? "" : config.error().to_string()));
  REQUIRE(config.has_value());
  Config expected;
  expected.id = NodeId{3};
  CHECK(*config == expected);
  CHECK(members_of(*config) == std::vector{NodeId{3}});
}

TEST_CASE("daemon config: peers, clients and knobs are read") {
  const Result<Config> config = read(
      "[service]\nkind = \"realm\"\n[node]\nid = 2\nlisten = \"[::1]:0\"\n"
      "[realm]\nworknodes = 100\ngossip_interval = \"50ms\"\nanchor = 1\n"
      "name = \"00000000000000ff\"\nsigned = true\n"
      "[actors]\norder = \"round-robin\"\n"
      "[groups]\ncount = 4\nreplicas = 1\n[raft]\nlease_reads = false\n"
      "[limits]\nmemory_bytes = \"32 MiB\"\n[log]\nformat = \"json\"\n"
      "[[peer]]\nid = 1\naddress = \"10.0.0.1:7411\"\nkey = \"" +
          kKeyA + "\"\n[clients]\nrule = \"listed\"\n[[client]]\nkey = \"" + kKeyB + "\"\nid = 40\n",
      "x.toml");
  INFO((config ? "" : config.error().to_string()));
  REQUIRE(config.has_value());
  CHECK(members_of(*config) == std::vector{NodeId{1}, NodeId{2}});
  const host::Options options = host_options(*config, {});
  CHECK(options.realm.worknodes == 100);
  CHECK(options.realm.gossip_interval == milliseconds(50));
  CHECK(options.realm.anchor == NodeId{1});
  CHECK(options.realm.limits.memory_bytes == 32U << 20);
  CHECK(options.order == host::ActorOrder::round_robin);
  CHECK(options.groups.groups.size() == 4);
  CHECK(!options.groups.raft.lease_reads);
  REQUIRE(options.realm.identity.has_value());
  CHECK(options.realm.identity->realm == 0xff);
  CHECK(options.realm.identity->members[0].second == config->peers[0].key);
  CHECK(options.realm.identity->members[1].second == capability::KeyPair({}).public_key());
  CHECK(config->listed.front().id == NodeId{40});
  CHECK(config->log_format == LogFormat::json);
}

TEST_CASE("daemon config: what is wrong is told with line, column, a caret and what was expected") {
  CHECK(error_of("[node]\nid = 0\n") ==
        "x.toml:2:6: \"id\" = 0; expected a whole number from 1 to 2147483647\n"
        "  2 | id = 0\n"
        "    |      ^");
  const std::string node = "[node]\nid = 1\n";
  const std::string peer = node + "[[peer]]\nid = 2\naddress = \"10.0.0.2:7411\"\nkey = \"" + kKeyA + "\"\n";
  const auto complains = [](const std::string& text, const std::string& start) {
    INFO(text);
    INFO(error_of(text));
    CHECK(error_of(text).starts_with("x.toml:" + start));
  };
  complains("", "1:1: [node] is missing");
  complains("[node]\n", "1:1: \"id\" is missing in [node]");
  complains(node + "lissten = \"x\"", "3:1: unknown key \"lissten\" in [node]; did you mean \"listen\"?");
  complains(node + "[raaft]\n", "3:2: unknown key \"raaft\"; did you mean \"raft\"?");
  complains(node + "listen = \"somewhere\"", "3:10: \"listen\": expected an address");
  complains(node + "[realm]\ngossip_interval = 5",
            "4:19: \"gossip_interval\": expected a duration in quotes");
  complains(node + "[realm]\nname = \"xyz\"", "4:8: \"name\": expected 16 hex digits");
  complains(node + "[realm]\nroot_key = \"12\"", "4:12: \"root_key\": expected a public key: 64 hex digits");
  complains(node + "[actors]\norder = \"fast\"", "4:9: unknown order \"fast\"");
  complains(node + "[service]\nkind = \"kv\"\n[realm]\nfan_out = 2", "5:1: [realm] says nothing about");
  complains(node + "[service]\nkind = \"kv\"\n[limits]\n", "5:1: [limits] are those of a realm");
  complains(node + "[service]\nmembers = [1, 7]", "4:11: \"members\": 7 is neither this node nor a peer");
  complains(peer + "[service]\nmembers = [2, 1]", "8:11: \"members\": expected ids in ascending order");
  complains(peer + "[service]\nmembers = [2]", "8:11: \"members\": this node is not among them");
  complains(node + "[realm]\nanchor = 9", "4:10: \"anchor\": expected one of the members");
  complains(node + "[groups]\ncount = 2", "3:1: \"replicas\": more than there are members");
  complains(node + "[raft]\nheartbeat_interval = \"1s\"", "4:22: heartbeat_interval is not below");
  complains(node + "[quic]\nearly_data = true", "4:14: early_data is not supported");
  complains(node + "[clients]\nrule = \"listed\"", "4:8: \"rule\" is \"listed\", and no [[client]] is");
  complains(node + "[limits]\nmax_worknodes = 16\n[realm]\nworknodes = 20", "4:17: max_worknodes is below");
  complains(node + "[limits]\nfiber_stacks = 0", "4:16: fiber_stacks: a realm's handlers need one");
  complains(node + "[[peer]]\nid = 2\nkey = \"" + kKeyA + "\"", "3:1: \"address\": expected an address");
  complains(node + "[[peer]]\nid = 1\naddress = \"a:1\"\nkey = \"" + kKeyA + "\"",
            "4:6: a peer has this node's own id");
  complains(peer + "[[client]]\nid = 2\nkey = \"" + kKeyB + "\"", "8:6: a client has the id of a peer");
  complains(peer + "[[client]]\nid = 3\nkey = \"" + kKeyA + "\"", "9:7: a client has the key of a peer");
}

// A field's value, drawn from all that may stand in a file.
struct DrawValue {
  const Knob& knob;
  Draw& draw;
  std::uint64_t number() const { return knob.low + draw.below(knob.high - knob.low + 1); }
  void operator()(bool* out) const { *out = draw.below(2) == 1; }
  void operator()(std::uint32_t* out) const { *out = static_cast<std::uint32_t>(number()); }
  void operator()(std::uint64_t* out) const { *out = knob.form == Form::hex ? draw.u64() : number(); }
  void operator()(NodeId* out) const { out->value = static_cast<std::uint32_t>(number()); }
  void operator()(Duration* out) const { out->ns = static_cast<std::int64_t>(number()); }
  void operator()(capability::PublicKey* out) const {
    *out = draw.below(2) == 0 ? capability::PublicKey{} : key_of(draw);
  }
  void operator()(std::string* out) const {
    const bool address = knob.form == Form::address || knob.form == Form::address_or_none;
    if (address) {
      *out = "[fe80::" + std::to_string(draw.below(100)) + "]:" + std::to_string(draw.below(65'536));
    } else {
      *out = "a \"quoted\" \\ path\xC3\xA9 " + std::to_string(draw.below(1000));
    }
  }
  template <class E>
    requires std::is_enum_v<E>
  void operator()(E* out) const {
    *out = static_cast<E>(draw.below(words_of<E>().size()));
  }
};

// Only what no other value contradicts is put right.
Config any_config(std::uint64_t number) {
  Draw draw = Random(7).at("test.config", 0, number);
  Config config;
  for (const Knob& knob : knobs()) {
    if (concerns(knob.section, config.service)) std::visit(DrawValue{knob, draw}, knob.at(config));
  }
  config.id = NodeId{5};
  for (std::uint32_t id = 1; id <= 7; ++id) {
    if (id == 5 || draw.below(2) == 0) continue;
    config.peers.push_back(
        {.id = NodeId{id}, .address = "10.0.0." + std::to_string(id) + ":7411", .key = key_of(draw)});
  }
  if (draw.below(2) == 0) config.members = members_of(config);
  config.host.realm.anchor = draw.below(2) == 0 ? NodeId{} : NodeId{5};
  config.host.realm.worknodes %= 1'000'000;
  config.host.realm.fan_out += 1;
  config.group_replicas = 1;
  if (config.groups > config.host.groups.groups_max) config.groups = 0;
  raft::Options& raft = config.service == Service::kv ? config.kv.raft : config.host.groups.raft;
  raft.election_timeout_min.ns += 2;
  if (raft.election_timeout_max < raft.election_timeout_min)
    raft.election_timeout_max = raft.election_timeout_min;
  raft.election_timeout_min = std::min(raft.election_timeout_min, seconds(3600));
  raft.election_timeout_max = std::min(raft.election_timeout_max, seconds(3600));
  raft.heartbeat_interval = nanoseconds(1);
  config.quic.keep_alive.ns %= 1'000'000;
  config.quic.redial_max = config.quic.redial_min;
  config.early_data = false;
  if (config.clients != ClientRule::refuse) {
    for (std::uint32_t i = 0; i < 3; ++i) {
      config.listed.push_back({.id = draw.below(2) == 0 ? NodeId{} : NodeId{100 + i}, .key = key_of(draw)});
      if (draw.below(2) == 0) config.listed.back().principal = key_of(draw);
    }
  }
  return config;
}

TEST_CASE("daemon config: what is written is read back as the same value") {
  for (std::uint64_t i = 0; i < 400; ++i) {
    const Config config = any_config(i);
    const std::string text = write(config);
    const Result<Config> back = read(text, "x.toml");
    INFO(text);
    INFO((back ? "" : back.error().to_string()));
    REQUIRE(back.has_value());
    REQUIRE(*back == config);
    REQUIRE(write(*back) == text);
  }
}

TEST_CASE("daemon config: two that differ in one knob are not equal") {
  for (const Service service : {Service::realm, Service::kv}) {
    for (const Knob& knob : knobs()) {
      if (!concerns(knob.section, service) || knob.key == "kind") continue;
      Config a;
      a.service = service;
      Config b = a;
      const std::string before = value_text(knob, b);
      for (std::uint64_t i = 0; value_text(knob, b) == before; ++i) {
        Draw draw = Random(1).at("test.knob", 0, i);
        std::visit(DrawValue{knob, draw}, knob.at(b));
      }
      INFO(knob.section << "." << knob.key);
      CHECK(!(a == b));
      CHECK(b == b);
    }
  }
}

TEST_CASE("daemon config: every knob has a range that holds its default, and its place once") {
  std::set<std::pair<std::string_view, std::string_view>> places;
  for (const Knob& knob : knobs()) {
    INFO(knob.section << "." << knob.key);
    CHECK(places.emplace(knob.section, knob.key).second);
    CHECK(!knob.about.empty());
    Config config;
    if (!concerns(knob.section, Service::realm)) config.service = Service::kv;
    config.id = NodeId{1};
    const std::string text = value_text(knob, config);
    const std::string file = "[node]\nid = 1\n" +
                             (knob.section == "node" ? "" : "[" + std::string(knob.section) + "]\n") +
                             (knob.key == "id" ? "" : std::string(knob.key) + " = " + text + "\n") +
                             (config.service == Service::kv ? "[service]\nkind = \"kv\"\n" : "");
    INFO(file);
    CHECK(error_of(file).empty());
  }
}

TEST_CASE("daemon config: no text, however damaged, does more than be refused") {
  // ASCII alone: of letters beyond it that damage moves out of their quotes, toml++ 3.3 asks a question whose
  // answer its generated table takes for unreachable.
  Config written = any_config(3);
  written.identity = written.data = "a path";
  written.log_file.clear();
  const std::string whole = write(written);
  for (std::uint64_t i = 0; i < 3000; ++i) {
    Draw draw = Random(11).at("test.damage", 0, i);
    std::string text = whole;
    const std::uint64_t edits = 1 + draw.below(4);
    for (std::uint64_t e = 0; e < edits; ++e) {
      const std::size_t at = draw.below(text.size());
      switch (draw.below(4)) {
        case 0:
          text[at] = static_cast<char>(draw.below(256));
          break;
        case 1:
          text.erase(at, draw.below(40));
          break;
        case 2:
          text.insert(at, text.substr(draw.below(text.size()), 30));
          break;
        default:
          text.insert(at, 1, "[]{}\"'=.,#\n-"[draw.below(12)]);
      }
    }
    const Result<Config> config = read(text, "x.toml");
    if (config) {
      const Result<Config> again = read(write(*config), "x.toml");
      INFO(text);
      REQUIRE(again.has_value());
      CHECK(*again == *config);
    } else {
      CHECK(!config.error().message.empty());
    }
  }
}

}  // namespace
}  // namespace wn::daemon
