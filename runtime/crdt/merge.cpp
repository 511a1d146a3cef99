#include "runtime/crdt/merge.h"

#include "runtime/base/check.h"

namespace wn::crdt {

std::string_view to_string(Type type) {
  constexpr std::string_view kNames[] = {"map",        "set",     "lww",  "mv",    "g-counter",
                                         "pn-counter", "bounded", "text", "member"};
  const auto at = static_cast<std::size_t>(type) - 1;
  return at < std::size(kNames) ? kNames[at] : "unknown";
}

Result<MergeReport> Document::merge(ByteView delta, CausalContext& seen) {
  Merger merger(*this, &seen);
  if (const Errc e = merger.check(delta, Merger::Sort::delta); e != Errc::ok) return Merger::refusal(e);
  return merger.apply(delta);
}

std::unexpected<Error> Merger::refusal(Errc code) {
  switch (code) {
    case Errc::overloaded:
      return fail(code, "crdt: the delta would exceed a limit of the document or of the context");
    case Errc::too_large:
      return fail(code, "crdt: the delta is longer than delta_bytes_max");
    case Errc::precondition:
      return fail(code,
                  "crdt: stands on reclaimed text (its replica must rebase), or the document is not empty");
    default:
      return fail(code, "crdt: not a delta");
  }
}

// ---- check ------------------------------------------------------------------------------------------------

// Counts generously: every dot of a delta as new, and a writer again when another came between.
void Merger::check_dot(Dot dot) {
  if (seen_ == nullptr) return;
  new_dots_ += report_.dot || !seen_->contains(dot) ? 1 : 0;
  if (dot.replica == familiar_) return;
  strangers_ += seen_->knows(dot.replica) ? 0 : 1;
  familiar_ = dot.replica;
}

Errc Merger::check_part(const wire::PartView& part) {
  wire::In body(part.payload);
  ByteView item;
  Dot dot;
  if (part.leaf == Type::text) {
    const std::uint32_t id = find(part);
    const Text* text = id == 0 ? nullptr : store_.slot(id).text;
    const TextCheck got = check_text(part.payload, store_.options(), text, seen_, !report_.dot);
    new_dots_ += got.new_dots;
    strangers_ += got.strangers;
    return got.code;
  }
  if (is_counter(part.leaf)) {
    while (body.bytes(1, item)) {
      Amounts by;
      share_ = Share{};
      if (!wire::get_share(item, part.leaf, share_, by)) return Errc::bad_input;
      ++shares_;
      check_dot(share_.dot());
    }
  } else {
    while (body.bytes(1, item)) {
      if (!wire::get_entry(item, part.leaf, store_.options(), report_.dot, entry_, value_)) {
        return Errc::bad_input;
      }
      ++entries_;
      check_dot(entry_.dot());
    }
    while (body.bytes(2, item)) {
      if (!wire::get_dot(item, dot)) return Errc::bad_input;
      check_dot(dot);
    }
  }
  return body.done() ? Errc::ok : Errc::bad_input;
}

Errc Merger::check(ByteView bytes, Sort sort) {
  const Options& options = store_.options();
  if (sort == Sort::delta && bytes.size() > options.delta_bytes_max) return Errc::too_large;
  wire::In reader(bytes);
  if (!wire::get_header(reader, report_.dot)) return Errc::bad_input;
  if ((sort == Sort::delta) != static_cast<bool>(report_.dot)) return Errc::bad_input;
  if (sort == Sort::delta) check_dot(report_.dot);
  wire::PartView part;
  while (!reader.done()) {
    if (!wire::get_part(reader, options, part)) return Errc::bad_input;
    steps_ += part.depth;
    ++parts_;
    only_ = part;
    if (const Errc e = check_part(part); e != Errc::ok) return e;
  }
  // Counted generously first; exactly only near the limit.
  if (store_.places() + steps_ > options.slots_max &&
      store_.places() + missing_steps(bytes) > options.slots_max) {
    return Errc::overloaded;
  }
  if (seen_ != nullptr && !seen_->has_room(new_dots_, strangers_)) return Errc::overloaded;
  return Errc::ok;
}

// Steps that find no slot; a place that several parts make counts several times.
std::size_t Merger::missing_steps(ByteView bytes) const {
  wire::In reader(bytes);
  Dot dot;
  WN_CHECK(wire::get_header(reader, dot));
  wire::PartView part;
  std::size_t missing = 0;
  while (!reader.done()) {
    WN_CHECK(wire::get_part(reader, store_.options(), part));
    missing += find(part) != 0 ? 0 : part.depth;
  }
  return missing;
}

// ---- apply ------------------------------------------------------------------------------------------------

std::uint32_t Merger::find(const wire::PartView& part) const {
  if (part.depth == 1) return store_.find(0, part.leaf, part.key);
  ByteView path = part.path;
  std::uint32_t id = 0;
  Type type{};
  Value key;
  while (!path.empty()) {
    WN_CHECK(wire::get_step(path, store_.options(), type, key));
    id = store_.find(id, type, key);
    if (id == 0) return 0;
  }
  return id;
}

std::uint32_t Merger::make(ByteView path) {
  std::uint32_t id = 0;
  Type type{};
  Value key;
  while (!path.empty()) {
    WN_CHECK(wire::get_step(path, store_.options(), type, key));
    id = store_.make(id, type, key);
  }
  return id;
}

void Merger::note(Dot dot) {
  if (seen_ != nullptr) WN_CHECK(seen_->add(dot) == Errc::ok);
  noted_ = dot;
}

void Merger::add_entry(const wire::PartView& part, Entry entry, const Value& value) {
  if (at_ == 0) at_ = make(part.path);
  Slot& s = store_.slot(at_);
  const std::span<Entry> all = store_.entries(s);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].replica != entry.replica) continue;
    if (all[i].counter >= entry.counter) return;  // see Entry: a later one replaces
    if (is_register(part.leaf)) entry.value = StoredValue::store(value, store_.memory());
    store_.replace_entry(all[i], entry);
    ++report_.added;
    return;
  }
  if (is_register(part.leaf)) entry.value = StoredValue::store(value, store_.memory());
  store_.add_entry(s, entry);
  ++report_.added;
}

