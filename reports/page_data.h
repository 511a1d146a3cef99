#pragma once
// The data that the page draws from, as one JSON text (see assets/data.js for the reader).
#include <string>

#include "reports/html.h"

namespace wn::reports {

std::string page_data(const ReportInput& input);

}  // namespace wn::reports
