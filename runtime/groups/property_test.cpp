// Random clusters: clients, crashes that lose what was not synced, cuts, losses, images; splits, hand-overs,
// merges, moves and changes of leader, all by keyed chance. Every register must stay linearizable and every
// operation count once; replicas must agree; a worknode must have one owner. Planted bugs must be found.
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "runtime/groups/test_client.h"
#include "runtime/groups/test_history.h"

namespace wn::groups {
namespace {

constexpr std::uint64_t kWorknodes = 6;
constexpr std::size_t kClients = 7;
constexpr std::uint32_t kNodes = 5;
constexpr std::size_t kOperationsMax = 45;  // of one worknode

struct ChaosClient {
  std::uint32_t node = 1;
  std::optional<Seen> open;
  Instant act_at;
  Instant give_up;  // of this attempt
  std::uint64_t operations = 0;
};

class Chaos {
 public:
  Chaos(std::uint64_t seed, Defect defect, bool faults)
      : faults_(faults), world_(kNodes, options(seed, defect), seed, {.loss_ppm = faults ? 20'000U : 0U}) {}

  void run(Duration time) {
    const Instant end = world_.now() + time;
    const Instant stop_faults = world_.now() + time * 3 / 5;
    while (world_.now() < end && world_.violation.empty()) {
      world_.run(milliseconds(5));
      take_answers();
      for (std::size_t c = 0; c < kClients; ++c) drive(c, world_.now() + seconds(5) < end);
      if (world_.now() < stop_faults) {
        if (chance(25)) disturb();
        if (chance(15)) change();
      } else if (!calm_) {
        calm_ = true;
        world_.heal();
        world_.set_loss(0);
        for (std::uint32_t id = 1; id <= kNodes; ++id) world_.restart(id);
      }
    }
    // All is well again: every register can be read.
    TestClient last(world_, 999);
    for (std::uint64_t w = 1; w <= kWorknodes && world_.violation.empty(); ++w) {
      Seen seen{.invoked = world_.now()};
      seen.command = {.client = NodeId{999}, .worknode = worknode(w), .function = Function::get};
      seen.answer = last.call(Function::get, w);
      seen.returned = world_.now();
      if (seen.answer.code != AnswerCode::done) {
        failure_ = "a register cannot be read after all is healed";
      } else {
        histories_[w].push_back(seen);
      }
    }
  }

  std::string failure() {
    if (!world_.violation.empty()) return world_.violation;
    if (!failure_.empty()) return failure_;
    for (auto& [w, history] : histories_) {
      if (!Explanation(history).exists()) return "a register is not linearizable";
    }
    return sole_owners();
  }
  std::size_t decided() const { return decided_; }
  TestWorld& world() { return world_; }
  std::size_t changes = 0;

 private:
  static Options options(std::uint64_t seed, Defect defect) {
    Options options = one_group({1, 2, 3});
    options.groups.push_back({.group = GroupId{2},
                              .root = worknode(5),
                              .members = members({2, 4, 5}),
                              .worknodes = {worknode(5)}});
    options.snapshot_every = seed % 2 == 0 ? 8 : 256;
    options.raft.compaction_tail_entries = 2;
    options.sleep_after = milliseconds(300);
    options.defect = defect;
    return options;
  }
  std::uint64_t draw(std::uint64_t below) { return world_.draw("chaos", below); }
  bool chance(std::uint64_t per_mille) { return draw(1000) < per_mille; }

  void take_answers() {
    for (const auto& [node, a] : world_.answers) {
      const std::size_t c = a.context & 0xFF;
      if (a.context == ~0ULL) {
        if (a.code == AnswerCode::done) ++changes;
        continue;
      }
      ChaosClient& client = clients_[c];
      if (!client.open || client.open->command.context != a.context) continue;
      client.give_up = Instant::max();
      client.act_at = world_.now() + milliseconds(static_cast<std::int64_t>(1 + draw(30)));
      if (a.code == AnswerCode::done || a.code == AnswerCode::refused) {
        client.open->returned = world_.now();
        client.open->answer = a;
        histories_[a.worknode.low].push_back(*client.open);
        client.open.reset();
        ++decided_;
      } else if (a.code == AnswerCode::expired) {
        histories_[a.worknode.low].push_back(*client.open);
        client.open.reset();
      } else {
        const bool hinted = a.node && a.node.value <= kNodes && !chance(100);
        client.node = hinted ? a.node.value : static_cast<std::uint32_t>(1 + draw(kNodes));
        if (a.code == AnswerCode::wrong_group && a.epoch > client.open->command.epoch) {
          client.open->command.group = a.group;
          client.open->command.epoch = a.epoch;
        }
      }
    }
    world_.answers.clear();
  }

  void drive(std::size_t c, bool may_begin) {
    ChaosClient& client = clients_[c];
    const bool timed_out = client.open && world_.now() >= client.give_up;
    if (!timed_out && (world_.now() < client.act_at || (client.open && client.give_up != Instant::max())))
      return;
    if (!client.open) {
      if (!may_begin) return;
      begin(c, client);
      if (!client.open) return;
    }
    if (timed_out) client.node = static_cast<std::uint32_t>(1 + draw(kNodes));
    Command& command = client.open->command;
    command.context = (++contexts_ << 8) | c;
    ++command.attempt;
    client.give_up = world_.now() + seconds(3);
    world_.submit(client.node, command);
  }

  void begin(std::size_t c, ChaosClient& client) {
    const std::uint64_t w = 1 + draw(kWorknodes);
    if (begun_[w] >= kOperationsMax) return;
    ++begun_[w];
    client.open = Seen{.invoked = world_.now()};
    Command& command = client.open->command;
    command.client = NodeId{static_cast<std::uint32_t>(100 + c)};
    command.operation = ++client.operations;
    command.worknode = worknode(w);
    command.function = static_cast<Function>(1 + draw(4));
    command.value = static_cast<std::int64_t>(1 + draw(5));
    command.expected = static_cast<std::int64_t>(1 + draw(5));
    if (command.function == Function::put) command.value = static_cast<std::int64_t>(++contexts_ * 100);
  }

  void disturb() {
    if (!faults_) return;
    const auto id = static_cast<std::uint32_t>(1 + draw(kNodes));
    switch (draw(7)) {
      case 0:
      case 1:
        if (down() == 0) world_.crash(id);
        return;
      case 2:
      case 3:
        for (std::uint32_t each = 1; each <= kNodes; ++each) world_.restart(each);
        return;
      case 4:
        return world_.isolate(id);
      case 5:
        world_.heal();
        return;
      default:
        return world_.compact(id);
    }
  }
  std::uint32_t down() {
    std::uint32_t count = 0;
    for (std::uint32_t id = 1; id <= kNodes; ++id) count += world_.up(id) ? 0 : 1;
    return count;
  }

  void change() {
    const auto id = static_cast<std::uint32_t>(1 + draw(kNodes));
    if (!world_.up(id)) return;
    std::vector<GroupStatus> known = world_.node(id).groups->status();
    std::erase_if(known, [](const GroupStatus& s) { return s.role != raft::Role::leader || s.dissolved; });
    if (known.empty()) return;
    const GroupStatus& group = known[draw(known.size())];
    Change change{.context = ~0ULL, .group = group.group};
    std::vector<WorknodeId> owned = world_.node(id).groups->owned_by(group.group);
    if (group.genesis && chance(500)) owned = {worknode(1 + draw(kWorknodes))};
    std::erase_if(owned, [&](WorknodeId) { return chance(500); });
    change.worknodes = owned;
    change.root = worknode(1);
    switch (draw(6)) {
      case 0:
      case 1:
        change.kind = ChangeKind::split;
        break;
      case 2:
      case 3:
        change.kind = ChangeKind::transfer;
        change.to = some_group(change.members);
        break;
      case 4:
        change.kind = ChangeKind::merge;
        change.worknodes.clear();
        change.to = some_group(change.members);
        break;
      default:
        change.kind = chance(500) ? ChangeKind::move : ChangeKind::lead;
        change.worknodes.clear();
        while (change.members.size() < 3)
          change.members.insert_sorted(NodeId{static_cast<std::uint32_t>(1 + draw(kNodes))});
    }
    world_.change(id, change);
  }
  GroupId some_group(raft::MemberList& members) {
    const auto id = static_cast<std::uint32_t>(1 + draw(kNodes));
    if (!world_.up(id)) return kGenesis;
    const std::vector<GroupStatus> known = world_.node(id).groups->status();
    if (known.empty()) return kGenesis;
    const GroupStatus& group = known[draw(known.size())];
    members = group.configuration.voters;
    return group.group;
  }

  // By the leaders' books, when all is quiet.
  std::string sole_owners() {
    std::map<WorknodeId, GroupId> owners;
    for (std::uint32_t id = 1; id <= kNodes; ++id) {
      for (const GroupStatus& s : world_.node(id).groups->status()) {
        if (s.role != raft::Role::leader || world_.leader(s.group) != id) continue;
        if (s.handing_over) return "a hand-over does not end";
        for (WorknodeId w : world_.node(id).groups->owned_by(s.group)) {
          const auto [at, fresh] = owners.try_emplace(w, s.group);
          if (!fresh && at->second != s.group) return "a worknode has two owners";
        }
      }
    }
    return {};
  }

  bool faults_;
  bool calm_ = false;
  TestWorld world_;
  std::array<ChaosClient, kClients> clients_;
  std::uint64_t contexts_ = 0;
  std::size_t decided_ = 0;
  std::map<std::uint64_t, std::size_t> begun_;
  std::map<std::uint64_t, std::vector<Seen>> histories_;
  std::string failure_;
};

std::uint64_t first_failure(Defect defect, bool faults, std::uint64_t seeds) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Chaos chaos(seed, defect, faults);
    chaos.run(seconds(25));
    if (!chaos.failure().empty()) return seed;
  }
  return 0;
}

TEST_CASE("groups: registers stay linearizable and owned once through faults, splits, hand-overs and moves") {
  std::size_t decided = 0;
  std::size_t changes = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    Chaos chaos(seed, Defect::none, true);
    chaos.run(seconds(25));
    REQUIRE(chaos.failure() == "");
    decided += chaos.decided();
    changes += chaos.changes;
  }
  CHECK(decided > 60 * 150);
  CHECK(changes > 60 * 4);
}

TEST_CASE("groups: without faults nothing is lost either") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    Chaos chaos(seed, Defect::none, false);
    chaos.run(seconds(25));
    REQUIRE(chaos.failure() == "");
  }
}

TEST_CASE("groups: a read from a follower's state is found out") {
  CHECK(first_failure(Defect::strong_read_from_follower, true, 30) != 0);
}

TEST_CASE("groups: an old group that goes on serving what a split gave away is found out") {
  CHECK(first_failure(Defect::split_keeps_worknode, true, 30) != 0);
}

}  // namespace
}  // namespace wn::groups
