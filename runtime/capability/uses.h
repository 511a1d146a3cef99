#pragma once
// UseTable: how often the counted links of this verifier have been used. Bounded: what has expired is
// reclaimed when room is needed, and a link that expired no later than anything reclaimed counts as used up
// (the wall clock may step back, a count may not). Has to survive restarts, like the revocations: encode()
// and restore().
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"
#include "runtime/capability/types.h"

namespace wn::capability {

struct CountedLink {
  LinkId id;
  WallTime expires;
  std::uint32_t uses_max = 0;
};

class UseTable {
 public:
  // Takes all its memory at once: 32 bytes a link.
  UseTable(std::size_t links_max, std::pmr::memory_resource* memory);
  // One use of each, or of none: allowed, used_up, too_many_counted.
  [[nodiscard]] Refusal take(std::span<const CountedLink> links, WallTime now);
  // Whether take() would succeed. Changes nothing.
  [[nodiscard]] bool used_up(const CountedLink& link) const;
  std::size_t size() const { return rows_.size(); }

  void encode(std::vector<std::uint8_t>& out) const;
  // REQUIRES an empty table. bad_input: not canonical bytes; overloaded: more than links_max. Then it stays
  // empty.
  Result<void> restore(ByteView stored);

 private:
  struct Row {
    LinkId id;
    WallTime expires;
    std::uint32_t used = 0;
  };
  const Row* find(const LinkId& id) const;
  bool make_room(std::size_t rows, WallTime now);

  std::size_t links_max_;
  std::pmr::vector<Row> rows_;  // ascending by id
  WallTime reclaimed_to_{INT64_MIN};
};

}  // namespace wn::capability
