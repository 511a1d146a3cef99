// Random lives of small systems against a naive model: same messages handled, in the same order, with the
// same ends.
#include <catch2/catch_test_macros.hpp>

#include "runtime/actor/model_help.h"
#include "runtime/actor/testing_help.h"
#include "runtime/base/random.h"

namespace wn::actor {
namespace {

using namespace testing;  // NOLINT: test vocabulary

std::vector<Kind> kinds() {
  return {
      {.name = "refuses", .mailbox_max = 2, .supervision = {.restarts_max = 2, .window = milliseconds(4)}},
      {.name = "sheds",
       .mailbox_max = 2,
       .overflow = Overflow::shed_oldest,
       .supervision = {.strategy = Strategy::stop}},
      {.name = "parks",
       .mailbox_max = 1,
       .overflow = Overflow::park,
       .patience = milliseconds(3),
       .supervision = {.strategy = Strategy::escalate}},
      {.name = "quiet",
       .mailbox_max = 3,
       .overflow = Overflow::park,
       .patience = milliseconds(1),
       .supervision = {.restarts_max = 1, .window = milliseconds(9)},
       .children = Children::stop,
       .starts = false},
  };
}

// The real system doing what the model does, and saying it in the same words.
class Puppet final : public Behaviour, public Listener {
 public:
  Puppet(std::size_t actors_max, Supervision root, Order* order)
      : system({.actors_max = static_cast<std::uint32_t>(actors_max), .turn_messages_max = 1, .root = root},
               std::pmr::new_delete_resource(), {.listener = this, .order = order}) {
    for (const Kind& kind : kinds()) kind_ids.push_back(*system.add_kind(kind));
  }
  static Message wire(const Note& n) {
    return {.kind = 1,
            .correlation = n.number,
            .word = {n.number, static_cast<std::uint64_t>(n.act), n.target, n.then}};
  }
  Outcome on_message(Context& c, const Message& m) override {
    const int self = static_cast<int>(c.state());
    if (m.kind == kSendCompleted) {
      say("handles", self, 1'000'000 + m.correlation * 16 + m.word[0]);
      return done();
    }
    say("handles", self, m.word[0]);
    const auto act = static_cast<Act>(m.word[1]);
    const ActorId target = m.word[2] < ids.size() ? ids[m.word[2]] : ActorId{99, 1};
    if (act == Act::fail) return failed(Errc::internal, "");
    if (act == Act::send || act == Act::burst) {
      for (int i = 0; i < (act == Act::burst ? 4 : 1); ++i) {
        const Note note{.number = numbers++, .act = static_cast<Act>(m.word[3]), .target = m.word[2]};
        say("sent", static_cast<int>(c.send(target, wire(note))), note.number);
      }
    }
    if (act == Act::spawn) {
      const auto made =
          c.spawn({.kind = kind_ids[m.word[2] % kind_ids.size()], .behaviour = this, .state = ids.size()});
      say("spawn", made.has_value() ? static_cast<int>(ids.size() - 1) : -1);
    }
    if (act == Act::stop) (void)c.stop(target);
    return done();
  }
  Outcome on_start(Context& c) override {
    say("start", static_cast<int>(c.state()));
    return done();
  }
  Outcome on_restart(Context& c) override {
    say("again", static_cast<int>(c.state()));
    return fails_to_restart(c.state()) ? failed(Errc::internal, "") : done();
  }
  void on_spawned(ActorId id, ActorId, const char*) override {
    ids.push_back(id);
    say("spawned", index_of(id));
  }
  void on_failed(const Failure& f) override { say("failed", index_of(f.actor)); }
  void on_restarted(ActorId id) override { say("restarted", index_of(id)); }
  void on_stopped(ActorId id) override { say("stopped", index_of(id)); }
  void on_escalated(ActorId from, ActorId, const Outcome&) override { say("escalated", index_of(from)); }
  void on_shed(ActorId id, const Message& m) override {
    say("shed", index_of(id),
        m.kind == kSendCompleted ? 1'000'000 + m.correlation * 16 + m.word[0] : m.word[0]);
  }
  int index_of(ActorId id) const {
    return static_cast<int>(std::find(ids.begin(), ids.end(), id) - ids.begin());
  }
  void say(const char* what, int index, std::uint64_t number = 0) {
    log.push_back(std::string(what) + " " + std::to_string(index) + " " + std::to_string(number));
  }

