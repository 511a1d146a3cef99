// Budgets, threads, and what comes with a violation.
#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <thread>

#include "checkers/history/history_io.h"
#include "checkers/linearizability/history_maker.h"

namespace wn::checkers {
namespace {

using naive::Maker;
using naive::Naive;
using naive::Style;

// Two threads that take jobs in turn.
void side_by_side(std::size_t count, const Job& job) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> found{count};
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      if (i > found.load()) continue;
      if (!job(i, [&] { return i > found.load(); })) continue;
      for (std::size_t known = found.load(); i < known && !found.compare_exchange_weak(known, i);) {
      }
    }
  };
  std::thread other(work);
  work();
  other.join();
}

// `writers` processes write values in turn, all open at once; then a read that shows the last one.
std::string crowd(int writers) {
  std::string text;
  const auto line = [&](int p, const char* type, const char* f, int value) {
    text += "{\"process\":" + std::to_string(p) + ",\"type\":\"" + type + "\",\"f\":\"" + f +
            "\",\"key\":0,\"value\":" + std::to_string(value) + "}\n";
  };
  for (int i = 0; i < writers; ++i) line(i, "invoke", "write", i % 3);
  for (int i = 0; i < writers; ++i) line(i, "ok", "write", i % 3);
  line(0, "invoke", "read", 0);
  line(0, "ok", "read", 2);
  line(0, "invoke", "read", 0);
  line(0, "ok", "read", 2);
  return text;
}

}  // namespace

TEST_CASE("linearizability: the minimal part of a violation is a violation, and comes with an order") {
  int judged = 0, smaller = 0;
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    const Style style = seed % 2 == 0 ? Style::cas : Style::kv_list;
    const History h = Maker(seed, style, false, 16).make();
    const Verdict v = check_linearizable(h, naive::model_of(style), {}, {.zones = false});
    if (v.outcome != Outcome3::fail || v.operations.size() < 2) continue;
    History part = h;
    part.operations.clear();
    for (const std::uint64_t i : v.operations) part.operations.push_back(h.operations[i]);
    CHECK(!Naive(part).linearizable());
    const std::set<std::uint64_t> named(v.operations.begin(), v.operations.end());
    CHECK(v.order.placed.size() == v.order.states.size());
    CHECK(!v.order.stuck.empty());
    for (const std::uint64_t i : v.order.placed) CHECK(named.contains(i));
    for (const std::uint64_t i : v.order.stuck) CHECK(named.contains(i));
    ++judged;
    smaller += v.operations.size() * 2 <= h.operations.size() ? 1 : 0;
  }
  CHECK(judged > 500);
  CHECK(smaller * 2 > judged);
}

TEST_CASE("linearizability: the verdict is the same whatever the threads") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const History h = Maker(seed, Style::cas, false).make();
    const Verdict alone = check_linearizable(h, ModelName::cas_register, {}, {.zones = false});
    LinearizabilityOptions options{.zones = false};
    options.parallel = side_by_side;
    const Verdict together = check_linearizable(h, ModelName::cas_register, {}, options);
    CHECK(alone.outcome == together.outcome);
    CHECK(alone.signature == together.signature);
    CHECK(alone.explanation == together.explanation);
    CHECK(alone.operations == together.operations);
  }
}

TEST_CASE("linearizability: a search stops when the caller says so, or its memory is gone") {
  const auto h = read_history_text(crowd(100), "crowd");
  REQUIRE(h);
  const Verdict late = check_linearizable(*h, ModelName::reg, {.stop = [] { return true; }});
  CHECK(late.outcome == Outcome3::unknown);
  CHECK(late.explanation == "key 0: time was up");
  CHECK(check_linearizable(*h, ModelName::reg).outcome == Outcome3::pass);
}

TEST_CASE("linearizability: hundreds of operations may be open at once, up to a limit that it names") {
  for (const int writers : {60, 120, 250, 500}) {
    const auto h = read_history_text(crowd(writers), "crowd");
    REQUIRE(h);
    CAPTURE(writers);
    CHECK(check_linearizable(*h, ModelName::reg).outcome == Outcome3::pass);
    CHECK(check_linearizable(*h, ModelName::reg, {}, {.depth_first = false}).outcome == Outcome3::pass);
  }
  const auto h = read_history_text(crowd(600), "crowd");
  REQUIRE(h);
  const Verdict v = check_linearizable(*h, ModelName::reg);
  CHECK(v.outcome == Outcome3::unknown);
  CHECK(v.explanation == "key 0: more than 512 operations of one key are open at once");
}

}  // namespace wn::checkers
