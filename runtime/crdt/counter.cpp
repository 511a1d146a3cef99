// Counters. A share is a chain of states of one replica; see Share. The bounded counter (escrow: O'Neil 1986;
// Balegas et al., "Extending Eventually Consistent Cloud Databases for Enforcing Numeric Invariants",
// SRDS'15): the value is the sum of rights that were made and not spent; a replica spends and gives only what
// it holds.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/crdt/change.h"

namespace wn::crdt {

namespace {

using Wide = __int128;

std::int64_t clamp(Wide v) {
  constexpr Wide kMax = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::clamp(v, -kMax, kMax));
}

Wide rights_of(std::span<const Share> shares, std::uint32_t replica) {
  Wide sum = 0;
  for (const Share& share : shares) {
    if (share.replica == share.peer) {
      if (share.replica == replica) sum += Wide{share.total} - share.spent;
    } else {
      if (share.replica == replica) sum -= share.total;
      if (share.peer == replica) sum += share.total;
    }
  }
  return sum;
}

bool in_range(std::int64_t total, std::int64_t amount) {
  const Wide sum = Wide{total} + amount;
  return sum <= kCounterTotalMax && sum >= -Wide{kCounterTotalMax};
}

// Moves the writer's chain on by one state.
Errc advance(Store& store, Path path, std::uint32_t peer, Amounts by, const Write& write) {
  if (const Errc e = check_room(store, path, write); e != Errc::ok) return e;
  const std::uint32_t replica = write.dot.replica.value;
  const std::uint32_t found = store.resolve(path);
  Share* share = found == 0 ? nullptr : store.find_share(store.slot(found), replica, peer);
  if (!in_range(share == nullptr ? 0 : share->total, by.total)) return Errc::too_large;
  if (!in_range(share == nullptr ? 0 : share->spent, by.spent)) return Errc::too_large;
  if (const Errc e = write.seen->add(write.dot); e != Errc::ok) return e;
  std::uint32_t id = found;
  if (share == nullptr) {
    id = found != 0 ? found : store.make_path(path, write.dot);
    Share fresh;
    fresh.replica = replica;
    fresh.peer = peer;
    fresh.born = write.dot.counter;
    share = &store.add_share(store.slot(id), fresh);
  }
  share->now = write.dot.counter;
  share->total += by.total;
  share->spent += by.spent;
  DeltaOut(write, store).part(id, [&](wire::Out& out) {
    wire::put_share(out, *share, store.slot(id).type, by);
  });
  store.check_bounds(*write.seen);
  return Errc::ok;
}

Errc check_bounded(const Options& options, Path path, std::int64_t amount) {
  if (const Errc e = check_path(options, path); e != Errc::ok) return e;
  return path.back().type != Type::bounded || amount < 0 ? Errc::invalid_argument : Errc::ok;
}

}  // namespace

Errc Document::add(Path counter, std::int64_t amount, const Write& write) {
  Store store(*this);
  if (const Errc e = check_path(*options_, counter); e != Errc::ok) return e;
  const Type type = counter.back().type;
  if (type != Type::pn_counter && (type != Type::g_counter || amount < 0)) return Errc::invalid_argument;
  return advance(store, counter, 0, {.total = amount}, write);
}

Errc Document::grant(Path bounded, std::int64_t amount, const Write& write) {
  Store store(*this);
  if (const Errc e = check_bounded(*options_, bounded, amount); e != Errc::ok) return e;
  return advance(store, bounded, write.dot.replica.value, {.total = amount}, write);
}

Errc Document::spend(Path bounded, std::int64_t amount, const Write& write) {
  Store store(*this);
  if (const Errc e = check_bounded(*options_, bounded, amount); e != Errc::ok) return e;
  if (rights(bounded, write.dot.replica) < amount) return Errc::precondition;
  return advance(store, bounded, write.dot.replica.value, {.spent = amount}, write);
}

Errc Document::transfer(Path bounded, ReplicaId to, std::int64_t amount, const Write& write) {
  Store store(*this);
  if (const Errc e = check_bounded(*options_, bounded, amount); e != Errc::ok) return e;
  if (!to || to == write.dot.replica) return Errc::invalid_argument;
  if (rights(bounded, write.dot.replica) < amount) return Errc::precondition;
  return advance(store, bounded, to.value, {.total = amount}, write);
}

std::int64_t Document::rights(Path bounded, ReplicaId replica) const {
  const Store store(const_cast<Document&>(*this));
  const std::uint32_t id = store.resolve(bounded);
  if (id == 0 || store.slot(id).type != Type::bounded) return 0;
  return clamp(rights_of(store.shares(store.slot(id)), replica.value));
}

void Document::all_rights(Path bounded, std::vector<Rights>& out) const {
  const Store store(const_cast<Document&>(*this));
  const std::uint32_t id = store.resolve(bounded);
  if (id == 0 || store.slot(id).type != Type::bounded) return;
  for (const Share& share : store.shares(store.slot(id))) {
    if (share.replica == share.peer)
      out.push_back({.replica = ReplicaId{share.replica},
                     .made = share.total,
                     .spent = share.spent,
                     .dot = share.dot()});
  }
  std::ranges::sort(out, {}, &Rights::replica);
}

std::optional<std::int64_t> Document::count(Path counter) const {
  const Store store(const_cast<Document&>(*this));
  const std::uint32_t id = store.resolve(counter);
  if (id == 0 || !is_counter(store.slot(id).type) || !store.live(id)) return std::nullopt;
  const bool bounded = store.slot(id).type == Type::bounded;
  Wide sum = 0;
  for (const Share& share : store.shares(store.slot(id))) {
    if (bounded) {
      if (share.replica == share.peer) sum += Wide{share.total} - share.spent;
    } else {
      sum += Wide{share.total} - share.floor_total;
    }
  }
  return clamp(sum);
}

}  // namespace wn::crdt
