// The program, run as a person runs it: exit codes, one-line errors, files that it leaves.
#include <nlohmann/json.hpp>

#include "scenarios/cli/test_program.h"

namespace {

using namespace wn::scenarios::testing;

const std::string kFast = std::string(WN_SOURCE_DIR) + "/scenarios/catalog/fast";
const std::string kLight = kFast + "/raft-light.toml";
const std::string kNegative = std::string(WN_SOURCE_DIR) + "/scenarios/catalog/negative";

// Small and quick, so that a sweep of it takes no time.
const std::string kTiny = R"(title = "tiny"
duration = "3s"
freeze = "2s"
[topology]
servers = 3
clients = 2
[[workload]]
kind = "kv"
rate = 5
)";

TEST_CASE("worknode: bad usage is one line and exit 2") {
  const Scratch scratch;
  for (const char* line : {"", "nonsense", "bench nonsense", "bench --rounds 0", "bench cluster --nonsense",
                           "--nonsense", "run", "chaos", "run a.toml --nonsense", "check x.edn", "list",
                           "list everything", "run a.toml b.toml", "merge", "replay", "shrink", "report"}) {
    check_refused(scratch, line);
  }
  check_refused(scratch, "frobnicate", "run chaos merge replay shrink check report list demo");
  for (const char* seeds :
       {"0", "9..1", "-1", "1e9", "x", "99999999999999999999", "..", "0..18446744073709551615"}) {
    check_refused(scratch, "chaos " + kLight + " --seeds " + seeds, "--seeds");
  }
  for (const char* jobs : {"-1", "0", "1025", "many", "99999999999999999999999"}) {
    check_refused(scratch, "chaos " + kLight + " --jobs " + jobs, "--jobs");
  }
  check_refused(scratch, "chaos " + kLight + " --shard 3/2", "--shard");
  check_refused(scratch, "chaos " + kLight + " --time-limit -5s", "--time-limit");
  check_refused(scratch, "run " + kLight + " --seed -1", "--seed");
  check_refused(scratch, "check --model nonsense x.edn", "--model");
  check_refused(scratch, "check --model kv --checker nonsense x.edn", "--checker");
  check_refused(scratch, "report a b -o c.html", "--output");
  check_refused(scratch, "run " + kLight + " --json /nowhere/at/all.json", "/nowhere/at/all.json");
  check_refused(scratch, "run " + kLight + " --out " + kLight, "expected a directory");
  // An unset variable of a shell is not an option left out.
  for (const char* empty : {"chaos a --seeds ''", "run a --out ''", "run ''", "run a --json ''"}) {
    check_refused(scratch, empty, "expected a value");
  }
  check_refused(scratch, "--nonsense", "no command");
  CHECK(scratch.worknode("--version").out.starts_with("worknode build "));
}

TEST_CASE("worknode: what is wrong in a plan that reads well has its line") {
  const Scratch scratch;
  const auto plan = [&](const std::string& duration, const std::string& fault) {
    return scratch.write("p.txtpb", "version: 1\nscenario: \"p\"\nduration: \"" + duration +
                                        "\"\nfreeze_at: \"1s\"\nclaims: [\"liveness\"]\n" +
                                        "nodes { id: \"n1\" role: \"server\" }\n" + fault);
  };
  const auto refused = [&](const fs::path& file, const std::string& place) {
    check_refused(scratch, "replay " + file.string(), "p.txtpb:" + place);
  };
  refused(plan("-2s", ""), "3:1: duration -2s");
  refused(plan("2s", "faults { id: 1 kind: \"kill\" at: \"-1s\" nodes: [\"n1\"] }\n"), "7:1: fault 1");
  refused(plan("2s", "faults { id: 1 kind: \"kill\" at: \"0s\" nodes: [\"n9\"] }\n"), "7:1: fault 1");
  // A word of a megabyte is not repeated whole.
  const Ran ran = scratch.worknode("replay " + scratch.write("p.txtpb", std::string(1 << 20, 'x')).string());
  CHECK(ran.code == 2);
  CHECK(ran.err.size() < 1000);
}

