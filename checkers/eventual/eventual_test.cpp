#include "checkers/eventual/eventual.h"

#include <catch2/catch_test_macros.hpp>

#include "checkers/history/history_io.h"
#include "checkers/history/recorder.h"

namespace wn::checkers {
namespace {

// Clients 11 and 21 ask replica 1, client 12 replica 2, client 13 replica 3. One call is one second.
class Tale {
 public:
  explicit Tale(std::string key) : key_(std::move(key)) {}
  std::uint32_t begin(std::uint32_t client, Function f, std::vector<std::int64_t> value = {}) {
    Interner& a = r_.atoms();
    const Atom key = a.text(key_);
    Atom atom = kNil;
    if (value.size() == 1) atom = a.number(value[0]);
    if (value.size() > 1) atom = list(value);
    return r_.invoke(client + 10'000 * lives_[client], f, key, atom, now());
  }
  Tale& end(std::uint32_t op, Outcome outcome = Outcome::ok, std::uint32_t client = 0) {
    r_.complete(op, outcome, now());
    if (outcome == Outcome::info) ++lives_[client];
    return *this;
  }
  Tale& did(std::uint32_t client, Function f, std::vector<std::int64_t> value,
            Outcome outcome = Outcome::ok) {
    const std::uint32_t op = begin(client, f, std::move(value));
    return end(op, outcome, client);
  }
  Tale& reads(std::uint32_t client, std::vector<std::int64_t> seen) {
    const std::uint32_t op = begin(client, Function::get);
    const Atom shown = list(seen);
    r_.complete(op, Outcome::ok, now(), shown);
    return *this;
  }
  Tale& later() {
    seconds_ += 100;
    return *this;
  }
  std::string signature(std::set<std::uint32_t> cut_off = {}, std::set<std::uint32_t> rebased = {}) const {
    const EventualFacts facts{.freeze_ns = 0,
                              .grace_ns = 10 * kSecond,
                              .homes = {{11, 1}, {21, 1}, {12, 2}, {13, 3}},
                              .cut_off = std::move(cut_off),
                              .rebased = std::move(rebased)};
    const Verdict v = check_eventual(r_.history(), facts);
    CHECK((v.outcome == Outcome3::fail) == !v.signature.empty());
    // The same from the file that a run leaves behind.
    const auto read = read_history_text(write_jsonl(r_.history()), "h");
    REQUIRE(read.has_value());
    CHECK(check_eventual(*read, facts).signature == v.signature);
    return v.signature;
  }

 private:
  std::int64_t now() { return ++seconds_ * kSecond; }
  Atom list(const std::vector<std::int64_t>& values) {
    std::vector<Atom> atoms;
    for (const std::int64_t v : values) atoms.push_back(r_.atoms().number(v));
    return r_.atoms().list(atoms);
  }
  static constexpr std::int64_t kSecond = 1'000'000'000;
  std::string key_;
  HistoryRecorder r_;
  std::int64_t seconds_ = 0;
  std::map<std::uint32_t, std::uint32_t> lives_;
};

Tale tags() { return Tale("w3.tags"); }
constexpr const char* kDisagree = "eventual: replicas disagree";
constexpr const char* kMissing = "eventual: an acknowledged element is missing";
constexpr const char* kOwn = "eventual: a replica misses what it acknowledged";
constexpr const char* kNobody = "eventual: a value that nobody wrote";
constexpr const char* kRefused = "eventual: a refused write appeared";
constexpr const char* kVanished = "eventual: a read element vanished";
constexpr const char* kCameBack = "eventual: an overwritten value came back";

TEST_CASE("eventual: when all has settled the replicas agree, and hold what was acknowledged") {
  CHECK(tags()
            .did(11, Function::include, {5})
            .reads(12, {})
            .later()
            .reads(11, {5})
            .reads(12, {5})
            .signature()
            .empty());
  CHECK(tags().did(11, Function::include, {5}).later().reads(11, {5}).reads(12, {}).signature() == kDisagree);
  CHECK(tags().did(11, Function::include, {5}).later().reads(12, {}).reads(13, {}).signature() == kMissing);
  CHECK(tags()
            .did(11, Function::include, {5}, Outcome::info)
            .later()
            .reads(12, {})
            .reads(13, {})
            .signature()
            .empty());
  CHECK(tags()
            .did(11, Function::include, {5})
            .did(12, Function::exclude, {5})
            .later()
            .reads(12, {})
            .signature()
            .empty());
  CHECK(tags().did(11, Function::include, {5}).later().reads(11, {5}).reads(12, {}).signature({2}).empty());
  CHECK(tags().did(11, Function::include, {5}).reads(13, {}).signature().empty());  // too soon
}

TEST_CASE("eventual: nothing is shown that nobody asked for, or that was refused") {
  CHECK(tags().reads(12, {5}).signature() == kNobody);
  CHECK(tags().reads(12, {5}).did(11, Function::include, {5}).signature() == kNobody);
  CHECK(tags().did(11, Function::include, {5}, Outcome::fail).reads(12, {5}).signature() == kRefused);
  CHECK(tags().did(11, Function::include, {5}, Outcome::info).reads(12, {5}).signature().empty());
}

TEST_CASE("eventual: a replica shows what it acknowledged and what it showed before") {
  CHECK(tags().did(11, Function::include, {5}).reads(21, {}).signature() == kOwn);
  CHECK(tags()
            .did(11, Function::include, {5})
            .did(12, Function::exclude, {5})
            .reads(21, {})
            .signature()
            .empty());
  CHECK(tags().did(11, Function::include, {5}).reads(12, {5}).reads(12, {}).signature() == kVanished);
  CHECK(tags().did(11, Function::include, {5}).reads(12, {5}).reads(12, {}).signature({}, {2}).empty());
  CHECK(tags().did(11, Function::include, {5}).reads(12, {5}).reads(13, {}).signature().empty());
}

TEST_CASE("eventual: texts keep one order everywhere, maps their keys") {
  Tale text("w3.text");
  CHECK(text.did(11, Function::append, {5})
            .did(12, Function::append, {6})
            .later()
            .reads(11, {5, 6})
            .reads(12, {6, 5})
            .signature() == kDisagree);
  Tale map("w3.groups");
  CHECK(map.did(11, Function::nest, {1, 5})
            .did(12, Function::nest, {1, 6})
            .later()
            .reads(11, {1, 5, 1, 6})
            .reads(12, {1, 5, 1, 6})
            .signature()
            .empty());
  Tale lost("w3.groups");
  CHECK(lost.did(11, Function::nest, {1, 5})
            .did(12, Function::nest, {1, 6})
            .later()
            .reads(11, {1, 6})
            .reads(12, {1, 6})
            .signature() == kMissing);
  Tale elsewhere("w3.groups");
  CHECK(elsewhere.did(11, Function::nest, {1, 5}).reads(11, {2, 5}).signature() == kNobody);
}

TEST_CASE("eventual: a counter is the sum of what is known and of some of what is not") {
  const auto sum = [](std::int64_t shown) {
    Tale t("w3.count");
    return t.did(11, Function::add, {5})
        .did(12, Function::add, {7}, Outcome::info)
        .did(13, Function::add, {20}, Outcome::fail)
        .later()
        .reads(12, {shown})
        .signature();
  };
  CHECK(sum(5).empty());
  CHECK(sum(12).empty());
  for (const std::int64_t wrong : {0, 7, 6, 25, 32}) CHECK(sum(wrong) == "eventual: a counter is off");
  Tale own("w3.count");
  CHECK(own.did(11, Function::add, {5}).did(12, Function::add, {7}).reads(11, {4}).signature() ==
        "eventual: a counter shows what cannot be");
  Tale early("w3.count");
  CHECK(early.did(11, Function::add, {5}).did(12, Function::add, {7}).reads(13, {0}).signature().empty());
}

TEST_CASE("eventual: a bounded counter is never below zero") {
  Tale t("w3.budget");
  CHECK(t.did(11, Function::add, {5})
            .did(11, Function::spend, {7}, Outcome::info)
            .reads(12, {-2})
            .signature() == "eventual: a bounded counter below zero");
  Tale fine("w3.budget");
  CHECK(fine.did(11, Function::add, {9})
            .did(11, Function::spend, {7})
            .later()
            .reads(12, {2})
            .reads(13, {2})
            .signature()
            .empty());
}

TEST_CASE("eventual: a register keeps the later of two writes of one replica, and never loses all") {
  const auto reg = [] { return Tale("w3.title"); };
  CHECK(reg().did(11, Function::put, {5}).did(21, Function::put, {6}).later().reads(12, {5}).signature() ==
        kCameBack);
  CHECK(reg().did(11, Function::put, {5}).did(21, Function::put, {6}).reads(11, {5}).signature() ==
        kCameBack);
  CHECK(reg()
            .did(11, Function::put, {5})
            .did(12, Function::put, {6})
            .later()
            .reads(12, {5})
            .reads(11, {5})
            .signature()
            .empty());
  CHECK(reg().did(11, Function::put, {5}).later().reads(12, {}).signature() ==
        "eventual: an acknowledged write is missing");
  CHECK(reg().reads(12, {4}).signature() == kNobody);
}

}  // namespace
}  // namespace wn::checkers
