#include "scenarios/workloads/realm_client.h"

#include <catch2/catch_test_macros.hpp>
#include <deque>

#include "runtime/capability/guard.h"
#include "runtime/realm/codec.h"
#include "runtime/wire/frame.h"
#include "scenarios/workloads/realm_names.h"
#include "scenarios/workloads/token_forest.h"
#include "sim/clock/node_clock.h"
#include "sim/world/world.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome;
using faults::Operation;
using faults::OpFunction;

// A replica that answers each request as the test says.
class Scripted final : public Process {
 public:
  using Answer = std::function<realm::ReplyCode(const realm::Request&)>;
  Scripted(Backend& backend, Answer answer) : backend_(backend), answer_(std::move(answer)) {}
  void on_start() override {}
  void on_timer(std::uint32_t) override {}
  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override {}
  void on_message(NodeId from, const Bytes& frame) override {
    wire::FrameView view;
    realm::Request request;
    if (wire::open_frame(frame.view(), view) != Errc::ok) return;
    if (realm::decode(frame.view().subspan(wire::kHeaderBytes, view.payload_bytes), request) != Errc::ok)
      return;
    const realm::ReplyCode code = answer_(request);
    if (code == realm::ReplyCode{}) return;
    realm::Reply reply{.operation = request.operation, .attempt = request.attempt, .code = code};
    if (code == realm::ReplyCode::done) {
      reply.found = true;
      reply.items = {static_cast<std::int64_t>(request.worknode.low), request.value};
    }
    const Bytes payload = realm::encode(reply);
    const Bytes sent = Bytes::build(wire::kHeaderBytes + payload.size(), [&](std::uint8_t* to) {
      std::copy_n(payload.view().data(), payload.size(), to + wire::kHeaderBytes);
      wire::seal_frame(to, wire::FrameType::realm_reply, payload.size());
    });
    const auto type = static_cast<std::uint8_t>(wire::FrameType::realm_reply);
    CHECK(backend_.network.send(from, sent, type) == Errc::ok);
  }

 private:
  Backend& backend_;
  Answer answer_;
};

struct Seen : OperationListener {
  std::vector<std::pair<std::uint32_t, OperationResult>> done;  // process, result
  void on_invoke(std::uint32_t, const Operation&) override {}
  void on_complete(std::uint32_t process, const Operation&, const OperationResult& r) override {
    done.emplace_back(process, r);
  }
};

faults::Plan plan_of(std::vector<Operation> operations) {
  faults::Plan plan;
  plan.duration = seconds(20);
  plan.freeze_at = SimTime{seconds(20).ns};
  plan.system.service = faults::Service::realm;
  plan.system.worknodes = 10;
  plan.system.fan_out = 3;
  plan.nodes = {{.id = NodeId{1}}, {.id = NodeId{2}, .role = faults::NodeRole::client}};
  grant_first_tokens(plan);
  std::uint32_t id = 0;
  for (Operation& op : operations) {
    op.id = ++id;
    op.process = NodeId{2};
    op.at = SimTime{seconds(id).ns};
  }
  plan.operations = std::move(operations);
  return plan;
}

Seen run(const faults::Plan& plan, const Scripted::Answer& answer) {
  Seen seen;
  sim::World world(
      plan,
      [&](NodeId id, Backend& backend) -> std::unique_ptr<Process> {
        if (id == NodeId{1}) return std::make_unique<Scripted>(backend, answer);
        return make_realm_client(realm_client_options(plan, id, plan.operations), backend, &seen);
      },
      nullptr);
  world.run_until(SimTime{plan.duration.ns});
  return seen;
}

TEST_CASE("realm client: what is done is ok, and what was read comes back") {
  const faults::Plan plan = plan_of({{.function = OpFunction::get, .key = 3, .property = 3},
                                     {.function = OpFunction::query, .key = 3, .value = 9}});
  const Seen seen = run(plan, [](const realm::Request&) { return realm::ReplyCode::done; });
  REQUIRE(seen.done.size() == 2);
  CHECK(seen.done[0].second.outcome == Outcome::ok);
  CHECK(seen.done[0].second.elements == std::vector<std::int64_t>{18, 0});
  CHECK(seen.done[1].second.elements == std::vector<std::int64_t>{3, -6});  // ids became numbers
}

TEST_CASE("realm client: every function of a plan reaches the replica as what it is") {
  std::vector<Operation> operations;
  Operation nest{.function = OpFunction::nest, .key = 3, .value = 8, .property = 4, .other = 2};
  Operation create{.function = OpFunction::create, .key = 3, .value = 57};
  Operation move{.function = OpFunction::move, .key = 5, .other = 6};
  Operation publish{.function = OpFunction::publish, .value = 2};
  std::vector<realm::Request> got;
  run(plan_of({nest, create, move, publish}), [&](const realm::Request& r) {
    got.push_back(r);
    return realm::ReplyCode::done;
  });
  REQUIRE(got.size() == 4);
  CHECK((got[0].function == realm::Function::nest && got[0].key == 2 && got[0].value == 8));
  CHECK((got[1].function == realm::Function::create && got[1].worknode == worknode_id(57)));
  CHECK(got[1].other == worknode_id(3));
  CHECK((got[2].worknode == worknode_id(5) && got[2].other == worknode_id(6)));
  CHECK((got[3].function == realm::Function::publish && got[3].value == 2));
  CHECK(got[3].operation > got[2].operation);
}