TEST_CASE("worknode: a disk that refuses run folders hides no violation") {
  const Scratch scratch;
  // A plain file where the scenario's folder should be made.
  fs::create_directories(scratch / "runs");
  scratch.write("runs/raft-lease-on-wall-clock", "in the way");
  const Ran ran =
      scratch.worknode("chaos " + kNegative + "/raft-lease-on-wall-clock.toml --seeds 13 --no-explain");
  INFO(ran.out << ran.err);
  CHECK(ran.code == 6);
  CHECK(ran.out.find("seed 12   linearizability: stale read") != std::string::npos);
  CHECK(ran.out.find("1 failed") != std::string::npos);
  // The disk's error comes last; a slow machine may have counted seeds before it.
  CHECK(ran.err.ends_with("Not a directory\n"));
  CHECK(ran.err.find("cannot make the folder") != std::string::npos);
}

TEST_CASE("worknode: help says how, with an example, for every command") {
  const Scratch scratch;
  CHECK(scratch.worknode("--help").code == 0);
  for (const char* command :
       {"run", "chaos", "merge", "replay", "shrink", "check", "report", "list", "demo", "bench"}) {
    const Ran ran = scratch.worknode(std::string(command) + " --help");
    CHECK(ran.code == 0);
    CHECK(ran.out.find("Example:") != std::string::npos);
    CHECK(ran.out.find("Exit codes:") != std::string::npos);
  }
}

TEST_CASE("worknode: files that are not what they should be are refused with one line") {
  const Scratch scratch;
  std::string junk;
  for (int i = 0; i < 4096; ++i) junk += static_cast<char>(i * 131 + i / 7);
  const std::string bad[] = {
      scratch.write("empty.toml", "").string(),
      scratch.write("junk.toml", junk).string(),
      scratch.write("unknown.toml", kTiny + "[nonsense]\na = 1\n").string(),
      scratch.write("type.toml", "title = \"x\"\nduration = 7.5\n").string(),
      scratch.write("negative.toml", "title = \"x\"\nduration = \"-3s\"\n").string(),
      scratch.write("syntax.toml", "title = \n").string(),
      (scratch / "missing.toml").string(),
  };
  for (const std::string& file : bad) {
    check_refused(scratch, "run " + file, file);
    check_refused(scratch, "chaos " + file + " --seeds 2", file);
  }
  const std::string plans[] = {
      scratch.write("empty.txtpb", "").string(),
      scratch.write("junk.txtpb", junk).string(),
      scratch.write("version.txtpb", "version: 999\n").string(),
      scratch.write("key.txtpb", "version: 1\nnonsense: 2\n").string(),
      (scratch / "missing.txtpb").string(),
      (scratch / "").string(),
  };
  for (const std::string& file : plans) {
    for (const char* command : {"replay ", "shrink ", "report "}) check_refused(scratch, command + file);
  }
  const std::string histories[] = {
      scratch.write("junk.jsonl", junk).string(),
      scratch.write("broken.jsonl", "{\"process\":0,\"type\":\"invoke\",\"f\":\"read\"\n").string(),
      scratch.write("junk.edn", "{:process 0, :type :invoke, :f :read, :value").string(),
      (scratch / "missing.edn").string(),
      (scratch / "").string(),
  };
  for (const std::string& file : histories) check_refused(scratch, "check --model register " + file);
  for (const char* text : {"", "{}\n", "not json\n"}) {
    check_refused(scratch, "merge " + scratch.write("bad.jsonl", text).string(), "bad.jsonl");
  }
}

TEST_CASE("worknode: a place in a file is told by line and column") {
  const Scratch scratch;
  const fs::path file = scratch.write("unknown.toml", kTiny + "nonsense = 1\n");
  const Ran ran = scratch.worknode("run " + file.string());
  CHECK(ran.code == 2);
  CHECK(ran.err.starts_with(file.string() + ":"));
}

