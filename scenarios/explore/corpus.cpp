#include "scenarios/explore/corpus.h"

#include <algorithm>
#include <iterator>

namespace wn::explore {
namespace {

constexpr std::uint64_t kWeightScale = 4096;

}  // namespace

std::uint64_t Corpus::weight(const Entry& entry) const {
  const std::uint64_t mean = std::max<std::uint64_t>(1, work_ / std::max<std::uint64_t>(1, runs_));
  // Work between a quarter and four times the mean counts as it is.
  const std::uint64_t cost = std::clamp(entry.work, mean / 4 + 1, mean * 4);
  const std::uint64_t worth = std::min<std::uint64_t>(entry.brought, 1024) + 1;
  return 1 + kWeightScale * worth / (1 + entry.taken) * mean / cost;
}

const Corpus::Entry& Corpus::pick(std::uint64_t at) const {
  std::uint64_t all = 0;
  for (const Entry& entry : entries_) all += weight(entry);
  std::uint64_t wanted = static_cast<std::uint64_t>(static_cast<unsigned __int128>(all) * at >> 64);
  for (const Entry& entry : entries_) {
    const std::uint64_t own = weight(entry);
    if (wanted < own) return entry;
    wanted -= own;
  }
  return entries_.back();
}

std::uint64_t Corpus::learn(const Trial& trial, const Feedback& feedback) {
  ++runs_;
  work_ += feedback.work;
  std::vector<Behaviour> fresh;
  for (const Behaviour& b : feedback.print.behaviours) {
    if (!std::ranges::binary_search(known_, b.id)) fresh.push_back(b);
  }
  const auto parent = std::ranges::lower_bound(entries_, trial.mark, {}, &Entry::number);
  if (parent != entries_.end() && parent->number == trial.mark) {
    ++parent->taken;
    if (!fresh.empty()) parent->taken /= 2;
  }
  const std::uint64_t brought = fresh.size();
  if (brought != 0) {
    std::vector<std::uint32_t> ids;
    for (const Behaviour& b : fresh) ids.push_back(b.id);
    std::vector<std::uint32_t> all;
    all.reserve(known_.size() + ids.size());
    std::ranges::merge(known_, ids, std::back_inserter(all));
    if (all.size() <= kNoveltyMax) known_ = std::move(all);
    keep(trial, feedback, std::move(fresh));
  }
  return brought;
}

void Corpus::keep(const Trial& trial, const Feedback& feedback, std::vector<Behaviour> fresh) {
  Entry entry{.number = ++numbers_,
              .trial = trial,
              .moments = {},
              .brought = fresh.size(),
              .work = feedback.work,
              .taken = 0};
  if (!trial.given) {
    faults::Plan plan = trial_plan(scenario_, trial);
    entry.trial.given = true;
    entry.trial.faults = std::move(plan.faults);
    entry.trial.deviations = std::move(plan.deviations);
  }
  // The latest are the deepest.
  std::ranges::sort(fresh, [](const Behaviour& a, const Behaviour& b) {
    return a.at_ms != b.at_ms ? a.at_ms > b.at_ms : a.id < b.id;
  });
  for (const Behaviour& b : fresh) {
    if (entry.moments.size() == kMomentsMax) break;
    const Moment moment{SimTime{milliseconds(b.at_ms).ns}, b.node};
    const bool near = std::ranges::any_of(entry.moments, [&](const Moment& m) {
      return m.node == moment.node && m.at - moment.at < milliseconds(20);
    });
    if (!near) entry.moments.push_back(moment);
  }
  entries_.push_back(std::move(entry));
  if (entries_.size() <= kCorpusMax) return;
  entries_.erase(std::ranges::min_element(entries_, {}, [&](const Entry& e) { return weight(e); }));
}

Trial Corpus::mutant(std::uint64_t seed) const {
  Draw choice = Random(seed).at("explore.corpus");
  const Entry& parent = pick(choice.u64());
  const Entry& other = pick(choice.u64());
  const scenarios::Scenario scenario = bent(scenario_, parent.trial.shape);
  const faults::Plan fresh = scenarios::make_plan(scenario, seed);
  const Material material{.moments = parent.moments,
                          .other = other.number == parent.number ? nullptr : &other.trial,
                          .fresh = &fresh,
                          .end = fresh.freeze_at};
  Draw draw = Random(seed).at("explore.mutation");
  Trial trial = mutated(parent.trial, material, draw);
  trial.mark = parent.number;
  return trial;
}

}  // namespace wn::explore
