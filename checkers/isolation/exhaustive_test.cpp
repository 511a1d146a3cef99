// Against trying all orders: `fail` is a proof, and where version orders are whole `pass` is one, too.
// WORKNODE_FUZZ=N tries N histories.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <string>

#include "checkers/history/history_io.h"
#include "checkers/isolation/brute_force.h"
#include "checkers/isolation/isolation.h"
#include "runtime/base/random.h"

namespace wn::checkers {
namespace {

// A few transactions that run in some order, with reads of other moments mixed in.
class Small {
 public:
  Small(Draw draw, bool lists) : draw_(draw), lists_(lists) {}

  History run() {
    const std::uint64_t count = 2 + draw_.below(3);
    for (std::uint64_t i = 0; i < count; ++i) plan();
    intervals();
    execute();
    for (std::uint64_t lies = draw_.below(3); lies > 0; --lies) lie();
    for (Operation& op : out_.operations) {
      if (op.outcome == Outcome::ok) continue;
      for (MicroOperation& m : op.txn) {
        m.list = {};
        m.seen = {};
      }
    }
    return std::move(out_);
  }

 private:
  void plan() {
    Operation& op = out_.operations.emplace_back();
    op.function = Function::txn;
    const std::uint64_t fate = draw_.below(16);
    op.outcome = fate == 0 ? Outcome::fail : fate <= 2 ? Outcome::info : Outcome::ok;
    for (std::uint64_t n = 1 + draw_.below(3); n > 0; --n) {
      MicroOperation& m = op.txn.emplace_back();
      const std::uint64_t key = draw_.below(2);
      m.key = out_.atoms.number(static_cast<std::int64_t>(key));
      if (draw_.below(2) == 0) continue;
      (lists_ ? m.append : m.write) = true;
      m.value = out_.atoms.number(static_cast<std::int64_t>(100 + ++written_));
    }
  }

  // Every transaction its own client, invoked in order of index.
  void intervals() {
    std::vector<std::uint32_t> open;
    std::uint32_t next = 0;
    while (next < out_.operations.size() || !open.empty()) {
      if (next < out_.operations.size() && (open.empty() || draw_.below(2) == 0)) {
        out_.operations[next].process = next;
        out_.operations[next].invoked = out_.positions++;
        open.push_back(next++);
        continue;
      }
      const std::uint64_t i = draw_.below(open.size());
      out_.operations[open[i]].completed = out_.positions++;
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  void execute() {
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < out_.operations.size(); ++i)
      order.insert(order.begin() + static_cast<std::ptrdiff_t>(draw_.below(i + 1)), i);
    if (draw_.below(2) == 0)
      std::ranges::sort(order, {}, [&](std::uint32_t i) { return out_.operations[i].completed; });
    for (const std::uint32_t i : order) {
      Operation& op = out_.operations[i];
      if (op.outcome == Outcome::fail && draw_.below(4) != 0) continue;
      if (op.outcome == Outcome::info && draw_.below(2) == 0) continue;
      for (MicroOperation& m : op.txn) {
        std::vector<Atom>& list = lists_of_[m.key];
        if (m.append || m.write) {
          list.push_back(m.value);
        } else {
          see(m, list, list.size());
        }
      }
    }
  }

  void see(MicroOperation& m, const std::vector<Atom>& all, std::size_t length) const {
    if (lists_) {
      m.list = AtomList(std::span(all).first(length));
    } else {
      m.seen = length == 0 ? OptionalAtom() : OptionalAtom(all[length - 1]);
    }
  }

  void lie() {
    Operation& op = out_.operations[draw_.below(out_.operations.size())];
    MicroOperation& m = op.txn[draw_.below(op.txn.size())];
    if (m.append || m.write) return;
    const std::vector<Atom>& all = lists_of_[m.key];
    see(m, all, draw_.below(all.size() + 1));
  }

  Draw draw_;
  bool lists_;
  History out_;
  std::int64_t written_ = 0;
  std::map<Atom, std::vector<Atom>> lists_of_;
};

// Every append was read by somebody who was acknowledged, and its transaction too.
bool orders_are_whole(const History& history) {
  std::map<Atom, std::vector<Atom>> read;
  for (const Operation& op : history.operations) {
    for (const MicroOperation& m : op.txn)
      for (const Atom a : m.list.get()) read[m.key].push_back(a);
  }
  for (const Operation& op : history.operations) {
    for (const MicroOperation& m : op.txn) {
      if (m.append && op.outcome != Outcome::fail &&
          std::ranges::find(read[m.key], m.value) == read[m.key].end())
        return false;
    }
  }
  return true;
}

struct Level {
  const char* model;
  bool real_time, snapshots;
};
constexpr Level kLevels[] = {{"serializable", false, false},
                             {"strict-serializable", true, false},
                             {"snapshot-isolation", false, true},
                             {"strong-snapshot-isolation", true, true}};

std::uint64_t rounds(std::uint64_t few) {
  const char* more = std::getenv("WORKNODE_FUZZ");
  return more != nullptr ? std::strtoull(more, nullptr, 10) : few;
}

}  // namespace

TEST_CASE("isolation: small list-append histories are judged as trying all orders does") {
  std::uint64_t failed = 0;
  std::uint64_t whole = 0;
  const std::uint64_t count = rounds(3'000);
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    const History history = Small(Random(21).at("test.lists", seed), true).run();
    const bool known = orders_are_whole(history);
    whole += known ? 1 : 0;
    for (const Level& level : kLevels) {
      IsolationOptions options;
      options.consistency_models = {level.model};
      const Verdict v = check_isolation(history, options);
      const bool fail = v.outcome == Outcome3::fail;
      failed += fail ? 1 : 0;
      if (!fail && !known) continue;
      const bool possible = isolation::BruteForce(history, level.real_time, level.snapshots).possible();
      if (fail ? !possible : possible) continue;
      FAIL("seed " << seed << " " << level.model << ": " << v.signature << "\n"
                   << v.explanation << "\n"
                   << write_jsonl(history));
    }
  }
  CHECK(failed > count / 8);
  CHECK(whole > count / 16);
}

TEST_CASE("isolation: small register histories fail only if no order explains them") {
  std::uint64_t failed = 0;
  const std::uint64_t count = rounds(3'000);
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    const History history = Small(Random(22).at("test.registers", seed), false).run();
    for (const Level& level : kLevels) {
      IsolationOptions options;
      options.model = TransactionModel::rw_register;
      options.consistency_models = {level.model};
      // What these promise holds in every execution of the level.
      options.wfr_keys = seed % 2 == 0;
      options.linearizable_keys = level.real_time && !level.snapshots && seed % 3 == 0;
      options.sequential_keys = level.real_time && !level.snapshots && seed % 5 == 0;
      const Verdict v = check_isolation(history, options);
      if (v.outcome != Outcome3::fail) continue;
      ++failed;
      if (!isolation::BruteForce(history, level.real_time, level.snapshots).possible()) continue;
      FAIL("seed " << seed << " " << level.model << ": " << v.signature << "\n"
                   << v.explanation << "\n"
                   << write_jsonl(history));
    }
  }
  CHECK(failed > count / 8);
}

}  // namespace wn::checkers
