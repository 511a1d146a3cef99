#include "checkers/sequential/sequential.h"

#include <algorithm>
#include <set>
#include <string>

#include "checkers/sequential/forced.h"
#include "checkers/sequential/search.h"

namespace wn::checkers {
namespace {

using Act = ClientStep::Act;
constexpr std::size_t kWitnessMax = 10;

bool judged_shape(Shape shape) {
  return shape == Shape::number || shape == Shape::counter || shape == Shape::bounded;
}

class Judge {
 public:
  Judge(const History& history, const SequentialFacts& facts) : history_(history), facts_(facts) {
    verdict_.claim = "sequential";
  }

  Verdict judge() {
    if (facts_.all_keys) {
      scope([](const Interner&, Atom) { return true; });
    } else {
      for (const std::uint32_t node : nodes()) {
        scope([node](const Interner& atoms, Atom key) {
          if (atoms.kind(key) != Interner::Kind::text) return false;
          const KeyName name = parse_key(atoms.text_of(key));
          return name.mode == KeyMode::local && name.node == node && judged_shape(name.shape);
        });
      }
    }
    if (verdict_.outcome == Outcome3::pass && judged_ == 0)
      verdict_.explanation = "vacuous: no read of a register or a counter";
    return verdict_;
  }

 private:
  std::set<std::uint32_t> nodes() const {
    std::set<std::uint32_t> out;
    for (const Operation& op : history_.operations) {
      if (history_.atoms.kind(op.key) != Interner::Kind::text) continue;
      const KeyName name = parse_key(history_.atoms.text_of(op.key));
      if (name.mode == KeyMode::local) out.insert(name.node);
    }
    return out;
  }

  void scope(std::function<bool(const Interner&, Atom)> wanted) {
    if (verdict_.outcome == Outcome3::fail) return;
    const ClientHistory clients = client_history(
        history_,
        {.process_stride = facts_.process_stride, .muted = {}, .homes = {}, .wanted = std::move(wanted)});
    for (std::uint32_t id = 0; id < clients.steps.size(); ++id) {
      const ClientStep& step = clients.steps[id];
      judged_ += step.act == Act::read ? 1 : 0;
      if (step.source == kThinAir) return fail(clients, "a value from nowhere", {id});
    }
    if (!counters(clients)) return;
    const Forced forced = forced_order(clients);
    if (!forced.cycle.empty()) return fail(clients, "no order explains what was read", forced.cycle);
    const OrderFound found = search_order(clients, forced.edges, facts_.steps);
    if (found.found == Found::none) return fail(clients, "no order explains what was read", found.stuck);
    if (found.found == Found::order) return;
    verdict_.outcome = Outcome3::unknown;
    verdict_.signature = "sequential: out of budget";
    verdict_.explanation = "no order was found within the steps that the search is given";
  }

  // Sums that no choice of additions gives, whatever the order.
  bool counters(const ClientHistory& clients) {
    std::vector<std::int64_t> most(clients.keys.size(), 0);
    const auto add = [&](const ClientStep& step) {
      if (step.act == Act::add) most[step.key] += std::max<std::int64_t>(step.amount, 0);
    };
    for (const ClientStep& step : clients.steps) add(step);
    for (const ClientStep& step : clients.unknown) add(step);
    for (const std::vector<std::uint32_t>& session : clients.sessions) {
      std::vector<std::pair<std::uint32_t, std::int64_t>> own;  // by key: what the session has added
      for (const std::uint32_t id : session) {
        const ClientStep& step = clients.steps[id];
        const ClientKey& key = clients.keys[step.key];
        if (key.shape == Shape::number) continue;
        auto at = std::ranges::find(own, step.key, [](const auto& o) { return o.first; });
        if (at == own.end()) at = own.insert(own.end(), {step.key, 0});
        if (step.act == Act::add) at->second += step.amount;
        if (step.act != Act::read) continue;
        const bool too_little = !key.shrinks && step.amount < at->second;
        if (too_little || step.amount > most[step.key]) {
          fail(clients, "a counter shows what no order gives", {id});
          return false;
        }
      }
    }
    return true;
  }

  void fail(const ClientHistory& clients, const char* what, const std::vector<std::uint32_t>& steps) {
    verdict_.outcome = Outcome3::fail;
    verdict_.signature = std::string("sequential: ") + what;
    verdict_.explanation.clear();
    for (std::size_t i = 0; i < steps.size() && i < kWitnessMax; ++i) {
      const std::uint64_t operation = clients.steps[steps[i]].operation;
      verdict_.operations.push_back(operation);
      if (i > 0) verdict_.explanation += "\n";
      verdict_.explanation += describe(history_, operation);
    }
  }

  const History& history_;
  const SequentialFacts& facts_;
  std::uint64_t judged_ = 0;
  Verdict verdict_;
};

}  // namespace

Verdict check_sequential(const History& history, const SequentialFacts& facts) {
  return Judge(history, facts).judge();
}

}  // namespace wn::checkers
