#pragma once
// Open: the operations that are open at the present event, as the frontier search needs them, and what they
// do to a configuration.
#include <algorithm>
#include <vector>

#include "checkers/linearizability/defects.h"
#include "checkers/linearizability/frontier_config.h"
#include "checkers/linearizability/frontier_plan.h"

namespace wn::checkers::frontier {

template <std::size_t kWords>
class Open {
 public:
  using Item = Configuration<kWords>;

  Open(const Plan& plan, LinearizabilityDefect defect) : plan_(plan), defect_(defect) {}

  void restart() {
    const std::size_t values = plan_.last_observed.size();
    needs_.assign(values, {});
    refuses_.assign(values, {});
    wanted_.assign(values, 0);
    dead_.assign(values, 0);
    for (std::uint32_t v = 1; v < values; ++v) dead_[v] = plan_.last_observed[v] == 0 ? 1 : 0;
    failed_ = exact_ = write_marks_ = info_ = {};
    writes_.clear();
    cas_.clear();
  }

  void invoke(std::uint32_t id) {
    const Op& op = plan_.ops[id];
    if (op.optional()) info_.set(op.slot);
    if (op.kind == Kind::observe) {
      if (op.pre != kNone) {
        needs_[op.pre].set(op.slot);
      } else {
        refuses_[op.not_pre].set(op.slot);
        failed_.set(op.slot);
      }
    } else if (op.kind == Kind::write) {
      write_marks_.set(op.slot);
      place(writes_, id);
    } else {
      if (!op.optional()) exact_.set(op.slot);
      ++wanted_[op.pre];
      place(cas_, id);
    }
  }
  void complete(std::uint32_t id) {
    const Op& op = plan_.ops[id];
    if (op.kind == Kind::observe) {
      if (op.pre != kNone) {
        needs_[op.pre].clear(op.slot);
      } else {
        refuses_[op.not_pre].clear(op.slot);
        failed_.clear(op.slot);
      }
    } else if (op.kind == Kind::write) {
      write_marks_.clear(op.slot);
      std::erase(writes_, id);
    } else {
      exact_.clear(op.slot);
      --wanted_[op.pre];
      std::erase(cas_, id);
    }
  }
  // Reduction b: nobody observes `value` any more.
  void bury(std::uint32_t value) {
    dead_[value] = 1;
    std::ranges::sort(writes_, [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
  }

  // The marks of an operation that is just invoked.
  void add_marks(std::uint32_t id, Item& c) const {
    const Op& op = plan_.ops[id];
    if (op.kind == Kind::observe) {
      const bool suits = op.pre != kNone ? op.pre == c.value : op.not_pre != c.value;
      if (!suits) c.first.set(op.slot);
    } else if (!op.optional() &&
               (op.kind == Kind::cas || defect_ != LinearizabilityDefect::late_calls_excused)) {
      c.second.set(op.slot);
    }
  }
  void write(std::uint32_t id, Item& c) const {
    c.first.set(plan_.ops[id].slot);
    c.second.remove(write_marks_);  // reduction c
    become(value_of(id), c);
  }
  void swap(std::uint32_t id, Item& c) const {
    c.first.set(plan_.ops[id].slot);
    c.second.clear(plan_.ops[id].slot);
    if (defect_ == LinearizabilityDefect::cas_hides_writes) c.second.remove(write_marks_);
    const std::uint32_t to = plan_.ops[id].to;
    become(dead_[to] != 0 ? kDead : to, c);
  }

  std::uint32_t value_of(std::uint32_t id) const {
    const std::uint32_t to = plan_.ops[id].to;
    return dead_[to] != 0 ? kDead : to;
  }
  bool satisfied_by(std::uint32_t value, const Marks<kWords>& first) const {
    Marks<kWords> suits = failed_;
    if (defect_ != LinearizabilityDefect::failed_cas_sees_anything) suits.remove(refuses_[value]);
    suits.add(needs_[value]);
    return first.meets(suits);
  }
  // Some cas that has not taken effect starts from this value.
  bool enables(const Item& c) const {
    if (wanted_[c.value] == 0) return false;
    return std::ranges::any_of(cas_, [&](std::uint32_t id) {
      return plan_.ops[id].pre == c.value && !c.first.test(plan_.ops[id].slot);
    });
  }
  // Whether the value of a write that returns at `event` can matter to somebody: as itself, or as one that a
  // failed cas did not expect.
  bool worth_using(std::uint32_t id, std::uint32_t event) const {
    return value_of(id) != kDead || event < plan_.last_refusal;
  }
  // A guess, less is better: what is used up of info operations never comes back.
  std::uint32_t cost(const Item& c) const {
    Marks<kWords> lasting = c.first;
    lasting.meet(info_);
    return c.first.count() + c.second.count() + kInfoCost * lasting.count();
  }
  std::uint32_t start() const { return dead_[plan_.initial] != 0 ? kDead : plan_.initial; }

  const std::vector<std::uint32_t>& writes() const { return writes_; }  // by value, then by return
  const std::vector<std::uint32_t>& cas() const { return cas_; }        // by both values, then by return
  const Marks<kWords>& exact() const { return exact_; }
  const Marks<kWords>& write_marks() const { return write_marks_; }

 private:
  static constexpr std::uint32_t kInfoCost = 1;
  struct Key {
    std::uint32_t pre = 0, to = 0;
    std::uint64_t ret = 0;
    std::uint32_t id = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  Key key(std::uint32_t id) const {
    const Op& op = plan_.ops[id];
    if (op.kind == Kind::cas) return {op.pre, op.to, op.ret, id};
    return {0, value_of(id), op.ret, id};
  }
  void place(std::vector<std::uint32_t>& list, std::uint32_t id) const {
    const auto less = [&](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); };
    list.insert(std::ranges::upper_bound(list, id, less), id);
  }
  void become(std::uint32_t value, Item& c) const {
    c.value = value;
    Marks<kWords> suits = failed_;
    if (defect_ != LinearizabilityDefect::failed_cas_sees_anything) suits.remove(refuses_[value]);
    suits.add(needs_[value]);
    c.first.remove(suits);
  }

  const Plan& plan_;
  LinearizabilityDefect defect_;
  std::vector<Marks<kWords>> needs_, refuses_;  // value -> open observers
  std::vector<std::uint32_t> wanted_;           // value -> open cas that start from it
  std::vector<std::uint8_t> dead_;
  Marks<kWords> failed_, exact_, write_marks_, info_;
  std::vector<std::uint32_t> writes_, cas_;
};

}  // namespace wn::checkers::frontier
