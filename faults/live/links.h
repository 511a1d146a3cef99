#pragma once
// Links: what becomes of the frames of one node, by the partitions and packet faults in force. Pure: time
// comes in, decisions are keyed by (seed, link, number of the frame, fault), frames that are held or late
// wait here until the owner asks for them.
//
// Overlapping faults compose: blocks and clogs are counted, and every packet fault on a frame's way decides
// for itself, by draws of its own, so that taking one away leaves what the others do as it was.
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "faults/live/hurt.h"
#include "runtime/base/random.h"

namespace wn::live {

enum class Way : std::uint8_t { out = 1, in };

struct Parcel {
  Way way{};
  NodeId peer;
  Bytes frame;
  std::uint8_t type = 0;
};

class Links {
 public:
  Links(const HurtOptions& options, HurtStats& stats) : options_(options), stats_(stats) {}

  // REQUIRES a kind of links, not begun yet.
  void begin(const faults::Fault& fault);
  // Frames that it held are due now.
  void end(const faults::Fault& fault, Instant now);

  // True when nothing can happen to a frame of that link: it need not pass here.
  bool untouched(Way way, NodeId peer) const;
  // Takes the frame: what may go on at once is appended to `go` (nothing, one, or both copies of it). ok or
  // overloaded.
  Errc pass(Parcel parcel, Instant now, std::vector<Parcel>& go);

  // When the next late frame is due.
  std::optional<Instant> due() const;
  // The next one that is due and not held by a clog; nothing when there is none.
  std::optional<Parcel> take_due(Instant now);

  std::size_t waiting() const { return late_.size(); }

 private:
  struct Packet {
    std::uint32_t id = 0;
    faults::FaultKind kind{};
    std::int64_t amount = 0;
    std::int64_t amount2 = 0;
  };
  struct Link {
    std::uint32_t blocked = 0;
    std::uint32_t clogged = 0;
    std::vector<Packet> packets;
    Instant busy_until;         // the wire carries earlier bytes until then
    std::uint64_t number = 0;   // of the last frame
    std::uint32_t waiting = 0;  // held and late
    std::vector<Parcel> held;
  };
  struct Key {
    Way way{};
    NodeId peer;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Order {
    Instant due;
    std::uint64_t number = 0;
    friend auto operator<=>(const Order&, const Order&) = default;
  };
  struct Fate {
    bool lost = false;
    bool corrupted = false;
    bool duplicated = false;
    bool serialized = false;
    Instant leaves;
    Duration extra;
    Duration extra_of_copy;
  };
  template <class Each>
  void each_link(const faults::Fault& fault, Each&& each);
  std::optional<Way> way_of(const faults::Link& link) const;
  Random random_of(Key key) const;
  Fate decide(const Link& link, const Random& random, Instant now, std::size_t bytes) const;
  void apply(const Packet& packet, const Random& random, std::uint64_t number, Fate& fate,
             std::uint64_t& bytes_per_second) const;
  void wait(Link& link, Parcel parcel, Instant due);
  void hand_on(Link& link, Parcel parcel, Instant due, Instant now, std::vector<Parcel>& go);
  void unclog(Link& link, Instant now);

  const HurtOptions& options_;
  HurtStats& stats_;
  std::map<Key, Link> links_;
  std::vector<Packet> everywhere_;
  std::uint32_t clogged_everywhere_ = 0;
  std::map<Order, Parcel> late_;
  std::uint64_t last_late_ = 0;
  std::uint64_t waiting_bytes_ = 0;
};

// A copy of `frame` with 1 to 8 different bits flipped. REQUIRES a frame of some bytes.
Bytes with_flipped_bits(const Bytes& frame, Draw draw);

}  // namespace wn::live
