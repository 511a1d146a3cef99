// The commands that look for failures and explain them, as they are typed: exit codes, JSON, files.
#include <nlohmann/json.hpp>

#include "scenarios/cli/test_program.h"

namespace {

using namespace wn::scenarios::testing;
using Json = nlohmann::json;

const std::string kLight = std::string(WN_SOURCE_DIR) + "/scenarios/catalog/fast/raft-light.toml";
const std::string kDeaf = std::string(WN_SOURCE_DIR) + "/scenarios/catalog/negative/raft-no-pre-vote.toml";

// The first failing run folder of the scenario's first seeds.
std::string failing_run(const Scratch& scratch, const std::string& scenario) {
  for (int seed = 0; seed < 12; ++seed) {
    const Ran ran = scratch.worknode("run " + scenario + " --seed " + std::to_string(seed) + " --out runs");
    if (ran.code == 1) return "runs/" + fs::path(scenario).stem().string() + "/" + std::to_string(seed);
  }
  FAIL("no seed of " << scenario << " fails");
  return {};
}

TEST_CASE(
    "worknode branch: futures of a sound run pass, those of a doomed one fail, and the failing ones are "
    "plans") {
  const Scratch scratch;
  REQUIRE(scratch.worknode("run " + kLight + " --seed 3 --out runs").code == 0);
  const Ran sound = scratch.worknode("branch runs/raft-light/3 --at 2s --futures 3 --json sound.json");
  INFO(sound.out << sound.err);
  CHECK(sound.code == 0);
  CHECK_NOTHROW(Json::parse(slurp(scratch / "sound.json")));

  const std::string doomed = failing_run(scratch, kDeaf);
  const Ran ran =
      scratch.worknode("branch " + doomed + " --at-event 100 --futures 4 --keep 1 --out futures --json -");
  INFO(ran.out << ran.err);
  REQUIRE(ran.code == 1);
  fs::path plan;
  for (const auto& entry : fs::recursive_directory_iterator(scratch / "futures"))
    if (entry.path().extension() == ".txtpb") plan = entry.path();
  REQUIRE(!plan.empty());
  CHECK(slurp(plan).find("branches {") != std::string::npos);
  CHECK(scratch.worknode("replay " + plan.string() + " --no-explain").code == 1);
}

TEST_CASE("worknode branch: where to stop is asked for once, and a moment behind the end is refused") {
  const Scratch scratch;
  check_refused(scratch, "branch " + kLight, "--at");
  check_refused(scratch, "branch " + kLight + " --at 1s --at-event 5", "--at");
  check_refused(scratch, "branch " + kLight + " --at 1s --futures 0", "--futures");
  check_refused(scratch, "branch missing.txtpb --at 1s", "missing.txtpb");
  CHECK(scratch.worknode("branch " + kLight + " --at 9999s --futures 2").code == 2);
}

TEST_CASE("worknode explain: the one fault that matters comes first") {
  const Scratch scratch;
  const std::string doomed = failing_run(scratch, kDeaf);
  const Ran ran =
      scratch.worknode("explain " + doomed + " --futures 6 --points 5 --json why.json --html why.html");
  INFO(ran.out << ran.err);
  REQUIRE(ran.code == 1);
  CHECK(ran.out.find("for ever") != std::string::npos);
  CHECK_NOTHROW(Json::parse(slurp(scratch / "why.json")));
  CHECK(slurp(scratch / "why.html").find("</html>") != std::string::npos);
}

TEST_CASE("worknode exhaust: all states hold, and a planted bug has a shortest way to it") {
  const Scratch scratch;
  const Ran sound = scratch.worknode("exhaust raft --commands 1 --crashes 0 --json -");
  INFO(sound.out << sound.err);
  CHECK(sound.code == 0);
  CHECK(Json::parse(sound.out).is_object());
  const Ran wrong =
      scratch.worknode("exhaust raft --commands 1 --crashes 1 --defect vote-not-persisted --script vote.txt");
  INFO(wrong.out << wrong.err);
  CHECK(wrong.code == 1);
  CHECK(!slurp(scratch / "vote.txt").empty());
  CHECK(scratch.worknode("exhaust raft --states 100").code == 3);
  check_refused(scratch, "exhaust nonsense", "nonsense");
}

TEST_CASE("worknode replay --prompt: a script walks a run forwards and backwards") {
  const Scratch scratch;
  REQUIRE(scratch.worknode("run " + kLight + " --seed 3 --out runs").code == 0);
  const fs::path script =
      scratch.write("walk", "where\nnode 1\nstep 3\nback 2\nclock 1\nuntil raft_state.role == 3\nquit\n");
  const std::string out = (scratch / "walked").string();
  const int status = std::system(("cd " + (scratch / ".").string() +
                                  " && " WN_PROGRAM " replay runs/raft-light/3 --until 1s --prompt <" +
                                  script.string() + " >" + out + " 2>&1")
                                     .c_str());
  INFO(slurp(out));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(slurp(out).find("raft") != std::string::npos);
}

TEST_CASE("worknode export: a run in the forms of other tools") {
  const Scratch scratch;
  REQUIRE(scratch.worknode("run " + kLight + " --seed 3 --out runs").code == 0);
  for (const char* form : {"perfetto", "edn", "jsonl"}) {
    INFO(form);
    const Ran ran = scratch.worknode("export runs/raft-light/3 --to " + std::string(form) + " -o " + form);
    INFO(ran.out << ran.err);
    CHECK(ran.code == 0);
    CHECK(slurp(scratch / form).size() > 1000);
  }
  check_refused(scratch, "export runs/raft-light/3 --to nonsense", "nonsense");
}

TEST_CASE("worknode chaos --strategy: the same plans whatever the jobs, and a failure's plan replays") {
  const Scratch scratch;
  const std::string sweep = "chaos " + kDeaf + " --seeds 12 --strategy portfolio --no-shrink ";
  const Ran one = scratch.worknode(sweep + "--jobs 1 --digests one");
  const Ran two = scratch.worknode(sweep + "--jobs 2 --digests two");
  INFO(one.out << one.err << two.out << two.err);
  CHECK(one.code == 1);
  CHECK(two.code == 1);
  CHECK(!slurp(scratch / "one").empty());
  std::istringstream left(slurp(scratch / "one")), right(slurp(scratch / "two"));
  std::vector<std::string> a, b;
  for (std::string line; std::getline(left, line);) a.push_back(line);
  for (std::string line; std::getline(right, line);) b.push_back(line);
  std::ranges::sort(a);
  std::ranges::sort(b);
  CHECK(a == b);
  fs::path folder;
  for (const auto& entry : fs::directory_iterator(scratch / "runs" / "raft-no-pre-vote"))
    if (entry.path().filename().string().starts_with("portfolio-")) folder = entry.path();
  REQUIRE(!folder.empty());
  CHECK(scratch.worknode("replay " + folder.string() + " --verify --no-explain").code == 1);
  check_refused(scratch, "chaos " + kDeaf + " --strategy nonsense", "nonsense");
  check_refused(scratch, "chaos " + kDeaf + " --stop-early perhaps", "--stop-early");
}

}  // namespace