TEST_CASE("worknode: a folder without scenarios selects nothing") {
  const Scratch scratch;
  fs::create_directory(scratch / "none");
  CHECK(scratch.worknode("chaos none --seeds 3").code == 5);
}

TEST_CASE("worknode: a run leaves a folder that verifies, and a damaged one is nondeterminism") {
  const Scratch scratch;
  const std::string tiny = scratch.write("tiny.toml", kTiny).string();
  const Ran ran = scratch.worknode("run " + tiny + " --seed 3 --json run.json");
  INFO(ran.out << ran.err);
  REQUIRE(ran.code == 0);
  const std::string json = slurp(scratch / "run.json");
  for (const char* field : {"scenario", "seed", "digest", "verdict", "claims", "simulated_seconds",
                            "wall_seconds", "events", "messages", "faults", "build_id", "config_hash"}) {
    CHECK(json.find("\"" + std::string(field) + "\"") != std::string::npos);
  }
  for (const char* file : {"plan.txtpb", "trace.bin", "digest", "history.jsonl", "verdict.json"}) {
    CHECK(fs::exists(scratch / ("runs/tiny/3/" + std::string(file))));
  }
  CHECK(fs::exists(scratch / "runs/latest/plan.txtpb"));
  const Ran verified = scratch.worknode("replay runs/tiny/3 --verify");
  INFO(verified.out << verified.err);
  CHECK(verified.code == 0);
  CHECK(scratch.worknode("replay runs/tiny/3/plan.txtpb --until 1s").code == 0);
  check_refused(scratch, "shrink runs/tiny/3", "fails");

  // The stored run of another seed is not this run: the first event that differs is named.
  REQUIRE(scratch.worknode("run " + tiny + " --seed 4").code == 0);
  for (const char* file : {"trace.bin", "digest"}) {
    fs::copy_file(scratch / ("runs/tiny/4/" + std::string(file)),
                  scratch / ("runs/tiny/3/" + std::string(file)), fs::copy_options::overwrite_existing);
  }
  const Ran differs = scratch.worknode("replay runs/tiny/3 --verify");
  INFO(differs.out << differs.err);
  CHECK(differs.code == 4);
  CHECK(differs.out.find("first difference: event ") != std::string::npos);
  CHECK(differs.out.find("expected") != std::string::npos);
  // A trace that is junk is said, and the digest still decides.
  scratch.write("runs/tiny/3/trace.bin", "junk");
  CHECK(scratch.worknode("replay runs/tiny/3 --verify").code == 4);
  scratch.write("runs/tiny/3/digest", "junk\n");
  check_refused(scratch, "replay runs/tiny/3 --verify", "digest:1:1");
}

TEST_CASE("worknode: shards merge to what one sweep gives") {
  const Scratch scratch;
  const std::string tiny = scratch.write("tiny.toml", kTiny).string();
  const std::string chaos = "chaos " + tiny + " --seeds 12 --no-folders --jobs 2 ";
  REQUIRE(scratch.worknode(chaos + "--junit j.xml --json c.json --digests d.txt --results all.jsonl").code ==
          0);
  CHECK(slurp(scratch / "j.xml").find("tests=\"12\" failures=\"0\"") != std::string::npos);
  CHECK(std::ranges::count(slurp(scratch / "d.txt"), '\n') == 12);
  const std::string json = slurp(scratch / "c.json");
  for (const char* field :
       {"seeds", "passed", "failed", "unknown", "seeds_per_core_hour", "events_per_second"}) {
    CHECK(json.find("\"" + std::string(field) + "\"") != std::string::npos);
  }
  for (const char* shard : {"1", "2", "3"}) {
    REQUIRE(scratch.worknode(chaos + "--shard " + shard + "/3 --results s" + shard + ".jsonl").code == 0);
  }
  REQUIRE(scratch.worknode("merge s1.jsonl s2.jsonl s3.jsonl --json m1.json").code == 0);
  REQUIRE(scratch.worknode("merge s3.jsonl s1.jsonl s2.jsonl --json m2.json").code == 0);
  CHECK(slurp(scratch / "m1.json") == slurp(scratch / "m2.json"));
  CHECK(slurp(scratch / "m1.json").find("\"seeds\": 12") != std::string::npos);
}

