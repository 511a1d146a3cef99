// What is left on the machine: files that outlive a kill, and lists of what to remove.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <fstream>

#include "scenarios/cluster/registry.h"
#include "scenarios/cluster/trace_buffer.h"

namespace wn::cluster {
namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / ("wn-cluster-test-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

TEST_CASE("events written before a kill are read after it, and the next process goes on behind them") {
  const Folder folder;
  const fs::path file = folder.path / "trace";
  REQUIRE(TraceBuffer::make(file, 1000));
  const pid_t child = ::fork();
  if (child == 0) {
    auto buffer = TraceBuffer::open(file);
    const TrueClock clock(0);
    TraceProbe probe(*buffer, NodeId{3}, clock);
    for (std::uint64_t i = 0; i < 100; ++i) probe.emit(TraceKind::raft_commit, {i});
    probe.sometimes("a claim");
    probe.sometimes("a claim");
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  {
    auto buffer = TraceBuffer::open(file);
    REQUIRE(buffer.has_value());
    const TrueClock clock(0);
    TraceProbe probe(*buffer, NodeId{3}, clock);
    probe.emit(TraceKind::raft_commit, {100});
  }
  const auto content = read_trace_buffer(file);
  REQUIRE(content.has_value());
  REQUIRE(content->events.size() == 102);
  for (std::uint64_t i = 0; i < 100; ++i) CHECK(content->events[i].field[0] == i);
  CHECK(content->events[100].kind == TraceKind::sometimes);
  CHECK(content->events[101].node == NodeId{3});
  CHECK(content->claims.find("a claim") != nullptr);
  CHECK(*content->claims.find("a claim") == 2);
  CHECK(content->lost == 0);
}

TEST_CASE("a full trace counts what it loses") {
  const Folder folder;
  const fs::path file = folder.path / "trace";
  REQUIRE(TraceBuffer::make(file, 5));
  auto buffer = TraceBuffer::open(file);
  REQUIRE(buffer.has_value());
  for (int i = 0; i < 9; ++i) buffer->append({});
  const auto content = read_trace_buffer(file);
  REQUIRE(content.has_value());
  CHECK(content->events.size() == 5);
  CHECK(content->lost == 4);
}

TEST_CASE("a file that is no trace is refused") {
  const Folder folder;
  const fs::path file = folder.path / "trace";
  CHECK(read_trace_buffer(file).error().code != Errc::ok);
  std::ofstream(file) << std::string(100'000, 'x');
  CHECK_FALSE(read_trace_buffer(file).has_value());
  CHECK_FALSE(TraceBuffer::open(file).has_value());
}

TEST_CASE("a run that lives keeps its list; a dead one's is cleared away") {
  const Folder folder;
  CommandLog log;
  auto mine = Registry::open(folder.path, "wn-mine");
  REQUIRE(mine.has_value());
  REQUIRE(mine->note("space", "wn-mine-hub"));
  {
    auto dead = Registry::open(folder.path, "wn-dead");
    REQUIRE(dead.has_value());
    fs::create_directories(folder.path / "wn-dead");
    REQUIRE(dead->note("folder", (folder.path / "wn-dead").string()));
    fs::create_directories(folder.path / "runs" / ".wn-dead");
    REQUIRE(dead->note("scratch", (folder.path / "runs" / ".wn-dead").string()));
    REQUIRE(dead->note("scratch", (folder.path / "runs").string()));
    REQUIRE(dead->note("folder", "/usr"));
    REQUIRE(dead->note("space", "somebody-elses"));
    REQUIRE(dead->note("space", "wn-dead-never-made"));
  }
  const auto leftovers = remove_leftovers(folder.path, log);
  REQUIRE(leftovers.size() == 1);
  CHECK(leftovers[0].run == "wn-dead");
  CHECK(leftovers[0].spaces == std::vector<std::string>{"wn-dead-never-made"});
  CHECK(leftovers[0].folders.size() == 2);
  CHECK(fs::exists(folder.path / "runs"));
  CHECK_FALSE(fs::exists(folder.path / "runs" / ".wn-dead"));
  CHECK_FALSE(fs::exists(folder.path / "wn-dead"));
  CHECK_FALSE(fs::exists(folder.path / "wn-dead.cluster"));
  CHECK(fs::exists(folder.path / "wn-mine.cluster"));
  mine->forget();
  CHECK_FALSE(fs::exists(folder.path / "wn-mine.cluster"));
}

TEST_CASE("a command's words reach it as they are, and its log says what came of it") {
  const Folder folder;
  CommandLog log(folder.path / "commands.log");
  const auto result = run_command({"printf", "%s|", "a b", "$HOME", "'"}, log);
  REQUIRE(result.has_value());
  CHECK(result->output == "a b|$HOME|'|");
  CHECK(result->exit_code == 0);
  CHECK(must_run({"false"}, log).error().code == Errc::io_error);
  CHECK(must_run({"no-such-program-of-ours"}, log).error().code == Errc::not_found);
  CHECK(run_command({"sleep", "20"}, log, milliseconds(50)).error().code == Errc::timed_out);
  CHECK(run_command({"cat"}, log, seconds(5), "words in").value().output == "words in");
  std::ifstream in(folder.path / "commands.log");
  std::string first;
  std::getline(in, first);
  CHECK(first.ends_with("# 0 a b|$HOME|'|"));
}

}  // namespace
}  // namespace wn::cluster
