#include "runtime/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace wn::detail {

void check_failed(const char* expression, const char* operands, std::source_location where) noexcept {
  std::fprintf(stderr, "%s:%u: CHECK failed in %s: %s%s%s\n", where.file_name(), where.line(),
               where.function_name(), expression, operands ? "; " : "", operands ? operands : "");
  std::fflush(stderr);
  std::abort();
}

void check_failed_numbers(const char* expression, std::int64_t left, std::int64_t right,
                          std::source_location where) noexcept {
  char operands[64];
  std::snprintf(operands, sizeof operands, "left = %lld, right = %lld", static_cast<long long>(left),
                static_cast<long long>(right));
  check_failed(expression, operands, where);
}

}  // namespace wn::detail
