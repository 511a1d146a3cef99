#pragma once
// Persists random things through a Harness and judges what a restart finds against each state that was gone
// through.
#include <algorithm>
#include <map>
#include <vector>

#include "runtime/store/test_disk.h"

namespace wn::store::test {

// What the log should hold, after each single record.
struct Expected {
  raft::HardState hard_state;
  std::vector<raft::Entry> entries;  // from index 1
};
inline bool matches(const Expected& expected, const raft::Restored& got) {
  if (!(expected.hard_state == got.hard_state)) return false;
  const std::uint64_t base = got.snapshot.index.value;
  if (expected.entries.size() < base) return got.entries.empty();
  if (expected.entries.size() - base != got.entries.size()) return false;
  for (std::size_t i = 0; i < got.entries.size(); ++i) {
    if (!same(expected.entries[base + i], got.entries[i])) return false;
  }
  return true;
}

// Persists random things and remembers each state that the log goes through.
struct Writer {
  explicit Writer(Harness& harness) : h(harness) { states.emplace_back(); }

  void persist(Draw draw) {
    raft::Persist p;
    Expected now = states.back();
    if (draw.below(3) == 0) {
      p.hard_state_changed = true;
      p.hard_state = {Term{now.hard_state.term.value + draw.below(2)},
                      NodeId{static_cast<std::uint32_t>(1 + draw.below(3))}};
      now.hard_state = p.hard_state;
      states.push_back(now);
    }
    if (!now.entries.empty() && draw.below(5) == 0) {
      const std::uint64_t cut =
          now.entries.size() - draw.below(std::min<std::uint64_t>(4, now.entries.size()));
      if (cut > snapshot) {
        p.truncate_from = LogIndex{cut};
        now.entries.resize(cut - 1);
        states.push_back(now);
      }
    }
    std::vector<raft::Entry> fresh;
    for (std::uint64_t n = draw.below(5); n > 0; --n) {
      const std::string data(draw.below(draw.below(8) == 0 ? 3000 : 40),
                             static_cast<char>('a' + draw.below(26)));
      fresh.push_back(Harness::make(now.entries.size() + 1, now.hard_state.term.value + 1, data));
      now.entries.push_back(fresh.back());
      states.push_back(now);
    }
    p.entries = fresh;
    h.persist(p);
    last_state_of_ticket[h.ticket] = states.size() - 1;
  }
  // A snapshot of what is durable: such entries are never truncated again.
  void save(Draw draw) {
    const std::size_t state = h.durable == 0 ? floor : last_state_of_ticket[h.durable];
    const std::uint64_t safe = std::min(states[state].entries.size(), states.back().entries.size());
    if (safe <= snapshot + 2) return;
    const std::uint64_t index = safe - 2;
    for (std::size_t i = state; i < states.size(); ++i) {
      if (states[i].entries.size() < index) return;
    }
    const Bytes image = Bytes::copy_of(std::string(draw.below(20'000), 's'));
    const std::uint64_t term = states[state].entries[index - 1].term.value;
    for (std::size_t i = state; i < states.size(); ++i) {
      if (states[i].entries[index - 1].term.value != term) return;
    }
    if (h.store->save_snapshot(Harness::meta(index, term, image), image, h.effects) == Errc::ok)
      snapshot = index;
    h.take();
  }
  // After a restart: the state found must be one that lies between what was acknowledged and what was asked
  // for.
  bool accept(const Recovered& got, std::uint64_t durable) {
    const std::size_t from = durable == 0 ? floor : last_state_of_ticket[durable];
    for (std::size_t i = from; i < states.size(); ++i) {
      if (!matches(states[i], got.restored)) continue;
      Expected now = states[i];
      states.assign(1, now);
      floor = 0;
      last_state_of_ticket.clear();
      return true;
    }
    return false;
  }

  // The same for a store that says that something is missing: it must know of all that was acknowledged, and
  // may have an older vote only if it says so.
  bool accept_quarantined(const Recovered& got, std::uint64_t durable) const {
    const std::size_t from = durable == 0 ? floor : last_state_of_ticket.at(durable);
    if (got.restored.quarantine_until.value < states[from].entries.size()) return false;
    if (got.report.hard_state_uncertain) return true;
    return std::any_of(states.begin() + static_cast<std::ptrdiff_t>(from), states.end(),
                       [&](const Expected& e) { return e.hard_state == got.restored.hard_state; });
  }

  Harness& h;
  std::vector<Expected> states;
  std::map<std::uint64_t, std::size_t> last_state_of_ticket;
  std::size_t floor = 0;
  std::uint64_t snapshot = 0;
};

}  // namespace wn::store::test
