#include "checkers/durability/durability.h"

#include <catch2/catch_test_macros.hpp>
#include <map>

#include "checkers/history/recorder.h"
#include "runtime/base/random.h"

namespace wn::checkers {
namespace {

constexpr std::string_view kLost = "durability: an acknowledged write is missing from a later read";
constexpr std::string_view kRefused = "durability: a refused write appeared";

// Operations of one key, by hand. Numbers are values; each call of begin or end is one event.
class Tale {
 public:
  std::uint32_t begin(Function f, std::int64_t value = 0, std::int64_t expected = 0) {
    Interner& a = r_.atoms();
    return r_.invoke(process_++, f, a.text("k"), value == 0 ? kNil : a.number(value), 0,
                     expected == 0 ? kNil : a.number(expected));
  }
  Tale& end(std::uint32_t op, Outcome outcome = Outcome::ok) {
    r_.complete(op, outcome, 0);
    return *this;
  }
  Tale& end_read(std::uint32_t op, std::vector<std::int64_t> seen) {
    std::vector<Atom> list;
    for (const std::int64_t v : seen) list.push_back(r_.atoms().number(v));
    r_.complete(op, Outcome::ok, 0, list.empty() ? kNil : list.size() == 1 ? list[0] : r_.atoms().list(list));
    return *this;
  }
  Tale& did(Function f, std::int64_t value, Outcome outcome = Outcome::ok, std::int64_t expected = 0) {
    return end(begin(f, value, expected), outcome);
  }
  Tale& reads(std::vector<std::int64_t> seen) { return end_read(begin(Function::get), std::move(seen)); }
  std::string signature() const {
    const Verdict v = check_durability(r_.history());
    CHECK(v.claim == "durability");
    CHECK((v.outcome == Outcome3::fail) == !v.signature.empty());
    return v.signature;
  }
  HistoryRecorder& recorder() { return r_; }

