#pragma once
// An image on its way between replicas, as either side has it. Internal to the room; image_giving.cpp and
// image_taking.cpp.
#include <memory>
#include <optional>
#include <vector>

#include "runtime/base/ids.h"
#include "runtime/base/time.h"
#include "runtime/realm/image_chunks.h"
#include "runtime/sync/session.h"

namespace wn::realm {

// Chunks by name, with the session that compares the names with a peer's. On the heap, for the session points
// into it.
struct ChunkSet {
  ChunkSet(std::vector<Chunk> all, std::pmr::memory_resource* memory);
  const Chunk* find(const sync::ItemId& id) const;

  std::vector<Chunk> chunks;  // ascending by id: the view's order
  sync::View view;
  std::optional<sync::Session> session;
};
// Steps on until it waits for the peer; the message that it has for it then, if any.
Bytes drive(sync::Session& session, ByteView message);
struct State;
sync::Options session_options(const State& s);

struct GivenImage {
  std::uint64_t id = 0;
  ReplicaId replica;  // under which the taker goes on
  Bytes whole;
  Bytes name;
  Bytes hello;  // the session message that it began with
  std::unique_ptr<ChunkSet> set;
};

struct TakenImage {
  std::uint64_t id = 0;  // 0: not begun
  NodeId peer;
  ReplicaId replica;
  std::uint64_t total = 0;
  Bytes name;
  Instant last;
  Bytes request;                  // the last one; sent again when nothing comes
  std::unique_ptr<ChunkSet> own;  // what we have already; nullptr: the bytes of the whole are taken
  std::vector<sync::ItemId> wanted;
  std::vector<Chunk> chunks;  // of the wanted ones, the first that have come
  std::vector<std::uint8_t> parts;
};

}  // namespace wn::realm