TEST_CASE("realm client: refused is fail, silence is info, and the next operation has a new process") {
  int asked = 0;
  const faults::Plan plan = plan_of({{.function = OpFunction::add, .key = 3, .value = 1, .property = 2},
                                     {.function = OpFunction::add, .key = 3, .value = 2, .property = 2},
                                     {.function = OpFunction::crash, .key = 3}});
  const Seen seen = run(plan, [&](const realm::Request& r) {
    if (r.value == 1) return realm::ReplyCode::refused;
    if (r.value == 2) ++asked;
    return r.value == 2 ? realm::ReplyCode{} : realm::ReplyCode::failed;
  });
  REQUIRE(seen.done.size() == 3);
  CHECK(seen.done[0].second.outcome == Outcome::fail);
  CHECK(seen.done[1].second.outcome == Outcome::info);
  CHECK(asked > 4);
  CHECK(seen.done[2].second.outcome == Outcome::fail);
  CHECK(seen.done[2].first == seen.done[1].first + kProcessStride);
}

TEST_CASE("realm client: an overloaded replica is asked again, under the same number") {
  std::vector<realm::Request> got;
  const faults::Plan plan = plan_of({{.function = OpFunction::include, .key = 3, .value = 1, .property = 3}});
  const Seen seen = run(plan, [&](const realm::Request& r) {
    got.push_back(r);
    return got.size() < 3 ? realm::ReplyCode::overloaded : realm::ReplyCode::done;
  });
  REQUIRE(seen.done.size() == 1);
  CHECK(seen.done[0].second.outcome == Outcome::ok);
  REQUIRE(got.size() == 3);
  CHECK((got[2].operation == got[0].operation && got[2].attempt == 3));
}

// All worknodes lie under the root.
class FlatTree final : public capability::SubtreeOracle {
 public:
  FlatTree() : SubtreeOracle(1) {}
  bool contains(WorknodeId subtree, WorknodeId node) const override {
    return subtree == node || subtree == worknode_id(0);
  }
  WorknodeId parent_of(WorknodeId) const override { return worknode_id(0); }
};

TEST_CASE("tokens: a guard takes honest ones and refuses the forged, the lapsed and the stolen") {
  faults::Plan plan = plan_of({});
  plan.nodes.push_back({.id = NodeId{3}, .role = faults::NodeRole::client});
  plan.tokens = {{.id = 1, .holder = NodeId{2}, .rights = realm::kAllRights},
                 {.id = 2, .parent = 1, .holder = NodeId{2}, .rights = 0x43, .subtree = 4},
                 {.id = 3, .parent = 2, .holder = NodeId{2}, .rights = realm::kAllRights},
                 {.id = 4, .parent = 1, .holder = NodeId{2}, .rights = 3, .expires = SimTime{5}},
                 {.id = 5, .parent = 1, .rights = 0x43},
                 {.id = 6, .parent = 5, .holder = NodeId{3}, .rights = 1},
                 {.id = 7, .parent = 1, .holder = NodeId{2}, .rights = 3, .uses_max = 1}};
  capability::Options options;
  options.root = root_key_of(plan);
  options.self = NodeId{1};
  options.capability_staleness_max = Duration::max();
  capability::Guard guard(options, std::pmr::new_delete_resource());
  FlatTree tree;
  const auto asked = [&](std::uint32_t token, std::uint32_t client, std::uint32_t worknode) {
    capability::Invocation invocation;
    invocation.rights = 1;
    invocation.target = worknode_id(worknode);
    const capability::Moment now{.wall = sim::kWallEpoch + seconds(1), .now = Instant{}};
    return guard
        .decide(token_bytes(plan, token).view(), invocation, now, tree, principal_of(plan, NodeId{client}))
        .refusal;
  };
  using capability::Refusal;
  CHECK(asked(1, 2, 9) == Refusal::allowed);
  CHECK(asked(1, 3, 9) == Refusal::wrong_holder);
  CHECK(asked(2, 2, 4) == Refusal::allowed);
  CHECK(asked(2, 2, 5) == Refusal::out_of_subtree);
  CHECK(asked(3, 2, 4) == Refusal::widened);
  CHECK(asked(4, 2, 4) == Refusal::expired);
  CHECK(asked(6, 3, 4) == Refusal::allowed);
  CHECK(asked(7, 2, 4) == Refusal::allowed);
  CHECK(asked(7, 2, 4) == Refusal::used_up);
  CHECK(token_bytes(plan, 9).empty());
}

TEST_CASE("tokens: their holders tell them, and the links that nobody holds") {
  faults::Plan plan = plan_of({});
  plan.tokens = {{.id = 1, .holder = NodeId{3}, .rights = 7},
                 {.id = 2, .parent = 1, .rights = 3},
                 {.id = 3, .parent = 2, .holder = NodeId{2}, .rights = 1, .subtree = 4}};
  const std::vector<Grant> grants = grants_of(plan, NodeId{2});
  REQUIRE(grants.size() == 2);
  CHECK((grants[0].token == 2 && grants[0].parent == 1));
  CHECK((grants[1].token == 3 && grants[1].subtree == worknode_id(4).low));
}

}  // namespace
}  // namespace wn::scenarios
