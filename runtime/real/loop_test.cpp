#include "runtime/real/loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <map>
#include <string>
#include <thread>

#include "runtime/base/random.h"

namespace wn::real {
namespace {

TEST_CASE("loop: timers fire in the order of their deadlines, never early, whatever was moved or removed") {
  auto loop = *Loop::make();
  for (std::uint64_t key = 0; key < 20; ++key) {
    Draw draw = Random(key).at("test.loop");
    struct One {
      Loop::Timer timer;
      Instant deadline = Instant::max();
      int fired = 0;
    };
    std::map<int, One> timers;
    std::vector<Instant> fired;
    const Instant begun = loop->now();
    for (int i = 0; i < 200; ++i) {
      One& one = timers[i];
      one.timer = loop->add_timer([&, i] {
        One& self = timers.at(i);
        ++self.fired;
        CHECK(loop->now() >= self.deadline);
        fired.push_back(self.deadline);
      });
    }
    for (int step = 0; step < 600; ++step) {
      const auto at = timers.find(static_cast<int>(draw.below(200)));
      if (at == timers.end()) continue;
      One& one = at->second;
      switch (draw.below(8)) {
        case 0:
          loop->disarm(one.timer);
          one.deadline = Instant::max();
          break;
        case 1:
          loop->remove_timer(one.timer);
          loop->remove_timer(one.timer);  // stale: nothing
          timers.erase(at);
          break;
        default:
          one.deadline = begun + Duration{static_cast<std::int64_t>(draw.below(8'000'000))};
          loop->arm(one.timer, one.deadline);
          break;
      }
    }
    std::size_t armed = 0;
    for (const auto& [number, one] : timers) armed += one.deadline != Instant::max() ? 1 : 0;
    while (fired.size() < armed && loop->now() < begun + seconds(10)) loop->turn(milliseconds(1));
    loop->turn({});
    CHECK(fired.size() == armed);
    for (const auto& [number, one] : timers) {
      CHECK(one.fired == (one.deadline != Instant::max() ? 1 : 0));
      loop->remove_timer(one.timer);
    }
  }
}

TEST_CASE(
    "loop: a callback may remove its own timer and descriptor, and others that are due in the same turn") {
  auto loop = *Loop::make();
  Loop::Timer first;
  Loop::Timer second;
  std::string seen;
  std::string captured = "a captured string that is long enough to live on the heap";
  first = loop->add_timer([&, captured] {
    loop->remove_timer(first);
    loop->remove_timer(second);
    seen += captured.substr(0, 1);  // what was captured is still there
  });
  second = loop->add_timer([&] { seen += "never"; });
  loop->arm(first, Instant{1});
  loop->arm(second, Instant{2});
  loop->turn({});
  CHECK(seen == "a");
  const Descriptor one(eventfd(1, EFD_NONBLOCK));
  const Descriptor two(eventfd(1, EFD_NONBLOCK));
  int served = 0;
  const auto serve = [&, captured](std::uint32_t readiness) {
    CHECK((readiness & kReadable) != 0);
    loop->unwatch(one.get());
    loop->unwatch(two.get());
    served += captured.empty() ? 0 : 1;
  };
  CHECK(loop->watch(one.get(), kReadable, serve) == Errc::ok);
  CHECK(loop->watch(two.get(), kReadable, serve) == Errc::ok);
  CHECK(loop->watch(two.get(), kReadable, serve) == Errc::invalid_argument);  // watched already
  CHECK(loop->watch(-1, kReadable, serve) == Errc::invalid_argument);
  loop->turn({});
  CHECK(served == 1);
  CHECK(loop->watch(two.get(), kReadable, serve) == Errc::ok);  // and may be watched again
  loop->turn({});
  CHECK(served == 2);
}

TEST_CASE("loop: work from other threads runs here, and a flood of it is refused") {
  auto loop = *Loop::make();
  int ran = 0;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) {
      while (loop->post([&] { ++ran; }) != Errc::ok) std::this_thread::yield();
    }
    CHECK(loop->post([&] { loop->stop(); }) == Errc::ok);
  });
  loop->run();
  other.join();
  CHECK(ran == 1000);
  for (std::size_t i = 0; i < kPostedMax; ++i) CHECK(loop->post([] {}) == Errc::ok);
  CHECK(loop->post([] {}) == Errc::overloaded);
  loop->turn({});
  CHECK(loop->post([] {}) == Errc::ok);
}

TEST_CASE("loop: work put off runs in the same turn, and what a turn's end was asked for comes last") {
  auto loop = *Loop::make();
  std::string seen;
  loop->at_turn_end([&] { seen += "end "; });
  loop->soon([&] {
    seen += "one ";
    loop->soon([&] { seen += "two "; });
  });
  loop->turn(seconds(5));  // does not wait: there is work
  CHECK(seen == "one two end ");
  CHECK(loop->stats().turns == 1);
}

TEST_CASE("loop: a signal comes as a call from the loop") {
  auto loop = *Loop::make();
  const std::array signals = {SIGUSR1};
  int caught = 0;
  CHECK(loop->watch_signals(signals, [&](int signal) {
    CHECK(signal == SIGUSR1);
    ++caught;
    loop->stop();
  }) == Errc::ok);
  CHECK(loop->watch_signals(signals, [](int) {}) == Errc::already_exists);
  CHECK(kill(getpid(), SIGUSR1) == 0);
  loop->run();
  CHECK(caught == 1);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

TEST_CASE("loop: a stop before the run ends it after one turn") {
  auto loop = *Loop::make();
  loop->stop();
  loop->run();
  CHECK(loop->stats().turns == 1);
  CHECK_FALSE(loop->stopping());
}

}  // namespace
}  // namespace wn::real
