#pragma once
// Versions: who read each version, and the chains of versions of a key that are known to follow each other:
// what reads a version and overwrites it comes right behind it, as nothing can come between
// (under snapshot isolation neither: the first committer wins). Private to this room.
#include <optional>
#include <span>
#include <vector>

#include "checkers/levels/events.h"

namespace wn::checkers::polygraph {

using levels::kInitialTxn;
using levels::kNoTxn32;
using levels::UniqueHistory;

// Its first and last writer; the initial chain of a key begins with the initial state.
struct Chain {
  std::uint32_t key = 0, first = kInitialTxn, last = kInitialTxn;
};

struct LostUpdate {
  std::uint32_t a = 0, b = 0, key = 0;
};

class Versions {
 public:
  explicit Versions(const UniqueHistory& unique);

  const std::optional<LostUpdate>& lost_update() const { return lost_; }
  // The rest is whole when reads-from has no cycle.
  std::span<const std::uint32_t> readers(std::uint32_t writer, std::uint32_t key) const;
  std::uint32_t next(std::uint32_t writer, std::uint32_t key) const { return next_[place(writer, key)]; }
  // The initial one is the first of each key's.
  std::span<const Chain> chains(std::uint32_t key) const {
    return {chains_.data() + first_chain_[key], chains_.data() + first_chain_[key + 1]};
  }
  std::size_t count() const { return chains_.size(); }

 private:
  std::size_t place(std::uint32_t writer, std::uint32_t key) const;
  void build_chains();

  const UniqueHistory& unique_;
  std::vector<std::uint32_t> next_, first_reader_, readers_, first_chain_;
  std::vector<Chain> chains_;
  std::optional<LostUpdate> lost_;
};

}  // namespace wn::checkers::polygraph
