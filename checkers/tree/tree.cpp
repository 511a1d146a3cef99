#include "checkers/tree/tree.h"

namespace wn::checkers {
namespace {

std::string words(std::uint64_t worknode) {
  if (worknode == TreeChecker::kRoot) return "the root";
  if (worknode == TreeChecker::kTrash) return "the trash";
  if (worknode < TreeChecker::kFirst) return "nothing";
  return "worknode " + std::to_string(worknode - TreeChecker::kFirst + 1);
}

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}
std::uint64_t edge(std::uint64_t worknode, std::uint64_t parent) {
  return mix(mix(worknode + 0x9E3779B97F4A7C15ULL) ^ parent);
}

}  // namespace

std::uint64_t TreeChecker::first_parent(std::uint64_t worknode) const {
  if (worknode < kFirst || worknode - kFirst >= facts_.count) return 0;
  const std::uint64_t number = worknode - kFirst;
  return number < facts_.fan_out ? kRoot : kFirst + number / facts_.fan_out - 1;
}

std::uint64_t TreeChecker::parent(const Replica& replica, std::uint64_t worknode) const {
  const auto at = replica.parents.find(worknode);
  return at == replica.parents.end() ? first_parent(worknode) : at->second;
}

void TreeChecker::on_parent(const TraceEvent& event, Replica& replica) {
  const std::uint64_t worknode = event.field[0];
  const std::uint64_t now = event.field[1];
  const std::uint64_t before = parent(replica, worknode);
  if (event.field[2] != before) {
    fail("tree: a worknode with two parents",
         words(worknode) + " was under " + words(before) + " at " + name(event.node) +
             ", which says that it was under " + words(event.field[2]),
         event.at, {position_});
  }
  const std::uint64_t first = first_parent(worknode);
  if (before != first) replica.hash ^= edge(worknode, before);
  if (now != first) replica.hash ^= edge(worknode, now);
  if (first == 0 && before == 0) ++replica.created;
  if (first == 0 && now == 0 && before != 0) --replica.created;
  if (now == first) {
    replica.parents.erase(worknode);
  } else {
    replica.parents[worknode] = now;
  }
  if (replica.batch.empty()) replica.batch_position = position_;
  replica.batch.push_back(worknode);
}

void TreeChecker::close_batch(NodeId node, Replica& replica, SimTime at) {
  for (const std::uint64_t moved : replica.batch) {
    // Two walkers, one twice as fast (Floyd): they meet in a cycle and nowhere else.
    std::uint64_t slow = moved;
    std::uint64_t fast = moved;
    const auto step = [&](std::uint64_t x) { return x == kRoot || x == kTrash ? x : parent(replica, x); };
    do {
      slow = step(slow);
      fast = step(step(fast));
    } while (slow != fast);
    if (slow == kRoot || slow == kTrash) continue;
    if (slow == 0) {
      if (parent(replica, moved) == 0 || facts_.undone)
        continue;  // it has left the tree, or what it was in has
      fail("tree: a worknode that hangs on nothing",
           words(moved) + " is below neither root nor trash at " + name(node), at, {replica.batch_position});
    } else {
      fail("tree: a cycle", words(moved) + " is its own ancestor at " + name(node), at,
           {replica.batch_position});
    }
    break;
  }
  replica.batch.clear();
}

void TreeChecker::on_digest(const TraceEvent& event, const Replica& replica) {
  if (event.field[3] != facts_.count + replica.created) {
    fail("tree: worknodes are miscounted",
         name(event.node) + " has " + std::to_string(event.field[3]) + " worknodes by its own count and " +
             std::to_string(facts_.count + replica.created) + " by what it told",
         event.at, {position_});
  }
  if (by_clock_.size() >= kClocksMax) return;
  const auto [at, fresh] = by_clock_.try_emplace(event.field[0], Told{replica.hash, position_, event.node});
  if (fresh || at->second.hash == replica.hash) return;
  fail(
      "tree: equal knowledge, different trees",
      name(event.node) + " knows the same updates as " + name(at->second.node) + " did, and has another tree",
      event.at, {at->second.position, position_});
}

void TreeChecker::on_event(const TraceEvent& event) {
  const bool ours = event.kind == TraceKind::realm_parent || event.kind == TraceKind::realm_digest ||
                    event.kind == TraceKind::realm_restored || event.kind == TraceKind::realm_update;
  if (ours) {
    Replica& replica = replicas_[event.node];
    if (event.kind == TraceKind::realm_parent) {
      on_parent(event, replica);
    } else {
      if (!replica.batch.empty()) close_batch(event.node, replica, event.at);
      if (event.kind == TraceKind::realm_restored) replica = {};
      if (event.kind == TraceKind::realm_digest) on_digest(event, replica);
    }
  }
  ++position_;
}

Verdict TreeChecker::verdict() const {
  TreeChecker last = *this;  // batches that nothing came after
  for (auto& [node, replica] : last.replicas_) last.close_batch(node, replica, SimTime{-1});
  Verdict out = last.found();
  return out;
}

}  // namespace wn::checkers
