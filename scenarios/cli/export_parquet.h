#pragma once
// A run's history as Parquet: written by the Python package, which brings Arrow. Debian has no C++ library
// for it, so the program asks an interpreter: the one that WORKNODE_PYTHON names, else python3 on the path.
#include <string>

#include "runtime/base/result.h"

namespace wn::scenarios {

inline constexpr int kParquetSecondsMax = 600;

// `input` is a run folder or a plan. Errors: unsupported when there is no such interpreter or it has not the
// package, bad_input and io_error as the package tells them.
Result<void> write_parquet(const std::string& input, const std::string& output);

}  // namespace wn::scenarios
