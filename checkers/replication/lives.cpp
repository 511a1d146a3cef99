#include "checkers/replication/lives.h"

namespace wn::checkers {

Life& Lives::life_of(NodeId node) {
  const auto [at, fresh] = current_.try_emplace(node, static_cast<std::uint32_t>(lives_.size()));
  if (fresh) {
    Life life;
    life.node = node;
    life.replica = node.value;
    lives_.push_back(std::move(life));
  }
  return lives_[at->second];
}

void Lives::on_update(const TraceEvent& event) {
  if (full()) return;
  ++applied_;
  Life& life = life_of(event.node);
  const std::pair dot(event.field[0], event.field[1]);
  const auto [at, fresh] = by_dot_.try_emplace(dot, static_cast<std::uint32_t>(updates_.size()));
  if (fresh) {
    LiveUpdate update;
    update.life = kNoUpdate;
    update.counter = dot.second;
    if (dot.first == life.replica) {
      update.life = current_.at(event.node);
      update.before = static_cast<std::uint32_t>(life.applied.size());
    }
    updates_.push_back(update);
  }
  life.applied.push_back(at->second);
}

void Lives::on_served(const TraceEvent& event) {
  if (full()) return;
  Life& life = life_of(event.node);
  const Served asked{static_cast<std::uint32_t>(event.field[0]), event.field[1]};
  if (event.field[2] == 0) {
    life.reads.push_back({asked, static_cast<std::uint32_t>(life.applied.size())});
    return;
  }
  const auto at = by_dot_.find({life.replica, event.field[2]});
  if (at != by_dot_.end()) updates_[at->second].asked = asked;
}

void Lives::on_restored(const TraceEvent& event) {
  const std::uint64_t replica = event.field[0];
  const std::uint64_t updates = event.field[2];
  const bool rebased = event.field[3] != 0;
  const bool first = !current_.contains(event.node);
  Life& life = life_of(event.node);
  if (first) {
    life.replica = replica;
    life.blind = rebased || updates != 0;
    life.base = updates;
    return;
  }
  const bool same = !rebased && life.replica == replica && updates >= life.base &&
                    updates - life.base <= life.applied.size();
  if (!same) {
    Life next;
    next.node = event.node;
    next.replica = replica;
    next.blind = true;
    next.base = updates;
    current_[event.node] = static_cast<std::uint32_t>(lives_.size());
    lives_.push_back(std::move(next));
    return;
  }
  // The last ones applied had not reached the disk. Nothing of its own that was lost has left the node.
  const std::uint64_t left = updates - life.base;
  while (life.applied.size() > left) {
    LiveUpdate& update = updates_[life.applied.back()];
    if (update.life == current_.at(event.node)) {
      update.lost = true;
      by_dot_.erase({life.replica, update.counter});
    }
    life.applied.pop_back();
  }
  while (!life.reads.empty() && life.reads.back().before > left) {
    forgotten_.push_back(life.reads.back().asked);
    life.reads.pop_back();
  }
}

void Lives::on_event(const TraceEvent& event) {
  switch (event.kind) {
    case TraceKind::realm_update:
      return on_update(event);
    case TraceKind::realm_served:
      return on_served(event);
    case TraceKind::realm_restored:
      return on_restored(event);
    default:
      return;
  }
}

}  // namespace wn::checkers
