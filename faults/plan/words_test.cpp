#include <catch2/catch_test_macros.hpp>

#include "faults/plan/describe.h"
#include "faults/plan/plan_samples.h"

namespace wn::faults {
namespace {

TEST_CASE("names: each word means one kind and comes back") {
  for (FaultKind kind : all_fault_kinds()) {
    CHECK(fault_kind_from(to_string(kind)) == kind);
    CHECK(to_string(kind) != "unknown");
  }
  CHECK(to_string(static_cast<FaultKind>(99)) == "unknown");
  CHECK(!fault_kind_from("unknown").has_value());
  CHECK(node_from("n12") == NodeId{12});
  for (const char* text : {"", "n", "n0", "12", "n1x", "n-1", "n99999999999", "N1"})
    CHECK(!node_from(text).has_value());
}

std::vector<Link> cut(std::vector<std::uint32_t> a, std::vector<std::uint32_t> b, bool both = true) {
  std::vector<Link> links;
  for (std::uint32_t x : a) {
    for (std::uint32_t y : b) {
      links.push_back({NodeId{x}, NodeId{y}});
      if (both) links.push_back({NodeId{y}, NodeId{x}});
    }
  }
  return links;
}

TEST_CASE("describe: a fault is told in the words of the field") {
  Fault f;
  f.kind = FaultKind::partition;
  f.duration = milliseconds(2600);
  f.label = "majority/minority";
  f.links = cut({1, 2, 3}, {4, 5});
  CHECK(describe(f) == "partition majority/minority {n1,n2,n3} | {n4,n5} for 2.6s");
  f.label = "one-way";
  f.links = cut({1}, {2, 3}, false);
  f.duration = kNever;
  CHECK(describe(f) == "partition one-way {n1} -> {n2,n3} for ever");
  f.label = "partial";
  f.links = {{NodeId{1}, NodeId{2}}, {NodeId{2}, NodeId{1}}, {NodeId{2}, NodeId{3}}};
  CHECK(describe(f) == "partition partial n1-n2 n2->n3 for ever");
  CHECK(describe(node_fault(1, FaultKind::pause, {}, milliseconds(2600), {1})) == "pause n1 for 2.6s");
  CHECK(describe(node_fault(1, FaultKind::power_loss, {}, seconds(1), {1, 2})) ==
        "power loss of {n1,n2} for 1s");
  Fault loss;
  loss.kind = FaultKind::packet_loss;
  loss.amount = 12'500;
  loss.duration = seconds(1);
  CHECK(describe(loss) == "lose 1.25% of the packets on all links for 1s");
  Fault lie = node_fault(1, FaultKind::byzantine_twins, {}, seconds(2), {3});
  lie.amount = 0b10010;
  CHECK(describe(lie) == "n3 runs twice under one key, the second for {n2,n5} for 2s");
  lie.kind = FaultKind::byzantine_mutate;
  lie.amount = 0;
  lie.amount2 = 250'000;
  CHECK(describe(lie) == "n3 mutates a field of 25% of its messages for 2s");
  for (FaultKind kind : all_fault_kinds()) {
    CHECK(describe(node_fault(1, kind, {}, seconds(1), {1})).size() > 4);
  }
}

TEST_CASE("describe: an operation and a deviation are one short line") {
  Operation o;
  o.process = NodeId{7};
  o.function = OpFunction::put;
  o.key = 3;
  o.value = 17;
  CHECK(describe(o) == "n7 put k3=17");
  o.function = OpFunction::cas;
  o.expected = 4;
  CHECK(describe(o) == "n7 cas k3 4 -> 17");
  o.function = OpFunction::txn;
  o.txn = {{false, 1, 0}, {true, 2, 9}};
  CHECK(describe(o) == "n7 txn [read k1, k2+=9]");
  Deviation d;
  d.kind = DeviationKind::delay_message;
  d.from = NodeId{1};
  d.to = NodeId{2};
  d.message = 12;
  d.amount = milliseconds(3);
  CHECK(describe(d) == "delay message 12 on n1->n2 by 3ms");
}

}  // namespace
}  // namespace wn::faults
