#pragma once
// The table [system] of a scenario. Private to the runner.
#include "faults/plan/plan.h"
#include "runtime/config/toml_reader.h"

namespace wn::scenarios {

void read_limits(config::TomlTable t, faults::SystemPlan& out);
void read_groups(config::TomlTable t, faults::SystemPlan& out);
void read_system(config::TomlTable t, faults::SystemPlan& out);

}  // namespace wn::scenarios
