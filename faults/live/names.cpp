#include "faults/live/names.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::live {

std::string Names::replaced_name(const std::string& own) {
  const std::string prefix = std::string(kOwnPrefix) + "over.";
  if (own.rfind(prefix, 0) != 0) return {};
  const std::size_t dot = own.find('.', prefix.size());
  return dot == std::string::npos ? std::string() : own.substr(dot + 1);
}

std::uint32_t Names::found(const std::string& name) {
  visible_[name] = durable_[name] = ++last_;
  return last_;
}

std::uint32_t Names::find(const std::string& name) const {
  const auto at = visible_.find(name);
  return at == visible_.end() ? kMissing : at->second;
}

std::uint32_t Names::create(const std::string& name) {
  visible_[name] = ++last_;
  changes_.push_back({Change::created, name, {}, last_});
  return last_;
}

void Names::rename(const std::string& from, const std::string& to) {
  const std::uint32_t file = find(from);
  WN_CHECK(file != kMissing);
  if (from == to) return;
  visible_.erase(from);
  visible_[to] = file;
  changes_.push_back({Change::renamed, from, to, file});
}

void Names::remove(const std::string& name) {
  const std::uint32_t file = find(name);
  WN_CHECK(file != kMissing);
  visible_.erase(name);
  changes_.push_back({Change::removed, name, {}, file});
}

void Names::apply(const Change& change, std::map<std::string, std::uint32_t>& names) {
  const auto old = names.find(change.name);
  if (change.kind != Change::created && old != names.end() && old->second == change.file) names.erase(old);
  if (change.kind == Change::created) names[change.name] = change.file;
  if (change.kind == Change::renamed) names[change.to] = change.file;
}

void Names::synced(std::uint64_t upto) {
  if (upto < first_change_) return;
  const std::uint64_t count = std::min<std::uint64_t>(upto - first_change_ + 1, changes_.size());
  for (std::uint64_t i = 0; i < count; ++i) apply(changes_[i], durable_);
  changes_.erase(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(count));
  first_change_ += count;
}

std::map<std::string, std::uint32_t> Names::lose_power(const Random& random) const {
  std::map<std::string, std::uint32_t> out = durable_;
  for (std::uint32_t i = 0; i < changes_.size(); ++i) {
    if ((random.at("disk.name", 0, i).u64() & 1) != 0) apply(changes_[i], out);
  }
  return out;
}

bool Names::refers_to(std::uint32_t file) const {
  const auto in = [&](const std::map<std::string, std::uint32_t>& names) {
    return std::any_of(names.begin(), names.end(), [&](const auto& entry) { return entry.second == file; });
  };
  return in(visible_) || in(durable_) ||
         std::any_of(changes_.begin(), changes_.end(), [&](const Change& c) { return c.file == file; });
}

}  // namespace wn::live