void Merger::apply_entries(const wire::PartView& part) {
  wire::In body(part.payload);
  ByteView item;
  while (body.bytes(1, item)) {
    if (entries_ != 1) {
      WN_CHECK(wire::get_entry(item, part.leaf, store_.options(), report_.dot, entry_, value_));
    }
    if (seen(entry_.dot())) continue;  // is here, or was overwritten or removed
    add_entry(part, entry_, value_);
    note(entry_.dot());
  }
  Dot dot;
  while (body.bytes(2, item)) {
    WN_CHECK(wire::get_dot(item, dot));
    note(dot);
    if (at_ == 0) continue;
    Slot& s = store_.slot(at_);
    for (std::size_t i = s.count; i-- > 0;) {
      if (store_.entries(s)[i].dot() != dot) continue;
      store_.drop_entry(s, i);
      ++report_.removed;
    }
  }
}

void Merger::apply_shares(const wire::PartView& part) {
  wire::In body(part.payload);
  ByteView item;
  while (body.bytes(1, item)) {
    if (shares_ != 1) {
      Amounts by;
      share_ = Share{};
      WN_CHECK(wire::get_share(item, part.leaf, share_, by));
    }
    const Share& share = share_;
    Share* mine = at_ == 0 ? nullptr : store_.find_share(store_.slot(at_), share.replica, share.peer);
    if (mine != nullptr) {
      const bool was_live = mine->live();
      if (mine->join(share)) ++(was_live && !mine->live() ? report_.removed : report_.added);
    } else if (!seen(share.dot())) {  // else it was removed and reclaimed
      if (at_ == 0) at_ = make(part.path);
      store_.add_share(store_.slot(at_), share);
      ++report_.added;
    }
    note(share.dot());
  }
}

void Merger::apply_text(const wire::PartView& part) {
  if (at_ == 0) at_ = make(part.path);
  Slot& s = store_.slot(at_);
  const TextScope scope(store_, s);
  store_.text(s).merge(part.payload, seen_, !report_.dot, report_);
  if (seen_ == nullptr) return;
  // Only now: the runs of one dot may be many.
  wire::In body(part.payload);
  ByteView item;
  TextRun run;
  while (body.bytes(1, item) && wire::get_run(item, store_.options(), run)) note(run.first.dot);
  while (body.bytes(2, item)) continue;
  while (body.bytes(3, item) && wire::get_run(item, store_.options(), run)) note(run.first.dot);
}

void Merger::apply_part(const wire::PartView& part) {
  at_ = find(part);
  if (part.leaf == Type::text) {
    apply_text(part);
  } else if (is_counter(part.leaf)) {
    apply_shares(part);
  } else {
    apply_entries(part);
  }
  if (at_ != 0) store_.prune(at_);
}

MergeReport Merger::apply(ByteView bytes) {
  if (parts_ == 1) {
    apply_part(only_);
  } else {
    wire::In reader(bytes);
    WN_CHECK(wire::get_header(reader, report_.dot));
    wire::PartView part;
    while (!reader.done()) {
      WN_CHECK(wire::get_part(reader, store_.options(), part));
      apply_part(part);
    }
  }
  if (report_.dot && noted_ != report_.dot) note(report_.dot);
  store_.settle();
  if (seen_ != nullptr) store_.check_bounds(*seen_);
  return report_;
}

}  // namespace wn::crdt
