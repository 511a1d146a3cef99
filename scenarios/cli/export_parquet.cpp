#include "scenarios/cli/export_parquet.h"

#include <cstdlib>

#include "scenarios/elle_process/line_process.h"

namespace wn::scenarios {
namespace {

// Says "ok", or in one line what is wrong.
constexpr const char* kScript = R"(
import sys
try:
    import worknode
except ImportError as error:
    print("no package:", error)
    raise SystemExit
try:
    worknode.load(sys.argv[1]).export(sys.argv[2])
    print("ok")
except Exception as error:
    print(str(error).splitlines()[0] if str(error) else type(error).__name__)
)";

constexpr std::size_t kLineMax = 4096;

}  // namespace

Result<void> write_parquet(const std::string& input, const std::string& output) {
  const char* named = std::getenv("WORKNODE_PYTHON");
  const std::string python = named != nullptr && *named != '\0' ? named : "python3";
  const std::string hint = " (pip install . makes it; WORKNODE_PYTHON names another interpreter)";
  LineProcess child;
  if (!child.start({python, "-c", kScript, input, output}))
    return fail(Errc::unsupported, "worknode export: Parquet needs Python: no " + python + hint);
  const auto line = child.exchange("", kParquetSecondsMax * 1000LL, kLineMax);
  if (!line) return fail(Errc::io_error, "worknode export: " + python + ": " + child.stop());
  if (*line == "ok") return {};
  if (line->starts_with("no package:"))
    return fail(Errc::unsupported, "worknode export: Parquet is written by the Python package, which " +
                                       python + " has not" + hint);
  return fail(Errc::bad_input, "worknode export: " + *line);
}

}  // namespace wn::scenarios
