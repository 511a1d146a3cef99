#pragma once
// A configuration from a file. Relative paths in it (identity, data, log) mean from the file's folder on.
// Reads a file. Thread rule: any.
#include <string>

#include "runtime/daemon/config.h"

namespace wn::daemon {

// Errors: read()'s; not_found, io_error; precondition: it may not be read.
Result<Config> load(const std::string& path);

}  // namespace wn::daemon
