#pragma once
// Counts the calls of operator new in a test program, so that a test can fail on one in the steady state.
// For tests alone: a room asks for it with HEAP_COUNTER in its CMakeLists.txt, which replaces the program's
// global operator new and delete. Thread rule: one thread.
#include <cstdint>

namespace wn::testing {

// How often the program has asked the heap for memory so far.
std::uint64_t heap_allocations();

}  // namespace wn::testing
