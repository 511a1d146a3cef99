#pragma once
// The doors of the C library that a simulated run may not use, in this process: the clock and the system's
// random bytes. nail_shut() turns every library's and the program's own calls of them to ours, which answer
// by numbers given, so that two runs may be made to differ in the time of day alone; and it is told which
// were used since it was last asked, with the stack of the first such call. For a probe process alone; ends
// with it.
//
// Works by the relocations of the dynamic linker (x86-64 and AArch64 ELF). A processor's own random
// instruction and what is inlined into the program are out of its reach.
#include <cstdint>
#include <string>

#include "scenarios/divergence/stack.h"

namespace wn::divergence {

struct DoorNumbers {
  std::int64_t time_ns = 0;  // at the first call; a microsecond later at each further one
  std::uint64_t random = 0;
};
// False: not on this machine.
bool nail_shut(const DoorNumbers& numbers);

struct DoorUse {
  std::string name;  // "clock_gettime"; empty: none was used
  Stack stack;
};
DoorUse take_last_use();

}  // namespace wn::divergence
