// Whole states: canonical bytes, and the join with a peer's.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/crdt/merge.h"
#include "runtime/crdt/order.h"

namespace wn::crdt {

std::vector<std::uint32_t> sorted_children(const Store& store, std::uint32_t parent) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t id = store.first_child(parent); id != 0; id = store.slot(id).next) out.push_back(id);
  std::sort(out.begin(), out.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Slot& x = store.slot(a);
    const Slot& y = store.slot(b);
    return std::tuple(x.key.view(), x.type) < std::tuple(y.key.view(), y.type);
  });
  return out;
}

std::vector<Entry> sorted_entries(const Store& store, const Slot& s) {
  const auto all = store.entries(s);
  std::vector<Entry> out(all.begin(), all.end());
  std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.dot() < b.dot(); });
  return out;
}

std::vector<Share> sorted_shares(const Store& store, const Slot& s) {
  const auto all = store.shares(s);
  std::vector<Share> out(all.begin(), all.end());
  std::sort(out.begin(), out.end(), [](const Share& a, const Share& b) {
    return std::tie(a.replica, a.peer) < std::tie(b.replica, b.peer);
  });
  return out;
}

namespace {

void put_slot(wire::Out& out, const Store& store, std::uint32_t id) {
  const Slot& s = store.slot(id);
  if (s.type == Type::text || s.count != 0) {
    const wire::Nest part(out, 4);
    wire::put_path(out, store, id);
    const wire::Nest body(out, 2);
    if (s.type == Type::text) {
      if (s.text != nullptr) s.text->put_state(out);
    } else if (is_counter(s.type)) {
      for (const Share& share : sorted_shares(store, s)) wire::put_share(out, share, s.type);
    } else {
      for (const Entry& entry : sorted_entries(store, s)) wire::put_entry(out, entry, s.type, Dot{});
    }
  }
  for (const std::uint32_t child : sorted_children(store, id)) put_slot(out, store, child);
}

// What the peer knows and no longer has goes away here too. `theirs` lies at `other` of their table, or is
// nothing there (0).
class Forgetter {
 public:
  Forgetter(Store& mine, const Store& other, const CausalContext& theirs)
      : mine_(mine), other_(other), theirs_(theirs) {}
  std::uint32_t dropped() const { return dropped_; }

  void below(std::uint32_t parent, std::uint32_t other_parent, bool other_there) {
    for (std::uint32_t id = mine_.first_child(parent); id != 0;) {
      const Slot& s = mine_.slot(id);
      const std::uint32_t next = s.next;
      const std::uint32_t other = other_there ? other_.find(other_parent, s.type, s.key.view()) : 0;
      below(id, other, other != 0);
      here(id, other);
      mine_.prune_one(id);
      id = next;
    }
  }

 private:
  void here(std::uint32_t id, std::uint32_t other) {
    Slot& s = mine_.slot(id);
    if (s.type == Type::text) {
      if (s.text == nullptr) return;
      const Text* text = other == 0 ? nullptr : other_.slot(other).text;
      const TextScope scope(mine_, s);
      dropped_ += s.text->forget(theirs_, text);
    } else if (is_counter(s.type)) {
      for (std::size_t i = s.type == Type::bounded ? 0 : s.count; i-- > 0;) {
        const Share& share = mine_.shares(s)[i];
        if (!theirs_.contains(share.dot()) || has(other, share)) continue;
        mine_.drop_share(s, i);
        ++dropped_;
      }
    } else {
      for (std::size_t i = s.count; i-- > 0;) {
        const Dot dot = mine_.entries(s)[i].dot();
        if (!theirs_.contains(dot) || has(other, dot)) continue;
        mine_.drop_entry(s, i);
        ++dropped_;
      }
    }
  }
  bool has(std::uint32_t other, Dot dot) const {
    if (other == 0) return false;
    const auto all = other_.entries(other_.slot(other));
    return std::any_of(all.begin(), all.end(), [&](const Entry& entry) { return entry.dot() == dot; });
  }
  bool has(std::uint32_t other, const Share& share) const {
    if (other == 0) return false;
    const auto all = other_.shares(other_.slot(other));
    return std::any_of(all.begin(), all.end(), [&](const Share& there) {
      return there.replica == share.replica && there.peer == share.peer;
    });
  }

  Store& mine_;
  const Store& other_;
  const CausalContext& theirs_;
  std::uint32_t dropped_ = 0;
};

}  // namespace

void Document::encode(std::vector<std::uint8_t>& bytes) const {
  wire::Out out(bytes);
  const Store store(const_cast<Document&>(*this));
  wire::put_header(out, Dot{});
  for (const std::uint32_t id : sorted_children(store, 0)) put_slot(out, store, id);
}

Result<MergeReport> Document::load(ByteView state) {
  if (!empty()) return Merger::refusal(Errc::precondition);
  Merger merger(*this, nullptr);
  if (const Errc e = merger.check(state, Merger::Sort::state); e != Errc::ok) return Merger::refusal(e);
  return merger.apply(state);
}

Result<MergeReport> Document::merge_state(ByteView state, const CausalContext& theirs, CausalContext& seen) {
  Merger merger(*this, &seen);
  if (const Errc e = merger.check(state, Merger::Sort::state); e != Errc::ok) return merger.refusal(e);
  Document other(*options_, memory_);
  Merger aside(other, nullptr);
  if (const Errc e = aside.check(state, Merger::Sort::state); e != Errc::ok) return aside.refusal(e);
  (void)aside.apply(state);
  Store mine(*this);
  const Store there(other);
  Forgetter forgetter(mine, there, theirs);
  forgetter.below(0, 0, true);
  MergeReport report = merger.apply(state);
  report.removed += forgetter.dropped();
  return report;
}

}  // namespace wn::crdt
