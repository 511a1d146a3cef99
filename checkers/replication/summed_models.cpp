// Counters, sets and maps: types for which the order of execution will do.
#include <algorithm>
#include <map>
#include <set>

#include "checkers/replication/models.h"

namespace wn::checkers {
namespace {

class Counter final : public Model {
 public:
  explicit Counter(const History& history) : history_(history) {}
  void begin_life(const KeyLife&) override { sum_ = 0; }
  void apply(const KeyUpdate& update) override {
    const Operation& op = history_.operations[update.operation];
    const std::vector<std::int64_t> amount = numbers_of(history_.atoms, op.value);
    if (amount.empty()) return;
    sum_ += op.function == Function::spend ? -amount.front() : amount.front();
    last_ = update.operation;
  }
  Complaint read(const KeyRead& read) override {
    const std::vector<std::int64_t> shown =
        numbers_of(history_.atoms, history_.operations[read.operation].result);
    if (shown.size() <= 1 && (shown.empty() ? 0 : shown.front()) == sum_) return {};
    return {.what = "a counter is not the sum of its visible updates", .operations = {last_, read.operation}};
  }

 private:
  const History& history_;
  std::int64_t sum_ = 0;
  std::uint64_t last_ = 0;
};

class Set final : public Model {
 public:
  Set(const History& history, Shape shape) : history_(history), shape_(shape) {}

  void learn(const KeyLife& life) override {
    std::map<NumberPair, std::vector<std::uint32_t>> includes;
    for (const KeyUpdate& update : life.updates) {
      NumberPair element;
      if (!element_of(update, element)) continue;
      if (!excludes(update)) {
        includes[element].push_back(update.update);
        continue;
      }
      if (!update.made_here) continue;
      known_.insert(update.update);
      if (life.blind) unsure_.insert(element);
      if (!life.blind) takes_[update.update] = includes[element];
    }
  }

  void begin_life(const KeyLife&) override {
    there_.clear();
    taken_.clear();
    seen_.clear();
  }

  void apply(const KeyUpdate& update) override {
    NumberPair element;
    if (!element_of(update, element)) return;
    if (!excludes(update)) {
      seen_[element] = update.operation;
      if (!taken_.contains(update.update)) there_[element].emplace(update.update, update.operation);
      return;
    }
    // Its maker is not known: neither is what it takes away.
    if (!known_.contains(update.update)) unsure_.insert(element);
    const auto takes = takes_.find(update.update);
    if (takes == takes_.end()) return;
    const auto at = there_.find(element);
    for (const std::uint32_t include : takes->second) {
      taken_.insert(include);
      if (at != there_.end()) at->second.erase(include);
    }
    if (at != there_.end() && at->second.empty()) there_.erase(at);
  }

  Complaint read(const KeyRead& read) override {
    std::vector<NumberPair> shown =
        pairs_of(history_.atoms, shape_, history_.operations[read.operation].result);
    std::ranges::sort(shown);
    auto at = shown.begin();
    for (const auto& [element, includes] : there_) {
      for (; at != shown.end() && *at < element; ++at) {
        if (const Complaint c = too_much(*at, read); c.what != nullptr) return c;
      }
      if (at != shown.end() && *at == element) {
        ++at;
      } else if (!unsure_.contains(element)) {
        return {.what = "an added element was lost",
                .operations = {includes.begin()->second, read.operation}};
      }
    }
    for (; at != shown.end(); ++at) {
      if (const Complaint c = too_much(*at, read); c.what != nullptr) return c;
    }
    return {};
  }

 private:
  bool excludes(const KeyUpdate& update) const {
    return history_.operations[update.operation].function == Function::exclude;
  }
  bool element_of(const KeyUpdate& update, NumberPair& out) const {
    const std::vector<NumberPair> value =
        pairs_of(history_.atoms, shape_, history_.operations[update.operation].value);
    if (value.empty()) return false;
    out = value.front();
    return true;
  }
  Complaint too_much(const NumberPair& element, const KeyRead& read) const {
    if (unsure_.contains(element)) return {};
    const auto seen = seen_.find(element);
    if (seen == seen_.end())
      return {.what = "a read shows what was not there", .operations = {read.operation}};
    return {.what = "a removed element came back", .operations = {seen->second, read.operation}};
  }

  const History& history_;
  Shape shape_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> takes_;  // exclude -> includes that it saw
  std::set<std::uint32_t> known_;                              // excludes that were seen being made
  std::set<NumberPair> unsure_;
  // Of the life at hand.
  std::map<NumberPair, std::map<std::uint32_t, std::uint64_t>> there_;  // includes with their operations
  std::set<std::uint32_t> taken_;
  std::map<NumberPair, std::uint64_t> seen_;
};

}  // namespace

std::unique_ptr<Model> make_counter(const History& history) { return std::make_unique<Counter>(history); }
std::unique_ptr<Model> make_set(const History& history, Shape shape) {
  return std::make_unique<Set>(history, shape);
}

}  // namespace wn::checkers
