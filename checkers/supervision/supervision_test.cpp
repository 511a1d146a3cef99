#include "checkers/supervision/supervision.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::checkers {
namespace {

class Tale {
 public:
  Tale()
      : checker_({.freeze_at = SimTime{seconds(10).ns},
                  .end = SimTime{seconds(60).ns},
                  .restarts_max = 3,
                  .homes = {{NodeId{9}, NodeId{1}}},
                  .exempt_functions = {77}}) {}
  Tale& tell(std::int64_t second, TraceKind kind, std::uint64_t a = 0, std::uint64_t b = 0,
             std::uint32_t node = 1, std::uint64_t d = 0) {
    checker_.on_event(
        {.at = SimTime{seconds(second).ns}, .node = NodeId{node}, .kind = kind, .field = {a, b, 0, d, 0}});
    return *this;
  }
  Tale& used(std::uint64_t holder, std::uint64_t owner) {
    checker_.on_event(
        {.at = {}, .node = NodeId{1}, .kind = TraceKind::handle_used, .field = {7, holder, owner}});
    return *this;
  }
  Tale& asks(std::int64_t from, std::int64_t to, std::uint64_t outcome, std::uint64_t reply,
             std::uint64_t function = 1) {
    tell(from, TraceKind::op_invoked, 1, function, 9);
    return tell(to, TraceKind::op_completed, 1, outcome, 9, reply);
  }
  std::string signature() const { return checker_.verdict().signature; }

 private:
  SupervisionChecker checker_;
};

TEST_CASE("supervision: whoever fails is restarted, stopped or escalated") {
  const char* alone = "supervision: a failed actor was left alone";
  CHECK(Tale().tell(20, TraceKind::actor_failed, 5).signature() == alone);
  CHECK(Tale().tell(20, TraceKind::actor_failed, 5).tell(20, TraceKind::actor_restarted, 6).signature() ==
        alone);
  for (const TraceKind end :
       {TraceKind::actor_restarted, TraceKind::actor_stopped, TraceKind::actor_escalated})
    CHECK(Tale().tell(20, TraceKind::actor_failed, 5).tell(20, end, 5).signature().empty());
  CHECK(Tale().tell(20, TraceKind::actor_failed, 5).tell(21, TraceKind::node_crashed).signature().empty());
  CHECK(Tale().tell(60, TraceKind::actor_failed, 5).signature().empty());  // no time was left
}

TEST_CASE("supervision: a handle leads to its holder's memory and no other") {
  CHECK(Tale().used(5, 5).signature().empty());
  CHECK(Tale().used(5, 6).signature() == "supervision: a handle led to another's memory");
}

TEST_CASE("supervision: restarts have an end") {
  Tale tale;
  for (int i = 0; i < 4; ++i) tale.tell(20 + i, TraceKind::actor_restarted, 5);
  CHECK(tale.signature() == "supervision: restarts without end");
  Tale slow;
  for (int i = 0; i < 12; ++i) slow.tell(4 * i, TraceKind::actor_restarted, 5);
  CHECK(slow.signature().empty());
}

TEST_CASE("supervision: a replica that runs leaves no request without any answer") {
  const char* silent = "supervision: a request got no answer";
  CHECK(Tale().asks(20, 23, 3, 0).signature() == silent);
  CHECK(Tale().asks(20, 23, 3, 3).signature().empty());      // told that it is overloaded
  CHECK(Tale().asks(20, 23, 1, 1).signature().empty());      // done
  CHECK(Tale().asks(11, 14, 3, 0).signature().empty());      // too soon after the faults
  CHECK(Tale().asks(20, 23, 3, 0, 77).signature().empty());  // may wait for others
  CHECK(Tale().tell(15, TraceKind::node_crashed).asks(20, 23, 3, 0).signature().empty());
  CHECK(Tale()
            .tell(15, TraceKind::node_crashed)
            .tell(16, TraceKind::node_started)
            .asks(20, 23, 3, 0)
            .signature() == silent);
  CHECK(Tale().tell(15, TraceKind::store_refused).asks(20, 23, 3, 0).signature().empty());
}

}  // namespace
}  // namespace wn::checkers
