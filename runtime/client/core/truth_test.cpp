// What the core says became of an operation, against what did: servers as realm replicas are to a client
// (they remember its last change, and refuse what is below it), over a network that loses, delays and
// overloads, with many operations open.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "runtime/base/random.h"
#include "runtime/client/core/core.h"

namespace wn::client {
namespace {

using realm::Function;
using realm::ReplyCode;

struct Server {
  std::uint64_t last = 0;
};

class World {
 public:
  explicit World(std::uint64_t seed, bool budget) : random_(seed), core_(options(budget), heap()) {}

  void run() {
    for (now_ = 0; now_ < 4000; ++now_) {
      if (now_ < 2500 && chance(30)) invoke();
      deliver();
      if (core_.next_deadline() <= moment()) core_.on_tick(moment(), draw(), effects_);
      carry_out();
    }
    core_.close(effects_);
    carry_out();
  }

  // Empty: all is true.
  std::string lie() const {
    for (const auto& [context, outcome] : outcomes_) {
      const auto took = effects_of_.find(context);
      const int times = took == effects_of_.end() ? 0 : took->second;
      if (times > 1) return "an operation took effect more than once";
      if (outcome == Outcome::ok && times != 1) return "ok, and took no effect";
      if (outcome == Outcome::fail && times != 0) return "fail, and took effect";
    }
    return outcomes_.size() == invoked_ && core_.open() == 0 ? "" : "an operation without an outcome";
  }
  int count(Outcome outcome) const {
    return static_cast<int>(std::ranges::count_if(outcomes_, [&](auto& o) { return o.second == outcome; }));
  }
  const CoreStats& stats() const { return core_.stats(); }

 private:
  static std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }
  static CoreOptions options(bool budget) {
    CoreOptions o;
    o.servers = {NodeId{1}, NodeId{2}, NodeId{3}};
    o.timeout = milliseconds(700);
    o.retry = milliseconds(40);
    o.retry_max = milliseconds(160);
    o.budget = budget;
    o.sessions = false;
    return o;
  }
  std::uint64_t draw() { return random_.at("client.world", 0, ++draws_).u64(); }
  bool chance(std::uint64_t percent) { return draw() % 100 < percent; }
  Instant moment() const { return Instant{} + milliseconds(now_); }

  void invoke() {
    Operation o;
    o.request.mode = chance(40) ? Mode::strong : Mode::eventual;
    o.request.function = Function::put;
    o.request.worknode = realm::numbered(draw() % 4);
    o.context = ++invoked_;
    REQUIRE(core_.invoke(moment(), std::move(o), draw(), effects_) == Errc::ok);
    carry_out();
  }

  // Ways to a server keep their order; an attempt or its answer may be lost (a connection that broke).
  void carry_out() {
    for (const Send& send : effects_.sends) {
      if (send.request.mode == Mode::eventual) {
        REQUIRE(send.request.operation > 0);
        const auto [at, news] = pinned_.emplace(send.context, send.to);
        REQUIRE((news || at->second == send.to));
      }
      if (!chance(15)) ways_.emplace(now_ + 5, send);
    }
    for (const Completed& c : effects_.completed) REQUIRE(outcomes_.emplace(c.context, c.outcome).second);
    effects_.clear();
  }

  void deliver() {
    while (!ways_.empty() && ways_.begin()->first <= now_) {
      const Send send = ways_.begin()->second;
      ways_.erase(ways_.begin());
      const realm::Reply reply = serve(send);
      if (!chance(15)) core_.on_reply(moment(), send.to, reply, draw(), effects_);
      carry_out();
    }
  }

  realm::Reply serve(const Send& send) {
    realm::Reply reply;
    reply.operation = send.request.operation;
    reply.attempt = send.attempt;
    if (chance(10)) {
      reply.code = ReplyCode::overloaded;
      reply.error = Errc::overloaded;
      return reply;
    }
    if (send.request.mode == Mode::strong) {
      // Groups know the client's last operation on the worknode, wherever it is asked for.
      std::uint64_t& last = strong_[send.request.worknode];
      if (send.request.operation < last) {
        reply.code = ReplyCode::overloaded;
        reply.error = Errc::timed_out;
        return reply;
      }
      if (send.request.operation > last) ++effects_of_[send.context];
      last = send.request.operation;
      return reply;
    }
    Server& server = servers_[send.to];
    if (send.request.operation < server.last) {
      reply.code = ReplyCode::refused;
      reply.error = Errc::precondition;
      return reply;
    }
    if (send.request.operation > server.last) ++effects_of_[send.context];
    server.last = send.request.operation;
    return reply;
  }

  Random random_;
  Core core_;
  Effects effects_;
  std::multimap<int, Send> ways_;
  std::map<NodeId, Server> servers_;
  std::map<WorknodeId, std::uint64_t> strong_;
  std::map<std::uint64_t, NodeId> pinned_;
  std::map<std::uint64_t, int> effects_of_;
  std::map<std::uint64_t, Outcome> outcomes_;
  std::uint64_t draws_ = 0;
  std::uint64_t invoked_ = 0;
  int now_ = 0;
};

TEST_CASE("what the core says of an operation is true, over losses, overload and many open ones") {
  int ok = 0, fail = 0, info = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    World world(seed, seed % 2 == 0);
    world.run();
    INFO("seed " << seed);
    REQUIRE(world.lie().empty());
    ok += world.count(Outcome::ok);
    fail += world.count(Outcome::fail);
    info += world.count(Outcome::info);
    const CoreStats& s = world.stats();
    if (seed % 2 == 0) CHECK(s.attempts <= s.operations + s.operations / 10 + 10);
  }
  CHECK((ok > 10'000 && fail > 50 && info > 50));
}

}  // namespace
}  // namespace wn::client
