// What a host says of itself to a debugger.
#include "runtime/raft/inspect.h"

#include "runtime/host/impl.h"

namespace wn::host {
namespace {

std::string_view name_of(Journal::Phase phase) {
  switch (phase) {
    case Journal::Phase::idle:
      return "idle";
    case Journal::Phase::recovering:
      return "recovering";
    case Journal::Phase::ready:
      return "ready";
    case Journal::Phase::failed:
      return "failed";
  }
  return "unknown";
}

void tell_group(const groups::GroupStatus& group, Inspector& to) {
  const InspectedGroup one(to);
  to.number("group", group.group.value);
  to.text("role", raft::name_of(group.role));
  to.number("term", group.term.value);
  to.node("leader", group.leader);
  to.number("commit", group.commit.value);
  to.number("applied", group.applied.value);
  to.number("epoch", group.epoch);
  to.number("worknodes", group.worknodes);
  to.flag("asleep", group.asleep);
  to.flag("handing_over", group.handing_over);
}

}  // namespace

void Host::inspect_groups(Inspector& to) const {
  if (!groups_) return;
  const InspectedGroup strong(to, "strong");
  to.number("awake", groups_->awake());
  to.number("operations", strong_.size());
  to.number("asked_by_others", asked_.size());
  inspect_list(to, "groups", groups_->status(),
               [&](const groups::GroupStatus& group) { tell_group(group, to); });
}

void Host::inspect_waiting(Inspector& to) const {
  inspect_list(to, "mailboxes", actors_, [&](const auto& entry) {
    const InspectedGroup one(to);
    to.number("worknode", entry.first.low);
    to.number("messages", system_->mailbox_size(entry.second));
  });
  inspect_list(to, "held_frames", held_, [&](const Held& held) {
    const InspectedGroup one(to);
    to.node("to", held.to);
    to.number("type", held.type);
    to.number("waits_for_record", held.wait_for);
    to.number("bytes", held.frame.size());
  });
  to.number("parked", parked_.size());
  to.number("early", early_.size());
  to.number("sums", sums_.size());
}

void Host::inspect(Inspector& to) const {
  to.flag("failed", failed_);
  {
    const InspectedGroup journal(to, "journal");
    to.text("phase", name_of(journal_.phase()));
    to.number("appended", journal_.appended());
    to.number("durable", journal_.durable());
    to.number("log_records", journal_.log_records());
    to.flag("compacting", journal_.compacting());
  }
  if (realm_) {
    const InspectedGroup realm(to, "realm");
    realm_->inspect(to);
  }
  inspect_groups(to);
  if (system_) inspect_waiting(to);
  to.instant("busy_until", busy_until_);
  to.instant("armed", armed_);
}

}  // namespace wn::host
