#include "sim/disk/directory.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::sim {

std::uint32_t Directory::find(const std::string& name) const {
  const auto it = names_.find(name);
  return it == names_.end() ? kMissing : it->second;
}

void Directory::create(const std::string& name, std::uint32_t inode) {
  names_[name] = inode;
  unsynced_.push_back({Change::created, name, {}, inode});
}

void Directory::rename(const std::string& from, const std::string& to) {
  const std::uint32_t inode = find(from);
  WN_CHECK(inode != kMissing);
  if (from == to) return;
  names_.erase(from);
  names_[to] = inode;
  unsynced_.push_back({Change::renamed, from, to, inode});
}

void Directory::remove(const std::string& name) {
  const std::uint32_t inode = find(name);
  WN_CHECK(inode != kMissing);
  names_.erase(name);
  unsynced_.push_back({Change::removed, name, {}, inode});
}

void Directory::sync() {
  if (unsynced_.empty()) return;
  durable_ = names_;
  unsynced_.clear();
}

bool Directory::lose_power(const Random& random) {
  bool forgot = false;
  for (std::uint32_t i = 0; i < unsynced_.size(); ++i) {
    if ((random.at("disk.name", 0, i).u64() & 1) == 0) {
      forgot = true;
      continue;
    }
    const Change& c = unsynced_[i];
    const auto old = durable_.find(c.name);
    const bool same = old != durable_.end() && old->second == c.inode;
    if (c.kind != Change::created && same) durable_.erase(old);
    if (c.kind == Change::created) durable_[c.name] = c.inode;
    if (c.kind == Change::renamed) durable_[c.to] = c.inode;
  }
  names_ = durable_;
  unsynced_.clear();
  return forgot;
}

bool Directory::refers_to(std::uint32_t inode) const {
  const auto in = [&](const Names& names) {
    return std::any_of(names.begin(), names.end(), [&](const auto& entry) { return entry.second == inode; });
  };
  return in(names_) || in(durable_) ||
         std::any_of(unsynced_.begin(), unsynced_.end(), [&](const Change& c) { return c.inode == inode; });
}

}  // namespace wn::sim
