#pragma once
// The directed links that something has happened on. A link comes into being with its first frame or fault;
// the others cost nothing. Found by hash, walked (when a fault on all links ends) in order of creation only.
#include <cstdint>
#include <vector>

#include "runtime/base/ids.h"
#include "runtime/base/time.h"
#include "sim/scheduler/slab.h"

namespace wn::sim {

struct Link {
  std::uint32_t from = 0;  // indices of hosts
  std::uint32_t to = 0;
  std::uint64_t sent = 0;  // number of the last message
  std::uint64_t seed = 0;  // of this link's own keyed decisions
  SimTime busy_until;      // until then the wire carries earlier bytes (bandwidth)
  std::uint32_t in_flight = 0;
  std::uint16_t blocked = 0;  // faults that drop its frames
  std::uint16_t clogged = 0;  // faults that hold its frames
  std::uint32_t held_first = kNoSlot;
  std::uint32_t held_last = kNoSlot;
  std::uint32_t faults = kNoSlot;  // slot of its list of packet faults
};

class LinkTable {
 public:
  LinkTable() : places_(64, kNoSlot) {}

  std::size_t size() const { return links_.size(); }
  Link& operator[](std::uint32_t index) { return links_[index]; }
  const Link& operator[](std::uint32_t index) const { return links_[index]; }

  // kNoSlot when nothing ever happened on it.
  std::uint32_t find(std::uint32_t from, std::uint32_t to) const { return places_[place_of(from, to)]; }
  // `seed_of()` is asked when the link is new.
  template <class SeedOf>
  std::uint32_t find_or_create(std::uint32_t from, std::uint32_t to, SeedOf&& seed_of) {
    std::size_t place = place_of(from, to);
    if (places_[place] != kNoSlot) return places_[place];
    if (links_.size() * 2 >= places_.size()) {
      grow();
      place = place_of(from, to);
    }
    places_[place] = static_cast<std::uint32_t>(links_.size());
    Link link;
    link.from = from;
    link.to = to;
    link.seed = seed_of();
    links_.push_back(link);
    return places_[place];
  }

 private:
  std::size_t place_of(std::uint32_t from, std::uint32_t to) const {
    const std::size_t mask = places_.size() - 1;
    const std::uint64_t mixed = (std::uint64_t{from} << 32 | to) * 0x9E3779B97F4A7C15ULL;
    std::size_t place = static_cast<std::size_t>(mixed >> 32) & mask;
    while (places_[place] != kNoSlot) {
      const Link& link = links_[places_[place]];
      if (link.from == from && link.to == to) break;
      place = (place + 1) & mask;
    }
    return place;
  }
  void grow() {
    places_.assign(places_.size() * 2, kNoSlot);
    for (std::uint32_t i = 0; i < links_.size(); ++i) places_[place_of(links_[i].from, links_[i].to)] = i;
  }

  std::vector<Link> links_;
  std::vector<std::uint32_t> places_;  // a power of two, at most half full
};

}  // namespace wn::sim
