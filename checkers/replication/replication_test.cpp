#include "checkers/replication/replication.h"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "checkers/history/recorder.h"

namespace wn::checkers {
namespace {

// Replicas 1, 2, 3; client 10 * n asks replica n. A call is one event of trace and history.
class Tale {
 public:
  explicit Tale(std::string key) : key_(std::move(key)), checker_({.process_stride = 10'000}) {
    for (std::uint32_t n = 1; n <= 3; ++n) restored(n, 0);
  }
  // The replica takes it in; the client hears of it.
  Tale& makes(std::uint32_t node, Function f, std::vector<std::int64_t> value, Outcome outcome = Outcome::ok,
              bool applied = true) {
    ask(node, f, std::move(value), outcome);
    if (!applied) return *this;
    apply(node, node, ++counter_[node]);
    tell(node, TraceKind::realm_served, {node * 10, number_[node], counter_[node], known_[node], 0});
    return *this;
  }
  Tale& gets(std::uint32_t node, std::uint32_t origin, std::uint64_t counter) {
    apply(node, origin, counter);
    return *this;
  }
  Tale& reads(std::uint32_t node, std::vector<std::int64_t> shown) {
    const auto op =
        recorder_.invoke(process(node), Function::get, recorder_.atoms().text(key_), kNil, ++now_);
    ++number_[node];
    tell(node, TraceKind::realm_served, {node * 10, number_[node], 0, known_[node], 0});
    const Atom result = shown.empty() ? kNil : list(shown);
    recorder_.complete(op, Outcome::ok, ++now_, result);
    return *this;
  }
  // Carried out once more, before or after: the last read of the client.
  Tale& serves_again(std::uint32_t node) {
    return tell(node, TraceKind::realm_served, {node * 10, number_[node], 0, known_[node], 0});
  }
  Tale& restarts(std::uint32_t node, std::uint64_t updates, bool rebased = false) {
    known_[node] = updates;
    counter_[node] = std::min(counter_[node], updates);
    return restored(node, updates, rebased);
  }
  Verdict verdict() const { return checker_.verdict(recorder_.history()); }
  std::string signature() const {
    const Verdict v = verdict();
    CHECK((v.outcome == Outcome3::fail) == !v.signature.empty());
    CHECK((v.outcome == Outcome3::fail) == !v.operations.empty());
    return v.signature.empty() ? "" : v.signature.substr(std::string("replication: ").size());
  }

 private:
  std::uint32_t process(std::uint32_t node) { return node * 10 + 10'000 * lives_[node]; }
  void ask(std::uint32_t node, Function f, std::vector<std::int64_t> value, Outcome outcome) {
    const Atom v = value.size() == 1 ? recorder_.atoms().number(value[0]) : list(value);
    const auto op = recorder_.invoke(process(node), f, recorder_.atoms().text(key_), v, ++now_);
    ++number_[node];
    recorder_.complete(op, outcome, ++now_);
    if (outcome == Outcome::info) ++lives_[node];
  }
  Atom list(const std::vector<std::int64_t>& values) {
    std::vector<Atom> atoms;
    for (const std::int64_t v : values) atoms.push_back(recorder_.atoms().number(v));
    return recorder_.atoms().list(atoms);
  }
  void apply(std::uint32_t node, std::uint64_t origin, std::uint64_t counter) {
    ++known_[node];
    tell(node, TraceKind::realm_update, {origin, counter, 2, 16, 0});
  }
  Tale& restored(std::uint32_t node, std::uint64_t updates, bool rebased = false) {
    return tell(node, TraceKind::realm_restored, {node, 0, updates, rebased ? 1ULL : 0ULL, 0});
  }
  Tale& tell(std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field) {
    checker_.on_event({.at = SimTime{++now_}, .node = NodeId{node}, .kind = kind, .field = field});
    return *this;
  }

  std::string key_;
  ReplicationChecker checker_;
  HistoryRecorder recorder_;
  std::int64_t now_ = 0;
  std::map<std::uint32_t, std::uint64_t> counter_, known_, number_;
  std::map<std::uint32_t, std::uint32_t> lives_;
};

constexpr auto kPut = Function::put;
constexpr auto kIn = Function::include;
constexpr auto kOut = Function::exclude;
const std::string kNotThere = "a read shows what was not there";
const std::string kLost = "an added element was lost";
const std::string kBack = "a removed element came back";

TEST_CASE("replication: a register's reads need one order of puts that extends visibility") {
  const std::string none = "no order of writes explains the reads";
  const auto title = [] { return Tale("w1.title"); };
  // Concurrent: either may win, everywhere the same one.
  CHECK(title()
            .makes(1, kPut, {1})
            .makes(2, kPut, {2})
            .gets(1, 2, 1)
            .reads(1, {1})
            .gets(2, 1, 1)
            .reads(2, {1})
            .signature()
            .empty());
  CHECK(title()
            .makes(1, kPut, {1})
            .makes(2, kPut, {2})
            .gets(1, 2, 1)
            .reads(1, {2})
            .gets(2, 1, 1)
            .reads(2, {2})
            .signature()
            .empty());
  CHECK(title()
            .makes(1, kPut, {1})
            .makes(2, kPut, {2})
            .gets(1, 2, 1)
            .reads(1, {1})
            .gets(2, 1, 1)
            .reads(2, {2})
            .signature() == none);
  // Made with the other in sight: it must win. Replicas agree, and the order is wrong all the same.
  CHECK(title()
            .makes(1, kPut, {1})
            .gets(2, 1, 1)
            .makes(2, kPut, {2})
            .gets(1, 2, 1)
            .reads(1, {1})
            .reads(2, {1})
            .signature() == none);
  CHECK(title()
            .makes(1, kPut, {1})
            .makes(1, kPut, {2})
            .gets(2, 1, 1)
            .reads(2, {1})
            .gets(2, 1, 2)
            .reads(2, {2})
            .signature()
            .empty());
  CHECK(title().makes(1, kPut, {1}).makes(1, kPut, {2}).reads(1, {1}).signature() == none);
  CHECK(title().makes(1, kPut, {1}).reads(2, {1}).signature() == kNotThere);
  CHECK(title().makes(1, kPut, {1}).reads(1, {}).signature() == "a visible write is missing");
  // Three in a circle.
  CHECK(title()
            .makes(1, kPut, {1})
            .makes(2, kPut, {2})
            .makes(3, kPut, {3})
            .gets(1, 2, 1)
            .reads(1, {2})
            .gets(2, 3, 1)
            .reads(2, {3})
            .gets(3, 1, 1)
            .reads(3, {1})
            .signature() == none);
}

TEST_CASE("replication: a counter is exactly the sum of what its replica had applied") {
  const std::string off = "a counter is not the sum of its visible updates";
  const auto count = [](std::int64_t at1, std::int64_t at2) {
    return Tale("w1.count")
        .makes(1, Function::add, {5})
        .makes(2, Function::add, {7}, Outcome::info)
        .gets(1, 2, 1)
        .reads(1, {at1})
        .reads(2, {at2})
        .signature();
  };
  CHECK(count(12, 7).empty());
  CHECK(count(5, 7) == off);
  CHECK(count(12, 12) == off);
  CHECK(Tale("w1.budget")
            .makes(1, Function::add, {9})
            .makes(1, Function::spend, {4})
            .reads(1, {5})
            .signature()
            .empty());
  CHECK(Tale("w1.budget")
            .makes(1, Function::add, {9})
            .makes(1, Function::spend, {4})
            .reads(1, {9})
            .signature() == off);
  CHECK(Tale("w1.count").reads(1, {}).signature().empty());
}

TEST_CASE("replication: a set loses no added element, and what was removed stays away") {
  const auto tags = [] { return Tale("w1.tags"); };
  CHECK(tags().makes(1, kIn, {5}).reads(1, {}).signature() == kLost);
  CHECK(tags().makes(1, kIn, {5}).reads(2, {5}).signature() == kNotThere);
  CHECK(tags().makes(1, kIn, {5}).makes(1, kOut, {5}).reads(1, {}).signature().empty());
  CHECK(tags().makes(1, kIn, {5}).makes(1, kOut, {5}).reads(1, {5}).signature() == kBack);
  // Add wins: the exclude had not seen the include.
  CHECK(tags().makes(1, kIn, {5}).makes(2, kOut, {5}).gets(1, 2, 1).reads(1, {5}).signature().empty());
  CHECK(tags().makes(1, kIn, {5}).makes(2, kOut, {5}).gets(1, 2, 1).reads(1, {}).signature() == kLost);
  // It had: gone everywhere.
  CHECK(tags()
            .makes(1, kIn, {5})
            .gets(2, 1, 1)
            .makes(2, kOut, {5})
            .gets(3, 1, 1)
            .gets(3, 2, 1)
            .reads(3, {5})
            .signature() == kBack);
  // Added once more, apart.
  CHECK(tags()
            .makes(1, kIn, {5})
            .gets(2, 1, 1)
            .makes(2, kOut, {5})
            .makes(1, kIn, {5})
            .gets(1, 2, 1)
            .reads(1, {5})
            .signature()
            .empty());
  CHECK(tags()
            .makes(1, kIn, {5})
            .gets(2, 1, 1)
            .makes(2, kOut, {5})
            .makes(1, kIn, {5})
            .gets(1, 2, 1)
            .reads(1, {})
            .signature() == kLost);
  const auto groups = [] { return Tale("w1.groups"); };
  CHECK(groups()
            .makes(1, Function::nest, {1, 5})
            .makes(1, Function::nest, {2, 5})
            .reads(1, {1, 5, 2, 5})
            .signature()
            .empty());
  CHECK(groups()
            .makes(1, Function::nest, {1, 5})
            .makes(2, Function::nest, {1, 6})
            .gets(1, 2, 1)
            .reads(1, {1, 6})
            .signature() == kLost);
  CHECK(groups().makes(1, Function::nest, {1, 5}).reads(1, {2, 5}).signature() != "");
}

TEST_CASE("replication: a text has one order, and appends come after what was there") {
  const std::string two = "a text in two orders";
  struct Text : Tale {
    Text() : Tale("w1.text") { makes(1, Function::append, {5}).makes(2, Function::append, {6}); }
  };
  const auto text = [] { return Text(); };
  CHECK(text().gets(1, 2, 1).gets(2, 1, 1).reads(1, {6, 5}).reads(2, {6, 5}).signature().empty());
  CHECK(text().gets(1, 2, 1).gets(2, 1, 1).reads(1, {6, 5}).reads(2, {5, 6}).signature() == two);
  CHECK(text().gets(1, 2, 1).reads(1, {6}).signature() == kLost);
  CHECK(text().gets(1, 2, 1).reads(1, {6, 6, 5}).signature() == kNotThere);
  CHECK(text().gets(1, 2, 1).makes(1, Function::append, {7}).reads(1, {5, 6, 7}).signature().empty());
  CHECK(text().gets(1, 2, 1).makes(1, Function::append, {7}).reads(1, {5, 7, 6}).signature() == two);
}

TEST_CASE("replication: what was acknowledged is applied and kept, what was refused is not applied") {
  const auto tags = [] { return Tale("w1.tags"); };
  CHECK(tags().makes(1, kIn, {5}, Outcome::ok, false).signature() ==
        "an acknowledged update was never applied");
  CHECK(tags().makes(1, kIn, {5}, Outcome::info, false).signature().empty());
  CHECK(tags().makes(1, kIn, {5}, Outcome::fail).signature() == "a refused update was applied");
  CHECK(tags().makes(1, kIn, {5}, Outcome::fail, false).signature().empty());
  CHECK(tags().makes(1, kIn, {5}).restarts(1, 0).signature() == "an acknowledged update was forgotten");
  CHECK(tags().makes(1, kIn, {5}, Outcome::info).restarts(1, 0).reads(1, {}).signature().empty());
  CHECK(tags().makes(1, kIn, {5}).restarts(1, 1).reads(1, {5}).signature().empty());
  CHECK(tags().makes(1, kIn, {5}, Outcome::info).reads(1, {5}).restarts(1, 0).signature() ==
        "a read showed what was forgotten");
}

TEST_CASE("replication: a read that was carried out twice must fit one of the times") {
  const auto twice = [](std::vector<std::int64_t> shown) {
    return Tale("w1.tags")
        .makes(2, kIn, {5})
        .reads(1, std::move(shown))
        .gets(1, 2, 1)
        .serves_again(1)
        .signature();
  };
  CHECK(twice({}).empty());
  CHECK(twice({5}).empty());
  CHECK(twice({6}) == kNotThere);
}

TEST_CASE("replication: a replica that began anew from an image is not judged, its later peers are") {
  Tale t("w1.tags");
  t.makes(2, kIn, {5}).restarts(1, 1, true).reads(1, {5}).reads(1, {});
  CHECK(t.signature().empty());
  CHECK(t.verdict().explanation.starts_with("vacuous: "));
  CHECK(t.reads(2, {}).signature() == kLost);
}

TEST_CASE("replication: more updates than the limit are unknown, not passed") {
  ReplicationChecker checker({.updates_max = 2});
  for (std::uint64_t i = 1; i <= 3; ++i)
    checker.on_event(
        {.at = {}, .node = NodeId{1}, .kind = TraceKind::realm_update, .field = {1, i, 0, 0, 0}});
  CHECK(checker.verdict(History{}).outcome == Outcome3::unknown);
}

}  // namespace
}  // namespace wn::checkers
