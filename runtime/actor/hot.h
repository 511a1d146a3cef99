#pragma once
// Internal: what every message passes through, in line. Message nodes are a pool of messages with a list
// through them; a mailbox is a list of nodes, so an empty one owns nothing. The node freed last is taken
// first: it is still in the cache.
#include "runtime/actor/state.h"

namespace wn::actor {

void free_body(State& s, std::uint32_t node);          // send.cpp
void make_ready_slowly(State& s, std::uint32_t slot);  // ready.cpp
void wake(State& s, std::uint32_t fiber, Errc code);   // fiber_turn.cpp

// Message::marks: flags in the low bits, the list's next node above them.
inline constexpr std::uint32_t kFlagBits = 4;
inline constexpr std::uint32_t kFlagMask = (1U << kFlagBits) - 1;
inline constexpr std::uint32_t kNodesMax = (1U << (32 - kFlagBits)) - 1;
inline constexpr std::uint32_t kLastNode = kNodesMax;  // "none", as a link

inline std::uint32_t next_of(const State& s, std::uint32_t node) {
  return s.message_base[node].marks >> kFlagBits;
}
inline void link(State& s, std::uint32_t node, std::uint32_t next) {
  std::uint32_t& marks = s.message_base[node].marks;
  marks = (marks & kFlagMask) | (next << kFlagBits);
}

// kNone: all in use.
inline std::uint32_t take_node(State& s) {
  std::uint32_t node = s.free_message;
  if (node != kLastNode) [[likely]] {
    s.free_message = next_of(s, node);
  } else {
    if (s.never_used_message == s.message_limit) return kNone;
    node = s.never_used_message++;
  }
  return node;
}

inline void free_node(State& s, std::uint32_t node) {
  if ((s.message_base[node].marks & Message::kBody) != 0) [[unlikely]]
    free_body(s, node);
  link(s, node, s.free_message);
  s.free_message = node;
}

// Without branches on what the receiver's record says: it often comes from far away, and a wrong guess about
// it would throw away all work done meanwhile. The link of a mailbox's last node means nothing.
inline void append(State& s, Actor& a, std::uint32_t node) {
  const std::uint32_t first = 0U - static_cast<std::uint32_t>(a.count == 0);  // all ones, or none
  link(s, (node & first) | (a.tail & ~first), node);
  a.head = (node & first) | (a.head & ~first);
  a.tail = node;
  ++a.count;
}

// REQUIRES count > 0.
inline std::uint32_t pop(State& s, Actor& a) {
  const std::uint32_t node = a.head;
  a.head = next_of(s, node);
  --a.count;
  return node;
}

// Word by word: the sender has just written its message in words, and a wider load would have to wait until
// those stores have left the store buffer.
inline void copy_words(Message& to, const Message& from) {
  const auto word = [](const std::uint64_t& x) { return __atomic_load_n(&x, __ATOMIC_RELAXED); };
  to.kind = from.kind;
  to.correlation = word(from.correlation);
  to.word[0] = word(from.word[0]);
  to.word[1] = word(from.word[1]);
  to.word[2] = word(from.word[2]);
  to.word[3] = word(from.word[3]);
  to.word[4] = word(from.word[4]);
  static_assert(std::tuple_size_v<decltype(from.word)> == 5);
}

inline void make_ready(State& s, Actor& a, std::uint32_t slot) {
  if (s.plain_ring) [[likely]] {
    // The ring has room for each actor once, and one place more, which is written in vain when it stands
    // there.
    s.ring_base[s.ring_tail & s.ring_mask] = ActorId{slot, a.generation};
    s.ring_tail += (a.flags & kQueued) == 0 ? 1 : 0;
    a.flags |= kQueued;
    return;
  }
  if ((a.flags & kQueued) != 0) return;
  a.flags |= kQueued;
  make_ready_slowly(s, slot);
}

// Its mailbox has got a message.
inline void notify(State& s, Actor& a, std::uint32_t slot) {
  if (a.fiber == kNone) [[likely]] {
    if ((a.flags & kAwaitsStack) == 0) make_ready(s, a, slot);
    return;
  }
  if (s.fibers[a.fiber].wait == Wait::receive) wake(s, a.fiber, Errc::ok);
}

// What will be run soon is fetched now: its record, then, some turns later, its first message and behaviour.
// Far enough for main memory, as long as handlers are short.
inline constexpr std::uint64_t kFetchRecord = 32;
inline constexpr std::uint64_t kFetchMessage = 16;

inline void fetch_ahead(const State& s) {
  asm volatile("");  // a function of prefetches alone counts as pure with g++, and its calls are dropped
  __builtin_prefetch(&s.actor_base[s.ring_base[(s.ring_head + kFetchRecord) & s.ring_mask].slot()], 1);
  const Actor& near = s.actor_base[s.ring_base[(s.ring_head + kFetchMessage) & s.ring_mask].slot()];
  const std::uint32_t head = near.head;
  if (head >= s.message_limit) return;  // it has none
  __builtin_prefetch(&s.message_base[head], 1);
  __builtin_prefetch(near.behaviour);
}

// The next of the plain ring, kOutside when it is empty. It may be a zombie.
inline ActorId from_plain_ring(State& s) {
  const std::uint64_t ready = s.ring_tail - s.ring_head;
  if (ready == 0) return kOutside;
  if (ready > kFetchRecord) fetch_ahead(s);
  return s.ring_base[s.ring_head++ & s.ring_mask];
}

}  // namespace wn::actor
