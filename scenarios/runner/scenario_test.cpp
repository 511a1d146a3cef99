#include "scenarios/runner/scenario.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"
#include "scenarios/runner/scenario_spec.h"

namespace wn::scenarios {
namespace {

const std::string kGood = R"(title = "a test"
duration = "20s"
freeze = "5s"
[topology]
servers = 3
[swarm]
kinds = ["partition", "kill"]
[[workload]]
kind = "cas-register"
rate = 2.5
)";

std::string error_of(const std::string& text) {
  const Result<Scenario> scenario = parse_scenario(text, "x.toml");
  return scenario ? "" : scenario.error().to_string();
}

void complains(const std::string& text, const std::string& start) {
  INFO(text);
  const std::string error = error_of(text);
  INFO(error);
  CHECK(error.starts_with("x.toml:" + start));
}

TEST_CASE("scenario: a good file reads, and what it leaves out has defaults") {
  const Result<Scenario> s = parse_scenario(kGood, "x.toml");
  INFO(error_of(kGood));
  REQUIRE(s.has_value());
  CHECK(s->title == "a test");
  CHECK(s->config_hash.size() == 16);
  CHECK(s->spec->topology.servers == 3);
  CHECK(s->spec->topology.clients == 5);
  CHECK(s->spec->model.crashed_max == 1);
  CHECK(s->spec->workloads.at(0).rate_millihertz == 2500);
  CHECK(s->spec->model_name == "cas-register");
  CHECK(s->spec->swarm.choices.size() == 2);
}

TEST_CASE("scenario: what is wrong is told with line, column, a caret and what was expected") {
  CHECK(error_of("duration = \"20s\"\nfreeze = \"-5s\"\n") ==
        "x.toml:2:10: \"freeze\" = -5s; expected a duration from 0s to 86400s\n"
        "  2 | freeze = \"-5s\"\n"
        "    |          ^");
  complains("duratoin = \"20s\"", "1:1: unknown key \"duratoin\"; did you mean \"duration\"?");
  complains("[topology]\nservers = \"five\"",
            "2:11: \"servers\": expected a whole number from 1 to 200, found text");
  complains("[topology]\nservers = 0", "2:11: \"servers\" = 0; expected a whole number from 1 to 200");
  complains("[topology]\nservers = 5.0", "2:11: \"servers\": expected a whole number");
  complains("topology = 5", "1:12: \"topology\": expected a table, found a whole number");
  complains("[topology]\nspears = 1", "2:1: unknown key \"spears\" in [topology]; did you mean \"spares\"?");
  complains("duration = 20", "1:12: \"duration\": expected a duration in quotes");
  complains("duration = \"20 s\"", "1:12: \"duration\": \"20 s\" is not a duration");
  complains("[swarm]\nkinds = [\"partition\", \"kil\"]",
            "2:23: unknown nemesis \"kil\"; did you mean \"kill\"?");
  complains("[swarm]\nkinds = [\"wipe\"]", "2:10: \"wipe\" can never happen here");
  complains("[[faults]]\nkind = \"pauze\"", "2:8: unknown nemesis \"pauze\"; did you mean \"pause\"?");
  complains("[[faults]]\nkind = \"pause\"\nweight = 1.5",
            "3:10: \"weight\" is out of range; expected a chance, 0 to 1");
  complains("[[workload]]\nkind = \"kvv\"", "2:8: unknown workload \"kvv\"; did you mean \"kv\"?");
  complains("[[workload]]\nmix = { gett = 1 }", "2:16: unknown operation \"gett\"; did you mean \"get\"?");
  complains("[[workload]]\nmix = { get = 0 }", "2:7: a mix needs an operation");
  complains("[workload]\nkind = \"kv\"", "1:1: \"workload\": expected tables, each headed [[workload]]");
  complains("claims = [\"liveliness\"]", "1:11: unknown claim \"liveliness\"; did you mean \"liveness\"?");
  complains("claims = []", "1:10: a scenario without claims cannot fail");
  complains("model = \"queue\"", "1:9: unknown model");
  complains("model = \"register\"",
            "1:9: the claim \"linearizability\" with the model \"register\" cannot judge");
  complains("[system]\ndefect = \"no-prevote\"",
            "2:10: unknown defect \"no-prevote\"; did you mean \"no-pre-vote\"?");
  complains("[system]\nelection_timeout_min = \"1s\"",
            "2:24: election_timeout_min and election_timeout_max go together");
  complains("[clock]\ninitial_skew_max = \"1s\"", "2:20: initial_skew_max is above wall_skew_max");
  complains("a = [", "1:");
  complains("title = \"x\"\ntitle = \"y\"", "2:");
}

TEST_CASE("scenario: empty files, junk and giants get one clear line") {
  complains("", "1:1: the file is empty");
  complains(" \n \n", "1:1: the file is empty");
  complains(std::string("title = \"\0\"", 11), "1:10: binary junk");
  complains("\x7f\x45LF\x02\x01\x01", "1:1: binary junk");
  complains("\xff\xfe title", "1:1:");
  const Result<Scenario> giant = parse_scenario(std::string(kScenarioBytesMax + 1, '#'), "x.toml");
  REQUIRE(!giant.has_value());
  CHECK(giant.error().code == Errc::too_large);
  CHECK(load_scenario("/nonexistent/x.toml").error().code == Errc::not_found);
  CHECK(load_scenario(WN_ROOM_DIR).error().code == Errc::bad_input);
}

TEST_CASE("scenario: damaged files never crash the reader") {
  const Random random(3);
  for (std::uint64_t i = 0; i < 3000; ++i) {
    Draw d = random.at("test.damage", 0, i);
    std::string text = kGood;
    for (std::uint64_t n = 1 + d.below(5); n > 0 && !text.empty(); --n) {
      const std::size_t at = d.below(text.size());
      switch (d.below(3)) {
        case 0:
          text[at] = static_cast<char>(d.below(256));
          break;
        case 1:
          text.erase(at, 1 + d.below(10));
          break;
        default:
          text.insert(at, text.substr(d.below(text.size()), d.below(20)));
          break;
      }
    }
    const Result<Scenario> s = parse_scenario(text, "x.toml");
    if (s) {
      REQUIRE(faults::plan_check(make_plan(*s, i)).has_value());
    } else {
      REQUIRE(!s.error().message.empty());
    }
  }
  CHECK(!parse_scenario("a = " + std::string(100'000, '['), "x.toml").has_value());
}

TEST_CASE("scenario: the hash follows the meaning, not the spelling") {
  const std::string hash = parse_scenario(kGood, "x.toml")->config_hash;
  CHECK(parse_scenario("# a comment\n" + kGood, "y.toml")->config_hash == hash);
  std::string other = kGood;
  other.replace(other.find("2.5"), 3, "2.6");
  CHECK(parse_scenario(other, "x.toml")->config_hash != hash);
  CHECK(parse_scenario(kGood + "[[faults]]\nkind = \"pause\"\n", "x.toml")->config_hash != hash);
}

TEST_CASE("scenario: a seed makes one plan, whole and inside the fault model, for all of the catalog") {
  const auto files = find_scenarios(std::string(WN_SOURCE_DIR) + "/scenarios/catalog");
  REQUIRE(files.has_value());
  std::set<std::string> names;
  for (const std::filesystem::path& file : *files) {
    const Result<Scenario> s = load_scenario(file);
    INFO(file.string() << ": " << (s ? "" : s.error().to_string()));
    REQUIRE(s.has_value());
    names.insert(s->name);
    CHECK(!s->title.empty());
    std::size_t faults = 0;
    const std::uint64_t seeds = s->spec->duration > seconds(120) ? 1 : 25;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const faults::Plan plan = make_plan(*s, seed);
      const Result<void> checked = faults::plan_check(plan);
      INFO(seed << ": " << (checked ? "" : checked.error().message));
      REQUIRE(checked.has_value());
      faults += plan.faults.size() + plan.deviations.size();
      const std::string text = faults::to_text(plan);
      CHECK(text == faults::to_text(make_plan(*s, seed)));
      const Result<faults::Plan> back = faults::parse_plan(text, "plan.txtpb");
      REQUIRE(back.has_value());
      CHECK(faults::to_text(*back) == text);
    }
    CHECK(faults >= seeds / 2);
  }
  for (const char* name : {"raft-light", "raft-partition", "raft-crash", "raft-clock", "raft-disk",
                           "raft-membership", "raft-swarm", "kv-txn"}) {
    CHECK(names.contains(name));
  }
  for (const char* name :
       {"worknode-mixed", "worknode-tree", "worknode-capability", "worknode-actors", "worknode-clock",
        "worknode-schema", "worknode-gone", "worknode-heal", "worknode-month", "worknode-100k"}) {
    CHECK(names.contains(name));
  }
  for (std::uint8_t d = 1; d < kDefectsEnd; ++d) {
    const std::string defect(to_string(static_cast<Defect>(d)));
    INFO(defect);
    CHECK((names.contains("raft-" + defect) || names.contains("worknode-" + defect) ||
           names.contains("canary-" + defect)));
  }
}

TEST_CASE("scenario: a folder gives its scenario files in order, a file itself") {
  const std::string catalog = std::string(WN_SOURCE_DIR) + "/scenarios/catalog";
  const auto files = find_scenarios(catalog);
  REQUIRE(files.has_value());
  CHECK(std::is_sorted(files->begin(), files->end()));
  CHECK(find_scenarios(files->front())->size() == 1);
  CHECK(find_scenarios("/nonexistent").error().code == Errc::not_found);
}

constexpr const char* kRealm = R"(
[topology]
servers = 3
clients = 3
[system]
service = "realm"
worknodes = 50
fan_out = 3
actor_order = "random"
mailbox_full = "park"
gossip_interval = "100ms"
)";

TEST_CASE("scenario: a realm has its own knobs, workloads and claims") {
  const auto scenario = parse_scenario(kRealm, "r");
  REQUIRE(scenario.has_value());
  const faults::Plan plan = make_plan(*scenario, 3);
  CHECK(faults::plan_check(plan).has_value());
  CHECK(plan.system.worknodes == 50);
  CHECK(plan.system.actor_order == faults::ActorOrder::random);
  CHECK(plan.system.mailbox_full == faults::MailboxFull::park);
  CHECK(plan.claims == std::vector<std::string>{"convergence", "tree", "causality", "capability", "eventual",
                                                "supervision", "sequential", "session", "causal",
                                                "replication"});
}

TEST_CASE("scenario: what does not go with a realm is refused, and the other way round") {
  const std::string realm = kRealm;
  for (const std::string& text :
       {"claims = [\"raft-safety\"]\n" + realm, realm + "[[workload]]\nkind = \"kv\"\n",
        realm + "[[workload]]\nkeys = 51\n", realm + "[[workload]]\n[workload.mix]\ncas = 1\n",
        realm + "[fault_model]\ndisk_faulty_max = 1\n", realm + "[fault_model]\nmembership = true\n",
        realm + "[fault_model]\nwipe = true\n", realm + "[swarm]\nkinds = [\"transfer\"]\n",
        std::string("[system]\nworknodes = 5\n"), std::string("[system]\nservice = \"raft\"\n"),
        std::string("claims = [\"tree\"]\n"), std::string("[[workload]]\nkind = \"nested\"\n"),
        std::string("[swarm]\nkinds = [\"schedule-actors\"]\n")}) {
    INFO(text);
    CHECK(!parse_scenario(text, "r").has_value());
  }
  CHECK(parse_scenario(realm + "[swarm]\nkinds = [\"schedule-actors\", \"kill\"]\n", "r").has_value());
}

}  // namespace
}  // namespace wn::scenarios
