// Members that are configured otherwise hear nothing of each other's services.
#include "runtime/daemon/agreement.h"

#include <catch2/catch_test_macros.hpp>
#include <deque>

namespace wn::daemon {
namespace {

// One node of a network that carries what the test lets it carry.
struct Door final : Clock, Network, Disk, Entropy, Probe {
  struct Letter {
    NodeId to;
    Bytes frame;
    std::uint8_t type = 0;
  };
  Instant now;
  std::deque<Letter> sent;
  Backend backend{*this, *this, *this, *this, *this};

  Instant monotonic_now() const override { return now; }
  WallTime wall_now() const override { return {}; }
  void arm(std::uint32_t, Instant) override {}
  void disarm(std::uint32_t) override {}
  Errc send(NodeId to, Bytes frame, std::uint8_t type) override {
    sent.push_back({to, std::move(frame), type});
    return Errc::ok;
  }
  Errc submit(DiskRequest) override { return Errc::overloaded; }
  Draw draw(Purpose, std::uint64_t) override { return Random(1).at("test"); }
  void emit(TraceKind, std::array<std::uint64_t, 5>) override {}
  void sometimes(Claim) override {}
};

struct Heard final : Process {
  explicit Heard(Backend& outer) : backend(outer) {}
  void on_start() override {}
  void on_message(NodeId from, const Bytes& frame) override {
    heard.push_back(std::to_string(from.value) + " " + std::string(frame.text()));
  }
  void on_timer(std::uint32_t) override {}
  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override {}
  Backend& backend;
  std::vector<std::string> heard;
};

struct Node {
  Node(std::uint32_t self, std::uint32_t other, Shared shared) : id{self} {
    process = std::make_unique<Agreeing>(
        id, door.backend,
        [this](NodeId, Backend& inner) {
          auto made = std::make_unique<Heard>(inner);
          service = made.get();
          return made;
        },
        AgreementOptions{.shared = std::move(shared),
                         .members = {NodeId{other}},
                         .differs = [this](const Difference& d) { told.push_back(d); }});
    process->on_start();
  }
  void say(std::uint32_t to, const std::string& text) {
    CHECK(service->backend.network.send(NodeId{to}, Bytes::copy_of("a frame of a service: " + text), 1) ==
          Errc::ok);
  }
  NodeId id;
  Door door;
  Heard* service = nullptr;
  std::vector<Difference> told;
  std::unique_ptr<Agreeing> process;
};

// All that is under way arrives.
void pass(Node& a, Node& b) {
  while (!a.door.sent.empty() || !b.door.sent.empty()) {
    for (auto [from, to] : {std::pair(&a, &b), std::pair(&b, &a)}) {
      while (!from->door.sent.empty()) {
        const Door::Letter letter = std::move(from->door.sent.front());
        from->door.sent.pop_front();
        if (letter.to == to->id) to->process->on_message(from->id, letter.frame);
      }
    }
  }
}

const Shared kSame{{"groups.count", "4"}, {"raft.election_timeout_min", "\"150ms\""}};

TEST_CASE("members that agree hear each other, what was said before they met included") {
  Node a(1, 2, kSame);
  a.say(2, "early");
  Node b(2, 1, kSame);
  pass(a, b);
  b.say(1, "later");
  pass(a, b);
  CHECK(b.service->heard == std::vector<std::string>{"1 a frame of a service: early"});
  CHECK(a.service->heard == std::vector<std::string>{"2 a frame of a service: later"});
  CHECK(a.told.empty());
  CHECK(b.told.empty());
}

TEST_CASE("members that differ hear nothing of each other, and both say once what differs") {
  Node a(1, 2, kSame);
  Node b(2, 1, {{"groups.count", "4"}, {"raft.election_timeout_min", "\"300ms\""}, {"realm.name", "1"}});
  for (int i = 0; i < 5; ++i) {
    a.say(2, "x");
    b.say(1, "y");
    pass(a, b);
    a.door.now = b.door.now = a.door.now + seconds(1);
  }
  CHECK(a.service->heard.empty());
  CHECK(b.service->heard.empty());
  REQUIRE(a.told.size() == 2);
  CHECK(a.told[0] == Difference{NodeId{2}, "raft.election_timeout_min", "\"150ms\"", "\"300ms\""});
  CHECK(a.told[1] == Difference{NodeId{2}, "realm.name", "", "1"});
  REQUIRE(b.told.size() == 2);
  CHECK(b.told[0].here == "\"300ms\"");
}

TEST_CASE("a member that comes back with other values is heard no longer, and with the same ones again") {
  Node a(1, 2, kSame);
  {
    Node b(2, 1, kSame);
    pass(a, b);
  }
  {
    Node b(2, 1, {{"groups.count", "5"}, {"raft.election_timeout_min", "\"150ms\""}});
    a.say(2, "to a stranger");
    pass(a, b);
    b.say(1, "from a stranger");
    pass(a, b);
    CHECK(b.service->heard.empty());
    CHECK(a.service->heard.empty());
    REQUIRE(a.told.size() == 1);
    CHECK(a.told[0].there == "5");
  }
  Node b(2, 1, kSame);
  pass(a, b);
  b.say(1, "back");
  pass(a, b);
  CHECK(a.service->heard.size() == 1);
}

TEST_CASE("clients are not asked, and a member that says nothing is asked again, but not at once") {
  Node a(1, 2, kSame);
  a.door.sent.clear();
  a.process->on_message(NodeId{0x8000'0001}, Bytes::copy_of("a request that is long enough"));
  CHECK(a.service->heard.size() == 1);
  a.say(2, "1");
  CHECK(a.door.sent.empty());
  a.door.now = a.door.now + kAskInterval;
  a.say(2, "2");
  CHECK(a.door.sent.size() == 1);
  for (std::size_t i = 2; i < kHeldFramesMax; ++i) a.say(2, "more");
  CHECK(a.service->backend.network.send(NodeId{2}, Bytes::copy_of("too many"), 1) == Errc::overloaded);
}

TEST_CASE("an agreement is decoded as it was encoded, and damage is refused") {
  const Bytes frame = encode_agreement(kSame, true);
  const auto read = decode_agreement(frame.view());
  REQUIRE(read.has_value());
  CHECK(read->shared == kSame);
  CHECK(read->wants_answer);
  for (std::size_t size = 0; size < frame.size(); ++size)
    CHECK_FALSE(decode_agreement(frame.view().first(size)).has_value());
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    std::vector<std::uint8_t> bytes(frame.view().begin(), frame.view().end());
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    CHECK_FALSE(decode_agreement(bytes).has_value());
  }
  CHECK_FALSE(decode_agreement(encode_agreement({{"b", "1"}, {"a", "1"}}, false).view()).has_value());
  Shared many;
  for (std::size_t i = 0; i <= kSharedMax; ++i) many.emplace_back("k" + std::to_string(1000 + i), "");
  CHECK(decode_agreement(encode_agreement(many, false).view()).error().code == Errc::too_large);
}

TEST_CASE("what is shared is named as it stands in the file, and says nothing of what each may choose") {
  Config config;
  const Shared realm = shared_of(config);
  CHECK(std::ranges::is_sorted(realm));
  CHECK(realm.size() == 20);
  Config other = config;
  other.id = NodeId{9};
  other.quic.idle_timeout = seconds(9);
  other.host.realm.gossip_interval = seconds(9);
  CHECK(shared_of(other) == realm);
  other.host.groups.raft.election_timeout_min = milliseconds(77);
  const auto found = differences(NodeId{2}, realm, shared_of(other));
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "raft.election_timeout_min");
  CHECK(found[0].there == "\"77ms\"");
  config.service = Service::kv;
  CHECK(shared_of(config).size() == 8);
  CHECK(encode_agreement(realm, true).size() < kSharedBytesMax);
}

}  // namespace
}  // namespace wn::daemon
