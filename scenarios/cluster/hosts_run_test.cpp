// `worknode cluster run --hosts FILE`, as an operator types it: the product's daemons under their
// configurations, and a stand-in for ssh that carries its words out on this machine. What nft would be told
// is kept, not done. Ctrl-C and kill -9 leave nothing that the run or the next one does not remove.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "scenarios/cluster/site.h"
#include "scenarios/cluster/spawn.h"

namespace wn::cluster {
namespace {

namespace fs = std::filesystem;

const std::string kScenario = std::string(WN_SOURCE_DIR) + "/scenarios/catalog/real/cluster-3.toml";

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// Three machines that are this one.
class Machines {
 public:
  Machines() {
    fs::create_directories(path_ / "bin");
    // The last word is the line for the shell over there.
    std::ofstream(path_ / "bin/ssh")
        << "#!/bin/sh\nfor line do :; done\ncase \"$line\" in\n*nft*) echo \"$line\" >>'"
        << nft_log().string() << "' ;;\n*) exec /bin/sh -c \"$line\" ;;\nesac\n";
    REQUIRE(::chmod((path_ / "bin/ssh").c_str(), 0755) == 0);
    const char* path = std::getenv("PATH");
    before_ = path == nullptr ? "/usr/bin:/bin" : path;
    ::setenv("PATH", ((path_ / "bin").string() + ":" + before_).c_str(), 1);
    ::setenv("XDG_RUNTIME_DIR", path_.c_str(), 1);
    const auto ports = free_ports(3);
    REQUIRE(ports.has_value());
    std::ofstream hosts(path_ / "hosts.toml");
    for (std::size_t n = 0; n < 3; ++n) hosts << entry(static_cast<int>(n) + 1, (*ports)[n]);
  }
  ~Machines() {
    for (const int n : {1, 2, 3}) {
      if (alive(n)) ::kill(pid(n), SIGKILL);
    }
    ::setenv("PATH", before_.c_str(), 1);
    fs::remove_all(path_);
  }
  fs::path path() const { return path_; }
  fs::path nft_log() const { return path_ / "nft.log"; }
  pid_t pid(int node) const { return static_cast<pid_t>(std::atoi(text_of(folder(node) / "pid").c_str())); }
  // Nobody's children here: one that has ended may stay a zombie for ever.
  bool alive(int node) const {
    const std::string told = text_of("/proc/" + std::to_string(pid(node)) + "/stat");
    const std::size_t name = told.rfind(") ");
    return pid(node) > 0 && name != told.npos && told[name + 2] != 'Z';
  }
  bool all_ended() const { return !alive(1) && !alive(2) && !alive(3); }

  Result<pid_t> run(const std::vector<std::string>& more = {}) const {
    Command command{WN_WORKNODE, "cluster", "run",    kScenario, "--hosts",    "hosts.toml",
                    "--out",     "runs",    "--seed", "1",       "--duration", "4s"};
    command.insert(command.end(), more.begin(), more.end());
    return spawn(command, {.space = {}, .log = path_ / "out", .folder = path_});
  }

 private:
  fs::path folder(int node) const { return path_ / "runs/hosts" / ("n" + std::to_string(node)); }
  std::string entry(int node, int port) const {
    const std::string in = "cd " + folder(node).string() + " && ";
    const auto shell = [&](const std::string& line) {
      return "[\"/bin/sh\", \"-c\", \"" + in + line + "\"]\n";
    };
    const auto signal = [&](const std::string& which) { return shell("kill -" + which + " $(cat pid)"); };
    return "[[host]]\nnode = \"n" + std::to_string(node) + "\"\nssh = \"tester@n" + std::to_string(node) +
           "\"\naddress = \"127.0.0.1:" + std::to_string(port) + "\"\nstart = " +
           shell("mkdir -p data && { " WN_WORKNODE
                 " node --config config.toml >>log 2>&1 </dev/null & } && echo $! >pid") +
           "kill = " + signal("KILL") + "pause = " + signal("STOP") + "go_on = " + signal("CONT") +
           "wipe = " + shell("rm -rf data") + "stop = " + signal("TERM");
  }

  fs::path path_ = fs::temp_directory_path() / ("wn-hosts-test-" + std::to_string(::getpid()));
  std::string before_;
};

template <class Holds>
bool wait_until(Holds holds) {
  for (int i = 0; i < 3000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

bool scratch_left(const fs::path& runs) {
  return std::ranges::any_of(fs::directory_iterator(runs), [](const fs::directory_entry& entry) {
    return entry.path().filename().string().starts_with(".wn-");
  });
}

TEST_CASE("servers on other machines serve a whole run; Ctrl-C and kill -9 leave nothing for good") {
  const Machines machines;
  const auto dry = machines.run({"--dry-run"});
  REQUIRE(dry.has_value());
  REQUIRE(wait_or_kill(*dry, seconds(30)).code == 0);
  REQUIRE(fs::exists(machines.path() / "runs/hosts/n3/config.toml"));

  // Killed in the middle: its servers, on other machines, go on.
  const auto killed = machines.run();
  REQUIRE(killed.has_value());
  REQUIRE(wait_until([&] { return machines.alive(1) && machines.alive(2) && machines.alive(3); }));
  ::kill(*killed, SIGKILL);
  (void)wait_or_kill(*killed, seconds(10));
  CHECK(machines.alive(2));

  // The next one takes their place and is ended by Ctrl-C.
  const pid_t old = machines.pid(2);
  const auto interrupted = machines.run();
  REQUIRE(interrupted.has_value());
  REQUIRE(wait_until([&] { return machines.pid(2) != old && machines.alive(2) && machines.alive(3); }));
  ::kill(*interrupted, SIGINT);
  const Exit exit = wait_or_kill(*interrupted, seconds(30));
  CHECK_FALSE(exit.killed);
  CHECK(exit.code != 0);
  CHECK(wait_until([&] { return machines.all_ended(); }));
  CHECK_FALSE(scratch_left(machines.path() / "runs"));

  fs::remove(machines.nft_log());
  const auto whole = machines.run();
  REQUIRE(whole.has_value());
  const Exit end = wait_or_kill(*whole, seconds(60));
  INFO(text_of(machines.path() / "out"));
  CHECK((end.code == 0 || end.code == 3));  // a busy machine decides nothing
  const fs::path folder = machines.path() / "runs/cluster-3/1";
  CHECK(text_of(folder / "history.jsonl").find("\"ok\"") != std::string::npos);
  CHECK(fs::exists(folder / "real.json"));
  CHECK(wait_until([&] { return machines.all_ended(); }));
  CHECK_FALSE(scratch_left(machines.path() / "runs"));
  const std::string told = text_of(machines.nft_log());
  std::size_t tables = 0;
  for (std::size_t at = told.find("'delete' 'table'"); at != told.npos;
       at = told.find("'delete' 'table'", at + 1))
    ++tables;
  CHECK(tables == 6);  // of each machine: an old one, and ours at the end
}

}  // namespace
}  // namespace wn::cluster
