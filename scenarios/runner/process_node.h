#pragma once
// Which client node a process of a history was: a client goes on as a fresh process after each info outcome
// (scenarios/workloads/operation_listener.h).
#include <cstdint>

#include "scenarios/workloads/operation_listener.h"

namespace wn::scenarios {

constexpr std::uint32_t node_of_process(std::uint32_t process) { return process % kProcessStride; }

}  // namespace wn::scenarios
