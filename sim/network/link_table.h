#pragma once
// The directed links that something has happened on. A link comes into being with its first frame or fault
// (and seven neighbours with it: a cache line); a host that never sent costs nothing. 8 bytes a link; what
// few links have is kept aside.
//
// One row a sending host, of one number for each eight receivers: a look-up is two loads, no hashing, and the
// links of 1,000 hosts who all talk to each other fit the last-level cache and its pages the TLB.
//
// Limits: 2^32 - 1 messages on one link, kInFlightMax of them at a time.
#include <cstdint>
#include <span>
#include <vector>

#include "sim/network/link_extra.h"
#include "sim/scheduler/slab.h"

namespace wn::sim {

struct Link {
  std::uint32_t sent = 0;  // number of the last message
  std::uint16_t in_flight = 0;
  bool has_extra = false;
};
static_assert(sizeof(Link) == 8);

inline constexpr std::uint32_t kInFlightMax = 65'535;

class LinkTable {
 public:
  explicit LinkTable(std::size_t hosts) : row_length_((hosts + kGroup - 1) / kGroup), rows_(hosts) {}

  Link& operator[](std::uint32_t index) { return links_[index]; }
  const Link& operator[](std::uint32_t index) const { return links_[index]; }
  void prefetch(std::uint32_t index) const { __builtin_prefetch(links_.data() + index); }
  void prefetch_between(std::uint32_t from, std::uint32_t to) const {
    if (!rows_[from].empty() && rows_[from][to / kGroup] != kNoSlot)
      prefetch(rows_[from][to / kGroup] + static_cast<std::uint32_t>(to % kGroup));
  }

  // kNoSlot when nothing ever happened on it or a neighbour.
  std::uint32_t find(std::uint32_t from, std::uint32_t to) const {
    if (rows_[from].empty()) return kNoSlot;
    const std::uint32_t group = rows_[from][to / kGroup];
    return group == kNoSlot ? kNoSlot : group + static_cast<std::uint32_t>(to % kGroup);
  }
  std::uint32_t find_or_create(std::uint32_t from, std::uint32_t to) {
    std::vector<std::uint32_t>& row = rows_[from];
    if (row.empty()) row.resize(row_length_, kNoSlot);
    std::uint32_t& group = row[to / kGroup];
    if (group == kNoSlot) {
      group = static_cast<std::uint32_t>(links_.size());
      links_.resize(links_.size() + kGroup);
    }
    return group + static_cast<std::uint32_t>(to % kGroup);
  }

  const LinkExtra* extra(std::uint32_t index) const {
    return links_[index].has_extra ? &extras_[extra_of_[index]] : nullptr;
  }
  // Made when first asked for; stays for good.
  LinkExtra& make_extra(std::uint32_t index, std::uint32_t from, std::uint32_t to) {
    if (extra_of_.size() < links_.size()) extra_of_.resize(links_.size());
    if (!links_[index].has_extra) {
      links_[index].has_extra = true;
      extra_of_[index] = static_cast<std::uint32_t>(extras_.size());
      extras_.emplace_back();
      extras_.back().from = from;
      extras_.back().to = to;
    }
    return extras_[extra_of_[index]];
  }
  // All of them, in the order in which they were made.
  std::span<LinkExtra> extras() { return extras_; }

 private:
  static constexpr std::size_t kGroup = 8;
  std::size_t row_length_;
  std::vector<std::vector<std::uint32_t>> rows_;
  std::vector<Link> links_;
  std::vector<LinkExtra> extras_;
  std::vector<std::uint32_t> extra_of_;  // by link; empty until the first extra
};

}  // namespace wn::sim
