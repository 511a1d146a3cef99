#include "runtime/crdt/reissue.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/crdt/merge.h"
#include "runtime/crdt/wire.h"

namespace wn::crdt {

namespace {

// The slot of a path in another document; 0 when it is not there.
std::uint32_t find_path(const Store& store, ByteView path) {
  std::uint32_t id = 0;
  Type type{};
  Value key;
  while (!path.empty()) {
    WN_CHECK(wire::get_step(path, store.options(), type, key));
    id = store.find(id, type, key);
    if (id == 0) return 0;
  }
  return id;
}

Store store_of(const Document& d) { return Store(const_cast<Document&>(d)); }

std::uint64_t lamport_of(const Store& store, std::uint32_t parent) {
  std::uint64_t most = 0;
  for (std::uint32_t id = store.first_child(parent); id != 0; id = store.slot(id).next) {
    const Slot& s = store.slot(id);
    if (s.type == Type::text && s.text != nullptr) most = std::max(most, s.text->lamport());
    most = std::max(most, lamport_of(store, id));
  }
  return most;
}

}  // namespace

Reissue::Reissue(const Document& before, const Document& installed, ReplicaId old_id, std::uint64_t cut,
                 ReplicaId fresh)
    : before_(before),
      installed_(installed),
      old_(old_id),
      cut_(cut),
      fresh_(fresh),
      lamport_(lamport_of(store_of(installed), 0)) {
  WN_CHECK(fresh && fresh != old_id);
}

void Reissue::rewrite_share(const wire::PartView& part, Share share, const Amounts& by, wire::Out& out) {
  const Store installed = store_of(installed_);
  const std::uint32_t id = find_path(installed, part.path);
  Share base;
  if (id != 0) {
    for (const Share& there : installed.shares(installed.slot(id))) {
      if (there.replica == share.replica && there.peer == share.peer && there.born == share.born)
        base = there;
    }
  }
  const Dot mark = moved(share.mark());
  share.mark_replica = mark.replica.value;
  share.mark_counter = mark.counter;
  if (!ours(share.dot())) return wire::put_share(out, share, part.leaf);
  if (share.floor != 0 && base.now != 0) {  // the part of the chain that the others have ends too
    Share ended = base;
    const bool whole = share.floor > cut_;
    ended.floor = whole ? base.now : std::min(share.floor, base.now);
    if (part.leaf != Type::bounded) ended.floor_total = whole ? base.total : share.floor_total;
    ended.mark_replica = share.mark_replica;
    ended.mark_counter = share.mark_counter;
    wire::put_share(out, ended, part.leaf);
  }
  const Amounts held = base_of(part, share, by);
  Share fresh = share;
  fresh.replica = fresh_.value;
  if (share.peer == old_.value) fresh.peer = fresh_.value;
  fresh.born = share.born > cut_ ? share.born - cut_ : 1;
  fresh.now = share.now - cut_;
  fresh.total -= held.total;
  fresh.spent -= held.spent;
  fresh.floor = share.floor > cut_ ? share.floor - cut_ : 0;
  if (fresh.floor != 0 && part.leaf != Type::bounded) fresh.floor_total -= held.total;
  if (fresh.floor == 0) fresh.floor_total = 0;
  wire::put_share(out, fresh, part.leaf);
}

// What the chain held at the cut: before the first of its operations beyond it.
Amounts Reissue::base_of(const wire::PartView& part, const Share& share, const Amounts& by) {
  for (const Base& base : bases_) {
    if (base.peer == share.peer && base.born == share.born &&
        std::equal(base.path.begin(), base.path.end(), part.path.begin(), part.path.end())) {
      return {.total = base.total, .spent = base.spent};
    }
  }
  bases_.push_back({.path = std::vector<std::uint8_t>(part.path.begin(), part.path.end()),
                    .peer = share.peer,
                    .born = share.born,
                    .total = share.total - by.total,
                    .spent = share.spent - by.spent});
  return {.total = bases_.back().total, .spent = bases_.back().spent};
}

void Reissue::rewrite_run(const wire::PartView& part, TextRun run, wire::Out& out) const {
  const Store before = store_of(before_);
  const Store installed = store_of(installed_);
  const std::uint32_t mine = find_path(before, part.path);
  const std::uint32_t there = find_path(installed, part.path);
  const Text* other = there == 0 ? nullptr : installed.slot(there).text;
  const auto lives = [&](const ElementName& name) {
    return ours(name.dot) || (other != nullptr && other->has(name));
  };
  if (run.origin.dot && !lives(run.origin)) {
    const Text* text = mine == 0 ? nullptr : before.slot(mine).text;
    run.origin = text == nullptr ? ElementName{} : text->left_of(run.origin, lives);
  }
  run.origin.dot = moved(run.origin.dot);
  run.first.dot = moved(run.first.dot);
  run.lamport += lamport_;
  wire::put_run(out, run);
}

void Reissue::rewrite_part(const wire::PartView& part, Dot header, wire::Out& out) {
  const Options& options = *installed_.options_;
  const wire::Nest nest(out, 4);
  out.bytes(1, part.path);
  const wire::Nest body(out, 2);
  wire::In reader(part.payload);
  ByteView item;
  while (reader.bytes(1, item)) {
    if (part.leaf == Type::text) {
      TextRun run;
      WN_CHECK(wire::get_run(item, options, run));
      rewrite_run(part, run, out);
    } else if (is_counter(part.leaf)) {
      Share share;
      Amounts by;
      WN_CHECK(wire::get_share(item, part.leaf, share, by));
      rewrite_share(part, share, by, out);
    } else {
      Entry entry;
      Value value;
      WN_CHECK(wire::get_entry(item, part.leaf, options, header, entry, value));
      const Dot dot = moved(entry.dot());
      entry.replica = dot.replica.value;
      entry.counter = dot.counter;
      wire::put_entry(out, entry, part.leaf, value, moved(header));
    }
  }
  while (reader.bytes(2, item)) {
    if (part.leaf == Type::text) {
      TextErase erase;
      WN_CHECK(wire::get_erase(item, options, erase));
      erase.first.dot = moved(erase.first.dot);
      erase.mark = moved(erase.mark);
      wire::put_erase(out, erase);
    } else {
      Dot dot;
      WN_CHECK(wire::get_dot(item, dot));
      wire::put_dot(out, 2, moved(dot));
    }
  }
}

Errc Reissue::rewrite(ByteView delta, std::vector<std::uint8_t>& bytes) {
  Document scratch(*installed_.options_, installed_.memory_);
  if (Merger(scratch, nullptr).check(delta, Merger::Sort::delta) != Errc::ok) return Errc::bad_input;
  wire::In reader(delta);
  Dot dot;
  WN_CHECK(wire::get_header(reader, dot));
  if (!ours(dot)) return Errc::precondition;
  wire::Out out(bytes);
  wire::put_header(out, moved(dot));
  wire::PartView part;
  while (!reader.done()) {
    WN_CHECK(wire::get_part(reader, *installed_.options_, part));
    rewrite_part(part, dot, out);
  }
  return Errc::ok;
}

}  // namespace wn::crdt
