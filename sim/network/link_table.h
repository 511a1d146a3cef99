#pragma once
// The directed links that something has happened on. A link comes into being with its first frame or fault
// (and three neighbours with it: a cache line); a host that never sent costs nothing. 16 bytes a link; what
// few links have is kept aside.
//
// One row a sending host, of one number for each four receivers: a look-up is two loads, no hashing, and the
// links of 1,000 hosts who all talk to each other fit the last-level cache.
#include <cstdint>
#include <span>
#include <vector>

#include "sim/network/link_extra.h"
#include "sim/scheduler/slab.h"

namespace wn::sim {

struct Link {
  std::uint64_t sent = 0;  // number of the last message
  std::uint32_t in_flight = 0;
  std::uint32_t extra = kNoSlot;
};
static_assert(sizeof(Link) == 16);

class LinkTable {
 public:
  explicit LinkTable(std::size_t hosts) : row_length_((hosts + kGroup - 1) / kGroup), rows_(hosts) {}

  Link& operator[](std::uint32_t index) { return links_[index]; }
  const Link& operator[](std::uint32_t index) const { return links_[index]; }
  void prefetch(std::uint32_t index) const { __builtin_prefetch(links_.data() + index); }
  void prefetch_between(std::uint32_t from, std::uint32_t to) const {
    if (!rows_[from].empty() && rows_[from][to / kGroup] != kNoSlot) prefetch(rows_[from][to / kGroup]);
  }

  // nullptr when nothing ever happened on it or a neighbour.
  const Link* find(std::uint32_t from, std::uint32_t to) const {
    if (rows_[from].empty()) return nullptr;
    const std::uint32_t group = rows_[from][to / kGroup];
    return group == kNoSlot ? nullptr : &links_[group + to % kGroup];
  }
  std::uint32_t find_or_create(std::uint32_t from, std::uint32_t to) {
    std::vector<std::uint32_t>& row = rows_[from];
    if (row.empty()) row.resize(row_length_, kNoSlot);
    std::uint32_t& group = row[to / kGroup];
    if (group == kNoSlot) {
      group = static_cast<std::uint32_t>(links_.size());
      links_.resize(links_.size() + kGroup);
    }
    return group + to % kGroup;
  }

  const LinkExtra* extra(const Link& link) const {
    return link.extra == kNoSlot ? nullptr : &extras_[link.extra];
  }
  // Made when first asked for; stays for good.
  LinkExtra& make_extra(std::uint32_t index, std::uint32_t from, std::uint32_t to) {
    Link& link = links_[index];
    if (link.extra == kNoSlot) {
      link.extra = static_cast<std::uint32_t>(extras_.size());
      extras_.emplace_back();
      extras_.back().from = from;
      extras_.back().to = to;
    }
    return extras_[link.extra];
  }
  // All of them, in the order in which they were made.
  std::span<LinkExtra> extras() { return extras_; }

 private:
  static constexpr std::size_t kGroup = 4;
  std::size_t row_length_;
  std::vector<std::vector<std::uint32_t>> rows_;
  std::vector<Link> links_;
  std::vector<LinkExtra> extras_;
};

}  // namespace wn::sim
