#include "checkers/causality/causality.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::checkers {
namespace {

class Tale {
 public:
  Tale& start(std::uint32_t node, std::uint64_t updates, bool rebased = false, std::uint64_t replica = 0) {
    return tell(node, TraceKind::realm_restored,
                {replica == 0 ? node : replica, 0, updates, rebased ? 1ULL : 0ULL, 0});
  }
  Tale& update(std::uint32_t node, std::uint64_t origin, std::uint64_t counter) {
    return tell(node, TraceKind::realm_update, {origin, counter, 0, 0, 0});
  }
  Tale& write(std::uint32_t node, std::uint64_t origin, std::uint64_t counter, std::uint64_t stamp,
              std::uint64_t name = 9) {
    update(node, origin, counter);
    return tell(node, TraceKind::realm_write, {origin, counter, name, stamp, node == origin ? 1ULL : 0ULL});
  }
  std::string signature() const { return checker_.verdict().signature; }

 private:
  Tale& tell(std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field) {
    checker_.on_event({.at = {}, .node = NodeId{node}, .kind = kind, .field = field});
    return *this;
  }
  CausalityChecker checker_;
};

constexpr const char* kLoses = "causality: a later write loses to an earlier one";
constexpr const char* kMissing = "causality: an update is missing";
constexpr const char* kTwice = "causality: an update was applied twice";
constexpr const char* kForgotten = "causality: an update that others know was forgotten";

TEST_CASE("causality checker: updates in the order of their origins pass, however they interleave") {
  CHECK(Tale()
            .start(1, 0)
            .start(2, 0)
            .write(1, 1, 1, 10)
            .write(2, 2, 1, 5)
            .write(1, 2, 1, 5)
            .write(2, 1, 1, 10)
            .write(2, 2, 2, 11)
            .signature()
            .empty());
}

TEST_CASE("causality checker: a write that must lose to what its replica knew is found") {
  CHECK(Tale().start(1, 0).write(1, 1, 1, 10).write(1, 1, 2, 9).signature() == kLoses);
  CHECK(Tale().start(1, 0).write(1, 2, 1, 10).write(1, 1, 1, 10).signature() == kLoses);
  CHECK(
      Tale().start(1, 0).write(1, 2, 1, 10, 7).write(1, 1, 1, 9, 8).signature().empty());  // another register
  CHECK(Tale().start(1, 0).write(1, 1, 1, 9).write(1, 2, 1, 5).signature().empty());       // not its own
}

TEST_CASE("causality checker: gaps and repeats are found") {
  CHECK(Tale().start(1, 0).update(1, 2, 1).update(1, 2, 3).signature() == kMissing);
  CHECK(Tale().start(1, 0).update(1, 2, 2).signature() == kMissing);
  CHECK(Tale().start(1, 0).update(1, 2, 1).update(1, 2, 1).signature() == kTwice);
}

TEST_CASE("causality checker: a restart may forget the last updates, and must take them again") {
  CHECK(Tale().start(1, 0).update(1, 2, 1).update(1, 2, 2).start(1, 1).update(1, 2, 2).signature().empty());
  CHECK(Tale().start(1, 0).update(1, 2, 1).update(1, 2, 2).start(1, 1).update(1, 2, 3).signature() ==
        kMissing);
  CHECK(Tale().start(1, 0).update(1, 2, 1).update(1, 2, 2).start(1, 2).update(1, 2, 2).signature() == kTwice);
  CHECK(Tale().start(1, 0).write(1, 2, 1, 90).start(1, 0).write(1, 1, 1, 5).signature().empty());
  CHECK(Tale().start(1, 0).write(1, 2, 1, 90).start(1, 1).write(1, 1, 1, 5).signature() == kLoses);
}

TEST_CASE("causality checker: what others know of a replica it may not forget") {
  CHECK(Tale().start(1, 0).start(2, 0).update(1, 1, 1).update(2, 1, 1).start(1, 0).signature() == kForgotten);
  CHECK(Tale().start(1, 0).start(2, 0).update(1, 1, 1).start(1, 0).signature().empty());
  CHECK(Tale().start(1, 0).start(2, 0).update(1, 1, 1).update(2, 1, 1).start(1, 1).signature().empty());
}

TEST_CASE("causality checker: an image from a peer is a new beginning") {
  CHECK(Tale()
            .start(1, 0)
            .update(1, 2, 1)
            .start(1, 50, true, 7)
            .update(1, 2, 30)
            .update(1, 2, 31)
            .update(1, 7, 1)
            .signature()
            .empty());
  CHECK(Tale().start(1, 50, true, 7).update(1, 2, 30).update(1, 2, 32).signature() == kMissing);
}

}  // namespace
}  // namespace wn::checkers
