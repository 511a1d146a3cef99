// worknode replay --against-model, as a person runs it: of a run of the simulator, of one that a folder calls
// real, and of a trace that the plan's network could not have brought about.
#include "scenarios/cli/test_program.h"

namespace {

using namespace wn::scenarios::testing;

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

TEST_CASE("worknode: a simulated run held against the model keeps all rules and comes back to its end") {
  const Scratch scratch;
  const std::string run = "run " + scratch.write("tiny.toml", kTiny).string() + " --seed 1";
  REQUIRE(scratch.worknode(run).code == 0);
  const Ran kept = scratch.worknode("replay runs/latest --against-model --json m.json");
  INFO(kept.out << kept.err);
  CHECK(kept.code == 0);
  CHECK(kept.out.find("of the simulator") != std::string::npos);
  CHECK(kept.out.find("nothing that the model could not have done") != std::string::npos);
  CHECK(kept.out.find("the model does the same, to the end") != std::string::npos);
  const std::string json = slurp(scratch / "m.json");
  CHECK(json.find("\"impossible\": null") != std::string::npos);
  CHECK(json.find("\"too-fast\"") != std::string::npos);

  // The same trace under a plan whose least latency is longer: the first message that was faster is named.
  const fs::path folder = fs::canonical(scratch / "runs/latest");
  std::string plan = slurp(folder / "plan.txtpb");
  const std::string least = "latency_min: \"200us\"";
  const std::size_t at = plan.find(least);
  REQUIRE(at != std::string::npos);
  plan.replace(at, least.size(), "latency_min: \"450us\"");
  std::ofstream(folder / "plan.txtpb", std::ios::binary) << plan;
  const Ran broken = scratch.worknode("replay " + folder.string() + " --against-model");
  INFO(broken.out << broken.err);
  CHECK(broken.code == 1);
  CHECK(broken.out.find("the model could not have done this") != std::string::npos);
  CHECK(broken.out.find("(too-fast)") != std::string::npos);

  // A folder of a real run is held against the model without being asked for.
  std::ofstream(folder / "real.json") << "{}\n";
  const Ran real = scratch.worknode("replay " + folder.string());
  INFO(real.out << real.err);
  CHECK(real.code == 1);
  CHECK(real.out.find("on real machines") != std::string::npos);
}

TEST_CASE("worknode: without a trace there is nothing to hold against the model") {
  const Scratch scratch;
  const std::string run = "run " + scratch.write("tiny.toml", kTiny).string() + " --seed 1 --no-trace";
  REQUIRE(scratch.worknode(run).code == 0);
  check_refused(scratch, "replay runs/latest --against-model", "no trace.bin");
}

}  // namespace
