#include "runtime/host/strong.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::host {
namespace {

constexpr std::size_t kSeenMax = 4096;

realm::Reply reply_to(const realm::Request& request, realm::ReplyCode code, Errc error) {
  realm::Reply reply;
  reply.operation = request.operation;
  reply.attempt = request.attempt;
  reply.code = code;
  reply.error = error;
  return reply;
}

groups::Function function_of(realm::Function function) {
  switch (function) {
    case realm::Function::put:
      return groups::Function::put;
    case realm::Function::cas:
      return groups::Function::cas;
    default:
      return groups::Function::get;
  }
}

}  // namespace

void StrongOperations::Effects::clear() {
  asks.clear();
  done.clear();
  learned.clear();
  sometimes.clear();
}

StrongOperations::StrongOperations(const Options& options, std::pmr::memory_resource* memory)
    : options_(options), operations_(memory), seen_(memory) {}

void StrongOperations::begin(Instant now, NodeId client, const realm::Request& request,
                             const groups::Location& where, Effects& effects) {
  const auto refuse = [&](realm::ReplyCode code, Errc error) {
    effects.done.push_back({.client = client, .reply = reply_to(request, code, error)});
  };
  if (options_.groups.empty()) return refuse(realm::ReplyCode::refused, Errc::unsupported);
  const modes::Basis basis{.weakest = request.evidence, .endorsed = request.endorsed};
  if (const Errc e = modes::admit(Mode::strong, basis); e != Errc::ok) {
    effects.sometimes.push_back("host: a STRONG operation on weak evidence refused");
    return refuse(realm::ReplyCode::refused, e);
  }
  if (request.endorsed) effects.sometimes.push_back("host: weak evidence was endorsed");
  for (const auto& [context, o] : operations_) {
    if (o.client == client && o.request.operation == request.operation) return;  // it will be answered
  }
  if (operations_.size() >= options_.operations_max)
    return refuse(realm::ReplyCode::overloaded, Errc::overloaded);
  const std::uint64_t context = ++last_context_;
  Operation& o = operations_[context];
  o.client = client;
  o.request = request;
  o.until = now + options_.patience;
  ask(now, context, o, where.node ? where.node : somebody(o, kNobody), effects);
}

// A node that has a replica of the group that owned it at first, one after the other; this node before
// others.
NodeId StrongOperations::somebody(const Operation& o, NodeId but) const {
  const groups::GroupConfig* owner = &options_.groups.front();
  for (const groups::GroupConfig& g : options_.groups) {
    if (std::ranges::binary_search(g.worknodes, o.request.worknode)) owner = &g;
  }
  const raft::MemberList& members = owner->members;
  if (o.tries == 0 && std::ranges::find(members, options_.node) != members.end()) return options_.node;
  const NodeId next = members[o.tries % members.size()];
  return next == but ? members[(o.tries + 1) % members.size()] : next;
}

groups::Command StrongOperations::command_of(std::uint64_t context, const Operation& o) const {
  groups::Command command;
  command.context = context;
  command.client = o.client;
  command.operation = o.request.operation;
  command.attempt = std::max(o.request.attempt, o.tries);
  command.worknode = o.request.worknode;
  command.function = function_of(o.request.function);
  command.value = o.request.value;
  command.expected = o.request.expected;
  command.group = o.group;
  command.epoch = o.epoch;
  return command;
}

// The planted bug weak_value_in_strong_decision: the condition of a cas is decided on a value that this node
// has seen at some time, whose label is dropped, and what is asked of the group has no condition any more.
bool StrongOperations::decide_on_what_was_seen(groups::Command& command) const {
  if (options_.defect != Defect::weak_value_in_strong_decision) return false;
  const auto seen = seen_.find(command.worknode);
  if (command.function != groups::Function::cas || seen == seen_.end()) return false;
  const auto holds = [&](std::int64_t value) { return value == command.expected; };
  const auto decided = modes::decide<Mode::strong>(holds, seen->second.endorse("no reason: this is the bug"));
  if (decided.value()) command.function = groups::Function::put;
  return decided.value();
}

