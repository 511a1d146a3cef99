#pragma once
// For comparison in the bench: a Merkle tree walked from the root, as Dynamo's descendants do it. A radix
// tree of fan-out 16 over the items' leading bits, a leaf for about kLeafItems of them; a node's hash is the
// sum of its items' keyed hashes. Each round the asker sends the hashes of the children of all nodes that
// differ, the peer says which of them differ; at the leaves both list their items.
#include <cstdint>
#include <vector>

#include "runtime/sync/view.h"

namespace wn::sync {

struct MerkleOutcome {
  std::uint64_t rounds = 0;
  std::uint64_t bytes = 0;
  std::uint64_t found = 0;  // differences
};

class MerkleTree {
 public:
  static constexpr std::size_t kLeafItems = 16;
  static constexpr std::size_t kHashBytes = 16;

  MerkleTree(const View& view, const SessionKey& key, std::size_t depth) : view_(&view), levels_(depth + 1) {
    for (std::size_t level = 0; level <= depth; ++level) levels_[level].resize(1ULL << (4 * level));
    starts_.resize((1ULL << (4 * depth)) + 1);
    std::size_t at = 0;
    for (std::size_t leaf = 0; leaf < levels_[depth].size(); ++leaf) {
      starts_[leaf] = at;
      for (; at < view.size() && index(view[at], depth) == leaf; ++at)
        levels_[depth][leaf] += hash_of(key, view[at]);
    }
    starts_.back() = at;
    for (std::size_t level = depth; level-- > 0;) {
      for (std::size_t i = 0; i < levels_[level].size(); ++i) {
        for (std::size_t c = 0; c < 16; ++c) levels_[level][i] += levels_[level + 1][16 * i + c];
      }
    }
  }
  static std::size_t depth_for(std::size_t items) {
    std::size_t depth = 0;
    while ((items >> (4 * depth)) > kLeafItems) ++depth;
    return depth;
  }

  MerkleOutcome walk(const MerkleTree& peer) const {
    MerkleOutcome out;
    std::vector<std::size_t> differ, next;
    if (levels_[0][0] != peer.levels_[0][0]) differ.push_back(0);
    out.rounds = 1;
    out.bytes = 2 * kHashBytes;
    for (std::size_t level = 1; level < levels_.size() && !differ.empty(); ++level) {
      next.clear();
      for (const std::size_t node : differ) {
        for (std::size_t c = 16 * node; c < 16 * node + 16; ++c) {
          if (levels_[level][c] != peer.levels_[level][c]) next.push_back(c);
        }
      }
      ++out.rounds;
      out.bytes += differ.size() * (16 * kHashBytes + 2);  // hashes there, a bit for each back
      differ.swap(next);
    }
    if (!differ.empty()) ++out.rounds;
    for (const std::size_t leaf : differ) out.found += lists(peer, leaf, out.bytes);
    return out;
  }

 private:
  static std::size_t index(const ItemId& item, std::size_t depth) {
    return depth == 0 ? 0 : item.word[0] >> (64 - 4 * depth);
  }
  std::uint64_t lists(const MerkleTree& peer, std::size_t leaf, std::uint64_t& bytes) const {
    std::size_t a = starts_[leaf], b = peer.starts_[leaf];
    const std::size_t a_end = starts_[leaf + 1], b_end = peer.starts_[leaf + 1];
    bytes += 8 + ItemId::kBytes * (a_end - a + b_end - b);
    std::uint64_t found = 0;
    while (a < a_end || b < b_end) {
      if (b == b_end || (a < a_end && (*view_)[a] < (*peer.view_)[b])) {
        ++a, ++found;
      } else if (a == a_end || (*peer.view_)[b] < (*view_)[a]) {
        ++b, ++found;
      } else {
        ++a, ++b;
      }
    }
    return found;
  }

  const View* view_;
  std::vector<std::vector<Fingerprint>> levels_;
  std::vector<std::size_t> starts_;
};

}  // namespace wn::sync
