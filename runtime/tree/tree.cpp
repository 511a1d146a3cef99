#include "runtime/tree/tree.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::tree {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::applied:
      return "applied";
    case Outcome::cycle:
      return "cycle";
    case Outcome::too_deep:
      return "too-deep";
    case Outcome::duplicate:
      return "duplicate";
    case Outcome::conflict:
      return "conflict";
    case Outcome::stale:
      return "stale";
    case Outcome::invalid:
      return "invalid";
  }
  return "?";
}

Tree::Tree(Options options, std::pmr::memory_resource* memory)
    : options_(options),
      nodes_(options.hash_key, memory),
      log_(memory),
      order_(memory),
      pending_(memory),
      changes_(memory),
      relinks_(memory),
      new_ids_(memory),
      marks_(memory) {
  WN_CHECK(options.nodes_max >= 2);
  WN_CHECK(options.depth_max >= 1);
  nodes_.reserve(2);
  WN_CHECK_EQ(nodes_.insert(kRootId), kRootIndex);
  WN_CHECK_EQ(nodes_.insert(kTrashId), kTrashIndex);
}

Digest Tree::digest() const {
  Digest digest;
  digest.absorb(placed_count_);
  digest.absorb(sum_.low);
  digest.absorb(sum_.high);
  return digest;
}

void Tree::truncate_before(causality::Stamp stable) {
  if (stable <= truncated_) return;
  truncated_ = stable;
  const auto entries = log_.entries();
  const std::size_t kept_from = log_.position(stable);
  const bool also_this = kept_from < entries.size() && entries[kept_from].stamp() == stable;
  log_.drop_front(kept_from + (also_this ? 1 : 0));
}

std::size_t Tree::memory_bytes() const {
  return sizeof(*this) + nodes_.memory_bytes() + log_.memory_bytes() +
         order_.capacity() * sizeof(std::uint32_t) + pending_.capacity() * sizeof(Pending) +
         (changes_.capacity() + relinks_.capacity()) * sizeof(Before) +
         new_ids_.capacity() * sizeof(WorknodeId) + marks_.capacity() * sizeof(std::uint32_t);
}

}  // namespace wn::tree
