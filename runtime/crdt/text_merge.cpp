// Texts over the network: runs that arrive in any order, states, and forgetting.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/crdt/text.h"
#include "runtime/crdt/wire.h"

namespace wn::crdt {

bool Text::waits(Dot dot) const {
  TextRun run;
  return std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& w) {
    return !w.erase && wire::get_run(w.item, *options_, run) && run.first.dot == dot;
  });
}

void Text::wait(ByteView item, bool erase, std::uint32_t size) {
  const auto same = [&](const Waiting& w) {
    return w.erase == erase && std::equal(w.item.begin(), w.item.end(), item.begin(), item.end());
  };
  if (std::any_of(waiting_.begin(), waiting_.end(), same)) return;
  waiting_.push_back(Waiting{
      .erase = erase,
      .size = size,
      .item = std::pmr::vector<std::uint8_t>(item.begin(), item.end(), nodes_.get_allocator().resource())});
  waiting_elements_ += size;
}

// Puts the elements of a run in place; false: its origin is not here yet.
bool Text::place(const TextRun& run, bool fresh, bool state, std::uint32_t& last, MergeReport& report) {
  std::uint32_t left = kNone;
  if (run.origin.dot) {
    left = find(run.origin);
    if (left == kNone && state) {
      left = last;
    } else if (left == kNone && fresh) {
      return false;
    } else if (left != kNone && !state && run.lamport <= nodes_[left].lamport) {
      return true;  // no honest writer: it would not have one place in every order of arrival
    }
  }
  std::string_view utf8 = run.utf8;
  Node node;
  node.replica = run.first.dot.replica.value;
  node.counter = run.first.dot.counter;
  for (std::uint32_t i = 0; i < run.size; ++i) {
    node.offset = run.first.offset + i;
    node.lamport = run.lamport + i;
    WN_CHECK(wire::get_utf8(utf8, node.code));
    if (const std::uint32_t here = find(node.name()); here != kNone) {
      if (run.mark && mark_node(nodes_[here], run.mark)) ++report.removed;
      left = last = here;
      continue;
    }
    if (!fresh) continue;
    node.origin = left;
    node.mark_replica = run.mark.replica.value;
    node.mark_counter = run.mark.counter;
    std::uint32_t spot = left;
    for (std::uint32_t next = after(spot); next != kNone && above(next, node); next = after(next))
      spot = next;
    left = last = append_node(node, spot);
    if (!node.deleted()) ++report.added;
  }
  return true;
}

// False: some of it has not arrived.
bool Text::mark(const TextErase& erase, const CausalContext* seen, MergeReport& report) {
  ElementName name = erase.first;
  bool whole = true;
  for (std::uint32_t i = 0; i < erase.size; ++i, ++name.offset) {
    const std::uint32_t node = find(name);
    if (node != kNone) {
      if (mark_node(nodes_[node], erase.mark)) ++report.removed;
    } else {
      whole = false;
    }
  }
  if (whole) return true;
  // What was seen and neither is here nor waits was forgotten: there is nothing left to do.
  return seen != nullptr && seen->contains(name.dot) && !waits(name.dot);
}

void Text::retry(const CausalContext* seen, MergeReport& report) {
  for (bool moved = true; moved;) {
    moved = false;
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const Waiting& w = waiting_[i];
      TextRun run;
      TextErase erase;
      bool done = false;
      if (w.erase) {
        WN_CHECK(wire::get_erase(w.item, *options_, erase));
        done = mark(erase, seen, report);
      } else {
        WN_CHECK(wire::get_run(w.item, *options_, run));
        std::uint32_t last = kNone;
        done = place(run, true, false, last, report);
      }
      if (!done) continue;
      waiting_elements_ -= w.size;
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i--));
      moved = true;
    }
  }
}

void Text::merge(ByteView payload, const CausalContext* seen, bool state, MergeReport& report) {
  wire::In body(payload);
  ByteView item;
  std::uint32_t last = kNone;
  TextRun run;
  // What waits here may come with what it stands on.
  const auto is_fresh = [&] {
    return seen == nullptr || !seen->contains(run.first.dot) || waits(run.first.dot);
  };
  while (body.bytes(1, item)) {
    WN_CHECK(wire::get_run(item, *options_, run));
    if (!place(run, is_fresh(), state, last, report)) wait(item, false, run.size);
  }
  while (body.bytes(2, item)) {
    TextErase erase;
    WN_CHECK(wire::get_erase(item, *options_, erase));
    if (!mark(erase, seen, report)) wait(item, true, 1);
  }
  while (body.bytes(3, item)) {
    WN_CHECK(wire::get_run(item, *options_, run));
    if (!place(run, is_fresh(), false, last, report)) wait(item, false, run.size);
  }
  if (!waiting_.empty()) retry(seen, report);
  report.waiting += static_cast<std::uint32_t>(waiting_.size());
}

