#include "runtime/kv/client.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "runtime/base/random.h"
#include "runtime/kv/state_machine.h"
#include "runtime/kv/test_support.h"

namespace wn::kv {
namespace {

using test::command;
using test::text;

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

ClientOptions options_of(std::uint32_t servers) {
  ClientOptions options;
  for (std::uint32_t i = 1; i <= servers; ++i) options.servers.push_back(NodeId{i});
  options.operation_timeout = milliseconds(1000);
  options.attempt_timeout = milliseconds(100);
  options.backoff_min = milliseconds(10);
  options.backoff_max = milliseconds(40);
  return options;
}

// ---- golden scripts: testdata/client_*.txt, text in, text out; WN_REWRITE=1 writes them anew
// ----------------
//   at MS | put K V | append K V | get K | tick | reply FROM ATTEMPT CODE [STATUS] [leader N] [session N]
//   [value V]
class Script {
 public:
  std::string run(const std::string& line) {
    std::istringstream in(line);
    std::string verb;
    in >> verb;
    if (verb == "once") {
      ClientOptions options = options_of(3);
      options.frames_may_be_duplicated = false;
      client_ = Client(options);
    } else if (verb == "at") {
      std::int64_t ms = 0;
      in >> ms;
      now_ = at_ms(ms);
    } else if (verb == "tick") {
      client_.on_tick(now_, 0, effects_);
    } else if (verb == "reply") {
      reply(in);
    } else {
      invoke(verb, in);
    }
    return drain();
  }

 private:
  void invoke(const std::string& verb, std::istringstream& in) {
    std::string key;
    std::string value;
    in >> key >> value;
    ClientOperation operation;
    operation.kind = verb == "get" ? RequestKind::read : RequestKind::operation;
    const auto kind = verb == "get"   ? CommandKind::get
                      : verb == "put" ? CommandKind::put
                                      : CommandKind::append;
    operation.command = command(kind, key, value);
    client_.invoke(now_, operation, 0, effects_);
    ++operation_;
  }
  void reply(std::istringstream& in) {
    ClientReply reply;
    std::uint32_t from = 0;
    std::string code;
    std::string word;
    in >> from >> reply.attempt >> code;
    reply.operation = operation_;
    for (std::uint8_t c = 1; c < kReplyCodeEnd; ++c) {
      if (to_string(static_cast<ReplyCode>(c)) == code) reply.code = static_cast<ReplyCode>(c);
    }
    while (in >> word) {
      for (std::uint8_t s = 1; s < kStatusEnd; ++s) {
        if (to_string(static_cast<Status>(s)) == word) reply.reply.status = static_cast<Status>(s);
      }
      std::string value;
      if (word == "leader") in >> reply.leader.value;
      if (word == "session") in >> reply.reply.session;
      if (word == "value") in >> value;
      if (!value.empty()) reply.reply.value = text(value);
    }
    client_.on_reply(now_, NodeId{from}, reply, 0, effects_);
  }
  std::string drain() {
    std::ostringstream out;
    for (const ClientSend& send : effects_.sends) {
      const Command& c = send.request.command;
      out << "  send n" << send.to.value << " attempt " << send.request.attempt << " " << to_string(c.kind);
      if (c.session != 0) out << " session " << c.session << " sequence " << c.sequence;
      out << "\n";
    }
    for (const ClientResult& result : effects_.completed) {
      static constexpr const char* kNames[] = {"", "ok", "fail", "info"};
      out << "  completed " << kNames[static_cast<int>(result.outcome)] << " after " << result.attempts;
      if (!result.reply.value.empty()) out << " value " << result.reply.value.text();
      out << "\n";
    }
    if (client_.busy()) out << "  next " << client_.next_deadline().ns / 1'000'000 << "ms\n";
    effects_.clear();
    return out.str();
  }

