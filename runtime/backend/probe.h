#pragma once
// Where a node says what happened. The world stamps time and node; a real node writes to its trace buffer.
#include <array>
#include <cstdint>

#include "runtime/base/trace_event.h"

namespace wn {

class Probe {
 public:
  virtual ~Probe() = default;
  virtual void emit(TraceKind kind, std::array<std::uint64_t, 5> field) = 0;
  virtual void sometimes(Claim claim) = 0;
};

}  // namespace wn
