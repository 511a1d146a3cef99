#pragma once
// The table [system] of a scenario. Private to the runner.
#include "faults/plan/plan.h"
#include "scenarios/runner/toml_reader.h"

namespace wn::scenarios {

void read_limits(TomlTable t, faults::SystemPlan& out);
void read_groups(TomlTable t, faults::SystemPlan& out);
void read_system(TomlTable t, faults::SystemPlan& out);

}  // namespace wn::scenarios
