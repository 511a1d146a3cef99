#pragma once
// Pairs the two ends of every message in a trace, so that it can be drawn as an arrow in space and time.
// Total on any trace: a delivery without its sending (cut off at the start of the trace) is left out, a
// sending without an end is "in flight".
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/trace_event.h"

namespace wn::reports {

inline constexpr std::uint32_t kNoEvent = ~std::uint32_t{0};

struct Message {
  std::uint32_t sent = kNoEvent;  // position in the trace
  std::uint32_t end = kNoEvent;   // position of its delivery or drop; kNoEvent: in flight when the trace ends
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  bool dropped = false;
};

// By (time sent, position). A duplicated frame gives one message for each delivery.
std::vector<Message> messages_of(std::span<const TraceEvent> trace);

}  // namespace wn::reports
