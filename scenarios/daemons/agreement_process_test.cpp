// Two servers whose files differ in what members must share.
#include "scenarios/daemons/testing/realm.h"

namespace wn::scenarios {
namespace {

using namespace testing;

TEST_CASE("daemon: members with other timeouts refuse each other and say which, until they have the same") {
  Realm realm(2, daemon::Service::kv);
  const std::string right = slurp(realm.file("n2.toml"));
  std::string wrong = right;
  const std::size_t at = wrong.find("election_timeout_max = ");
  REQUIRE(at != std::string::npos);
  wrong.replace(at, wrong.find('\n', at) - at, "election_timeout_max = \"30s\"");
  realm.scratch().write("n2.toml", wrong);
  realm.start(0);
  realm.start(1);
  for (const std::size_t i : {0, 1}) {
    CHECK(wait_until([&] {
      return realm.log(i).find("event=member_differs peer=" + std::to_string(2 - i) +
                               " key=raft.election_timeout_max") != std::string::npos;
    }));
  }
  CHECK(realm.get(0, "/readyz").first == 503);
  CHECK(realm.end(1, SIGTERM) == 0);
  realm.scratch().write("n2.toml", right);
  realm.start(1);
  for (const std::size_t i : {0, 1}) CHECK(wait_until([&] { return realm.get(i, "/readyz").first == 200; }));
  for (const std::size_t i : {0, 1}) CHECK(realm.end(i, SIGTERM) == 0);
}

}  // namespace
}  // namespace wn::scenarios
