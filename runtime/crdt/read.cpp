// Reads, and the digest of what can be read.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/crdt/order.h"
#include "runtime/crdt/slot.h"

namespace wn::crdt {

namespace {

Document& unconst(const Document& d) { return const_cast<Document&>(d); }

bool beats(const Entry& a, const Entry& b, const Options& options) {
  // Defect tie_break_ignores_replica: the table is in order of arrival, which is another one everywhere.
  if (options.defect == Defect::tie_break_ignores_replica) return a.time > b.time;
  return std::tuple(a.stamp(), a.dot()) > std::tuple(b.stamp(), b.dot());
}

void absorb(Digest& digest, const Store& store, std::uint32_t id) {
  const Slot& s = store.slot(id);
  digest.absorb(static_cast<std::uint64_t>(s.type));
  s.key.view().absorb_into(digest);
  if (s.type == Type::text) {
    s.text->absorb_into(digest);
  } else if (is_counter(s.type)) {
    for (const Share& share : sorted_shares(store, s)) {
      if (!share.live() && s.type != Type::bounded) continue;
      for (const std::uint64_t word : {std::uint64_t{share.replica}, std::uint64_t{share.peer}, share.now,
                                       static_cast<std::uint64_t>(share.total - share.floor_total),
                                       static_cast<std::uint64_t>(share.spent)}) {
        digest.absorb(word);
      }
      digest.absorb(share.live() ? 1 : 0);
    }
  } else {
    for (const Entry& entry : sorted_entries(store, s)) {
      for (const std::uint64_t word :
           {std::uint64_t{entry.replica}, entry.counter, entry.time, std::uint64_t{entry.stamp_replica}}) {
        digest.absorb(word);
      }
      entry.value.view().absorb_into(digest);
    }
  }
  for (const std::uint32_t child : sorted_children(store, id)) {
    if (store.readable(child)) absorb(digest, store, child);
  }
  digest.absorb(0xE0D);  // the end of this place
}

}  // namespace

bool Document::contains(Path path) const {
  const Store store(unconst(*this));
  if (path.empty()) {
    for (std::uint32_t id = first_; id != 0; id = store.slot(id).next) {
      if (store.live(id)) return true;
    }
    return false;
  }
  const std::uint32_t id = store.resolve(path);
  return id != 0 && store.live(id);
}

std::optional<Value> Document::get(Path reg) const {
  const Store store(unconst(*this));
  const std::uint32_t id = store.resolve(reg);
  if (id == 0 || !is_register(store.slot(id).type)) return std::nullopt;
  const auto all = store.entries(store.slot(id));
  const Entry* best = &all[0];
  for (const Entry& entry : all) {
    if (beats(entry, *best, store.options())) best = &entry;
  }
  return best->value.view();
}

void Document::get_all(Path reg, std::vector<Value>& out) const {
  out.clear();
  const Store store(unconst(*this));
  const std::uint32_t id = store.resolve(reg);
  if (id == 0 || !is_register(store.slot(id).type)) return;
  // Values in place point into their slot, so the entries are walked where they are.
  const auto all = store.entries(store.slot(id));
  std::vector<const Entry*> order;
  for (const Entry& entry : all) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) { return a->dot() < b->dot(); });
  for (const Entry* entry : order) out.push_back(entry->value.view());
}

bool Document::has_member(Path set, const Value& member) const {
  const Store store(unconst(*this));
  const std::uint32_t parent = store.resolve(set);
  return parent != 0 && store.find(parent, Type::member, member) != 0;
}

void Document::members(Path set, std::vector<Value>& out) const {
  out.clear();
  const Store store(unconst(*this));
  const std::uint32_t parent = store.resolve(set);
  if (parent == 0 || store.slot(parent).type != Type::set) return;
  for (const std::uint32_t id : sorted_children(store, parent)) out.push_back(store.slot(id).key.view());
}

void Document::children(Path map, std::vector<Step>& out) const {
  out.clear();
  const Store store(unconst(*this));
  std::uint32_t parent = 0;
  if (!map.empty()) {
    parent = store.resolve(map);
    if (parent == 0 || store.slot(parent).type != Type::map) return;
  }
  for (std::uint32_t id = store.first_child(parent); id != 0; id = store.slot(id).next) {
    if (store.live(id)) out.push_back({.type = store.slot(id).type, .key = store.name_of(store.slot(id))});
  }
  std::sort(out.begin(), out.end(),
            [](const Step& a, const Step& b) { return std::tie(a.key, a.type) < std::tie(b.key, b.type); });
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

std::optional<std::string> Document::text(Path path) const {
  const Store store(unconst(*this));
  const std::uint32_t id = store.resolve(path);
  if (id == 0 || store.slot(id).type != Type::text || !store.live(id)) return std::nullopt;
  return store.slot(id).text->utf8();
}

std::uint32_t Document::text_size(Path path) const {
  const Store store(unconst(*this));
  const std::uint32_t id = store.resolve(path);
  if (id == 0 || store.slot(id).type != Type::text || store.slot(id).text == nullptr) return 0;
  return store.slot(id).text->visible();
}

Digest Document::digest() const {
  const Store store(unconst(*this));
  Digest digest;
  for (const std::uint32_t id : sorted_children(store, 0)) {
    if (store.readable(id)) absorb(digest, store, id);
  }
  return digest;
}

}  // namespace wn::crdt
