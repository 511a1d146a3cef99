// Reset-remove: takes away everything that this replica has seen at and below a place, by naming it dot by
// dot; what it has not seen stays. Two passes: the delta is written (and may prove too large), then it is
// applied.
#include "runtime/base/check.h"
#include "runtime/crdt/change.h"

namespace wn::crdt {

namespace {

class Remover {
 public:
  Remover(Store& store, const Write& write) : store_(store), write_(write), delta_(write, store) {}

  // Both go as deep as max_nesting_depth.
  void describe(std::uint32_t id) {
    const Slot& s = store_.slot(id);
    for (std::uint32_t child = s.child; child != 0; child = store_.slot(child).next) describe(child);
    if (s.type == Type::text) {
      if (s.text == nullptr || s.text->visible() == 0) return;
      delta_.part(id, [&](wire::Out& out) { s.text->put_clear(write_.dot, out); });
    } else if (s.count == 0) {
      return;
    } else if (is_counter(s.type)) {
      delta_.part(id, [&](wire::Out& out) {
        for (const Share& share : store_.shares(s)) {
          if (share.live()) wire::put_share(out, cut(share, s.type), s.type);
        }
      });
    } else {
      delta_.part(id, [&](wire::Out& out) {
        for (const Entry& old : store_.entries(s)) wire::put_dot(out, 2, old.dot());
      });
    }
  }
  void close() { delta_.close(); }
  void apply(std::uint32_t id) {
    for (std::uint32_t child = store_.slot(id).child; child != 0;) {
      const std::uint32_t next = store_.slot(child).next;
      apply(child);
      child = next;
    }
    Slot& s = store_.slot(id);
    if (s.type == Type::text) {
      if (s.text != nullptr) s.text->clear(write_.dot);
    } else if (is_counter(s.type)) {
      for (Share& share : store_.shares(s)) {
        if (share.live()) share = cut(share, s.type);
      }
    } else {
      store_.clear_entries(s);
    }
    store_.prune_one(id);
  }

 private:
  Share cut(Share share, Type type) const {
    share.floor = share.now;
    if (type != Type::bounded) share.floor_total = share.total;
    share.mark_replica = write_.dot.replica.value;
    share.mark_counter = write_.dot.counter;
    return share;
  }
  Store& store_;
  const Write& write_;
  DeltaOut delta_;
};

// The children of `parent` that `chosen` accepts, with everything below them.
template <class Chosen>
Errc remove_children(Store& store, std::uint32_t parent, const Write& write, Chosen&& chosen) {
  bool any = false;
  for (std::uint32_t id = store.first_child(parent); id != 0; id = store.slot(id).next) {
    any = any || (chosen(id) && store.live(id));
  }
  if (!any) return Errc::not_found;
  if (const Errc e = check_room(store, {}, write); e != Errc::ok) return e;
  const std::size_t before = write.delta == nullptr ? 0 : write.delta->size();
  Remover remover(store, write);
  for (std::uint32_t id = store.first_child(parent); id != 0; id = store.slot(id).next) {
    if (chosen(id)) remover.describe(id);
  }
  remover.close();
  Errc refusal = Errc::ok;
  if (write.delta != nullptr && write.delta->size() - before > store.options().delta_bytes_max) {
    refusal = Errc::too_large;
  } else {
    refusal = write.seen->add(write.dot);
  }
  if (refusal != Errc::ok) {
    if (write.delta != nullptr) write.delta->resize(before);
    return refusal;
  }
  for (std::uint32_t id = store.first_child(parent); id != 0;) {
    const std::uint32_t next = store.slot(id).next;
    if (chosen(id)) remover.apply(id);
    id = next;
  }
  if (parent != 0) store.prune(parent);
  store.settle();
  store.check_bounds(*write.seen);
  return Errc::ok;
}

}  // namespace

Errc Document::remove(Path path, const Write& write) {
  Store store(*this);
  if (path.empty()) return remove_children(store, 0, write, [](std::uint32_t) { return true; });
  if (const Errc e = check_path(*options_, path); e != Errc::ok) return e;
  const std::uint32_t target = store.resolve(path);
  if (target == 0) return Errc::not_found;
  return remove_children(store, store.slot(target).parent, write,
                         [target](std::uint32_t id) { return id == target; });
}

Errc Document::remove_key(Path map, std::string_view key, const Write& write) {
  Store store(*this);
  std::uint32_t parent = 0;
  if (!map.empty()) {
    if (const Errc e = check_path(*options_, map); e != Errc::ok) return e;
    if (map.back().type != Type::map) return Errc::invalid_argument;
    parent = store.resolve(map);
    if (parent == 0) return Errc::not_found;
  }
  return remove_children(store, parent, write,
                         [&](std::uint32_t id) { return store.name_of(store.slot(id)) == key; });
}

}  // namespace wn::crdt
