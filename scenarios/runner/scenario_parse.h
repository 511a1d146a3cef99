#pragma once
// A scenario's text to its spec. Private to the runner: users call load_scenario or parse_scenario
// (scenario.h).
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "scenarios/runner/scenario_spec.h"

namespace wn::scenarios {

Result<ScenarioSpec> parse_scenario_text(std::string_view text, const std::string& file);

}  // namespace wn::scenarios
