#include "scenarios/shrink/edits.h"

#include <algorithm>

#include "faults/plan/names.h"
#include "runtime/base/random.h"

namespace wn::scenarios {
namespace {

constexpr std::int64_t kSlices = 12;  // of a run, for Together::slice

using faults::Fault;
using faults::NodeRole;
using faults::Plan;

template <class T>
void erase_range(std::vector<T>& items, std::size_t begin, std::size_t end) {
  const std::size_t last = std::min(end, items.size());
  if (begin >= last) return;
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(begin),
              items.begin() + static_cast<std::ptrdiff_t>(last));
}

bool needs_admin(const Plan& plan) {
  return std::ranges::any_of(plan.faults, [](const Fault& f) { return faults::is_service(f.kind); });
}

bool has_operations(const Plan& plan, NodeId node) {
  return std::ranges::any_of(plan.operations, [&](const auto& op) { return op.process == node; });
}

// Keeps a fault inside [start, freeze]. False when nothing of it is left.
bool clamp_fault(Fault& fault, SimTime freeze) {
  if (fault.at >= freeze) return false;
  if (fault.duration == Duration::max()) return true;  // never healed: lasts beyond any end
  if (fault.at + fault.duration > freeze) fault.duration = freeze - fault.at;
  return true;
}

bool is_used(const Plan& plan, const faults::TokenPlan& token) {
  const bool shown = std::ranges::any_of(plan.operations, [&](const auto& op) {
    return op.token == token.id ||
           (op.function == faults::OpFunction::revoke && op.value == std::int64_t{token.id});
  });
  return shown || std::ranges::any_of(plan.tokens, [&](const auto& t) { return t.parent == token.id; });
}

// Tokens of a client that is gone: those that others use stay as links that nobody holds, the rest goes.
// A parent comes before its children, so one pass from the end is enough.
void drop_tokens(Plan& plan, NodeId holder) {
  for (std::size_t i = plan.tokens.size(); i-- > 0;) {
    faults::TokenPlan& token = plan.tokens[i];
    if (token.holder == holder) token.holder = kNobody;
    if (!token.holder && !is_used(plan, token)) {
      plan.tokens.erase(plan.tokens.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

void fit_model(Plan& plan) {
  const auto servers = std::ranges::count(plan.nodes, NodeRole::server, &faults::NodePlan::role);
  const auto minority = static_cast<std::uint32_t>(servers > 0 ? (servers - 1) / 2 : 0);
  plan.model.crashed_max = std::min(plan.model.crashed_max, minority);
  plan.model.disk_faulty_max = std::min(plan.model.disk_faulty_max, minority);
}

}  // namespace

std::size_t count_on(const Plan& plan, Axis axis) {
  switch (axis) {
    case Axis::faults:
      return plan.faults.size();
    case Axis::operations:
      return plan.operations.size();
    case Axis::deviations:
      return plan.deviations.size();
    case Axis::fault_points:
      return plan.fault_points.size();
  }
  return 0;
}

Plan without(const Plan& plan, Axis axis, std::size_t begin, std::size_t end) {
  Plan smaller = plan;
  switch (axis) {
    case Axis::faults:
      erase_range(smaller.faults, begin, end);
      break;
    case Axis::operations:
      erase_range(smaller.operations, begin, end);
      break;
    case Axis::deviations:
      erase_range(smaller.deviations, begin, end);
      break;
    case Axis::fault_points:
      erase_range(smaller.fault_points, begin, end);
      break;
  }
  return smaller;
}

Plan without_pair(const Plan& plan, std::size_t a, std::size_t b) {
  Plan smaller = plan;
  // The later one first, so that the earlier one keeps its place.
  for (std::size_t item : {std::max(a, b), std::min(a, b)}) {
    for (const Axis axis : {Axis::faults, Axis::operations, Axis::deviations}) {
      const std::size_t count = count_on(plan, axis);
      if (item < count) {
        smaller = without(smaller, axis, item, item + 1);
        break;
      }
      item -= count;
    }
  }
  return smaller;
}

Plan without_node(const Plan& plan, NodeId node) {
  Plan smaller = plan;
  std::erase_if(smaller.nodes, [&](const auto& n) { return n.id == node; });
  std::erase_if(smaller.operations, [&](const auto& op) { return op.process == node; });
  std::erase_if(smaller.deviations, [&](const auto& d) { return d.from == node || d.to == node; });
  std::erase_if(smaller.faults, [&](Fault& fault) {
    const bool had_nodes = !fault.nodes.empty();
    const bool had_links = !fault.links.empty();
    std::erase(fault.nodes, node);
    std::erase_if(fault.links, [&](const auto& link) { return link.from == node || link.to == node; });
    return (had_nodes && fault.nodes.empty()) || (had_links && fault.links.empty());
  });
  drop_tokens(smaller, node);
  fit_model(smaller);
  return smaller;
}

std::vector<NodeId> removable_nodes(const Plan& plan) {
  std::vector<std::pair<int, NodeId>> ranked;
  for (const auto& node : plan.nodes) {
    int rank = 5;
    if (node.role == NodeRole::client) rank = has_operations(plan, node.id) ? 1 : 0;
    if (node.role == NodeRole::admin) rank = needs_admin(plan) ? -1 : 2;
    if (node.role == NodeRole::spare) rank = 3;
    if (rank >= 0) ranked.emplace_back(rank, node.id);
  }
  // Among equals the highest id first: low ids are the ones that people expect to see.
  std::ranges::sort(ranked, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : b.second < a.second;
  });
  std::vector<NodeId> ids;
  for (const auto& [rank, id] : ranked) ids.push_back(id);
  return ids;
}

Plan without_idle_nodes(const Plan& plan) {
  Plan smaller = plan;
  for (const auto& node : plan.nodes) {
    const bool idle_client = node.role == NodeRole::client && !has_operations(plan, node.id);
    const bool idle_admin = node.role == NodeRole::admin && !needs_admin(plan);
    if (idle_client || idle_admin) smaller = without_node(smaller, node.id);
  }
  return smaller;
}

Plan cut_at(const Plan& plan, SimTime end) {
  Plan shorter = plan;
  shorter.duration = std::min(plan.duration, end - SimTime{});
  shorter.freeze_at = std::min(plan.freeze_at, SimTime{} + shorter.duration);
  std::erase_if(shorter.operations, [&](const auto& op) { return op.at >= end; });
  std::erase_if(shorter.faults, [&](Fault& f) { return !clamp_fault(f, shorter.freeze_at); });
  std::erase_if(shorter.deviations,
                [&](const auto& d) { return d.kind == faults::DeviationKind::delay_process && d.at >= end; });
  return shorter;
}

Plan freeze_at(const Plan& plan, SimTime freeze) {
  Plan shorter = plan;
  const Duration tail = (SimTime{} + plan.duration) - plan.freeze_at;
  shorter.freeze_at = std::min(plan.freeze_at, freeze);
  shorter.duration = (shorter.freeze_at + tail) - SimTime{};
  const SimTime end = SimTime{} + shorter.duration;
  std::erase_if(shorter.operations, [&](const auto& op) { return op.at >= end; });
  std::erase_if(shorter.faults, [&](Fault& f) { return !clamp_fault(f, shorter.freeze_at); });
  return shorter;
}

namespace {

template <class T>
void reset_to(std::vector<Edit>& edits, const Plan& plan, T faults::SystemPlan::* knob, T usual = {}) {
  if (plan.system.*knob == usual) return;
  edits.push_back([knob, usual](const Plan& from) {
    Plan plain = from;
    plain.system.*knob = usual;
    return plain;
  });
}

}  // namespace

std::vector<Edit> plainer_systems(const Plan& plan) {
  using faults::SystemPlan;
  std::vector<Edit> edits;
  if (plan.system.election_timeout_min != Duration{} || plan.system.heartbeat_interval != Duration{}) {
    edits.push_back([](const Plan& from) {
      Plan plain = from;
      plain.system.election_timeout_min = plain.system.election_timeout_max = Duration{};
      plain.system.heartbeat_interval = Duration{};
      return plain;
    });
  }
  reset_to(edits, plan, &SystemPlan::snapshot_every_entries);
  reset_to(edits, plan, &SystemPlan::snapshot_chunk_bytes);
  reset_to(edits, plan, &SystemPlan::append_entries_max);
  reset_to(edits, plan, &SystemPlan::inflight_messages_max);
  reset_to(edits, plan, &SystemPlan::gossip_interval);
  reset_to(edits, plan, &SystemPlan::compact_every_updates);
  reset_to(edits, plan, &SystemPlan::mailbox_messages);
  reset_to(edits, plan, &SystemPlan::actor_order, faults::ActorOrder::fifo);
  reset_to(edits, plan, &SystemPlan::mailbox_full, faults::MailboxFull::refuse);
  reset_to(edits, plan, &SystemPlan::limits);
  return edits;
}

std::vector<Edit> quieter_worlds() {
  return {
      [](const Plan& plan) {
        Plan quiet = plan;
        for (auto& node : quiet.nodes) {
          node.wall_offset = {};
          node.drift_ppm = 0;
        }
        return quiet;
      },
      [](const Plan& plan) {
        Plan quiet = plan;
        quiet.network.loss_ppm = 0;
        quiet.network.duplicate_ppm = 0;
        return quiet;
      },
      [](const Plan& plan) {
        Plan quiet = plan;
        quiet.network.tail_ppm = 0;
        return quiet;
      },
      [](const Plan& plan) {
        Plan quiet = plan;
        quiet.network.latency_mean = quiet.network.latency_min;
        return quiet;
      },
  };
}

std::vector<Fault> simpler_forms(const Fault& fault) {
  std::vector<Fault> forms;
  if (fault.duration != Duration::max() && fault.duration >= milliseconds(2)) {
    Fault shorter = fault;
    // Whole milliseconds read better, and a halving ends after a few of them.
    shorter.duration = milliseconds(fault.duration.ns / 2 / 1'000'000);
    forms.push_back(std::move(shorter));
  }
  for (std::size_t i = 0; fault.nodes.size() > 1 && i < fault.nodes.size(); ++i) {
    Fault fewer = fault;
    erase_range(fewer.nodes, i, i + 1);
    forms.push_back(std::move(fewer));
  }
  if (fault.links.size() > 1) {
    const std::size_t half = fault.links.size() / 2;
    for (const auto& [begin, end] : {std::pair{std::size_t{0}, half}, {half, fault.links.size()}}) {
      Fault fewer = fault;
      erase_range(fewer.links, begin, end);
      forms.push_back(std::move(fewer));
    }
  }
  if (!fault.label.empty() && !forms.empty()) {
    // A label names a shape ("ring", "majority/minority"): it is no longer true of a part of it.
    for (Fault& form : forms) {
      if (form.nodes != fault.nodes || form.links != fault.links) form.label.clear();
    }
  }
  return forms;
}

Plan reseeded(const Plan& plan, std::uint32_t attempt, std::uint32_t share_ppm, Together together) {
  const Random random(plan.seed);
  const std::int64_t slice = plan.duration.ns / kSlices + 1;
  // What is dropped together has the same identity, and so the same throw of the dice.
  const auto of = [&](std::uint32_t id, std::uint32_t sort, SimTime at) {
    if (together == Together::sort) return sort;
    if (together == Together::slice) return static_cast<std::uint32_t>(at.ns / slice);
    return id;
  };
  Plan other = plan;
  other.seed = random.at("shrink.seed", attempt).u64();
  std::erase_if(other.faults, [&](const Fault& f) {
    const std::uint32_t id = of(f.id, static_cast<std::uint32_t>(f.kind), f.at);
    return random.at("shrink.fault", attempt, id).chance_ppm(share_ppm);
  });
  std::erase_if(other.operations, [&](const auto& op) {
    const std::uint32_t id = of(op.id, op.process.value, op.at);
    return random.at("shrink.operation", attempt, id).chance_ppm(share_ppm);
  });
  return other;
}

Plan thinned(const Plan& plan, std::uint32_t attempt, std::size_t begin, std::size_t end) {
  Plan other = plan;
  other.seed = Random(plan.seed).at("shrink.thin", attempt).u64();
  const std::size_t faults = plan.faults.size();
  erase_range(other.faults, begin, end);
  if (end > faults) erase_range(other.operations, begin > faults ? begin - faults : 0, end - faults);
  return other;
}

}  // namespace wn::scenarios