 private:
  HistoryRecorder r_;
  std::uint32_t process_ = 0;
};

}  // namespace

TEST_CASE("durability: an acknowledged append is in every later read") {
  CHECK(Tale().did(Function::append, 1).did(Function::append, 2).reads({1, 2}).signature().empty());
  CHECK(Tale().did(Function::append, 1).did(Function::append, 2).reads({2}).signature() == kLost);
  CHECK(Tale().did(Function::append, 1).reads({}).signature() == kLost);
  CHECK(Tale().did(Function::append, 1, Outcome::info).reads({}).signature().empty());
  CHECK(Tale().did(Function::append, 1).did(Function::append, 1).reads({}).signature().empty());  // proves
                                                                                                  // nothing
  Tale during;
  const auto append = during.begin(Function::append, 1);
  const auto read = during.begin(Function::get);
  CHECK(during.end(append).end_read(read, {}).signature().empty());
}

TEST_CASE("durability: an append that something may have overwritten is not missed") {
  for (const Function f : {Function::put, Function::remove, Function::cas}) {
    CHECK(Tale().did(Function::append, 1).did(f, 9).reads({9}).signature().empty());
    CHECK(Tale().did(Function::append, 1).did(f, 9, Outcome::info).reads({}).signature().empty());
    CHECK(Tale().did(f, 9, Outcome::info).did(Function::append, 1).reads({}).signature().empty());
    CHECK(Tale().did(Function::append, 1).did(f, 9, Outcome::fail).reads({}).signature() == kLost);
  }
  CHECK(Tale().did(Function::put, 9).did(Function::append, 1).reads({9}).signature() == kLost);
  Tale open;
  open.did(Function::append, 1);
  const auto put = open.begin(Function::put, 9);
  CHECK(open.reads({}).end(put).signature().empty());
}

TEST_CASE("durability: the last acknowledged put is what a later read begins with") {
  CHECK(Tale().did(Function::put, 1).did(Function::put, 2).reads({2}).signature().empty());
  CHECK(Tale().did(Function::put, 1).did(Function::put, 2).reads({1}).signature() == kLost);
  CHECK(Tale().did(Function::put, 1).reads({}).signature() == kLost);
  CHECK(Tale().did(Function::put, 1).did(Function::append, 2).reads({1, 2}).signature().empty());
  CHECK(Tale().did(Function::put, 1).did(Function::remove, 0).reads({}).signature().empty());
  CHECK(Tale().did(Function::put, 1).did(Function::cas, 2, Outcome::ok, 1).reads({1}).signature() == kLost);
  CHECK(Tale().did(Function::put, 1).did(Function::cas, 2, Outcome::fail, 5).reads({1}).signature().empty());
  CHECK(Tale().did(Function::put, 1).did(Function::put, 2, Outcome::info).reads({1}).signature().empty());
  Tale both;  // two puts at once: either may be last
  const auto a = both.begin(Function::put, 1);
  const auto b = both.begin(Function::put, 2);
  CHECK(both.end(a).end(b).reads({1}).reads({2}).signature().empty());
}

TEST_CASE("durability: what was refused never appears") {
  CHECK(Tale().did(Function::put, 1, Outcome::fail).reads({1}).signature() == kRefused);
  CHECK(Tale().did(Function::append, 1).did(Function::append, 2, Outcome::fail).reads({1, 2}).signature() ==
        kRefused);
  CHECK(Tale()
            .did(Function::put, 1, Outcome::fail)
            .did(Function::put, 1, Outcome::info)
            .reads({1})
            .signature()
            .empty());
  CHECK(Tale().did(Function::cas, 4, Outcome::fail, 3).reads({4}).signature() == kRefused);
}

TEST_CASE("durability: transactions append and read too") {
  Tale t;
  HistoryRecorder& r = t.recorder();
  const Atom k = r.atoms().text("k");
  const Atom one = r.atoms().number(1);
  const auto append = r.invoke_txn(100, {{.append = true, .key = k, .value = one}}, 0);
  r.complete_txn(append, Outcome::ok, 0, {{.append = true, .key = k, .value = one}});
  const auto read = r.invoke_txn(101, {{.key = k}}, 0);
  r.complete_txn(read, Outcome::ok, 0, {{.key = k, .list = std::vector<Atom>{one}}});
  CHECK(t.signature().empty());
  const auto late = r.invoke_txn(102, {{.key = k}}, 0);
  r.complete_txn(late, Outcome::ok, 0, {{.key = k}});
  CHECK(t.signature() == kLost);
}

TEST_CASE(
    "durability: no alarm on 20,000 random histories of a correct object; a forgotten append is found") {
  int found = 0;
  for (std::uint32_t seed = 0; seed < 20'000; ++seed) {
    Draw draw = Random(5).at("test.durability", seed);
    Tale t;
    std::vector<std::int64_t> object;
    const bool forgets = draw.below(2) == 0;
    struct Open {
      std::uint32_t op;
      Function f;
      std::int64_t value, expected;
      bool applied = false, refused = false;
      std::vector<std::int64_t> seen = {};
    };
    std::vector<Open> open;
    std::int64_t next = 1;
    bool forgot = false;
    for (int step = 0; step < 40; ++step) {
      if (open.size() < 3 && draw.below(2) == 0) {
        constexpr Function kFunctions[] = {Function::get, Function::append, Function::put, Function::remove,
                                           Function::cas};
        const std::uint64_t kind = draw.below(16);
        const Function f = kFunctions[kind < 6 ? 0 : kind < 13 ? 1 : kind - 11];
        const bool writes = f != Function::get && f != Function::remove;
        const std::int64_t expected = f == Function::cas && object.size() == 1 ? object[0]
                                      : f == Function::cas                     ? 999
                                                                               : 0;
        const std::int64_t value = writes ? next++ : 0;
        open.push_back({.op = t.begin(f, value, expected), .f = f, .value = value, .expected = expected});
        continue;
      }
      if (open.empty()) continue;
      const std::size_t i = draw.below(open.size());
      Open& o = open[i];
      if (!o.applied) {
        o.applied = true;
        o.seen = object;
        if (o.f == Function::append) object.push_back(o.value);
        if (o.f == Function::put) object = {o.value};
        if (o.f == Function::remove) object.clear();
        if (o.f == Function::cas) {
          o.refused = object != std::vector{o.expected};
          if (!o.refused) object = {o.value};
        }
        if (forgets && object.size() > 1 && draw.below(4) == 0) {
          object.pop_back();
          forgot = true;
        }
        continue;
      }
      if (o.f == Function::get) {
        t.end_read(o.op, o.seen);
      } else if (draw.below(6) != 0) {
        t.end(o.op, o.refused ? Outcome::fail : Outcome::ok);
      } else {
        t.end(o.op, Outcome::info);
      }
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
    }
    const std::string signature = t.signature();
    if (!forgot) {
      REQUIRE(signature.empty());
    } else {
      found += signature == kLost ? 1 : 0;
    }
  }
  CHECK(found > 1'000);
}

}  // namespace wn::checkers
