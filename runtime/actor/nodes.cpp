// Message nodes: a pool of messages with a list through them; a mailbox is a list of nodes, so an empty one
// owns nothing. The node freed last is taken first: it is still in the cache.
#include "runtime/actor/rules.h"

namespace wn::actor {

std::uint32_t take_node(State& s) {
  std::uint32_t node = s.free_message;
  if (node != kNone) {
    s.free_message = s.next_message[node];
  } else {
    if (s.never_used_message == s.messages.size()) return kNone;
    node = s.never_used_message++;
  }
  ++s.messages_in_use;
  return node;
}

void free_node(State& s, std::uint32_t node) {
  if ((s.messages[node].flags & kFlagBody) != 0) s.bodies[node] = Bytes{};
  s.next_message[node] = s.free_message;
  s.free_message = node;
  --s.messages_in_use;
}

void append(State& s, std::uint32_t slot, std::uint32_t node) {
  Actor& a = s.actors[slot];
  WN_CHECK(a.count != 0xFFFF);
  s.next_message[node] = kNone;
  if (a.count == 0) {
    a.head = node;
  } else {
    s.next_message[a.tail] = node;
  }
  a.tail = node;
  ++a.count;
}

std::uint32_t pop(State& s, std::uint32_t slot) {
  Actor& a = s.actors[slot];
  const std::uint32_t node = a.head;
  a.head = s.next_message[node];
  --a.count;
  return node;
}

}  // namespace wn::actor
