// Registers and sequences: types whose updates have one order, which reads tell.
#include <algorithm>
#include <map>
#include <set>

#include "checkers/history/causal_order.h"
#include "checkers/replication/models.h"

namespace wn::checkers {
namespace {

using Edge = std::pair<std::uint32_t, std::uint32_t>;
constexpr std::size_t kWitnessMax = 10;

// One node for each operation; edges that every order must respect, and the operation that says so.
class OneOrder : public Model {
 public:
  explicit OneOrder(const History& history) : history_(history) {}

  void begin_life(const KeyLife& life) override {
    blind_ = life.blind;
    seen_.clear();
    visible_.clear();
    last_made_ = last_read_ = kNoStep;
    after_made_ = after_read_ = 0;
  }

  void apply(const KeyUpdate& update) override {
    const std::uint32_t node = node_of(update.operation);
    if (update.made_here && !blind_) {
      // All that was visible comes before; what the last one made here came after, it says itself.
      if (last_made_ != kNoStep) edge(last_made_, node);
      for (; after_made_ < seen_.size(); ++after_made_) edge(seen_[after_made_], node);
      last_made_ = node;
    }
    if (visible_.insert(node).second) seen_.push_back(node);
  }

 protected:
  std::uint32_t node_of(std::uint64_t operation) {
    const auto [at, fresh] = nodes_.try_emplace(operation, static_cast<std::uint32_t>(operations_.size()));
    if (fresh) {
      operations_.push_back(operation);
      const Operation& op = history_.operations[operation];
      const std::vector<NumberPair> value = pairs_of(history_.atoms, Shape::number, op.value);
      if (!value.empty()) ambiguous_ |= !by_value_.try_emplace(value.front(), at->second).second;
    }
    return at->second;
  }
  std::uint32_t node_with(const NumberPair& value) const {
    const auto at = by_value_.find(value);
    return at == by_value_.end() || !visible_.contains(at->second) ? kNoStep : at->second;
  }
  void edge(std::uint32_t from, std::uint32_t to) {
    if (from != to) edges_.emplace_back(from, to);
  }
  Complaint cycle(const char* what) const {
    if (ambiguous_) return {};
    const Sorted sorted = sort_topologically(static_cast<std::uint32_t>(operations_.size()), edges_);
    if (sorted.cycle.empty()) return {};
    Complaint out{.what = what, .operations = {}};
    for (std::size_t i = 0; i < sorted.cycle.size() && i < kWitnessMax; ++i)
      out.operations.push_back(operations_[sorted.cycle[i]]);
    return out;
  }

  const History& history_;
  std::map<std::uint64_t, std::uint32_t> nodes_;  // by operation
  std::vector<std::uint64_t> operations_;         // by node
  std::map<NumberPair, std::uint32_t> by_value_;
  bool ambiguous_ = false;
  std::vector<Edge> edges_;
  // Of the life at hand.
  bool blind_ = false;
  std::vector<std::uint32_t> seen_;  // nodes, in order of application
  std::set<std::uint32_t> visible_;
  std::uint32_t last_made_ = kNoStep, last_read_ = kNoStep;
  std::size_t after_made_ = 0, after_read_ = 0;  // of seen_: not yet said
};

class Register final : public OneOrder {
 public:
  using OneOrder::OneOrder;
  Complaint read(const KeyRead& read) override {
    const Operation& op = history_.operations[read.operation];
    const std::vector<NumberPair> shown = pairs_of(history_.atoms, Shape::number, op.result);
    if (shown.empty()) {
      if (seen_.empty()) return {};
      return {.what = "a visible write is missing",
              .operations = {operations_[seen_.back()], read.operation}};
    }
    const std::uint32_t node = node_with(shown.front());
    if (shown.size() > 1 || node == kNoStep)
      return {.what = "a read shows what was not there", .operations = {read.operation}};
    if (!read.once) return {};
    // It wins over all that is visible; over what the last one read here won, that one does.
    if (last_read_ != kNoStep) edge(last_read_, node);
    for (; after_read_ < seen_.size(); ++after_read_) edge(seen_[after_read_], node);
    last_read_ = node;
    return {};
  }
  Complaint order() override { return cycle("no order of writes explains the reads"); }
};

class Sequence final : public OneOrder {
 public:
  using OneOrder::OneOrder;
  Complaint read(const KeyRead& read) override {
    const Operation& op = history_.operations[read.operation];
    std::set<std::uint32_t> missing = visible_;
    std::uint32_t before = kNoStep;
    for (const NumberPair& element : pairs_of(history_.atoms, Shape::sequence, op.result)) {
      const std::uint32_t node = node_with(element);
      if (node == kNoStep || missing.erase(node) == 0)
        return {.what = "a read shows what was not there", .operations = {read.operation}};
      if (before != kNoStep && read.once && told_.emplace(before, node).second) edge(before, node);
      before = node;
    }
    if (missing.empty()) return {};
    return {.what = "an added element was lost",
            .operations = {operations_[*missing.begin()], read.operation}};
  }
  Complaint order() override { return cycle("a text in two orders"); }

 private:
  std::set<Edge> told_;
};

}  // namespace

std::unique_ptr<Model> make_register(const History& history) { return std::make_unique<Register>(history); }
std::unique_ptr<Model> make_sequence(const History& history) { return std::make_unique<Sequence>(history); }

}  // namespace wn::checkers