TEST_CASE("worknode: a planted bug is found, told, left in a folder, shrunk and replayed") {
  const Scratch scratch;
  const std::string file = kNegative + "/raft-ack-before-sync.toml";
  if (!fs::exists(file)) SKIP("scenarios/catalog/negative/raft-ack-before-sync.toml is not there");
  const Ran found =
      scratch.worknode("chaos " + file + " --seeds 1000 --fail-fast --json c.json --shrink-limit 20s");
  INFO(found.out << found.err);
  REQUIRE(found.code == 1);
  CHECK(found.out.find("FAIL  ") != std::string::npos);
  CHECK(found.out.find("replay:  worknode replay ") != std::string::npos);
  CHECK(found.out.find("  why, by ") != std::string::npos);
  CHECK(slurp(scratch / "runs/latest/shrunk.html").find("\"explanation\":{") != std::string::npos);
  const std::string plan = "runs/latest/shrunk.txtpb";
  REQUIRE(fs::exists(scratch / plan));
  CHECK(fs::exists(scratch / "runs/latest/report.html"));
  CHECK(scratch.worknode("replay " + plan + " --verify --no-explain").code == 1);
  // GitHub gets an annotation.
  const Ran again = scratch.worknode("run " + file + " --seed 0 --json - --no-explain");
  CHECK((again.code == 0 || again.code == 1));
  CHECK(again.out.starts_with("{"));
}

TEST_CASE("worknode: output that cannot be written is an error of our own, not a silent loss") {
  const Scratch scratch;
  if (fs::exists("/dev/full")) {
    const Ran full = scratch.worknode("list checkers", ">/dev/full");
    CHECK(full.code == 6);
    CHECK(std::ranges::count(full.err, '\n') == 1);
    const std::string tiny = scratch.write("tiny.toml", kTiny).string();
    CHECK(scratch.worknode("run " + tiny + " --json /dev/full").code == 6);
  }
  CHECK(scratch.worknode("list checkers", ">&-").code == 6);
}

TEST_CASE("worknode: a benchmark runs the same seeds in each round, and says so when one fails") {
  const Scratch scratch;
  const Ran ran = scratch.worknode("bench " + kLight + " --rounds 3 --time 1ms --json -");
  REQUIRE(ran.code == 0);
  const auto bench = nlohmann::json::parse(ran.out).at("benches").at(0);
  CHECK(bench.at("name") == "raft-light");
  CHECK(bench.at("seeds") >= 1);
  CHECK(bench.at("failed") == 0);
  const auto& rate = bench.at("events_per_core_second");
  CHECK(rate.at("least").get<double>() > 0);
  CHECK(rate.at("least") <= rate.at("median"));
  CHECK(rate.at("median") <= rate.at("greatest"));
  const Ran failing =
      scratch.worknode("bench " + kNegative + "/raft-ack-before-sync.toml --rounds 1 --time 1ms");
  CHECK(failing.code == 1);
  CHECK(failing.out.find("1 FAILED") != std::string::npos);
}

TEST_CASE("worknode: what there is can be listed") {
  const Scratch scratch;
  for (const char* what :
       {"faults", "workloads", "checkers", "models", "consistencies", "scenarios", "limits"}) {
    const Ran ran = scratch.worknode("list " + std::string(what) + " --json -");
    INFO(what << ran.err);
    CHECK(ran.code == 0);
    CHECK(ran.out.starts_with("{"));
  }
}

}  // namespace
