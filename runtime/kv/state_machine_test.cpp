#include "runtime/kv/state_machine.h"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <string>

#include "runtime/base/random.h"
#include "runtime/kv/hash.h"
#include "runtime/kv/key_table.h"
#include "runtime/kv/test_support.h"

namespace wn::kv {
namespace {

using test::command;
using test::in;
using test::open_session;
using test::text;

// A machine with one open session, fed by running index and sequence.
struct Fixture {
  explicit Fixture(Options options = {}) : machine(options) {
    session = machine.apply(LogIndex{++index}, open_session()).session;
  }
  Reply run(Command c) { return machine.apply(LogIndex{++index}, in(session, ++sequence, std::move(c))); }
  StateMachine machine;
  std::uint64_t index = 0;
  std::uint64_t sequence = 0;
  std::uint64_t session = 0;
};

TEST_CASE("kv: each command does what it says") {
  Fixture f;
  CHECK(f.run(command(CommandKind::get, "a")).status == Status::not_found);
  CHECK(f.run(command(CommandKind::put, "a", "1")).status == Status::ok);
  CHECK(f.run(command(CommandKind::get, "a")).value == text("1"));
  CHECK(f.run(command(CommandKind::cas, "a", "3", "2")).status == Status::cas_mismatch);
  CHECK(f.run(command(CommandKind::cas, "a", "3", "2")).value == text("1"));
  CHECK(f.run(command(CommandKind::cas, "a", "3", "1")).status == Status::ok);
  CHECK(f.run(command(CommandKind::cas, "b", "3", "1")).status == Status::not_found);
  CHECK(f.run(command(CommandKind::append, "a", "7")).status == Status::ok);
  CHECK(f.run(command(CommandKind::append, "a", "9")).status == Status::ok);
  CHECK(f.run(command(CommandKind::get, "a")).value == text("3 7 9"));
  CHECK(f.run(command(CommandKind::remove, "a")).status == Status::ok);
  CHECK(f.run(command(CommandKind::remove, "a")).status == Status::not_found);
}

TEST_CASE("kv: a transaction sees its own appends and is all or nothing") {
  Fixture f;
  Command txn;
  txn.kind = CommandKind::txn;
  txn.micro = {{true, text("x"), text("1")},
               {false, text("x"), {}},
               {true, text("x"), text("2")},
               {false, text("y"), {}},
               {false, text("x"), {}}};
  const Reply reply = f.run(txn);
  REQUIRE(reply.micro.size() == 5);
  CHECK(reply.micro[1] == MicroResult{true, text("1")});
  CHECK(reply.micro[3] == MicroResult{false, {}});
  CHECK(reply.micro[4] == MicroResult{true, text("1 2")});

  const std::string big(kValueBytesMax - 1, 'v');
  Command too_big;
  too_big.kind = CommandKind::txn;
  too_big.micro = {{true, text("z"), text("1")}, {true, text("x"), text(big)}};
  CHECK(f.run(too_big).status == Status::too_large);
  CHECK(f.run(command(CommandKind::get, "z")).status == Status::not_found);
  CHECK(f.run(command(CommandKind::get, "x")).value == text("1 2"));
}

TEST_CASE("kv: a transaction's reads may not return more than their limit") {
  Fixture f;
  f.run(command(CommandKind::put, "a", std::string(kValueBytesMax, 'v')));
  Command txn;
  txn.kind = CommandKind::txn;
  txn.micro.assign(kTxnReadBytesMax / kValueBytesMax, {false, text("a"), {}});
  CHECK(f.run(txn).status == Status::ok);
  txn.micro.push_back({false, text("a"), {}});
  CHECK(f.run(txn).status == Status::too_large);
}

TEST_CASE("kv: limits are refused, not cut off") {
  Fixture f;
  CHECK(f.run(command(CommandKind::put, "", "1")).status == Status::invalid);
  CHECK(f.run(command(CommandKind::put, std::string(kKeyBytesMax, 'k'), "1")).status == Status::ok);
  CHECK(f.run(command(CommandKind::put, std::string(kKeyBytesMax + 1, 'k'), "1")).status == Status::invalid);
  CHECK(f.run(command(CommandKind::put, "a", std::string(kValueBytesMax, 'v'))).status == Status::ok);
  CHECK(f.run(command(CommandKind::put, "a", std::string(kValueBytesMax + 1, 'v'))).status ==
        Status::too_large);
  CHECK(f.run(command(CommandKind::append, "a", "1")).status == Status::too_large);
  CHECK(f.run(command(CommandKind::append, "b", "")).status == Status::invalid);
  Command txn;
  txn.kind = CommandKind::txn;
  CHECK(f.run(txn).status == Status::invalid);
  txn.micro.assign(kMicroOperationsMax + 1, {false, text("a"), {}});
  CHECK(f.run(txn).status == Status::invalid);
  CHECK(f.machine.apply(LogIndex{++f.index}, command(CommandKind::put, "a", "1")).status == Status::invalid);
  CHECK(f.machine.apply(LogIndex{++f.index}, in(f.session, 0, command(CommandKind::put, "a", "1"))).status ==
        Status::invalid);
  CHECK(f.machine.read(command(CommandKind::put, "a", "1")).status == Status::invalid);
}

TEST_CASE("kv: a repeated command takes effect once and gets the first reply") {
  Fixture f;
  const Command append = in(f.session, 1, command(CommandKind::append, "l", "1"));
  CHECK(f.machine.apply(LogIndex{10}, append).status == Status::ok);
  CHECK(f.machine.apply(LogIndex{11}, append).status == Status::ok);
  const Command cas = in(f.session, 2, command(CommandKind::cas, "l", "2", "1"));
  CHECK(f.machine.apply(LogIndex{12}, cas).status == Status::ok);
  CHECK(f.machine.apply(LogIndex{13}, cas).status == Status::ok);  // executed again it would be a mismatch
  CHECK(f.machine.apply(LogIndex{14}, append).status == Status::stale_sequence);
  CHECK(f.machine.read(command(CommandKind::get, "l")).value == text("2"));
}

TEST_CASE("kv: with the planted bug a repeated command takes effect again") {
  Fixture f(Options{.defect = Defect::retry_not_idempotent});
  const Command append = in(f.session, 1, command(CommandKind::append, "l", "1"));
  f.machine.apply(LogIndex{10}, append);
  f.machine.apply(LogIndex{11}, append);
  CHECK(f.machine.read(command(CommandKind::get, "l")).value == text("1 1"));
}

TEST_CASE("kv: at its limit the session table forgets the session that was used longest ago") {
  Options options;
  options.sessions_max = 3;
  StateMachine machine(options);
  for (std::uint64_t i = 1; i <= 3; ++i) CHECK(machine.apply(LogIndex{i}, open_session()).session == i);
  CHECK(machine.apply(LogIndex{4}, in(1, 1, command(CommandKind::put, "a", "1"))).status == Status::ok);
  machine.apply(LogIndex{5}, open_session());  // session 2 leaves
  CHECK(machine.sessions() == 3);
  CHECK(machine.apply(LogIndex{6}, in(2, 1, command(CommandKind::put, "a", "2"))).status ==
        Status::session_expired);
  CHECK(machine.apply(LogIndex{7}, in(1, 1, command(CommandKind::put, "a", "9"))).status == Status::ok);
  CHECK(machine.apply(LogIndex{8}, in(3, 1, command(CommandKind::put, "a", "3"))).status == Status::ok);
  CHECK(machine.read(command(CommandKind::get, "a")).value == text("3"));
}

// The naive model: what the commands mean, written as plainly as can be.
struct Model {
  std::map<std::string, std::string> map;
  Reply run(const Command& c) {
    Reply reply;
    const std::string key(c.key.text());
    const bool there = map.contains(key);
    switch (c.kind) {
      case CommandKind::get:
        if (!there) reply.status = Status::not_found;
        if (there) reply.value = text(map[key]);
        break;
      case CommandKind::put:
        map[key] = c.value.text();
        break;
      case CommandKind::cas:
        if (!there) {
          reply.status = Status::not_found;
        } else if (map[key] != c.expected.text()) {
          reply.status = Status::cas_mismatch;
          reply.value = text(map[key]);
        } else {
          map[key] = c.value.text();
        }
        break;
      case CommandKind::remove:
        if (map.erase(key) == 0) reply.status = Status::not_found;
        break;
      case CommandKind::append:
        append(key, c.value);
        break;
      case CommandKind::txn:
        for (const auto& m : c.micro) {
          const std::string k(m.key.text());
          if (m.append) {
            append(k, m.value);
            reply.micro.push_back({true, {}});
          } else {
            reply.micro.push_back({map.contains(k), map.contains(k) ? text(map[k]) : Bytes{}});
          }
        }
        break;
      case CommandKind::open_session:
        break;
    }
    return reply;
  }
  void append(const std::string& key, const Bytes& value) {
    std::string& list = map[key];
    if (!list.empty()) list += ' ';
    list += value.text();
  }
};

Command draw_command(Draw draw) {
  const auto key = [&] { return std::string(1, static_cast<char>('a' + draw.below(12))); };
  const auto value = [&] { return std::string(1, static_cast<char>('0' + draw.below(4))); };
  Command c = command(static_cast<CommandKind>(1 + draw.below(6)), key());
  if (c.kind == CommandKind::txn) {
    c.key = {};
    for (std::uint64_t n = 1 + draw.below(6); n > 0; --n) {
      const bool append = draw.below(2) == 0;
      c.micro.push_back({append, text(key()), append ? text(value()) : Bytes{}});
    }
    return c;
  }
  if (c.kind != CommandKind::get && c.kind != CommandKind::remove) c.value = text(value());
  if (c.kind == CommandKind::cas) c.expected = text(value());
  return c;
}

TEST_CASE("kv: random commands, some repeated, behave as a plain map does") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Random random(seed);
    Fixture f;
    Model model;
    Command previous;
    Reply first_reply;
    for (std::uint32_t i = 0; i < 300; ++i) {
      if (i != 0 && random.at("repeat", i).below(4) == 0) {
        REQUIRE(f.machine.apply(LogIndex{++f.index}, previous) == first_reply);
        continue;
      }
      previous = in(f.session, ++f.sequence, draw_command(random.at("command", i)));
      first_reply = f.machine.apply(LogIndex{++f.index}, previous);
      REQUIRE(first_reply == model.run(previous));
    }
    REQUIRE(f.machine.keys() == model.map.size());
    for (const auto& [key, value] : model.map) {
      REQUIRE(f.machine.read(command(CommandKind::get, key)).value == text(value));
    }
  }
}

