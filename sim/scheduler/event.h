#pragma once
// What waits in the queue of a world: 16 bytes that name things kept elsewhere.
#include <cstdint>

namespace wn::sim {

enum class EventType : std::uint8_t {
  start,        // node: boot, at first
  message,      // node: receiver; a: slot in the message slab; b: index of the link
  timer,        // node; small: timer slot; a: generation
  disk_due,     // node; a: slot of the operation: it takes effect now
  disk_notify,  // node; a: slot of the operation: the process learns of it (held back while it could not)
  control,      // node; a: index of the command
  fault_begin,  // a: index of the fault in the plan
  fault_end,    // a: index of the fault in the plan
  freeze,
};

struct Event {
  EventType type{};
  std::uint8_t small = 0;
  std::uint16_t peer = 0;  // message: index of the sending host (kNodesMax is far below 2^16)
  std::uint32_t node = 0;  // index of the host
  std::uint32_t a = 0;
  std::uint32_t b = 0;  // disk: incarnation of the node that this was meant for
};
static_assert(sizeof(Event) == 16);

}  // namespace wn::sim
