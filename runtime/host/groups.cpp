// STRONG: the groups of this node, operations on their way to a group, and those that other nodes bring here.
#include <algorithm>

#include "runtime/host/impl.h"
#include "runtime/realm/codec.h"

namespace wn::host {
namespace {

constexpr std::size_t kAskedMax = 4096;
constexpr Duration kAskPatience = milliseconds(500);
constexpr std::uint32_t kMovedMax = 256;         // worknodes that follow one move
constexpr std::uint64_t kOfOthers = 1ULL << 63;  // contexts of what other nodes ask
constexpr std::uint64_t kOfMoves = 1ULL << 62;   // of changes that this host asks for: its kind is added, or
constexpr std::uint64_t kFollowed = 0;           // that the transfer follows the tree

}  // namespace

// Before recovery, so that its image and records can be given back.
void Host::make_groups() {
  groups_.reset();
  marks_.clear();
  asked_.clear();
  if (options_.groups.groups.empty()) return;
  groups::Options options = options_.groups;
  options.node = options_.realm.node;
  options.defect = options_.defect;
  options.fault_points = options.raft.fault_points = backend_.fault_points;
  groups_ = std::make_unique<groups::Groups>(options, std::pmr::new_delete_resource());
}

void Host::begin_groups() {
  if (!groups_) return;
  groups_->begin(group_moment(), draw_for_groups(), group_effects_);
  next_regroup_ = group_moment().now + options_.group_rule.interval;
}

groups::Moment Host::group_moment() const {
  const Instant now = backend_.clock.monotonic_now();
  return {.now = now, .lease_now = now};
}

std::uint64_t Host::draw_for_groups() { return backend_.entropy.draw("host.groups", group_draws_++).u64(); }

void Host::serve_strong(NodeId from, const realm::Request& request) {
  const bool before = request.attempt > 1 || strong_begun_.is(from, request.operation);
  if (const auto refused = realm_->admit(moment(), from, request, before, effects_))
    return answer(from, *refused);
  strong_begun_.set(from, request.operation);
  const groups::Location where = groups_ ? groups_->locate(request.worknode) : groups::Location{};
  strong_.begin(backend_.clock.monotonic_now(), from, request, where, strong_effects_);
  settle_strong();
}

// What operations on their way want done; answers of our own groups come back among its effects.
void Host::settle_strong() {
  for (const Claim claim : strong_effects_.sometimes) backend_.probe.sometimes(claim);
  for (const auto& [worknode, location] : strong_effects_.learned) groups_->learn(worknode, location);
  for (const StrongOperations::Ask& ask : strong_effects_.asks) {
    if (ask.to == options_.realm.node) {
      groups_->submit(group_moment(), ask.command, group_effects_);
    } else {
      ask_elsewhere(ask);
    }
  }
  for (const StrongOperations::Done& done : strong_effects_.done) {
    send_after(0, done.client, static_cast<std::uint8_t>(wire::FrameType::realm_reply),
               realm::encode(done.reply));
  }
  strong_effects_.clear();
}

void Host::ask_elsewhere(const StrongOperations::Ask& ask) {
  remote_->call({.now = backend_.clock.monotonic_now()},
                {.to = ask.to,
                 .method = RemoteMethod::strong,
                 .target = ask.command.worknode,
                 .key = remote_->own_key(),  // each try is one; the groups know the client's operation
                 .within = kAskPatience,
                 .arguments = {encode(ask.command)}},
                [this, to = ask.to](const rpc::Completion& c) {
                  groups::Answer answer;
                  const bool answered = c.status == rpc::Status::done && c.result.items.size() == 1 &&
                                        decode(c.result.items[0].view(), answer) == Errc::ok;
                  if (!answered) return;  // it will be asked again
                  strong_.answer(backend_.clock.monotonic_now(), to, answer, strong_effects_);
                  settle_strong();
                });
}

// Of a client of another node: one try, whose answer says where to go on.
void Host::submit_for(const rpc::Delivery& delivery) {
  groups::Command command;
  const rpc::Moment now{.now = backend_.clock.monotonic_now()};
  rpc::Answer refused;
  refused.status = rpc::Status::denied;
  if (delivery.arguments.size() != 1 || decode(delivery.arguments[0].view(), command) != Errc::ok ||
      command.worknode != delivery.target) {
    return remote_->reply(now, delivery.call, std::move(refused));
  }
  refused.status = rpc::Status::overloaded;
  if (asked_.size() >= kAskedMax) return remote_->reply(now, delivery.call, std::move(refused));
  const std::uint64_t context = kOfOthers | ++last_asked_;
  asked_[context] = {.call = delivery.call, .context = command.context};
  command.context = context;
  groups_->submit(group_moment(), command, group_effects_);
}

void Host::start_strong() {
  if (groups_) remote_->serve(RemoteMethod::strong, [this](const rpc::Delivery& d) { submit_for(d); });
}

void Host::on_group_frame(NodeId from, wire::FrameType type, ByteView payload) {
  if (!groups_ || !std::ranges::binary_search(options_.realm.members, from)) {
    backend_.probe.sometimes("host: a frame of the groups from no member");
    return;
  }
  groups_->receive(group_moment(), from, static_cast<groups::MessageKind>(type), payload, group_effects_);
  settle();
}

// What has come of a change that this host has asked for. `asked`: kFollowed, or its kind.
void Host::tell_change(std::uint64_t asked) {
  switch (asked) {
    case kFollowed:
      return backend_.probe.sometimes("host: a group followed the tree");
    case static_cast<std::uint64_t>(groups::ChangeKind::split):
      return backend_.probe.sometimes("host: a group split");
    case static_cast<std::uint64_t>(groups::ChangeKind::merge):
      return backend_.probe.sometimes("host: a group merged");
    case static_cast<std::uint64_t>(groups::ChangeKind::move):
      return backend_.probe.sometimes("host: a group moved");
    default:
      return;
  }
}

// Their answers, to operations of our clients and of other nodes.
void Host::take_group_answers() {
  std::vector<groups::Answer> answers;
  answers.swap(group_effects_.answers);
  for (groups::Answer& a : answers) {
    if ((a.context & kOfMoves) != 0 && (a.context & kOfOthers) == 0) {
      if (a.code == groups::AnswerCode::done) tell_change(a.context - kOfMoves);
      continue;
    }
    if ((a.context & kOfOthers) == 0) {
      strong_.answer(backend_.clock.monotonic_now(), options_.realm.node, a, strong_effects_);
      continue;
    }
    const auto asked = asked_.find(a.context);
    if (asked == asked_.end()) continue;
    a.context = asked->second.context;
    remote_->reply({.now = backend_.clock.monotonic_now()}, asked->second.call, {encode(a)});
    asked_.erase(asked);
  }
}

// What has moved under a worknode of another group is to be owned by that group, with all below it. Asked for
// once, by whoever leads the group that gives: who owns what is the groups' affair, and right also where the
// tree is ahead of it.
void Host::follow_tree() {
  if (!groups_) return;
  for (const WorknodeId moved : effects_.moved) {
    const WorknodeId parent = realm_->parent_of(moved);
    if (!parent || parent == realm::kRealmTrash) continue;
    const groups::GroupId giver = groups_->locate(moved).group;
    const groups::GroupId taker = groups_->locate(parent).group;
    const auto status = groups_->status_of(giver);
    if (giver == taker || !taker || !status || status->leader != options_.realm.node) continue;
    groups::Change change;
    change.context = kOfMoves + kFollowed;
    change.kind = groups::ChangeKind::transfer;
    change.group = giver;
    change.to = taker;
    change.worknodes = {moved};
    for (std::size_t i = 0; i < change.worknodes.size() && change.worknodes.size() < kMovedMax; ++i) {
      const auto children = realm_->children_of(change.worknodes[i], kMovedMax);
      if (!children) continue;
      for (const WorknodeId child : *children) {
        if (groups_->locate(child).group == giver && change.worknodes.size() < kMovedMax)
          change.worknodes.push_back(child);
      }
    }
    std::ranges::sort(change.worknodes);
    const auto& all = options_.groups.groups;
    const auto to = std::ranges::find(all, taker, &groups::GroupConfig::group);
    if (to != all.end()) change.members = to->members;
    groups_->change(group_moment(), change, group_effects_);
  }
}

// Where a group's replicas are, as far as known here: for a hand-over to it.
raft::MemberList Host::members_of(groups::GroupId group, const groups::Location& hint) const {
  if (const auto here = groups_->status_of(group)) return here->configuration.voters;
  raft::MemberList out;
  if (hint.node && hint.group == group) out.insert_sorted(hint.node);
  const auto& all = options_.groups.groups;
  const auto first = std::ranges::find(all, group, &groups::GroupConfig::group);
  if (first == all.end()) return out;
  for (const NodeId node : first->members) {
    if (!out.contains(node) && !out.full()) out.insert_sorted(node);
  }
  return out;
}

// The rule about their size and places, for each group that this node leads.
void Host::regroup() {
  const GroupRule& rule = options_.group_rule;
  const Instant now = backend_.clock.monotonic_now();
  if (rule.interval <= Duration{} || now < next_regroup_) return;
  next_regroup_ = now + rule.interval;
  const groups::GroupId genesis = options_.groups.groups.front().group;
  const auto parent_of = [this](WorknodeId id) { return realm_->parent_of(id); };
  const auto owner_of = [this](WorknodeId id) { return groups_->locate(id).group; };
  for (const groups::GroupStatus& status : groups_->status()) {
    if (status.leader != options_.realm.node || status.dissolved || status.handing_over) continue;
    GroupView view{.group = status.group, .genesis = status.genesis, .worknodes = {}, .members = {}};
    view.worknodes = groups_->owned_by(status.group);
    view.members = status.configuration.voters;
    Draw draw = backend_.entropy.draw("host.regroup", regroup_draws_++);
    auto change = wanted(rule, view, options_.realm.members, parent_of, owner_of, genesis, draw);
    if (!change) continue;
    change->context = kOfMoves + static_cast<std::uint64_t>(change->kind);
    if (change->kind == groups::ChangeKind::merge) {
      const WorknodeId above = view.worknodes.empty() ? realm::kRealmRoot : parent_of(view.worknodes.front());
      change->members = members_of(change->to, groups_->locate(above));
      if (change->members.empty()) continue;
    }
    groups_->change(group_moment(), *change, group_effects_);
  }
}

// Until nothing more comes of it: an answer may make the next question. Records first, then what leaves.
void Host::settle_groups() {
  for (int round = 0; groups_ && round < kSettleRoundsMax; ++round) {
    for (const groups::Note& note : group_effects_.notes) backend_.probe.emit(note.kind, note.field);
    for (const Claim claim : group_effects_.sometimes) backend_.probe.sometimes(claim);
    keep_groups();
    for (groups::Outgoing& out : group_effects_.sends) {
      const std::uint64_t record = out.after == 0 ? 0 : record_of_groups(out.after);
      send_after(record, out.to, static_cast<std::uint8_t>(out.kind), std::move(out.payload));
    }
    group_effects_.notes.clear();
    group_effects_.sometimes.clear();
    group_effects_.sends.clear();
    take_group_answers();
    settle_strong();
    const groups::Effects& left = group_effects_;
    if (left.journal.empty() && left.sends.empty() && left.answers.empty() && left.notes.empty()) break;
  }
  for (const realm::Answer& a : effects_.answers)
    send(a.client, static_cast<std::uint8_t>(wire::FrameType::realm_reply), realm::encode(a.reply));
  effects_.answers.clear();
}

void Host::tell_durable() {
  bool news = false;
  std::uint64_t records = 0;
  while (!marks_.empty() && marks_.front().appended <= journal_.durable()) {
    records = marks_.front().records;
    marks_.pop_front();
    news = true;
  }
  if (!news || failed_) return;
  groups_->durable(group_moment(), records, group_effects_);
  settle();
}

void Host::tick_groups() {
  if (!groups_) return;
  const groups::Moment at = group_moment();
  if (at.now >= groups_->next_deadline()) groups_->tick(at, draw_for_groups(), group_effects_);
  if (at.now >= strong_.next_deadline()) {
    strong_.tick(at.now, strong_effects_);
    settle_strong();
  }
  regroup();
  settle();
}

Instant Host::groups_deadline() const {
  if (!groups_) return Instant::max();
  const Instant due = std::min(groups_->next_deadline(), strong_.next_deadline());
  return options_.group_rule.interval > Duration{} ? std::min(due, next_regroup_) : due;
}

}  // namespace wn::host
