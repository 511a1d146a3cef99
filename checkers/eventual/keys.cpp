#include "checkers/eventual/keys.h"

#include <algorithm>

namespace wn::checkers {
namespace {

Shape shape_of(std::string_view key) {
  const std::string_view property = key.substr(std::min(key.size(), key.find('.')));
  if (property == ".title") return Shape::number;
  if (property == ".count") return Shape::counter;
  if (property == ".tags") return Shape::set;
  if (property == ".groups") return Shape::map;
  if (property == ".budget") return Shape::bounded;
  if (property == ".text") return Shape::sequence;
  return Shape::other;
}

std::vector<std::int64_t> numbers_of(const Interner& atoms, Atom atom) {
  std::vector<std::int64_t> out;
  if (atoms.kind(atom) == Interner::Kind::number) out.push_back(atoms.number_of(atom));
  if (atoms.kind(atom) != Interner::Kind::list) return out;
  for (const Atom e : atoms.list_of(atom)) {
    if (atoms.kind(e) == Interner::Kind::number) out.push_back(atoms.number_of(e));
  }
  return out;
}

std::vector<Element> elements_of(Shape shape, const std::vector<std::int64_t>& numbers) {
  std::vector<Element> out;
  const std::size_t each = shape == Shape::map ? 2 : 1;
  for (std::size_t i = 0; i + each <= numbers.size(); i += each)
    out.emplace_back(numbers[i], each == 2 ? numbers[i + 1] : 0);
  return out;
}

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
    const Shape shape = shape_of(history.atoms.text_of(op.key));
    if (shape == Shape::other) continue;
    EventualKey& key = by_name[op.key];
    key.shape = shape;
    key.name = op.key;
    const auto home = facts.homes.find(op.process % facts.process_stride);
    const std::uint32_t replica = home == facts.homes.end() ? 0 : home->second;
    if (op.function == Function::get) {
      if (op.outcome != Outcome::ok || op.completed == kNever) continue;
      EventualRead read{.operation = i, .replica = replica, .invoked = op.invoked, .completed = op.completed};
      read.seen = elements_of(shape, numbers_of(history.atoms, op.result));
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
    const std::vector<Element> elements = elements_of(shape, numbers_of(history.atoms, op.value));
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
