#include "checkers/eventual/keys.h"

#include <algorithm>

#include "checkers/history/values.h"

namespace wn::checkers {
namespace {

// Which reads are settled: the last write's end is known and `grace` past.
void settle(EventualKey& key, const History& history, const EventualFacts& facts) {
  std::int64_t quiet = facts.freeze_ns;
  for (const EventualWrite& w : key.writes) {
    const Operation& op = history.operations[w.operation];
    if (w.outcome == Outcome::fail) continue;
    if (op.completed_ns == kNoTime) return;
    quiet = std::max(quiet, op.completed_ns);
  }
  for (EventualRead& r : key.reads) {
    const bool late = history.operations[r.operation].invoked_ns >= quiet + facts.grace_ns;
    r.settled = late && r.replica != 0 && !facts.cut_off.contains(r.replica);
  }
}

}  // namespace

bool EventualRead::holds(const Element& e) const {
  return std::binary_search(sorted.begin(), sorted.end(), e);
}

std::vector<EventualKey> keys_of(const History& history, const EventualFacts& facts) {
  std::map<Atom, EventualKey> by_name;
  for (std::uint64_t i = 0; i < history.operations.size(); ++i) {
    const Operation& op = history.operations[i];
    if (history.atoms.kind(op.key) != Interner::Kind::text) continue;
    const KeyName name = parse_key(history.atoms.text_of(op.key));
    const Shape shape = name.shape;
    if (name.mode != KeyMode::eventual || shape == Shape::other) continue;
    EventualKey& key = by_name[op.key];
    key.shape = shape;
    key.name = op.key;
    const auto home = facts.homes.find(op.process % facts.process_stride);
    const std::uint32_t replica = home == facts.homes.end() ? 0 : home->second;
    if (op.function == Function::get) {
      if (op.outcome != Outcome::ok || op.completed == kNever) continue;
      EventualRead read{.operation = i, .replica = replica, .invoked = op.invoked, .completed = op.completed};
      read.seen = pairs_of(history.atoms, shape, op.result);
      read.sorted = read.seen;
      std::ranges::sort(read.sorted);
      key.reads.push_back(std::move(read));
      continue;
    }
    // What a replica alone acknowledged may be gone with it: EVENTUAL promises to spread what it knows, and
    // one that is gone for good knows nothing any more.
    const bool gone = op.outcome == Outcome::ok && facts.cut_off.contains(replica);
    EventualWrite write{.operation = i,
                        .replica = replica,
                        .function = op.function,
                        .outcome = op.completed == kNever || gone ? Outcome::info : op.outcome,
                        .element = {},
                        .invoked = op.invoked,
                        .completed = op.completed};
    const std::vector<Element> elements = pairs_of(history.atoms, shape, op.value);
    if (elements.empty()) continue;
    write.element = elements.front();
    key.writes.push_back(write);
  }
  std::vector<EventualKey> out;
  for (auto& [name, key] : by_name) {
    settle(key, history, facts);
    out.push_back(std::move(key));
  }
  return out;
}

}  // namespace wn::checkers
