// `worknode get`, `put`, `call` and `watch` as they are typed, against a daemon.
#include "scenarios/daemons/testing/realm.h"

namespace wn::scenarios {
namespace {

using namespace testing;

TEST_CASE("client commands: every mode is written and read, and what has no value says so by exit 5") {
  Realm realm(1, daemon::Service::realm);
  realm.start_all();
  const std::string servers = " --servers '" + realm.url(0) + "'";
  const Scratch& at = realm.scratch();
  for (const std::string mode : {"local", "eventual", "strong"}) {
    INFO(mode);
    const std::string tail = " --identity me.key --mode " + mode + servers;
    if (mode == "local") REQUIRE(at.worknode("node --new-identity me.key").code == 0);
    CHECK(at.worknode("put 3 42" + tail).code == 0);
    const Ran got = at.worknode("get 3" + tail);
    CHECK(got.code == 0);
    CHECK(got.out == "42\n");
  }
  CHECK(at.worknode("put 4" + servers + " -- -42").code == 0);
  CHECK(at.worknode("get 4" + servers).out == "-42\n");
  CHECK(at.worknode("get 5" + servers).code == 5);
  CHECK(at.worknode("call 3 add count 5" + servers).code == 0);
  CHECK(at.worknode("get 3 count" + servers).out == "5\n");
  CHECK(at.worknode("watch 3 count --count 1" + servers).out.find('5') != std::string::npos);
}

TEST_CASE(
    "client commands: what cannot be is refused in one line, and a server that is not there by exit 6") {
  Realm realm(1, daemon::Service::kv);
  realm.start_all();
  const std::string servers = " --service kv --servers '" + realm.url(0) + "'";
  const Scratch& at = realm.scratch();
  CHECK(at.worknode("put greeting hello" + servers).code == 0);
  CHECK(at.worknode("get greeting" + servers).out == "hello\n");
  CHECK(at.worknode("get nothing" + servers).code == 5);
  for (const std::string& bad : std::vector<std::string>{
           "get 3 --servers quic://nowhere", "get 3 colour --servers '" + realm.url(0) + "'",
           "get 3 --mode sideways --servers '" + realm.url(0) + "'", "get 3"}) {
    const Ran ran = at.worknode(bad);
    INFO(bad << ": " << ran.out);
    CHECK(ran.code == 2);
  }
  std::string other = realm.url(0);  // the right address, another's key
  other.replace(other.find("/", 8) + 1, 4, "0000");
  const Ran ran = at.worknode("get greeting --deadline 1s --service kv --servers '" + other + "'");
  INFO(ran.out);
  CHECK(ran.code == 6);
}

}  // namespace
}  // namespace wn::scenarios