  Client client_{options_of(3)};
  ClientEffects effects_;
  Instant now_;
  std::uint64_t operation_ = 0;
};

TEST_CASE("kv client: golden scripts") {
  std::size_t scripts = 0;
  for (const auto& entry : std::filesystem::directory_iterator(WN_ROOM_DIR "/testdata")) {
    if (!entry.path().filename().string().starts_with("client_")) continue;
    ++scripts;
    std::ifstream in(entry.path());
    std::ostringstream golden;
    std::ostringstream produced;
    Script script;
    for (std::string line; std::getline(in, line);) {
      golden << line << "\n";
      if (line.starts_with("  ")) continue;
      produced << line << "\n";
      if (!line.empty() && line[0] != '#') produced << script.run(line);
    }
    if (std::getenv("WN_REWRITE") != nullptr) {
      std::ofstream(entry.path()) << produced.str();
    } else {
      INFO(entry.path().filename().string());
      CHECK(produced.str() == golden.str());
    }
  }
  CHECK(scripts >= 4);
}

// ---- a small hostile network around one state machine ---------------------------------------------------
// Leadership wanders; requests and replies are lost, late, doubled and out of order; commands are applied at
// once or only after the proposer has said `uncertain`.
struct World {
  World(std::uint64_t seed, bool duplicates) : random(seed), duplicating(duplicates) {
    ClientOptions options = options_of(3);
    options.frames_may_be_duplicated = duplicates;
    client = Client(options);
  }

  void route(std::uint64_t key) {
    for (ClientSend& send : effects.sends) {
      Draw draw = random.at("test.request", 0, ++frames + key);
      const std::uint64_t copies = duplicating ? draw.below(3) : (draw.below(5) == 0 ? 0 : 1);
      for (std::uint64_t i = 0; i < copies; ++i) {
        requests.emplace(now + static_cast<std::int64_t>(draw.below(draw.below(4) == 0 ? 900 : 60)), send);
      }
    }
    for (ClientResult& result : effects.completed) results.push_back(result);
    effects.clear();
  }
  void serve(const ClientSend& send) {
    Draw draw = random.at("test.server", 0, ++served);
    if (draw.below(12) == 0) leader = 1 + static_cast<std::uint32_t>(draw.below(3));
    ClientReply reply;
    reply.operation = send.request.operation;
    reply.attempt = send.request.attempt;
    if (send.to.value != leader) {
      reply.code = ReplyCode::not_leader;
      if (draw.below(2) == 0) reply.leader = NodeId{leader};
    } else if (draw.below(10) == 0) {
      reply.code = ReplyCode::overloaded;
    } else if (draw.below(8) == 0) {
      reply.code = ReplyCode::uncertain;
      if (draw.below(2) == 0) machine.apply(LogIndex{++index}, send.request.command);
    } else if (send.request.kind == RequestKind::read) {
      reply.reply = machine.read(send.request.command);
    } else {
      reply.reply = machine.apply(LogIndex{++index}, send.request.command);
    }
    const std::uint64_t copies = draw.below(4) == 0 ? 0 : 1 + draw.below(duplicating ? 2 : 1);
    for (std::uint64_t i = 0; i < copies; ++i) {
      replies.emplace(now + static_cast<std::int64_t>(draw.below(50)), std::pair{send.to, reply});
    }
  }
  void turn() {
    now += 5;
    while (!requests.empty() && requests.begin()->first <= now) {
      const ClientSend send = requests.begin()->second;
      requests.erase(requests.begin());
      serve(send);
    }
    while (!replies.empty() && replies.begin()->first <= now) {
      const auto [from, reply] = replies.begin()->second;
      replies.erase(replies.begin());
      client.on_reply(at_ms(now), from, reply, static_cast<std::uint64_t>(now) * 77, effects);
      route(1'000'000);
    }
    client.on_tick(at_ms(now), static_cast<std::uint64_t>(now) * 31, effects);
    route(2'000'000);
  }