  std::vector<ActorId> ids;
  std::vector<KindId> kind_ids;
  std::vector<std::string> log;
  std::uint64_t numbers = 0;
  System system;  // last: it speaks to the others until its end
};

void compare(const Model& model, const Puppet& puppet) {
  REQUIRE(puppet.log == model.log);
  REQUIRE(puppet.system.actor_count() == model.actors.size());
  REQUIRE(puppet.system.idle() == model.ready.empty());
  for (std::size_t i = 0; i < puppet.ids.size(); ++i) {
    const auto found = model.actors.find(static_cast<int>(i));
    REQUIRE(puppet.system.alive(puppet.ids[i]) == (found != model.actors.end()));
    if (found == model.actors.end()) continue;
    REQUIRE(puppet.system.mailbox_size(puppet.ids[i]) == found->second.box.size());
    REQUIRE(puppet.system.child_count(puppet.ids[i]) == found->second.children.size());
  }
}

void one_life(std::uint64_t seed, Order* order) {
  constexpr std::size_t kActorsMax = 9;
  const Supervision root{.restarts_max = 2, .window = milliseconds(5)};
  Model model(kinds(), kActorsMax, root);
  Puppet puppet(kActorsMax, root, order);
  const Random random(seed);
  Instant now{};
  for (std::uint64_t at = 0; at < 150; ++at) {
    Draw draw = random.at("actor.property", 0, at);
    const std::uint64_t what = draw.below(10);
    const auto known = std::max<std::uint64_t>(1, puppet.ids.size());
    const std::uint64_t who = known - 1 - draw.below(std::min<std::uint64_t>(known, 14));
    if (what == 0) {
      const std::size_t kind = draw.below(4);
      const int parent = draw.below(2) == 0 ? -1 : static_cast<int>(who);
      if (parent >= 0 && !model.actors.contains(parent)) continue;
      const auto made = puppet.system.spawn(
          {.kind = puppet.kind_ids[kind], .behaviour = &puppet, .state = puppet.ids.size()},
          parent < 0 ? kOutside : puppet.ids[who]);
      REQUIRE(made.has_value() == (model.spawn(kind, parent) >= 0));
    } else if (what < 6 && !puppet.ids.empty()) {
      const std::uint64_t number = model.numbers++;
      puppet.numbers++;
      const auto act = static_cast<Act>(draw.below(static_cast<std::uint64_t>(Act::end)));
      const std::uint64_t target = draw.below(known);
      const std::uint64_t then = draw.below(static_cast<std::uint64_t>(Act::end));
      const Note note{.number = number, .act = act, .target = target, .then = then};
      const Sent expected = model.send(-1, static_cast<int>(who), note);
      REQUIRE(puppet.system.send(puppet.ids[who], Puppet::wire(note)) == expected);
    } else if (what == 6 && draw.below(4) == 0 && model.actors.contains(static_cast<int>(who))) {
      REQUIRE(puppet.system.stop(puppet.ids[who]) == Errc::ok);
      model.stop(static_cast<int>(who));
    } else if (what == 7) {
      now = now + milliseconds(draw.between(0, 3));
      puppet.system.advance(now);
      model.advance(now);
    } else {
      for (std::uint64_t steps = draw.below(12); steps > 0; --steps) {
        REQUIRE((puppet.system.run(1) == 1) == model.step());
      }
    }
    compare(model, puppet);
  }
}

TEST_CASE("property: random lives agree with the naive model, from the ring") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    one_life(seed, nullptr);
  }
}

TEST_CASE("property: random lives agree with the naive model, with an Order that takes the first") {
  for (std::uint64_t seed = 1000; seed < 1200; ++seed) {
    CAPTURE(seed);
    FifoOrder fifo;
    one_life(seed, &fifo);
  }
}

}  // namespace
}  // namespace wn::actor
