#include "runtime/real/os.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "runtime/base/check.h"
#include "runtime/real/descriptor.h"

namespace wn::real {

namespace {

std::int64_t read_clock(clockid_t clock) {
  timespec now{};
  WN_CHECK_EQ(clock_gettime(clock, &now), 0);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

void Descriptor::reset() noexcept {
  // After EINTR Linux has closed the descriptor all the same: it must not be closed twice.
  if (fd_ >= 0) (void)close(std::exchange(fd_, -1));
}

Instant monotonic_now() { return {read_clock(CLOCK_MONOTONIC)}; }
WallTime wall_now() { return {read_clock(CLOCK_REALTIME)}; }
Duration thread_time() { return {read_clock(CLOCK_THREAD_CPUTIME_ID)}; }

void fill_random(std::span<std::uint8_t> to) {
  while (!to.empty()) {
    const ssize_t got = getrandom(to.data(), to.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    WN_CHECK_GT(got, 0);
    to = to.subspan(static_cast<std::size_t>(got));
  }
}

std::string describe(const char* call, int error) {
  return std::string(call) + ": " + std::generic_category().message(error);
}

Errc to_errc(int error) {
  switch (error) {
    case 0:
      return Errc::ok;
    case ENOENT:
      return Errc::not_found;
    case EEXIST:
      return Errc::already_exists;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Errc::no_space;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Errc::overloaded;
    default:
      return Errc::io_error;
  }
}

}  // namespace wn::real
