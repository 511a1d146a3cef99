// What travels between a runner and its programs, and to other machines.
#include "scenarios/cluster/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>

#include "runtime/base/random.h"
#include "scenarios/cluster/hosts.h"
#include "scenarios/cluster/hurt_program.h"
#include "scenarios/cluster/told.h"
#include "scenarios/runner/scenario.h"

namespace wn::cluster {
namespace {

namespace fs = std::filesystem;

faults::Plan some_plan(std::uint64_t seed) {
  const auto scenario =
      scenarios::load_scenario(std::string(WN_SOURCE_DIR) + "/scenarios/catalog/fast/raft-swarm.toml");
  REQUIRE(scenario.has_value());
  return scenarios::make_plan(*scenario, seed);
}

struct Folder {
  fs::path path = fs::temp_directory_path() / ("wn-control-test-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

TEST_CASE("a fault that is told arrives as it was sent, but for its label") {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    for (faults::Fault fault : some_plan(seed).faults) {
      REQUIRE(send_control(ends[0], {.kind = ControlKind::begin_fault, .fault = fault, .text = "x"}));
      const auto got = receive_control(ends[1]);
      REQUIRE(got.has_value());
      fault.label.clear();
      CHECK(got->fault == fault);
      CHECK(got->kind == ControlKind::begin_fault);
      CHECK(got->text == "x");
    }
  }
  CHECK(receive_control(ends[1]).error().code == Errc::timed_out);
  ::close(ends[0]);
  CHECK(receive_control(ends[1]).error().code == Errc::cancelled);
  ::close(ends[1]);
}

TEST_CASE("faults in force travel by a file") {
  const Folder folder;
  std::vector<faults::Fault> faults = some_plan(3).faults;
  REQUIRE_FALSE(faults.empty());
  REQUIRE(write_faults(folder.path / "faults", faults));
  for (faults::Fault& fault : faults) fault.label.clear();
  const auto read = read_faults(folder.path / "faults");
  REQUIRE(read.has_value());
  CHECK(*read == faults);
  fs::resize_file(folder.path / "faults", fs::file_size(folder.path / "faults") - 1);
  CHECK_FALSE(read_faults(folder.path / "faults").has_value());
}

TEST_CASE("altered messages are read as messages or refused, and nothing else happens") {
  const faults::Plan plan = some_plan(1);
  REQUIRE_FALSE(plan.faults.empty());
  std::uint64_t refused = 0;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    Draw draw = Random(7).at("test.control", i);
    const faults::Fault& fault = plan.faults[draw.below(plan.faults.size())];
    std::vector<std::uint8_t> bytes = encode({.kind = ControlKind::end_fault, .fault = fault, .text = ""});
    const std::uint64_t changes = 1 + draw.below(4);
    for (std::uint64_t k = 0; k < changes; ++k) {
      const std::uint64_t at = draw.below(bytes.size());
      bytes[at] = static_cast<std::uint8_t>(draw.below(256));
    }
    const std::uint64_t length = draw.below(bytes.size() + 1);
    if (draw.below(2) == 0) bytes.resize(length);
    refused += decode_control(bytes).has_value() ? 0 : 1;
  }
  CHECK(refused > 0);
}

TEST_CASE("each arrival gets the number and type of the oldest message of its bytes") {
  const auto event = [](std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field) {
    return TraceEvent{.at = {}, .node = NodeId{node}, .kind = kind, .reserved = 0, .field = field};
  };
  // The sender was restarted between the first two and the third: it counts from 1 again.
  std::vector<TraceEvent> trace{event(1, TraceKind::message_sent, {2, 1, 10, 77, 5}),
                                event(1, TraceKind::message_sent, {2, 2, 10, 77, 6}),
                                event(1, TraceKind::message_sent, {2, 1, 10, 88, 7}),
                                event(2, TraceKind::message_delivered, {1, 0, 10, 88, 0}),
                                event(2, TraceKind::message_delivered, {1, 0, 10, 77, 0}),
                                event(3, TraceKind::message_delivered, {1, 0, 10, 77, 0})};
  match_messages(trace);
  CHECK(trace[2].field[1] == 3);
  CHECK(trace[3].field == std::array<std::uint64_t, 5>{1, 3, 10, 88, 7});
  CHECK(trace[4].field == std::array<std::uint64_t, 5>{1, 1, 10, 77, 5});
  CHECK(trace[5].field[1] == 0);
}

constexpr std::string_view kHosts = R"([[host]]
node = "n1"
ssh = "tester@alpha"
address = "127.0.0.1:7411"
start = ["touch", "started"]
kill = ["touch", "it's killed"]
pause = ["false"]
go_on = ["true"]
)";

TEST_CASE("a file of hosts is read, and what is wrong in it is told with its line") {
  const auto hosts = parse_hosts(kHosts, "hosts.toml");
  REQUIRE(hosts.has_value());
  REQUIRE(hosts->size() == 1);
  CHECK(hosts->front().ssh == "tester@alpha");
  CHECK(hosts->front().wipe.empty());
  const auto twice = parse_hosts(std::string(kHosts) + std::string(kHosts), "hosts.toml");
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().at.line == 9);
  std::string dash(kHosts);
  dash.replace(dash.find("tester"), 6, "-oProxy");
  CHECK_FALSE(parse_hosts(dash, "hosts.toml").has_value());
  CHECK_FALSE(parse_hosts("", "hosts.toml").has_value());
  CHECK_FALSE(parse_hosts("host = 1", "hosts.toml").has_value());
}

TEST_CASE("commands reach other machines by ssh as the words that they are") {
  const Folder folder;
  // An ssh that runs its last word by a shell, here.
  const fs::path fake = folder.path / "ssh";
  std::ofstream(fake) << "#!/bin/sh\nfor last; do :; done\necho \"$@\" >> " << folder.path.string()
                      << "/asked\ncd " << folder.path.string() << " && exec sh -c \"$last\"\n";
  ::chmod(fake.c_str(), 0755);
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", (folder.path.string() + ":" + before).c_str(), 1);
  const auto hosts = parse_hosts(kHosts, "hosts.toml");
  REQUIRE(hosts.has_value());
  const faults::Plan plan = some_plan(1);
  CommandLog log;
  {
    RemoteHands hands({.plan = plan, .hosts = *hosts, .driver = -1, .log = &log});
    const std::array nodes{NodeId{1}};
    CHECK(hands.start(NodeId{1}, {}).has_value());
    CHECK(hands.crash(nodes, CrashCause::kill).has_value());
    CHECK(hands.pause(NodeId{1}).error().code == Errc::io_error);
    CHECK(hands.go_on(NodeId{1}).has_value());
    CHECK(hands.crash(nodes, CrashCause::wipe).error().code == Errc::unsupported);
    CHECK(hands.start(NodeId{2}, {}).error().code == Errc::not_found);
  }
  ::setenv("PATH", before.c_str(), 1);
  CHECK(fs::exists(folder.path / "started"));
  CHECK(fs::exists(folder.path / "it's killed"));
  std::ifstream in(folder.path / "asked");
  std::string first;
  std::getline(in, first);
  CHECK(first == "-o BatchMode=yes -o ConnectTimeout=10 -- tester@alpha 'touch' 'started'");
}

}  // namespace
}  // namespace wn::cluster
