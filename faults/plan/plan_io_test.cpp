#include "faults/plan/plan_io.h"

#include <catch2/catch_test_macros.hpp>

#include "faults/plan/plan_samples.h"

namespace wn::faults {
namespace {

std::string error_of(std::string_view text) {
  const Result<Plan> plan = parse_plan(text, "x.txtpb");
  return plan ? "" : plan.error().to_string();
}

TEST_CASE("plan io: text to plan to text is the identity, for any plan") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::string text = to_text(random_plan(seed));
    const Result<Plan> back = parse_plan(text, "x.txtpb");
    INFO(text);
    REQUIRE(back.has_value());
    REQUIRE(to_text(*back) == text);
    const Plan original = random_plan(seed);
    REQUIRE(back->faults == original.faults);
    REQUIRE(back->operations == original.operations);
    REQUIRE(back->deviations == original.deviations);
    REQUIRE(back->branches == original.branches);
    REQUIRE(back->model == original.model);
    REQUIRE(back->system == original.system);
    REQUIRE(back->tokens == original.tokens);
    REQUIRE(back->scenario == original.scenario);
  }
}

TEST_CASE("plan io: the text is one line for each fault and operation, in words") {
  Plan p = small_plan();
  p.faults.push_back(node_fault(3, FaultKind::pause, at_ms(12'410), milliseconds(2600), {1}));
  const std::string text = to_text(p);
  CHECK(text.find("\nfaults { id: 3 kind: \"pause\" at: \"12.41s\" duration: \"2.6s\" nodes: [\"n1\"] }\n") !=
        std::string::npos);
  CHECK(text.starts_with("version: 1\n"));
}

TEST_CASE("plan io: what is wrong is told with its line and column") {
  CHECK(error_of("") == "x.txtpb:1:1: the file is empty; a plan (Protobuf text, plan.txtpb) was expected");
  CHECK(error_of(" \n\n").find("empty") != std::string::npos);
  CHECK(
      error_of("version: 7\nwhatever: 1").starts_with("x.txtpb:1:10: plan of version 7; this build reads 1"));
  CHECK(error_of("seed: 1").find("no version") != std::string::npos);
  CHECK(error_of("version: 1\nsede: 4\n").starts_with("x.txtpb:2:"));
  CHECK(error_of(std::string_view("version: 1\0", 11)).starts_with("x.txtpb:1:11: byte 0x00"));
  CHECK(error_of("\x7f\x45LF\x02").starts_with("x.txtpb:1:1: byte 0x7f"));
  CHECK(error_of("version: 1 scenario: \"\xff\"").starts_with("x.txtpb:1:23: byte 0xff"));
  CHECK(error_of("version: 1\nfaults { id: 1 kind: \"explode\" at: \"1s\" }")
            .starts_with("x.txtpb:2:16: \"explode\" is not a kind"));
  CHECK(error_of("version: 1\nfaults { id: 1 kind: \"kill\"\n  at: \"soon\" }")
            .starts_with("x.txtpb:3:3: \"soon\" is not a duration"));
  CHECK(error_of("version: 1\nduration: \"ten\"").starts_with("x.txtpb:2:1: \"ten\""));
  CHECK(error_of("version: 1 nodes { id: \"x\" role: \"server\" }").find("\"x\" is not a node") !=
        std::string::npos);
  CHECK(
      error_of("version: 1 faults { kind: \"partition\" links: [\"n1-n2\"] }").find("not a directed link") !=
      std::string::npos);
  CHECK(error_of("version: 1 system { defect: \"all\" }").find("not a planted bug") != std::string::npos);
}

TEST_CASE("plan io: the kinds of refusal can be told apart") {
  CHECK(parse_plan("version: 2", "x").error().code == Errc::unsupported);
  CHECK(parse_plan("version: x", "x").error().code == Errc::bad_input);
  CHECK(parse_plan(std::string(kPlanTextMax + 1, ' '), "x").error().code == Errc::too_large);
  CHECK(load_plan("/nonexistent/plan.txtpb").error().code == Errc::not_found);
  CHECK(load_plan(WN_ROOM_DIR).error().code == Errc::bad_input);
}

TEST_CASE("plan io: damaged text never crashes the reader") {
  const std::string good = to_text(random_plan(5));
  const Random random(9);
  for (std::uint64_t i = 0; i < 3000; ++i) {
    Draw d = random.at("test.damage", 0, i);
    std::string text = good.substr(0, d.below(2) == 0 ? good.size() : d.below(good.size()));
    for (std::uint64_t n = d.below(6); n > 0 && !text.empty(); --n) {
      const std::size_t at = d.below(text.size());
      switch (d.below(3)) {
        case 0:
          text[at] = static_cast<char>(d.below(256));
          break;
        case 1:
          text.erase(at, 1 + d.below(20));
          break;
        default:
          text.insert(at, text.substr(d.below(text.size()), d.below(40)));
          break;
      }
    }
    const Result<Plan> plan = parse_plan(text, "x");
    if (plan) {
      REQUIRE(parse_plan(to_text(*plan), "x").has_value());
    } else {
      REQUIRE(!plan.error().message.empty());
      REQUIRE(plan.error().message.find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("plan io: deep nesting is refused, not followed") {
  std::string text = "version: 1 faults ";
  for (int i = 0; i < 100'000; ++i) text += "{ faults ";
  CHECK(!parse_plan(text, "x").has_value());
}

}  // namespace
}  // namespace wn::faults
