#include "checkers/groups/groups_checker.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::checkers {
namespace {

constexpr std::string_view kFormer = "groups: a former owner served a worknode";

class Tale {
 public:
  Tale& tell(std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field) {
    checker_.on_event(
        {.at = SimTime{++second_ * 1'000'000'000}, .node = NodeId{node}, .kind = kind, .field = field});
    return *this;
  }
  Tale& applied(std::uint32_t node, std::uint64_t index, std::uint64_t checksum, std::uint64_t digest) {
    return tell(node, TraceKind::group_applied, {1, index, checksum, digest, 0});
  }
  Tale& owns(std::uint64_t group, std::uint64_t epoch, bool owned, std::uint64_t index) {
    return tell(1, TraceKind::group_owns, {group, epoch, 7, owned ? 1ULL : 0ULL, index});
  }
  Tale& asked(std::uint64_t group, std::uint64_t ticket, std::uint32_t node = 1) {
    return tell(node, TraceKind::group_asked, {group, ticket, 7, 0, 0});
  }
  Tale& served(std::uint64_t group, std::uint64_t epoch, std::uint64_t index, std::uint64_t ticket,
               std::uint32_t node = 1) {
    return tell(node, TraceKind::group_served, {group, epoch, 7, index, ticket});
  }
  std::string signature() const { return checker_.verdict().signature; }

 private:
  GroupsChecker checker_;
  std::int64_t second_ = 0;
};

TEST_CASE("groups: replicas apply the same entries and stand on the same states") {
  CHECK(Tale().applied(1, 5, 77, 9).applied(2, 5, 77, 9).applied(2, 6, 1, 1).signature().empty());
  CHECK(Tale().applied(1, 5, 77, 9).applied(2, 5, 78, 9).signature() ==
        "groups: replicas applied different entries");
  CHECK(Tale().applied(1, 5, 77, 9).applied(2, 5, 77, 8).signature() == "groups: replicas of a group differ");
}

TEST_CASE("groups: an epoch of a worknode belongs to one group") {
  const char* two = "groups: two groups own a worknode in one epoch";
  CHECK(Tale().owns(1, 1, true, 1).owns(1, 1, false, 5).owns(2, 2, true, 1).signature().empty());
  CHECK(Tale().owns(1, 1, true, 1).owns(2, 1, true, 1).signature() == two);
  CHECK(Tale().owns(1, 1, true, 1).served(2, 1, 4, 1).signature() == two);
}

TEST_CASE("groups: what was given away is not served at a later place of the log") {
  CHECK(Tale().owns(1, 1, false, 5).served(1, 1, 5, 1).signature().empty());
  CHECK(Tale().owns(1, 1, false, 5).served(1, 1, 6, 1).signature() == kFormer);
  // It came back since, in a later epoch.
  CHECK(Tale().owns(1, 1, false, 5).owns(1, 3, true, 9).served(1, 3, 10, 1).signature().empty());
}

TEST_CASE("groups: nothing is served under an epoch older than what was served before it was asked for") {
  CHECK(Tale().served(2, 2, 4, 1, 2).asked(1, 8).served(1, 1, 3, 8).signature() == kFormer);
  // Asked before: the answer was only slow.
  CHECK(Tale().asked(1, 8).served(2, 2, 4, 1, 2).served(1, 1, 3, 8).signature().empty());
  // Another process has the number since.
  CHECK(Tale()
            .served(2, 2, 4, 1, 2)
            .asked(1, 8)
            .tell(1, TraceKind::node_started, {})
            .served(1, 1, 3, 8)
            .signature()
            .empty());
}

}  // namespace
}  // namespace wn::checkers
