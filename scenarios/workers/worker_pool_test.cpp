#include "scenarios/workers/worker_pool.h"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <set>

#include "runtime/base/check.h"

namespace wn::scenarios {
namespace {

std::string shout(std::string_view request) {
  if (request == "crash") WN_CHECK_EQ(request.size(), std::size_t{6});
  if (request == "leave") ::_exit(7);
  if (request == "big") return std::string(3 << 20, 'x');
  if (request == "sleep") {
    for (;;) ::usleep(1000);
  }
  return std::string(request) + "!";
}

TEST_CASE("workers: every ticket gets its own answer, whatever the order") {
  WorkerPool pool(3, shout);
  std::set<std::uint64_t> seen;
  std::uint64_t next = 0;
  while (seen.size() < 50) {
    while (next < 50 && pool.has_idle()) {
      REQUIRE(pool.submit(next, std::to_string(next)).has_value());
      ++next;
    }
    const auto answer = pool.wait(10'000);
    REQUIRE(answer.has_value());
    CHECK_FALSE(answer->crashed);
    CHECK(answer->text == std::to_string(answer->ticket) + "!");
    CHECK(seen.insert(answer->ticket).second);
  }
  CHECK(pool.busy() == 0);
}

TEST_CASE("workers: a failed check is an answer that names the check, and the pool goes on") {
  WorkerPool pool(1, [](std::string_view request) -> std::string {
    WN_CHECK_NE(request.size(), std::size_t{5});
    return "fine";
  });
  REQUIRE(pool.submit(1, "crash").has_value());
  const auto crash = pool.wait(10'000);
  REQUIRE(crash.has_value());
  CHECK(crash->crashed);
  CHECK(crash->ticket == 1);
  CHECK(crash->text.find("CHECK failed") != std::string::npos);
  CHECK(crash->text.find("left =") == std::string::npos);  // operands differ from seed to seed
  REQUIRE(pool.submit(2, "ok").has_value());
  const auto fine = pool.wait(10'000);
  REQUIRE(fine.has_value());
  CHECK_FALSE(fine->crashed);
  CHECK(fine->text == "fine");
}

TEST_CASE("workers: a process that leaves without a word is told by its exit code") {
  WorkerPool pool(1, shout);
  REQUIRE(pool.submit(9, "leave").has_value());
  const auto answer = pool.wait(10'000);
  REQUIRE(answer.has_value());
  CHECK(answer->crashed);
  CHECK(answer->text == "exit code 7");
}

TEST_CASE("workers: a reply larger than a socket buffer arrives whole") {
  WorkerPool pool(2, shout);
  REQUIRE(pool.submit(1, "big").has_value());
  const auto answer = pool.wait(10'000);
  REQUIRE(answer.has_value());
  CHECK(answer->text.size() == std::size_t{3} << 20);
}

TEST_CASE("workers: a cancelled ticket is never answered and its worker is free again") {
  WorkerPool pool(1, shout);
  REQUIRE(pool.submit(1, "sleep").has_value());
  CHECK_FALSE(pool.wait(20).has_value());
  CHECK(pool.cancel(1));
  CHECK_FALSE(pool.cancel(1));
  CHECK(pool.busy() == 0);
  REQUIRE(pool.submit(2, "a").has_value());
  const auto answer = pool.wait(10'000);
  REQUIRE(answer.has_value());
  CHECK(answer->ticket == 2);
  CHECK(answer->text == "a!");
}

}  // namespace
}  // namespace wn::scenarios
