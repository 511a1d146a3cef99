#include "checkers/linearizability/frontier_plan.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::checkers::frontier {
namespace {

class Planner {
 public:
  Planner(const Partition& p, std::size_t contents, Scratch& scratch, bool blind)
      : steps_(p.steps), scratch_(scratch), blind_(blind) {
    ++scratch_.epoch;
    if (scratch_.number.size() < contents) scratch_.number.resize(contents);
  }

  Plan run() {
    plan_.last_observed.push_back(0);  // kDead
    read_until_.push_back(0);
    plan_.initial = number(kEmptyContent);
    number_operations();
    order_events();
    assign_slots();
    return std::move(plan_);
  }

 private:
  std::uint32_t number(ContentId content) {
    if (content == kNoContent) return kNone;
    Scratch::Number& n = scratch_.number[content];
    if (n.epoch != scratch_.epoch) {
      n = {.epoch = scratch_.epoch, .value = static_cast<std::uint32_t>(plan_.last_observed.size())};
      plan_.last_observed.push_back(0);
      read_until_.push_back(0);
    }
    return n.value;
  }

  // An info write of a value that nobody reads after its invocation matters to no one; only a failed cas
  // could tell. (An info cas likewise: what it does is to make that value.)
  void number_operations() {
    bool failed_cas = false;
    for (const Step& s : steps_) {
      failed_cas |= s.not_pre != kNoContent;
      const std::uint32_t pre = number(s.pre);
      if (pre != kNone) read_until_[pre] = std::max(read_until_[pre], s.ret);
      number(s.not_pre);
      if (s.effect != Effect::none) number(s.arg);
    }
    plan_.ops.reserve(steps_.size());
    for (std::uint32_t i = 0; i < steps_.size(); ++i) {
      const Step& s = steps_[i];
      Op op;
      op.ret = s.ret;
      op.step = i;
      op.pre = number(s.pre);
      op.not_pre = number(s.not_pre);
      if (s.effect != Effect::none) {
        op.to = number(s.arg);
        op.kind = op.pre == kNone ? Kind::write : Kind::cas;
      }
      if (op.optional() && (op.kind == Kind::observe || (!failed_cas && read_until_[op.to] <= s.call))) {
        continue;
      }
      plan_.ops.push_back(op);
    }
  }

  // Invocations are in order already; returns are merged in.
  void order_events() {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> returns;
    returns.reserve(plan_.ops.size());
    for (std::uint32_t i = 0; i < plan_.ops.size(); ++i) {
      if (!plan_.ops[i].optional()) returns.emplace_back(plan_.ops[i].ret, i);
    }
    std::ranges::sort(returns);
    plan_.events.reserve(plan_.ops.size() + returns.size());
    std::size_t r = 0;
    for (std::uint32_t i = 0; i < plan_.ops.size(); ++i) {
      const std::uint64_t call = steps_[plan_.ops[i].step].call;
      for (; r < returns.size() && returns[r].first < call; ++r) add_return(returns[r].second);
      const Op& op = plan_.ops[i];
      if (op.optional() && op.pre != kNone) plan_.last_observed[op.pre] = kNone;
      plan_.events.push_back(i * 2);
    }
    for (; r < returns.size(); ++r) add_return(returns[r].second);
  }
  void add_return(std::uint32_t i) {
    const auto event = static_cast<std::uint32_t>(plan_.events.size());
    const Op& op = plan_.ops[i];
    for (const std::uint32_t v : {op.pre, blind_ ? kNone : op.not_pre}) {
      if (v != kNone) plan_.last_observed[v] = std::max(plan_.last_observed[v], event);
    }
    if (op.not_pre != kNone && !blind_) plan_.last_refusal = event + 1;
    plan_.events.push_back(i * 2 + 1);
    plan_.last_return = event + 1;
  }

  void assign_slots() {
    std::vector<std::uint32_t> free;
    for (const std::uint32_t e : plan_.events) {
      Op& op = plan_.ops[e / 2];
      if (e % 2 == 1) {
        free.push_back(op.slot);
      } else if (!free.empty()) {
        op.slot = free.back();
        free.pop_back();
      } else {
        op.slot = plan_.slots++;
      }
    }
  }

  const std::vector<Step>& steps_;
  Scratch& scratch_;
  bool blind_;
  Plan plan_;
  std::vector<std::uint64_t> read_until_;  // value -> the latest return of an operation that needs it
};

}  // namespace

Plan plan(const Partition& partition, std::size_t contents, Scratch& scratch, bool blind) {
  return Planner(partition, contents, scratch, blind).run();
}

}  // namespace wn::checkers::frontier
