#include "checkers/streaming/key_zones.h"

#include <algorithm>

namespace wn::checkers {

KeyZones::KeyZones(Atom initial, std::uint64_t live_max, bool retires_early)
    : live_max_(live_max), retires_early_(retires_early) {
  live_.push_back({.value = initial, .f = 0, .s = 0, .open = false});
}

KeyZones::Cluster* KeyZones::find(Atom value) {
  const auto it = std::ranges::find(live_, value, &Cluster::value);
  return it == live_.end() ? nullptr : &*it;
}

KeyZones::Answer KeyZones::invoke_write(Atom value, std::uint64_t now) {
  if (unread_.contains(value) || find(value) != nullptr) return Answer::not_unique;
  unread_[value] = {.value = value, .f = kNever, .s = now, .open = true};
  return Answer::fine;
}

KeyZones::Answer KeyZones::complete_write(Atom value, Outcome outcome, std::uint64_t now) {
  if (Cluster* seen = find(value)) {
    if (outcome == Outcome::fail) return Answer::refused;
    seen->open = false;
    retire(now);
    return Answer::fine;
  }
  const auto it = unread_.find(value);
  if (it == unread_.end()) return Answer::fine;
  it->second.open = false;
  if (outcome == Outcome::info) return Answer::fine;
  if (outcome == Outcome::ok) {
    it->second.f = now;
    live_.push_back(it->second);
  }
  unread_.erase(it);
  retire(now);
  return Answer::fine;
}

KeyZones::Answer KeyZones::complete_read(Atom value, Outcome outcome, std::uint64_t call, std::uint64_t now) {
  if (reads_.erase(call) == 0 && outcome == Outcome::ok) return Answer::too_late;
  if (outcome != Outcome::ok) {
    retire(now);
    return Answer::fine;
  }
  Cluster* cluster = find(value);
  if (cluster == nullptr) {
    const auto it = unread_.find(value);
    if (it == unread_.end()) return Answer::not_held;
    live_.push_back(it->second);
    unread_.erase(it);
    cluster = &live_.back();
    cluster->f = now;
  }
  if (call > cluster->s) {
    cluster->s = call;
    if (cluster->f < retired_s_) {
      other_ = kNil;
      return Answer::conflict;
    }
    for (const Cluster& u : live_) {
      if (&u == cluster || u.f >= cluster->s || cluster->f >= u.s) continue;
      other_ = u.value;
      return Answer::conflict;
    }
  }
  retire(now);
  return Answer::fine;
}

void KeyZones::retire(std::uint64_t now) {
  if (live_.size() < 2) return;
  if (live_.size() > live_max_ && !reads_.empty()) reads_.erase(reads_.begin());
  const std::uint64_t open = reads_.empty() || retires_early_ ? now + 1 : *reads_.begin();
  // The two largest s among those that returned before `open`: for each cluster, the largest of another one.
  std::uint64_t first = 0, second = 0;
  const Cluster* largest = nullptr;
  for (const Cluster& u : live_) {
    if (u.f >= open) continue;
    if (largest == nullptr || u.s > first) {
      second = first;
      first = u.s;
      largest = &u;
    } else {
      second = std::max(second, u.s);
    }
  }
  const Atom top = largest == nullptr ? kNil : largest->value;
  std::uint64_t forgotten = retired_s_;
  std::erase_if(live_, [&](const Cluster& v) {
    if (v.open || v.f >= open) return false;
    const std::uint64_t other = std::max(retired_s_, largest != nullptr && v.value == top ? second : first);
    if (v.f >= other) return false;
    forgotten = std::max(forgotten, v.s);
    return true;
  });
  retired_s_ = forgotten;
}

void KeyZones::mark(AtomMarks& marks) const {
  for (const auto& [value, cluster] : unread_) marks.mark(value);
  for (const Cluster& c : live_) marks.mark(c.value);
}

}  // namespace wn::checkers
