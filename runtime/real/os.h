#pragma once
// What every process may ask the operating system for without owning anything: the time, random bytes, words
// for an error number. The clocks of the runtime are read here and nowhere else.
#include <cstdint>
#include <span>
#include <string>

#include "runtime/base/result.h"
#include "runtime/base/time.h"

namespace wn::real {

// CLOCK_MONOTONIC: nanoseconds since some moment near the machine's boot; stands still while the machine
// sleeps, is the same for all processes of one machine and one time namespace.
Instant monotonic_now();
// CLOCK_REALTIME.
WallTime wall_now();
// Processor time that the calling thread has used.
Duration thread_time();
// From the kernel's generator; waits for it once after boot. Cannot fail on the kernels that are supported.
void fill_random(std::span<std::uint8_t> to);

// "open: Permission denied".
std::string describe(const char* call, int error);
// What the seams say to an error number of the file system: not_found, no_space (also a quota or the largest
// file), already_exists, overloaded (no descriptors left), else io_error.
Errc to_errc(int error);

}  // namespace wn::real
