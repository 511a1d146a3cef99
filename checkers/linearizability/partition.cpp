#include "checkers/linearizability/partition.h"

#include <algorithm>

namespace wn::checkers {
namespace {

bool has_list(const History& history) {
  const Interner& atoms = history.atoms;
  return std::ranges::any_of(history.operations, [&](const Operation& op) {
    return op.function == Function::txn || atoms.kind(op.result) == Interner::Kind::list ||
           atoms.kind(op.value) == Interner::Kind::list || atoms.kind(op.expected) == Interner::Kind::list;
  });
}

bool is_read(Function f) { return f == Function::read || f == Function::get; }
bool is_write(Function f) { return f == Function::write || f == Function::put; }

bool knows(ModelName model, Function f) {
  if (is_read(f)) return true;
  switch (model) {
    case ModelName::reg:
      return is_write(f);
    case ModelName::cas_register:
      return is_write(f) || f == Function::cas;
    case ModelName::kv:
      return is_write(f) || f == Function::cas || f == Function::append || f == Function::remove ||
             f == Function::txn;
    case ModelName::list_append:
      return f == Function::append || f == Function::txn;
  }
  return false;
}

class Splitter {
 public:
  Splitter(const History& history, ModelName model, const LinearizabilityOptions& options, Contents& contents)
      : history_(history),
        model_(model),
        options_(options),
        contents_(contents),
        part_of_(history.atoms.size(), 0) {}

  Partitions run() {
    std::vector<std::uint32_t> of_key(history_.atoms.size(), 0);
    for (const Operation& op : history_.operations) ++of_key[op.key.id];
    expected_ = std::move(of_key);
    for (std::uint64_t i = 0; i < history_.operations.size(); ++i) {
      const Operation& op = history_.operations[i];
      if (!knows(model_, op.function)) {
        out_.unsupported = i;
        return std::move(out_);
      }
      if (op.function == Function::txn) {
        txn(i, op);
      } else {
        single(i, op);
      }
      if (out_.unsupported != kNever) return std::move(out_);
    }
    return std::move(out_);
  }

 private:
  Partition& part(Atom key) {
    std::uint32_t& id = part_of_[key.id];
    if (id == 0) {
      out_.parts.emplace_back().key = key;
      out_.parts.back().steps.reserve(expected_[key.id]);
      id = static_cast<std::uint32_t>(out_.parts.size());
    }
    return out_.parts[id - 1];
  }

  static Step begin(std::uint64_t index, const Operation& op) {
    Step step;
    step.operation = index;
    step.call = op.invoked + 1;
    if (op.outcome != Outcome::info && op.completed != kNever) step.ret = op.completed + 1;
    return step;
  }

  void single(std::uint64_t index, const Operation& op) {
    Partition& p = part(op.key);
    Step step = begin(index, op);
    if (is_read(op.function)) {
      if (op.outcome != Outcome::ok) return;  // says nothing
      step.pre = contents_.of(op.result);
    } else if (op.function == Function::cas) {
      step.pre = contents_.of(op.expected);
      step.arg = contents_.of(op.value);
      if (op.outcome == Outcome::fail) {
        if (!options_.failed_cas_observes) return;
        p.refused.push_back(step.arg);
        step.not_pre = step.pre;
        step.pre = kNoContent;
      } else if (step.arg != step.pre) {
        step.effect = Effect::set;
      } else if (step.optional()) {
        return;  // changes nothing, says nothing
      }
    } else {
      step.effect = op.function == Function::append ? Effect::append : Effect::set;
      step.arg = op.function == Function::remove ? kEmptyContent : contents_.of(op.value);
      if (op.outcome == Outcome::fail) {
        if (op.function != Function::remove) p.refused.push_back(step.arg);
        return;
      }
      if (step.effect == Effect::append && step.arg == kEmptyContent) return;
    }
    p.steps.push_back(step);
  }

  // A transaction is projected on each of its keys: all its micro-operations on the key, at one moment. What
  // holds for the whole must hold for each projection, so a failure here is a proof.
  void txn(std::uint64_t index, const Operation& op) {
    for (std::size_t i = 0; i < op.txn.size(); ++i) {
      const Atom key = op.txn[i].key;
      const bool first = std::none_of(op.txn.begin(), op.txn.begin() + static_cast<std::ptrdiff_t>(i),
                                      [&](const MicroOperation& m) { return m.key == key; });
      if (op.txn[i].write) {
        out_.unsupported = index;
        return;
      }
      if (first) project(index, op, i);
    }
  }

  void project(std::uint64_t index, const Operation& op, std::size_t from) {
    Partition& p = part(op.txn[from].key);
    Step step = begin(index, op);
    own_.clear();
    for (std::size_t i = from; i < op.txn.size(); ++i) {
      const MicroOperation& m = op.txn[i];
      if (m.key != op.txn[from].key) continue;
      if (m.append) {
        own_.push_back(contents_.token(m.value));
        continue;
      }
      if (op.outcome != Outcome::ok) continue;
      seen_.clear();
      if (m.list) {
        for (const Atom e : *m.list) seen_.push_back(contents_.token(e));
      }
      const bool ends_so =
          seen_.size() >= own_.size() && std::equal(own_.rbegin(), own_.rend(), seen_.rbegin());
      if (!ends_so) {
        p.broken = std::min(p.broken, index);
        continue;
      }
      seen_.resize(seen_.size() - own_.size());
      const ContentId before = contents_.of_tokens(seen_);
      if (step.pre != kNoContent && step.pre != before) p.broken = std::min(p.broken, index);
      step.pre = before;
    }
    if (!own_.empty()) {
      step.arg = contents_.of_tokens(own_);
      if (op.outcome == Outcome::fail) return p.refused.push_back(step.arg);
      step.effect = Effect::append;
    }
    if (op.outcome == Outcome::fail) return;
    if (step.effect == Effect::none && (step.pre == kNoContent || step.optional())) return;
    p.steps.push_back(step);
  }

  const History& history_;
  ModelName model_;
  LinearizabilityOptions options_;
  Contents& contents_;
  std::vector<std::uint32_t> part_of_;   // key -> partition + 1
  std::vector<std::uint32_t> expected_;  // key -> operations that name it, transactions aside
  Partitions out_;
  std::vector<std::uint32_t> own_, seen_;
};

}  // namespace

ContentMode content_mode(const History& history, ModelName model) {
  switch (model) {
    case ModelName::reg:
    case ModelName::cas_register:
      return ContentMode::scalar;
    case ModelName::list_append:
      return ContentMode::list;
    case ModelName::kv:
      break;
  }
  return has_list(history) ? ContentMode::list : ContentMode::text;
}

Partitions split(const History& history, ModelName model, const LinearizabilityOptions& options,
                 Contents& contents) {
  return Splitter(history, model, options, contents).run();
}

}  // namespace wn::checkers