  Random random;
  bool duplicating;
  Client client{options_of(3)};
  StateMachine machine{Options{.sessions_max = 2, .defect = Defect::none}};
  ClientEffects effects;
  std::multimap<std::int64_t, ClientSend> requests;
  std::multimap<std::int64_t, std::pair<NodeId, ClientReply>> replies;
  std::vector<ClientResult> results;
  std::int64_t now = 0;
  std::uint64_t frames = 0, served = 0, index = 0;
  std::uint32_t leader = 1;
};

std::size_t times_in(const std::string& list, const std::string& element) {
  std::istringstream in(list);
  std::size_t count = 0;
  for (std::string word; in >> word;) count += word == element ? 1 : 0;
  return count;
}

TEST_CASE("kv client: ok happened once, fail never, info at most once, whatever the network does") {
  std::map<Outcome, std::uint64_t> seen;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    World world(seed, seed % 2 == 0);
    std::vector<std::string> elements;
    for (std::uint32_t i = 0; i < 25; ++i) {
      // Another client's sessions push ours out now and then.
      if (world.random.at("test.evict", i).below(6) == 0) {
        for (int n = 0; n < 2; ++n) world.machine.apply(LogIndex{++world.index}, test::open_session());
      }
      elements.push_back("e" + std::to_string(i));
      ClientOperation operation;
      operation.command = command(CommandKind::append, "list", elements.back());
      world.client.invoke(at_ms(world.now), operation, seed + i, world.effects);
      world.route(3'000'000);
      for (int turns = 0; world.client.busy(); ++turns) {
        REQUIRE(turns < 400);  // every operation ends by its deadline
        world.turn();
      }
    }
    for (int n = 0; n < 300; ++n) world.turn();  // what is still on its way arrives
    const std::string list(world.machine.read(command(CommandKind::get, "list")).value.text());
    REQUIRE(world.results.size() == elements.size());
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const std::size_t times = times_in(list, elements[i]);
      const Outcome outcome = world.results[i].outcome;
      ++seen[outcome];
      INFO("seed " << seed << " element " << i);
      REQUIRE(times <= 1);
      if (outcome == Outcome::ok) REQUIRE(times == 1);
      if (outcome == Outcome::fail) REQUIRE(times == 0);
    }
    const ClientStats& stats = world.client.stats();
    REQUIRE(stats.ok + stats.fail + stats.info == stats.operations);
    REQUIRE(stats.first_try <= stats.ok);
  }
  CHECK(seen[Outcome::ok] > 1000);
  CHECK(seen[Outcome::fail] > 0);
  CHECK(seen[Outcome::info] > 50);
}

TEST_CASE("kv client: once warm, a steady leader is asked first every time") {
  Client client(options_of(5));
  StateMachine machine;
  std::uint64_t index = 0;
  ClientEffects effects;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    ClientOperation operation;
    operation.command = command(CommandKind::put, "k", "v");
    client.invoke(at_ms(i), operation, i * 7, effects);
    while (client.busy()) {
      REQUIRE(effects.sends.size() == 1);
      const ClientSend send = effects.sends[0];
      effects.clear();
      ClientReply reply;
      reply.operation = send.request.operation;
      reply.attempt = send.request.attempt;
      if (send.to == NodeId{4}) {
        reply.reply = machine.apply(LogIndex{++index}, send.request.command);
      } else {
        reply.code = ReplyCode::not_leader;
        reply.leader = NodeId{4};
      }
      client.on_reply(at_ms(i), send.to, reply, i, effects);
    }
    effects.clear();
  }
  CHECK(client.stats().ok == 1000);
  CHECK(client.stats().first_try == 1000);
  CHECK(client.stats().sessions_opened == 1);
}

TEST_CASE("kv client: replies that fit no attempt are ignored") {
  Client client(options_of(3));
  ClientEffects effects;
  ClientReply stray;
  client.on_reply(at_ms(0), NodeId{1}, stray, 0, effects);
  ClientOperation operation;
  operation.kind = RequestKind::read;
  operation.command = command(CommandKind::get, "k");
  const std::uint64_t number = client.invoke(at_ms(0), operation, 0, effects);
  effects.clear();
  for (const std::uint32_t attempt : {0U, 2U, 99U}) {
    stray.operation = number;
    stray.attempt = attempt;
    client.on_reply(at_ms(1), NodeId{1}, stray, 0, effects);
  }
  stray.operation = number + 1;
  stray.attempt = 1;
  client.on_reply(at_ms(1), NodeId{1}, stray, 0, effects);
  CHECK(client.busy());
  CHECK(effects.completed.empty());
  CHECK(effects.sends.empty());
}

}  // namespace
}  // namespace wn::kv
