#include "runtime/capability/uses.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::capability {
namespace {

// Table: 1 reclaimed_to, 2 row (repeated). Row: 1 high, 2 low, 3 expires, 4 used.
constexpr std::size_t kRowBytesMax = 9 + 9 + 9 + 6;

}  // namespace

UseTable::UseTable(std::size_t links_max, std::pmr::memory_resource* memory)
    : links_max_(links_max), rows_(memory) {
  rows_.reserve(links_max);
}

const UseTable::Row* UseTable::find(const LinkId& id) const {
  const auto at = std::ranges::lower_bound(rows_, id, {}, &Row::id);
  return at != rows_.end() && at->id == id ? &*at : nullptr;
}

bool UseTable::used_up(const CountedLink& link) const {
  if (const Row* row = find(link.id)) return row->used >= link.uses_max;
  return link.expires <= reclaimed_to_;
}

bool UseTable::make_room(std::size_t rows, WallTime now) {
  if (rows <= links_max_ - rows_.size()) return true;
  for (const Row& row : rows_) {
    if (row.expires <= now) reclaimed_to_ = std::max(reclaimed_to_, row.expires);
  }
  std::erase_if(rows_, [&](const Row& row) { return row.expires <= now; });
  return rows <= links_max_ - rows_.size();
}

Refusal UseTable::take(std::span<const CountedLink> links, WallTime now) {
  std::size_t fresh = 0;
  for (const CountedLink& link : links) {
    if (used_up(link)) return Refusal::used_up;
    fresh += find(link.id) == nullptr ? 1 : 0;
  }
  if (!make_room(fresh, now)) return Refusal::too_many_counted;
  for (const CountedLink& link : links) {
    auto at = std::ranges::lower_bound(rows_, link.id, {}, &Row::id);
    if (at == rows_.end() || at->id != link.id) {
      at = rows_.insert(at, {.id = link.id, .expires = link.expires, .used = 0});
    }
    ++at->used;
  }
  return Refusal::allowed;
}

void UseTable::encode(std::vector<std::uint8_t>& out) const {
  ProtoWriter w(out);
  w.fixed64(1, static_cast<std::uint64_t>(reclaimed_to_.ns));
  std::vector<std::uint8_t> bytes;
  bytes.reserve(kRowBytesMax);
  for (const Row& row : rows_) {
    bytes.clear();
    ProtoWriter r(bytes);
    r.fixed64(1, row.id.high);
    r.fixed64(2, row.id.low);
    r.fixed64(3, static_cast<std::uint64_t>(row.expires.ns));
    r.varint(4, row.used);
    w.bytes(2, bytes);
  }
}

Result<void> UseTable::restore(ByteView stored) {
  WN_CHECK(rows_.empty());
  const auto bad = [&] {
    rows_.clear();
    return fail(Errc::bad_input, "not a table of use counts");
  };
  ProtoReader in(stored);
  std::uint64_t reclaimed = 0;
  if (!in.fixed64(1, reclaimed)) return bad();
  while (!in.done()) {
    ByteView bytes;
    Row row;
    std::uint64_t expires = 0, used = 0;
    if (!in.bytes(2, bytes)) return bad();
    ProtoReader r(bytes);
    if (!r.fixed64(1, row.id.high) || !r.fixed64(2, row.id.low) || !r.fixed64(3, expires) ||
        !r.varint(4, used) || !r.done() || used == 0 || used > UINT32_MAX) {
      return bad();
    }
    if (!rows_.empty() && !(rows_.back().id < row.id)) return bad();
    if (rows_.size() == links_max_) {
      rows_.clear();
      return fail(Errc::overloaded, "more use counts than there is room for");
    }
    row.expires = WallTime{static_cast<std::int64_t>(expires)};
    row.used = static_cast<std::uint32_t>(used);
    rows_.push_back(row);
  }
  reclaimed_to_ = WallTime{static_cast<std::int64_t>(reclaimed)};
  return {};
}

}  // namespace wn::capability
