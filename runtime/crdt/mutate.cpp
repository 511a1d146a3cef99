// Local mutations of registers, maps and sets.
#include "runtime/base/check.h"
#include "runtime/crdt/change.h"

namespace wn::crdt {

Errc check_path(const Options& options, Path path) {
  if (path.empty()) return Errc::invalid_argument;
  if (path.size() > options.max_nesting_depth) return Errc::too_large;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i].key.size() > options.key_bytes_max) return Errc::too_large;
    if (i + 1 < path.size() && path[i].type != Type::map) return Errc::invalid_argument;
    if (path[i].type < Type::map || path[i].type >= Type::member) return Errc::invalid_argument;
  }
  return Errc::ok;
}

Errc check_room(const Store& store, Path path, const Write& write) {
  // Somebody has told of this event before it was made (names_from()): it can't be made any more.
  if (write.seen->contains(write.dot)) return Errc::corrupt;
  if (store.places() + path.size() <= store.options().slots_max) [[likely]]
    return Errc::ok;
  std::size_t missing = path.size();
  std::uint32_t id = 0;
  for (const Step& step : path) {
    id = store.find_child(id, step);
    if (id == 0) break;
    --missing;
  }
  return store.places() + missing > store.options().slots_max ? Errc::overloaded : Errc::ok;
}

Errc check_value(const Options& options, const Value& value) {
  return value.size() > options.value_bytes_max ? Errc::too_large : Errc::ok;
}

void overwrite(Store& store, std::uint32_t slot, const Write& write, const Value* value) {
  Slot& s = store.slot(slot);
  Entry entry;
  entry.replica = write.dot.replica.value;
  entry.counter = write.dot.counter;
  if (value != nullptr) {
    entry.time = write.stamp.time.value;
    entry.stamp_replica = write.stamp.replica.value;
    entry.value = StoredValue::store(*value, store.memory());
  }
  DeltaOut(write, store).part(slot, [&](wire::Out& out) {
    wire::put_entry(out, entry, s.type, write.dot);
    for (const Entry& old : store.entries(s)) wire::put_dot(out, 2, old.dot());
  });
  store.replace_entries(s, entry);
}

Errc Document::create_map(Path map, const Write& write) {
  Store store(*this);
  if (const Errc e = check_path(*options_, map); e != Errc::ok) return e;
  if (map.back().type != Type::map) return Errc::invalid_argument;
  if (const Errc e = check_room(store, map, write); e != Errc::ok) return e;
  if (const Errc e = write.seen->add(write.dot); e != Errc::ok) return e;
  overwrite(store, store.make_path(map, write.dot), write, nullptr);
  store.check_bounds(*write.seen);
  return Errc::ok;
}

Errc Document::set(Path reg, const Value& value, const Write& write) {
  Store store(*this);
  if (const Errc e = check_path(*options_, reg); e != Errc::ok) return e;
  if (!is_register(reg.back().type)) return Errc::invalid_argument;
  if (const Errc e = check_value(*options_, value); e != Errc::ok) return e;
  if (const Errc e = check_room(store, reg, write); e != Errc::ok) return e;
  if (const Errc e = write.seen->add(write.dot); e != Errc::ok) return e;
  overwrite(store, store.make_path(reg, write.dot), write, &value);
  store.check_bounds(*write.seen);
  return Errc::ok;
}

Errc Document::insert(Path set, const Value& member, const Write& write) {
  Store store(*this);
  if (const Errc e = check_path(*options_, set); e != Errc::ok) return e;
  if (set.back().type != Type::set) return Errc::invalid_argument;
  if (const Errc e = check_value(*options_, member); e != Errc::ok) return e;
  if (const Errc e = check_room(store, set, write); e != Errc::ok) return e;
  if (const std::uint32_t there = store.resolve(set);
      (there == 0 || store.find(there, Type::member, member) == 0) &&
      store.places() + (there == 0 ? set.size() : 0) + 1 > options_->slots_max) {
    return Errc::overloaded;
  }
  if (const Errc e = write.seen->add(write.dot); e != Errc::ok) return e;
  const std::uint32_t parent = store.make_path(set, write.dot);
  overwrite(store, store.make(parent, Type::member, member), write, nullptr);
  store.check_bounds(*write.seen);
  return Errc::ok;
}

Errc Document::erase(Path set, const Value& member, const Write& write) {
  Store store(*this);
  if (const Errc e = check_path(*options_, set); e != Errc::ok) return e;
  if (set.back().type != Type::set) return Errc::invalid_argument;
  const std::uint32_t parent = store.resolve(set);
  const std::uint32_t id = parent == 0 ? 0 : store.find(parent, Type::member, member);
  if (id == 0) return Errc::not_found;
  if (const Errc e = check_room(store, {}, write); e != Errc::ok) return e;
  if (const Errc e = write.seen->add(write.dot); e != Errc::ok) return e;
  DeltaOut(write, store).part(id, [&](wire::Out& out) {
    for (const Entry& old : store.entries(store.slot(id))) wire::put_dot(out, 2, old.dot());
  });
  store.clear_entries(store.slot(id));
  store.prune(id);
  store.settle();
  store.check_bounds(*write.seen);
  return Errc::ok;
}

}  // namespace wn::crdt
