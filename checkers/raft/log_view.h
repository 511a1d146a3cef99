#pragma once
// LogView: what the trace tells about one node's log. Entries at or below `base` are covered by a snapshot or
// unknown; term 0 marks an entry whose content is unknown.
#include <algorithm>
#include <cstdint>
#include <vector>

namespace wn::checkers {

struct LogView {
  struct Entry {
    std::uint64_t term = 0;  // 0 = unknown
    std::uint32_t checksum = 0;
  };
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  std::uint64_t base = 0;
  std::vector<Entry> entries;            // base + 1 …
  std::uint64_t rewritten_from = kNone;  // lowest index truncated since the last restart
  bool length_known = false;             // false: there may be more entries than we know of

  std::uint64_t last() const { return base + entries.size(); }
  bool covers(std::uint64_t index) const { return index <= base; }
  const Entry* at(std::uint64_t index) const {
    return index > base && index <= last() ? &entries[index - base - 1] : nullptr;
  }
  void cut_after(std::uint64_t index) {  // keeps entries up to `index`
    if (index < base) {
      base = index;
      entries.clear();
    } else if (index < last()) {
      entries.resize(index - base);
    }
  }
  void truncate(std::uint64_t first) {
    if (first == 0) return;
    rewritten_from = std::min(rewritten_from, first);
    cut_after(first - 1);
  }
  void append(std::uint64_t index, const Entry& entry) {
    if (index <= last()) truncate(index);
    if (entries.empty() && index > base + 1) base = index - 1;
    while (last() + 1 < index) entries.push_back({});
    entries.push_back(entry);
  }
  void forget_to(std::uint64_t index) {  // a snapshot stands for everything up to `index`
    if (index <= base) return;
    if (index >= last()) {
      entries.clear();
    } else {
      entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(index - base));
    }
    base = index;
  }
  // After a crash: the disk holds entries up to `last_index`. Those from `rewritten_from` on may be older
  // ones.
  void restart(std::uint64_t last_index) {
    for (std::uint64_t i = std::max(rewritten_from, base + 1); i <= last(); ++i) entries[i - base - 1] = {};
    cut_after(last_index);
    if (last_index - last() > entries.size() + 1024) {
      entries.clear();
      base = last_index;
    }
    while (last() < last_index) entries.push_back({});
    rewritten_from = kNone;
    length_known = true;
  }
};

}  // namespace wn::checkers
