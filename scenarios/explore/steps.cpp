#include "scenarios/explore/strategies.h"

namespace wn::explore {

void StepMap::learn(const Fingerprint& print) {
  ++runs_;
  for (std::size_t i = 0; i < kStepBuckets; ++i) steps_[i] += print.steps[i];
  for (const LinkSteps& link : print.links) links_[link.link] += link.messages;
}

SimTime StepMap::time_of(std::uint32_t share, SimTime end) const {
  std::uint64_t all = 0;
  for (const std::uint64_t n : steps_) all += n;
  const auto part = [&](std::uint64_t n, std::uint64_t of) {
    return SimTime{static_cast<std::int64_t>(static_cast<unsigned __int128>(end.ns) * n / of)};
  };
  if (all == 0) return part(share, std::uint64_t{1} << 32);
  std::uint64_t wanted = static_cast<std::uint64_t>(static_cast<unsigned __int128>(all) * share >> 32);
  for (std::size_t i = 0; i < kStepBuckets; ++i) {
    if (wanted < steps_[i]) return part(i * steps_[i] + wanted, kStepBuckets * steps_[i]);
    wanted -= steps_[i];
  }
  return end;
}

std::optional<StepMap::Place> StepMap::place_of(std::uint32_t share) const {
  std::uint64_t all = 0;
  for (const auto& [link, count] : links_) all += count;
  if (all == 0) return std::nullopt;
  std::uint64_t wanted = static_cast<std::uint64_t>(static_cast<unsigned __int128>(all) * share >> 32);
  for (const auto& [link, count] : links_) {
    if (wanted < count) return Place{link, 1 + wanted / runs_};
    wanted -= count;
  }
  return std::nullopt;
}

}  // namespace wn::explore
