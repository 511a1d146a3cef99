#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "checkers/history/recorder.h"
#include "checkers/staleness/judge.h"
#include "runtime/base/random.h"

namespace wn::checkers::staleness {
namespace {

// value 0: the initial one; begin < end, distinct.
struct Op {
  bool write = false;
  std::uint32_t value = 0, begin = 0, end = 0;
  bool info = false;
};
using Ops = std::vector<Op>;

History history_of(const Ops& ops) {
  struct Moment {
    std::uint32_t at = 0, op = 0;
    bool begins = false;
  };
  std::vector<Moment> moments;
  for (std::uint32_t i = 0; i < ops.size(); ++i) {
    moments.push_back({.at = ops[i].begin, .op = i, .begins = true});
    moments.push_back({.at = ops[i].end, .op = i});
  }
  std::ranges::sort(moments, {}, &Moment::at);
  HistoryRecorder recorder;
  std::vector<HistoryRecorder::Handle> handles(ops.size());
  Interner& atoms = recorder.atoms();
  for (const Moment& m : moments) {
    const Op& op = ops[m.op];
    const Atom value = op.value == 0 ? kNil : atoms.number(op.value);
    if (m.begins)
      handles[m.op] = recorder.invoke(m.op, op.write ? Function::write : Function::read, atoms.text("x"),
                                      op.write ? value : kNil, m.at);
    else
      recorder.complete(handles[m.op], op.info ? Outcome::info : Outcome::ok, m.at, op.write ? kNil : value);
  }
  return recorder.take();
}

// The smallest k by trying every order; 99: none. Info writes may take place at any time after their begin,
// or never.
class Naive {
 public:
  explicit Naive(const Ops& ops) : ops_(ops) {}
  std::uint32_t smallest() {
    std::uint32_t best = 99;
    for (std::uint32_t k = 1; k <= ops_.size() + 1 && best == 99; ++k) {
      k_ = k;
      order_.assign(1, 0);
      if (place(0)) best = k;
    }
    return best;
  }

 private:
  bool place(std::uint32_t done) {
    bool all = true;
    for (std::size_t i = 0; i < ops_.size(); ++i) all = all && ((done >> i & 1U) != 0 || ops_[i].info);
    if (all) return true;
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if ((done >> i & 1U) != 0) continue;
      const bool late = std::ranges::any_of(ops_, [&](const Op& o) {
        const auto j = static_cast<std::size_t>(&o - ops_.data());
        return (done >> j & 1U) == 0 && !o.info && o.end < ops_[i].begin;
      });
      if (late) continue;
      if (ops_[i].write) {
        order_.push_back(ops_[i].value);
        if (place(done | 1U << i)) return true;
        order_.pop_back();
        continue;
      }
      const auto at = std::ranges::find(order_, ops_[i].value);
      if (at == order_.end() || order_.end() - at > static_cast<std::ptrdiff_t>(k_)) continue;
      if (place(done | 1U << i)) return true;
    }
    return false;
  }