void StrongOperations::ask(Instant now, std::uint64_t context, Operation& o, NodeId to, Effects& effects) {
  ++o.tries;
  o.asked = to;
  o.next = std::min(o.until, now + options_.retry);
  groups::Command command = command_of(context, o);
  static_cast<void>(decide_on_what_was_seen(command));
  effects.asks.push_back({.to = to, .command = command});
}

void StrongOperations::finish(std::uint64_t context, realm::ReplyCode code, Errc error, Effects& effects,
                              std::optional<std::int64_t> value) {
  const auto at = operations_.find(context);
  Done done{.client = at->second.client, .reply = reply_to(at->second.request, code, error)};
  done.reply.found = value.has_value();
  if (value) done.reply.items = {*value};
  effects.done.push_back(std::move(done));
  operations_.erase(at);
}

void StrongOperations::answer(Instant now, NodeId from, const groups::Answer& a, Effects& effects) {
  const auto at = operations_.find(a.context);
  if (at == operations_.end()) return;
  Operation& o = at->second;
  if (a.client != o.client || a.operation != o.request.operation) return;
  if (from != options_.node && a.group)
    effects.learned.emplace_back(a.worknode, groups::Location{a.group, a.epoch, a.node ? a.node : from});
  const bool get = o.request.function == realm::Function::get;
  switch (a.code) {
    case groups::AnswerCode::done:
    case groups::AnswerCode::refused: {
      if (seen_.size() < kSeenMax && (a.found || !get))
        seen_.insert_or_assign(a.worknode, modes::kFromRealm.label(a.value));
      if (a.code == groups::AnswerCode::refused)
        return finish(a.context, realm::ReplyCode::refused, a.error, effects);
      const std::optional<std::int64_t> shown = get && a.found ? std::optional(a.value) : std::nullopt;
      return finish(a.context, realm::ReplyCode::done, Errc::ok, effects, shown);
    }
    case groups::AnswerCode::expired:
      // Whether it took effect is not known, and never will be: the client asks again until it gives up.
      return finish(a.context, realm::ReplyCode::overloaded, Errc::timed_out, effects);
    case groups::AnswerCode::not_leader:
    case groups::AnswerCode::wrong_group: {
      if (from != o.asked) return;  // late
      // Told to whoever is asked next: its own hint may be older, and the two would send us in circles.
      if (a.code == groups::AnswerCode::wrong_group && a.epoch >= o.epoch) {
        o.group = a.group;
        o.epoch = a.epoch;
      }
      const bool hint = a.node && a.node != from && o.hops < options_.hops_max;
      if (!hint) break;
      ++o.hops;
      effects.sometimes.push_back("host: a STRONG operation followed a hint");
      return ask(now, a.context, o, a.node, effects);
    }
    case groups::AnswerCode::moving:
    case groups::AnswerCode::overloaded:
    case groups::AnswerCode::unknown:
      break;
  }
  if (from == o.asked) o.next = std::min(o.until, now + options_.pause);
}

void StrongOperations::tick(Instant now, Effects& effects) {
  std::vector<std::uint64_t> over;
  for (auto& [context, o] : operations_) {
    if (o.until <= now) {
      over.push_back(context);
    } else if (o.next <= now) {
      o.hops = 0;
      ask(now, context, o, somebody(o, o.asked), effects);
    }
  }
  for (const std::uint64_t context : over) {
    effects.sometimes.push_back("host: a STRONG operation was not decided in time");
    finish(context, realm::ReplyCode::overloaded, Errc::timed_out, effects);
  }
}

Instant StrongOperations::next_deadline() const {
  Instant due = Instant::max();
  for (const auto& [context, o] : operations_) due = std::min(due, std::min(o.next, o.until));
  return due;
}

}  // namespace wn::host
