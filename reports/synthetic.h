#pragma once
// A made-up failing run with about `events` events, for the tests of the report: nothing here is simulated.
#include <cstdint>

#include "reports/html.h"

namespace wn::reports {

ReportInput synthetic_run(std::size_t events);

}  // namespace wn::reports
