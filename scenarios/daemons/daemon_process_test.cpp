// `worknode node` as an operator sees it: three processes on loopback, clients over QUIC, signals, kill -9.
#include <sys/stat.h>

#include "runtime/daemon/knobs.h"
#include "scenarios/daemons/testing/realm.h"

namespace wn::scenarios {
namespace {

using namespace testing;

std::int64_t value_of(const client::Answer<client::Value>& answer) {
  INFO((answer ? "" : answer.error().message));
  REQUIRE(answer.has_value());
  REQUIRE(answer->items.size() == 1);
  return answer->items[0];
}

TEST_CASE("daemon: three processes serve every mode, tell their metrics and stop cleanly") {
  Realm realm(3, daemon::Service::realm);
  realm.start_all();
  {
    const auto client = realm.client(1);
    for (const Mode mode : {Mode::local, Mode::eventual, Mode::strong}) {
      const WorknodeId worknode = realm::numbered(3 + static_cast<std::uint64_t>(mode));
      REQUIRE(client->put(worknode, 40 + static_cast<int>(mode), mode).has_value());
      CHECK(value_of(client->get(worknode, realm::Property::title, mode)) == 40 + static_cast<int>(mode));
    }
    const auto elsewhere = realm.client(2);
    CHECK(wait_until([&] {
      const auto read = elsewhere->get(realm::numbered(5));
      return read.has_value() && read->found && read->items.at(0) == 42;
    }));
  }
  // What is told is a snapshot of some moments ago.
  for (const char* mode : {"local", "eventual", "strong"}) {
    INFO(mode);
    const std::string line = "worknode_requests_done_total{mode=\"" + std::string(mode) + "\"} 2\n";
    CHECK(wait_until([&] {
      const auto [status, text] = realm.get(1, "/metrics");
      return status == 200 && text.find(line) != std::string::npos;
    }));
  }
  CHECK(realm.get(0, "/healthz").first == 200);
  // A log that was moved away is made anew.
  fs::rename(realm.file("n1.log"), realm.file("n1.log.1"));
  realm.child(0).signal(SIGHUP);
  CHECK(wait_until([&] { return fs::exists(realm.file("n1.log")); }));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(realm.end(i, i == 1 ? SIGINT : SIGTERM) == 0);
    CHECK(realm.log(i).find("event=stopped") != std::string::npos);
  }
}

TEST_CASE("daemon: what a realm acknowledged is there after kill -9 of all") {
  Realm realm(3, daemon::Service::realm);
  realm.start_all();
  constexpr std::uint64_t kWorknodes = 8;
  constexpr std::int64_t kRounds = 15;  // more than one compaction of the journal
  for (const std::int64_t round : {1, 2}) {
    {
      const auto client = realm.client(0);
      for (std::int64_t i = 0; i < kRounds; ++i) {
        for (std::uint64_t w = 1; w <= kWorknodes; ++w)
          REQUIRE(
              client->put(realm::numbered(w), 1000 * round + i, w % 2 == 0 ? Mode::strong : Mode::eventual));
      }
    }
    for (std::size_t i = 0; i < 3; ++i) CHECK(realm.end(i, SIGKILL) == 128 + SIGKILL);
    realm.start_all();
    const auto client = realm.client(0);
    for (std::uint64_t w = 1; w <= kWorknodes; ++w) {
      const Mode mode = w % 2 == 0 ? Mode::strong : Mode::eventual;
      INFO(w);
      CHECK(value_of(client->get(realm::numbered(w), realm::Property::title, mode)) ==
            1000 * round + kRounds - 1);
    }
  }
  for (std::size_t i = 0; i < 3; ++i) CHECK(realm.end(i, SIGTERM) == 0);
}

TEST_CASE("daemon: what the key-value store acknowledged is there after kill -9 of all") {
  Realm realm(3, daemon::Service::kv);
  realm.start_all();
  const auto command = [](kv::CommandKind kind, std::uint64_t key, const std::string& value) {
    kv::Command out;
    out.kind = kind;
    out.key = Bytes::copy_of("k" + std::to_string(key));
    out.value = Bytes::copy_of(value);
    return out;
  };
  {
    const auto client = realm.client_of_all();
    for (std::uint64_t key = 0; key < 30; ++key)
      REQUIRE(client->run(command(kv::CommandKind::put, key, "v" + std::to_string(key))).has_value());
  }
  for (std::size_t i = 0; i < 3; ++i) CHECK(realm.end(i, SIGKILL) == 128 + SIGKILL);
  realm.start_all();
  const auto client = realm.client_of_all();
  for (std::uint64_t key = 0; key < 30; ++key) {
    const auto read = client->run(command(kv::CommandKind::get, key, ""));
    REQUIRE(read.has_value());
    CHECK(read->found);
    CHECK(read->value == Bytes::copy_of("v" + std::to_string(key)));
  }
}

// The first block of commands of the page, as it stands there but for the ports, which others may have.
TEST_CASE("daemon: the commands of docs/operating.md do what they say") {
  const std::string page = slurp(std::string(WN_SOURCE_DIR) + "/docs/operating.md");
  const std::size_t from = page.find("```sh\n") + 6;
  std::string commands = page.substr(from, page.find("```", from) - from);
  const int prefix = 2000 + static_cast<int>(::getpid() % 1200);
  const auto replace = [&](const std::string& what, const std::string& by) {
    for (std::size_t at = commands.find(what); at != std::string::npos;
         at = commands.find(what, at + by.size()))
      commands.replace(at, what.size(), by);
  };
  replace("127.0.0.1:741", "127.0.0.1:" + std::to_string(prefix));
  replace("127.0.0.1:941", "127.0.0.1:" + std::to_string(prefix + 1));
  const Scratch scratch;
  scratch.write("commands",
                "set -e\nPATH=" + fs::path(WN_PROGRAM).parent_path().string() + ":$PATH\n" + commands);
  const std::string run = "cd " + (scratch / "").string() + " && timeout 120 bash commands > out 2>&1";
  const int status = std::system(run.c_str());
  INFO(slurp(scratch / "out"));
  INFO(slurp(scratch / "n1.log"));
  CHECK(status == 0);
  CHECK(slurp(scratch / "out").find("worknode_ready 1\n") != std::string::npos);
  for (const char* log : {"n1.log", "n2.log", "n3.log"})
    CHECK(slurp(scratch / log).find("event=stopped") != std::string::npos);
}

TEST_CASE("daemon: a disk that is full is told, ends the node with exit 6, and loses nothing acknowledged") {
  Realm realm(1, daemon::Service::realm);
  // No file may grow beyond 60 KiB: to the node, a full disk.
  realm.start(0, {"bash", "-c", "ulimit -f 60; exec \"$@\"", "bash"});
  REQUIRE(wait_until([&] { return realm.get(0, "/readyz").first == 200; }));
  std::int64_t last = 0;
  {
    const auto client = realm.client(0, seconds(2));
    while (last < 100'000 && client->put(realm::numbered(1), last + 1)) ++last;
  }
  CHECK(realm.child(0).wait() == 6);
  CHECK(realm.log(0).find("event=store_refused") != std::string::npos);
  CHECK(slurp(realm.file("n1.out")).find("the disk or what is on it failed") != std::string::npos);
  realm.start_all();
  const auto client = realm.client(0);
  const std::int64_t found = value_of(client->get(realm::numbered(1)));
  CHECK((found == last || found == last + 1));
}

TEST_CASE("daemon: what the operator can mend is one line and exit 2") {
  Realm realm(1, daemon::Service::realm);
  const Scratch& scratch = realm.scratch();
  CHECK(scratch.worknode("node --config n1.toml --check").code == 0);
  check_refused(scratch, "node", "expected --config FILE or --new-identity FILE");
  check_refused(scratch, "node --config missing.toml", "missing.toml");
  check_refused(scratch, "node --new-identity n1.key", "exists already");
  const std::string text = slurp(realm.file("n1.toml"));
  scratch.write("bad.toml", text + "[realm2]\n");
  check_refused(scratch, "node --config bad.toml", "unknown key \"realm2\"");
  const Ran printed = scratch.worknode("node --config n1.toml --print-config");
  CHECK(printed.code == 0);
  CHECK(printed.out.find("id = 1\n") != std::string::npos);
  realm.start_all();
  check_refused(scratch, "node --config n1.toml", "n1.data");  // locked
  std::string other = text;
  other.replace(other.find("n1.data"), 7, "n2.data");
  scratch.write("other.toml", other);
  check_refused(scratch, "node --config other.toml", std::to_string(realm.port(0)));  // in use
  REQUIRE(::chmod(realm.file("n1.key").c_str(), 0644) == 0);
  check_refused(scratch, "node --config n1.toml", "chmod 600");
  REQUIRE(::chmod(realm.file("n1.key").c_str(), 0600) == 0);
  other.replace(other.find("n2.data"), 7, "no/data");
  scratch.write("other.toml", other);
  check_refused(scratch, "node --config other.toml", "no/data");
  fs::remove(realm.file("n1.key"));
  check_refused(scratch, "node --config n1.toml", "--new-identity");
}

}  // namespace
}  // namespace wn::scenarios
