#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/kv/state_machine.h"
#include "runtime/kv/test_support.h"

namespace wn::kv {
namespace {

using test::command;
using test::in;
using test::open_session;
using test::text;

StateMachine sample(Options options = {}) {
  StateMachine machine(options);
  machine.apply(LogIndex{1}, open_session());
  machine.apply(LogIndex{2}, open_session());
  machine.apply(LogIndex{3}, in(2, 1, command(CommandKind::append, "list", "1")));
  machine.apply(LogIndex{4}, in(1, 1, command(CommandKind::put, "b", "x")));
  machine.apply(LogIndex{5}, in(1, 2, command(CommandKind::get, "b")));
  Command txn;
  txn.kind = CommandKind::txn;
  txn.micro = {{false, text("list"), {}}, {true, text("list"), text("2")}};
  machine.apply(LogIndex{6}, in(2, 2, txn));
  machine.skip(LogIndex{7});
  return machine;
}

TEST_CASE("kv: an image brings back everything, sessions and digest included") {
  const StateMachine machine = sample();
  StateMachine other;
  other.apply(LogIndex{1}, open_session());
  REQUIRE(other.import_image(machine.export_image().view()));
  CHECK(other.applied() == LogIndex{7});
  CHECK(other.state_digest() == machine.state_digest());
  CHECK(other.export_image() == machine.export_image());
  CHECK(other.read(command(CommandKind::get, "list")).value == text("1 2"));
}

TEST_CASE("kv: a retry over a restart from a snapshot still takes effect once") {
  StateMachine restarted;
  REQUIRE(restarted.import_image(sample().export_image().view()));
  CHECK(restarted.apply(LogIndex{8}, in(1, 2, command(CommandKind::get, "b"))).value == text("x"));
  restarted.apply(LogIndex{9}, in(2, 3, command(CommandKind::append, "list", "3")));
  StateMachine again;
  REQUIRE(again.import_image(restarted.export_image().view()));
  again.apply(LogIndex{10}, in(2, 3, command(CommandKind::append, "list", "3")));
  CHECK(again.read(command(CommandKind::get, "list")).value == text("1 2 3"));
}

TEST_CASE("kv: with the planted bug the same retry takes effect twice") {
  Options buggy;
  buggy.defect = Defect::session_dedup_lost_on_restart;
  StateMachine restarted(buggy);
  StateMachine before = sample();
  before.apply(LogIndex{8}, in(2, 3, command(CommandKind::append, "list", "3")));
  REQUIRE(restarted.import_image(before.export_image().view()));
  restarted.apply(LogIndex{9}, in(2, 3, command(CommandKind::append, "list", "3")));
  CHECK(restarted.read(command(CommandKind::get, "list")).value == text("1 2 3 3"));
}

TEST_CASE("kv: replicas that replay, and replicas that start from an image, evict the same sessions") {
  Options options;
  options.sessions_max = 4;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Random random(seed);
    StateMachine straight(options);
    StateMachine jumping(options);
    for (std::uint32_t i = 1; i <= 120; ++i) {
      Draw draw = random.at("step", i);
      const Command c =
          draw.below(5) == 0
              ? open_session()
              : in(1 + draw.below(i), 1 + draw.below(6),
                   command(CommandKind::append, "k", std::string(1, static_cast<char>('a' + i % 26))));
      REQUIRE(straight.apply(LogIndex{i}, c) == jumping.apply(LogIndex{i}, c));
      if (draw.below(10) == 0) {
        StateMachine fresh(options);
        REQUIRE(fresh.import_image(jumping.export_image().view()));
        jumping = std::move(fresh);
      }
      REQUIRE(straight.state_digest() == jumping.state_digest());
    }
    REQUIRE(straight.export_image() == jumping.export_image());
  }
}

TEST_CASE("kv: a damaged image is refused whole") {
  const Bytes image = sample().export_image();
  StateMachine target = sample();
  target.apply(LogIndex{8}, in(1, 3, command(CommandKind::put, "mine", "1")));
  const std::uint64_t digest = target.state_digest();
  std::vector<std::uint8_t> bytes(image.view().begin(), image.view().end());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    REQUIRE_FALSE(target.import_image(ByteView(bytes).first(length)));
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    REQUIRE_FALSE(target.import_image(bytes));
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
  bytes.push_back(0);
  REQUIRE_FALSE(target.import_image(bytes));
  CHECK(target.state_digest() == digest);
  CHECK(target.read(command(CommandKind::get, "mine")).value == text("1"));
}

TEST_CASE("kv: random bytes and random edits never import and never crash") {
  const Bytes image = sample().export_image();
  for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
    Draw draw = Random(seed).at("junk");
    std::vector<std::uint8_t> bytes;
    if (seed % 2 == 0) {
      bytes.resize(draw.below(200));
      for (auto& b : bytes) b = static_cast<std::uint8_t>(draw.u64());
    } else {
      bytes.assign(image.view().begin(), image.view().end());
      for (std::uint64_t n = 1 + draw.below(4); n > 0; --n) {
        std::uint8_t& at = bytes[draw.below(bytes.size())];
        at = static_cast<std::uint8_t>(at + 1 + draw.below(255));
      }
    }
    StateMachine machine;
    const bool imported = machine.import_image(bytes).has_value();
    if (imported) REQUIRE(machine.export_image() == image);  // edits that cancelled out
  }
}

TEST_CASE("kv: an image with more sessions than the table holds is refused") {
  Options small;
  small.sessions_max = 1;
  StateMachine machine(small);
  const auto refused = machine.import_image(sample().export_image().view());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::corrupt);
}

}  // namespace
}  // namespace wn::kv
