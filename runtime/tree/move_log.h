#pragma once
// MoveLog: the operations that a tree has taken and that are not causally stable yet, ascending by stamp,
// each with what it replaced, so that it can be undone. Bare storage: what it means is the Tree's business.
// Memory: 40 bytes an operation. Errors: none; reserve() throws what the memory resource throws, all else
// never allocates. Thread rule: one thread.
#include <algorithm>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/causality/hlc_time.h"
#include "runtime/tree/node_table.h"

namespace wn::tree {

struct LogEntry {
  std::uint64_t time = 0;
  std::uint32_t replica = 0;
  NodeIndex node = kNoNode;
  NodeIndex parent = kNoNode;
  std::uint32_t type = 0;
  // Of the node, just before this operation in the order of stamps; the first is right even when the
  // operation had no effect.
  NodeIndex old_parent = kNoNode;
  std::uint32_t old_type = 0;
  NodeIndex old_last_home = kNoNode;
  std::uint8_t outcome = 0;  // Outcome: applied, cycle or too_deep

  causality::Stamp stamp() const { return {.time = causality::HlcTime{time}, .replica = ReplicaId{replica}}; }
};
static_assert(sizeof(LogEntry) == 40);

class MoveLog {
 public:
  explicit MoveLog(std::pmr::memory_resource* memory) : entries_(memory) {}

  std::size_t size() const { return entries_.size() - head_; }
  bool empty() const { return size() == 0; }
  std::span<LogEntry> entries() { return {entries_.data() + head_, size()}; }
  std::span<const LogEntry> entries() const { return {entries_.data() + head_, size()}; }
  bool is_after_all(causality::Stamp stamp) const { return empty() || entries_.back().stamp() < stamp; }

  // The position of the first entry with a stamp at or after `stamp`.
  std::size_t position(causality::Stamp stamp) const {
    if (is_after_all(stamp)) return size();
    const auto all = entries();
    const auto at = std::lower_bound(all.begin(), all.end(), stamp,
                                     [](const LogEntry& e, causality::Stamp s) { return e.stamp() < s; });
    return static_cast<std::size_t>(at - all.begin());
  }

  // Room for `extra` more entries.
  void reserve(std::size_t extra) {
    if (head_ != 0 && entries_.size() + extra > entries_.capacity()) drop_head();
    const std::size_t wanted = entries_.size() + extra;
    if (wanted > entries_.capacity()) entries_.reserve(std::max(wanted, 2 * entries_.capacity()));
  }
  // REQUIRES room, and that the order holds afterwards.
  void push_back(const LogEntry& entry) { entries_.push_back(entry); }
  void insert(std::size_t position, const LogEntry& entry) {
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(head_ + position), entry);
  }
  void grow(std::size_t extra) { entries_.resize(entries_.size() + extra); }

  // Drops the oldest `count`.
  void drop_front(std::size_t count) {
    head_ += count;
    if (2 * head_ >= entries_.size()) drop_head();
  }
  std::size_t memory_bytes() const { return entries_.capacity() * sizeof(LogEntry); }

 private:
  void drop_head() {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  std::pmr::vector<LogEntry> entries_;
  std::size_t head_ = 0;  // entries before it are dropped
};

}  // namespace wn::tree
