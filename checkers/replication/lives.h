#pragma once
// Lives: what each replica applied, in order, and when it served whom; from the trace. Private to this room.
//
// A life of a replica begins with nothing, or, blind, with a peer's image: what it knows is then not told. A
// restart goes on with the same life, perhaps without the last updates.
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "runtime/base/ids.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

inline constexpr std::uint32_t kNoUpdate = ~std::uint32_t{0};

// Number n of a client.
struct Served {
  std::uint32_t client = 0;
  std::uint64_t operation = 0;
  friend auto operator<=>(const Served&, const Served&) = default;
};

struct LiveUpdate {
  Served asked;              // client 0: nobody
  std::uint32_t life = 0;    // of the replica that made it; kNoUpdate: not seen being made
  std::uint32_t before = 0;  // how many the life had applied when it was made
  std::uint64_t counter = 0;
  bool lost = false;  // a restart of its maker did not bring it back
};

struct ServedRead {
  Served asked;
  std::uint32_t before = 0;  // updates that the life had applied
};

struct Life {
  std::uint64_t replica = 0;
  NodeId node;
  bool blind = false;
  std::uint64_t base = 0;              // updates known before `applied` begins
  std::vector<std::uint32_t> applied;  // numbers of updates
  std::vector<ServedRead> reads;       // ascending by `before`
};

class Lives {
 public:
  explicit Lives(std::uint64_t updates_max) : updates_max_(updates_max) {}
  void on_event(const TraceEvent& event);

  bool full() const { return applied_ >= updates_max_; }
  const std::vector<Life>& all() const { return lives_; }
  const std::vector<LiveUpdate>& updates() const { return updates_; }
  // Reads whose replica has since forgotten what they rested on.
  const std::vector<Served>& forgotten_reads() const { return forgotten_; }

 private:
  Life& life_of(NodeId node);
  void on_update(const TraceEvent& event);
  void on_served(const TraceEvent& event);
  void on_restored(const TraceEvent& event);

  std::uint64_t updates_max_, applied_ = 0;
  std::vector<Life> lives_;
  std::vector<LiveUpdate> updates_;
  std::vector<Served> forgotten_;
  std::map<NodeId, std::uint32_t> current_;  // life
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint32_t> by_dot_;
};

}  // namespace wn::checkers
