#include "scenarios/multiverse/influences.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <tuple>
#include <utility>

#include "scenarios/runner/run.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome3;

// The futures of a run of `plan` that stands behind all events before `at`.
Result<Share> share_from(const faults::Plan& plan, SimTime at, Prober& prober) {
  auto run = LiveRun::make(plan, {.record_history = false});
  if (!run) return fail(std::move(run).error());
  (*run)->run_until(at);
  return prober.ask(**run);
}

bool fails(const faults::Plan& plan) {
  const auto result = run_plan(plan, {.record_history = false});
  return result && result->outcome == Outcome3::fail;
}

Result<void> judge_faults(const faults::Plan& plan, Prober& prober, const ExplainOptions& options,
                          Explanation& out) {
  // Also those that begin after the run was sealed: it may be sealed because they are certain to come.
  std::vector<const faults::Fault*> asked;
  for (const faults::Fault& fault : plan.faults) {
    if (fault.at <= out.failed_at) asked.push_back(&fault);
  }
  if (asked.size() > options.faults_max)
    asked.erase(asked.begin(), asked.end() - static_cast<std::ptrdiff_t>(options.faults_max));
  for (const faults::Fault* fault : asked) {
    if (prober.out_of_budget(options.futures)) return {};
    Influence influence{.kind = InfluenceKind::fault, .id = fault->id, .at = fault->at};
    // A branch may not come before the first event, and nothing of this very moment may have happened.
    const SimTime before = std::max(SimTime{1}, fault->at - nanoseconds(1));
    faults::Plan without = plan;
    std::erase_if(without.faults, [&](const faults::Fault& f) { return f.id == fault->id; });
    auto with_share = share_from(plan, before, prober);
    if (!with_share) return fail(std::move(with_share).error());
    auto without_share = share_from(without, before, prober);
    if (!without_share) return fail(std::move(without_share).error());
    influence.with = *with_share;
    influence.without = *without_share;
    influence.fails_without = fails(without);
    out.influences.push_back(influence);
  }
  return {};
}

// Messages that were delivered, and operations that were invoked, up to one event: the last few of each.
class Recent final : public sim::TraceSink {
 public:
  explicit Recent(std::size_t most) : most_(most) {}
  void on_event(const TraceEvent& event) override {
    if (event.kind != TraceKind::message_delivered) return;
    messages_.push_back(event);
    if (messages_.size() > most_) messages_.pop_front();
  }
  const std::deque<TraceEvent>& messages() const { return messages_; }

 private:
  std::size_t most_;
  std::deque<TraceEvent> messages_;
};

// A run of `changed` up to the turning moment, asked there.
Result<void> judge_near(const faults::Plan& changed, Influence influence, Prober& prober, Explanation& out) {
  influence.at = out.turning->after.at;
  influence.with = out.turning->after.failing;
  auto share = share_from(changed, influence.at + nanoseconds(1), prober);
  if (!share) return fail(std::move(share).error());
  influence.without = *share;
  influence.fails_without = fails(changed);
  out.influences.push_back(influence);
  return {};
}

Result<void> judge_messages(const faults::Plan& plan, Prober& prober, const ExplainOptions& options,
                            Explanation& out) {
  Recent recent(options.near_max);
  auto run = LiveRun::make(plan, {.record_history = false, .check = false, .sink = &recent});
  if (!run) return fail(std::move(run).error());
  (*run)->run_to_event(out.turning->after.events);
  std::uint32_t id = 0;
  for (const faults::Deviation& d : plan.deviations) id = std::max(id, d.id);
  for (const TraceEvent& event : recent.messages()) {
    if (prober.out_of_budget() || plan.deviations.size() >= faults::kDeviationsMax) return {};
    const NodeId from{static_cast<std::uint32_t>(event.field[0])};
    faults::Plan held = plan;
    held.deviations.push_back({.id = id + 1,
                               .kind = faults::DeviationKind::delay_message,
                               .from = from,
                               .to = event.node,
                               .message = event.field[1],
                               .amount = options.message_delay});
    const Influence influence{
        .kind = InfluenceKind::message, .from = from, .to = event.node, .message = event.field[1]};
    if (auto judged = judge_near(held, influence, prober, out); !judged) return judged;
  }
  return {};
}

Result<void> judge_operations(const faults::Plan& plan, Prober& prober, const ExplainOptions& options,
                              Explanation& out) {
  std::vector<const faults::Operation*> asked;
  for (const faults::Operation& operation : plan.operations) {
    if (operation.at <= out.turning->after.at) asked.push_back(&operation);
  }
  if (asked.size() > options.near_max)
    asked.erase(asked.begin(), asked.end() - static_cast<std::ptrdiff_t>(options.near_max));
  for (const faults::Operation* operation : asked) {
    if (prober.out_of_budget()) return {};
    faults::Plan without = plan;
    std::erase_if(without.operations, [&](const faults::Operation& o) { return o.id == operation->id; });
    const Influence influence{.kind = InfluenceKind::operation, .id = operation->id};
    if (auto judged = judge_near(without, influence, prober, out); !judged) return judged;
  }
  return {};
}

}  // namespace

Result<void> rank_influences(const faults::Plan& plan, Prober& prober, const ExplainOptions& options,
                             Explanation& out) {
  if (auto judged = judge_faults(plan, prober, options, out); !judged) return judged;
  if (out.turning && !options.only_sealing) {
    if (auto judged = judge_messages(plan, prober, options, out); !judged) return judged;
    if (auto judged = judge_operations(plan, prober, options, out); !judged) return judged;
  }
  std::ranges::stable_sort(out.influences, [](const Influence& a, const Influence& b) {
    return std::tuple(a.effect(), !a.fails_without) > std::tuple(b.effect(), !b.fails_without);
  });
  return {};
}

}  // namespace wn::scenarios