  const Ops& ops_;
  std::uint32_t k_ = 1;
  std::vector<std::uint32_t> order_;
};

Ops random_ops(std::uint64_t round) {
  Draw draw = Random(5).at("staleness.fuzz", 0, round);
  Ops ops;
  const std::uint64_t n = 3 + draw.below(5);
  const std::uint64_t open_max = 1 + draw.below(4);
  std::uint32_t now = 0;
  std::uint32_t unique = 0;
  std::vector<std::size_t> open;
  while (ops.size() < n || !open.empty()) {
    const bool begin = ops.size() < n && (open.empty() || (open.size() < open_max && draw.below(2) == 0));
    if (begin) {
      Op op{.write = draw.below(2) == 0, .begin = ++now};
      if (op.write) op.value = ++unique;
      op.info = op.write && draw.below(12) == 0;
      open.push_back(ops.size());
      ops.push_back(op);
    } else {
      const std::uint64_t i = draw.below(open.size());
      Op& op = ops[open[i]];
      op.end = ++now;
      // Mostly one of the last writes.
      if (!op.write) {
        const std::uint64_t back = draw.below(3) == 0 ? draw.below(4) : draw.below(2);
        op.value = back >= unique ? 0 : unique - static_cast<std::uint32_t>(back);
      }
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return ops;
}

std::uint64_t rounds(std::uint64_t otherwise) {
  const char* asked = std::getenv("WORKNODE_FUZZ");
  return asked == nullptr ? otherwise : std::strtoull(asked, nullptr, 10);
}

TEST_CASE("staleness: k = 1 and 2 are decided as trying every order does, and the bounds hold beyond") {
  std::uint64_t of[3] = {};
  const std::uint64_t n = rounds(20'000);
  for (std::uint64_t i = 0; i < n; ++i) {
    const Ops ops = random_ops(i);
    const History history = history_of(ops);
    const std::uint64_t right = Naive(ops).smallest();
    ++of[right > 2 ? 2 : right - 1];
    StalenessGrade grade;
    std::string told;
    for (std::uint64_t o = 0; o < history.operations.size(); ++o) told += describe(history, o) + "\n";
    for (std::uint32_t k = 1; k <= 4; ++k) {
      const Verdict v = check_staleness(history, k, Budget{}, &grade);
      INFO(told << "smallest " << right << ", asked " << k << ", bounds " << grade.lower << " "
                << grade.upper);
      if (k <= 2) REQUIRE(v.outcome == (right <= k ? Outcome3::pass : Outcome3::fail));
      if (v.outcome == Outcome3::pass) REQUIRE(right <= k);
      if (v.outcome == Outcome3::fail) REQUIRE(right > k);
      if (right == 99) continue;
      REQUIRE(grade.lower <= right);
      REQUIRE(grade.upper >= right);
    }
  }
  for (const std::uint64_t count : of) CHECK(count > n / 20);
}

bool missed(const EpochRules& rules) {
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const History history = history_of(random_ops(i));
    for (std::uint32_t k = 1; k <= 2; ++k) {
      if (check_staleness_by(history, k, rules, Budget{}).outcome !=
          check_staleness(history, k, Budget{}).outcome)
        return true;
    }
  }
  return false;
}

TEST_CASE("staleness: each rule that is left out is missed") {
  CHECK(missed({.later_writes = false}));
  CHECK(missed({.later_reads = false}));
  CHECK(missed({.readers_count = false}));
  CHECK(missed({.try_all = false}));
}

TEST_CASE("staleness: grades") {
  const auto grade_of = [](const Ops& ops) {
    StalenessGrade grade;
    static_cast<void>(check_staleness(history_of(ops), 1, Budget{}, &grade));
    return std::pair(grade.lower, grade.upper);
  };
  const Op w1{.write = true, .value = 1, .begin = 1, .end = 2};
  const Op w2{.write = true, .value = 2, .begin = 3, .end = 4};
  const Op w3{.write = true, .value = 3, .begin = 5, .end = 6};
  CHECK(grade_of({w1, w2, w3, {.value = 3, .begin = 7, .end = 8}}) ==
        std::pair<std::uint64_t, std::uint64_t>(1, 1));
  CHECK(grade_of({w1, w2, w3, {.value = 2, .begin = 7, .end = 8}}) ==
        std::pair<std::uint64_t, std::uint64_t>(2, 2));
  CHECK(grade_of({w1, w2, w3, {.value = 1, .begin = 7, .end = 8}}) ==
        std::pair<std::uint64_t, std::uint64_t>(3, 3));
  CHECK(grade_of({w1, w2, w3, {.value = 0, .begin = 7, .end = 8}}) ==
        std::pair<std::uint64_t, std::uint64_t>(4, 4));
  CHECK(grade_of({w1, {.value = 9, .begin = 7, .end = 8}}).first == kNoStaleness);
  CHECK(grade_of({{.value = 1, .begin = 7, .end = 8}, {.write = true, .value = 1, .begin = 9, .end = 10}})
            .first == kNoStaleness);
}

TEST_CASE("staleness: a stale read is told with what it missed") {
  const Verdict v = check_staleness(history_of({{.write = true, .value = 1, .begin = 1, .end = 2},
                                                {.write = true, .value = 2, .begin = 3, .end = 4},
                                                {.value = 1, .begin = 5, .end = 6}}),
                                    1, Budget{});
  CHECK(v.signature == "staleness: a read is staler than allowed");
  CHECK(v.operations == std::vector<std::uint64_t>{0, 1, 2});
}

TEST_CASE("staleness: what cannot be decided is refused") {
  HistoryRecorder recorder;
  const auto h = recorder.invoke(1, Function::cas, recorder.atoms().text("x"), recorder.atoms().number(1), 1);
  recorder.complete(h, Outcome::ok, 2);
  CHECK(check_staleness(recorder.history(), 2, Budget{}).outcome == Outcome3::unknown);
}

}  // namespace
}  // namespace wn::checkers::staleness