void Text::put_state(wire::Out& out) const {
  TextRun run;
  std::string utf8;
  const auto flush = [&] {
    if (run.size == 0) return;
    run.utf8 = utf8;
    wire::put_run(out, run);
    run = {};
    utf8.clear();
  };
  std::uint32_t last = kNone;
  each([&](std::uint32_t i) {
    const Node& node = nodes_[i];
    const bool follows = run.size != 0 && run.size < options_->text_insert_max && node.origin == last &&
                         node.dot() == run.first.dot && node.offset == run.first.offset + run.size &&
                         node.lamport == run.lamport + run.size && node.mark() == run.mark;
    if (!follows) {
      flush();
      run = {.first = node.name(), .lamport = node.lamport, .mark = node.mark()};
      if (node.origin != kNone) run.origin = nodes_[node.origin].name();
    }
    ++run.size;
    wire::put_utf8(utf8, node.code);
    last = i;
  });
  flush();
  std::vector<const Waiting*> order;
  for (const Waiting& w : waiting_) order.push_back(&w);
  std::sort(order.begin(), order.end(), [](const Waiting* a, const Waiting* b) {
    return a->erase != b->erase ? a->erase : a->item < b->item;
  });
  for (const Waiting* w : order) out.bytes(w->erase ? 2 : 3, w->item);
}

// ---- forgetting -------------------------------------------------------------------------------------------

std::uint32_t Text::forget(const CausalContext& theirs, const Text* other) {
  std::pmr::vector<bool> gone(nodes_.size(), false, nodes_.get_allocator().resource());
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (!theirs.contains(node.dot())) continue;
    if (other != nullptr && (other->has(node.name()) || other->waits(node.dot()))) continue;
    gone[i] = true;
    ++count;
  }
  if (count != 0) rebuild(gone);
  return count;
}

std::uint32_t Text::collect(const VersionVector& stable) {
  std::pmr::vector<std::uint32_t> order(nodes_.get_allocator().resource());
  bool any = false;
  each([&](std::uint32_t i) {
    order.push_back(i);
    any = any || nodes_[i].deleted();
  });
  if (!any) return 0;
  std::pmr::vector<bool> gone(nodes_.size(), false, nodes_.get_allocator().resource());
  std::uint32_t count = 0;
  std::uint32_t behind = kNone;  // the first element kept behind the one at hand
  for (auto it = order.rbegin(); it != order.rend(); ++it) {
    const Node& node = nodes_[*it];
    const bool known = node.deleted() && stable.contains(node.mark()) && stable.contains(node.dot());
    const bool clear = behind == kNone || stable.contains(nodes_[behind].dot()) || !above(behind, node);
    if (known && clear) {
      gone[*it] = true;
      ++count;
    } else {
      behind = *it;
    }
  }
  if (count != 0) rebuild(gone);
  return count;
}

// The list without those that are gone, packed in its own order.
void Text::rebuild(const std::pmr::vector<bool>& gone) {
  std::pmr::memory_resource* memory = nodes_.get_allocator().resource();
  std::pmr::vector<std::uint32_t> moved(nodes_.size(), kNone,
                                        memory);  // where it or the one to its left is now
  std::pmr::vector<Node> kept(memory);
  kept.reserve(nodes_.size() - static_cast<std::size_t>(std::count(gone.begin(), gone.end(), true)));
  std::uint32_t last = kNone;
  each([&](std::uint32_t i) {
    if (!gone[i]) {
      last = static_cast<std::uint32_t>(kept.size());
      kept.push_back(nodes_[i]);
    }
    moved[i] = last;
  });
  nodes_ = std::pmr::vector<Node>(memory);
  nodes_.reserve(kept.size());
  blocks_ = std::pmr::vector<Block>(memory);
  index_ = std::pmr::vector<std::uint32_t>(memory);
  head_ = tail_ = kNone;
  visible_ = 0;
  last = kNone;
  for (Node& node : kept) {
    if (node.origin != kNone) node.origin = moved[node.origin];
    last = append_node(node, last);
  }
}

TextCheck check_text(ByteView payload, const Options& options, const Text* text, const CausalContext* seen,
                     bool state) {
  TextCheck check;
  const auto note = [&](Dot dot) {
    if (seen == nullptr) return;
    check.new_dots += seen->contains(dot) ? 0 : 1;
    check.strangers += seen->knows(dot.replica) ? 0 : 1;
  };
  const auto is_here = [&](const ElementName& name) { return text != nullptr && text->has(name); };
  const auto refuse = [&](Errc code) {
    check.code = code;
    return check;
  };
  std::uint64_t elements = text == nullptr ? 0 : text->elements();
  std::uint64_t waiting = text == nullptr ? 0 : text->waiting();
  wire::In body(payload);
  ByteView item;
  while (body.bytes(1, item)) {
    TextRun run;
    if (!wire::get_run(item, options, run)) return refuse(Errc::bad_input);
    if (!state && run.mark) return refuse(Errc::bad_input);
    const bool fresh = seen == nullptr || !seen->contains(run.first.dot);
    if (fresh && run.origin.dot && !is_here(run.origin)) {
      const bool forgotten = seen != nullptr && seen->contains(run.origin.dot) &&
                             (text == nullptr || !text->waits(run.origin.dot));
      if (!state && forgotten) return refuse(Errc::precondition);
      ++waiting;
    }
    note(run.first.dot);
    elements += run.size;
  }
  while (body.bytes(2, item)) {
    TextErase erase;
    if (!wire::get_erase(item, options, erase)) return refuse(Errc::bad_input);
    waiting += is_here(erase.first) ? 0 : 1;
  }
  while (state && body.bytes(3, item)) {
    TextRun run;
    if (!wire::get_run(item, options, run) || run.mark) return refuse(Errc::bad_input);
    note(run.first.dot);
    elements += run.size;
  }
  if (!body.done()) return refuse(Errc::bad_input);
  if (elements > options.text_elements_max) return refuse(Errc::overloaded);
  if (!state && waiting > options.text_pending_max) return refuse(Errc::overloaded);
  return check;
}

}  // namespace wn::crdt