TEST_CASE("kv: the key table survives growth and removal in any order") {
  const Random random(3);
  KeyTable table;
  std::map<std::string, std::string> model;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    Draw draw = random.at("table", i);
    const std::string key = "k" + std::string(1 + draw.below(3), static_cast<char>('a' + draw.below(26))) +
                            std::string(1, static_cast<char>('a' + draw.below(26)));
    if (draw.below(3) == 0) {
      REQUIRE(table.remove(text(key)) == (model.erase(key) == 1));
    } else {
      const std::string value(draw.below(20), 'v');
      table.put(text(key), text(value));
      model[key] = value;
    }
    REQUIRE(table.size() == model.size());
  }
  KeyTable rebuilt;
  for (const auto& [key, value] : model) {
    REQUIRE(table.find(text(key)) != nullptr);
    REQUIRE(*table.find(text(key)) == text(value));
    rebuilt.put(text(key), text(value));
  }
  CHECK(rebuilt.content_hash() == table.content_hash());
}

TEST_CASE("kv: equal logs give equal digests, and one differing byte another") {
  const auto digest_after = [](std::string_view last) {
    Fixture f;
    f.run(command(CommandKind::put, "a", "1"));
    f.run(command(CommandKind::put, "b", last));
    return f.machine.state_digest();
  };
  CHECK(digest_after("1") == digest_after("1"));
  CHECK(digest_after("1") != digest_after("2"));
  CHECK(hash_bytes(as_bytes("ab")) != hash_bytes(as_bytes(std::string_view("ab\0", 3))));
}

}  // namespace
}  // namespace wn::kv
