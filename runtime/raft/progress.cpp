#include "runtime/raft/progress.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::raft {

void Window::add(LogIndex last) {
  WN_CHECK(!full());
  std::size_t at = head_ + count_;
  if (at >= last_.size()) at -= last_.size();
  last_[at] = last;
  ++count_;
}

void Window::acknowledge(LogIndex match) {
  while (count_ > 0 && last_[head_] <= match) {
    head_ = head_ + 1 == last_.size() ? 0 : head_ + 1;
    --count_;
  }
}

bool Progress::may_send_entries() const {
  switch (state) {
    case ProgressState::probe:
      return !probe_sent;
    case ProgressState::replicate:
      return !window.full();
    case ProgressState::snapshot:
      return false;
  }
  return false;
}

void Progress::become_probe(LogIndex next_index) {
  WN_CHECK_GT(next_index, match);
  state = ProgressState::probe;
  next = next_index;
  probe_sent = false;
  poke = false;
  window.clear();
}

void Progress::become_replicate() {
  state = ProgressState::replicate;
  next = match.next();
  probe_sent = false;
  window.clear();
}

void Progress::become_snapshot(const SnapshotMeta& meta) {
  state = ProgressState::snapshot;
  image = meta;
  image_offset = 0;
  chunk_sent = false;
  poke = false;
  window.clear();
}

bool Progress::accepted(LogIndex index) {
  const bool moved = index > match;
  if (moved) match = index;
  next = std::max(next, match.next());
  window.acknowledge(match);
  // Any acceptance of the probe ends probing, also one that only confirms what was known.
  if (state == ProgressState::probe && index >= match) become_replicate();
  return moved;
}

bool Progress::rejected(LogIndex hint) {
  if (state == ProgressState::snapshot) return false;
  // The rest of a refused pipeline: the first refusal has been acted on.
  if (state == ProgressState::probe && probe_sent && next == hint.next()) return false;
  if (hint >= next) return false;
  // A follower whose disk lost acknowledged entries asks for them again. A delayed refusal may look the same:
  // then the probe finds the true match, and nothing committed moves back.
  match = std::min(match, hint);
  become_probe(hint.next());
  return true;
}

}  // namespace wn::raft
