#include "scenarios/exhaustive/raft_story.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::exhaustive {

namespace {

constexpr std::array<std::string_view, 12> kTypeNames = {"?",
                                                         "pre-vote",
                                                         "pre-vote-reply",
                                                         "vote",
                                                         "vote-reply",
                                                         "append",
                                                         "append-reply",
                                                         "heartbeat",
                                                         "heartbeat-reply",
                                                         "snapshot-chunk",
                                                         "snapshot-reply",
                                                         "timeout-now"};
constexpr std::array<std::string_view, 4> kRoleNames = {"follower", "pre-candidate", "candidate", "leader"};

std::string_view name_of(raft::MessageType type) { return kTypeNames[static_cast<std::size_t>(type)]; }

// "t1:noop t2:c1"
std::string log_words(std::string_view log) {
  std::string out;
  for (std::size_t at = 0; at + 1 < log.size(); at += 2) {
    const int command = log[at + 1];
    out += fmt::format("{}t{}:{}", at == 0 ? "" : " ", int{log[at]},
                       command == 0 ? "noop" : fmt::format("c{}", command));
  }
  return "[" + out + "]";
}

std::string message_words(std::string_view bytes) {
  std::vector<raft::Entry> entries;
  const raft::Message m = decode_message(bytes, entries);
  std::string out =
      fmt::format("{} of term {} from n{} to n{}", name_of(m.type), m.term.value, m.from.value, m.to.value);
  switch (m.type) {
    case raft::MessageType::pre_vote:
    case raft::MessageType::vote:
      return out + fmt::format(" (last entry {} of term {})", m.log_index.value, m.log_term.value);
    case raft::MessageType::append:
      return out + fmt::format(" (after {} of term {}: {}, commit {})", m.log_index.value, m.log_term.value,
                               log_words(encode_entries(entries)), m.commit.value);
    case raft::MessageType::append_reply:
      return out + fmt::format(" ({} {})", m.reject ? "refused, hint" : "has up to", m.log_index.value);
    case raft::MessageType::heartbeat:
      return out + fmt::format(" (commit {})", m.commit.value);
    case raft::MessageType::heartbeat_reply:
      return out;
    default:
      return out + (m.reject ? " (no)" : " (yes)");
  }
}

class Teller {
 public:
  explicit Teller(RaftModel& model) : model_(model) {
    const RaftScope& scope = model.scope();
    std::string voters;
    for (std::uint32_t n = 0; n < scope.nodes; ++n) {
      cores_.push_back(model.tables().newborn(n));
      voters += fmt::format("{}{}", n == 0 ? "" : ",", n + 1);
    }
    script("options lease=off pre-vote={} check-quorum={} inflight={} defect={}",
           scope.pre_vote ? "on" : "off", scope.check_quorum ? "on" : "off", scope.in_flight,
           wn::to_string(scope.defect));
    script("add-nodes voters={}", voters);
  }

  void step(const RaftAction& action) {
    const Outcome& outcome =
        model_.tables().outcome(action.node, cores_[action.node], action.deed, action.argument);
    command(action);
    for (std::uint32_t i = 0; i < outcome.persists; ++i) script("persist {}", action.node + 1);
    const CoreFacts& before = model_.tables().core(cores_[action.node]);
    const CoreFacts& after = model_.tables().core(outcome.core);
    std::string line = words(action);
    if (before.role != after.role || before.term != after.term) {
      line += fmt::format("; n{} is {} of term {}", action.node + 1,
                          kRoleNames[static_cast<std::size_t>(after.role)], after.term);
    }
    if (before.log != after.log)
      line += fmt::format("; n{}'s log is {}", action.node + 1, log_words(after.log));
    if (!outcome.committed.empty()) {
      line += fmt::format("; n{} commits {} from index {}", action.node + 1, log_words(outcome.committed),
                          outcome.committed_from);
    }
    for (const raft::ReadReady& read : outcome.reads) {
      line += fmt::format("; n{} answers the read at index {}", action.node + 1, read.index.value);
    }
    out_.steps.push_back(std::move(line));
    in_flight_.insert(in_flight_.end(), outcome.sent.begin(), outcome.sent.end());
    cores_[action.node] = outcome.core;
  }

  RaftStory take() { return std::move(out_); }

 private:
  template <class... Args>
  void script(fmt::format_string<Args...> form, Args&&... args) {
    out_.script += fmt::format(form, std::forward<Args>(args)...) + "\n----\n\n";
  }

  std::string words(const RaftAction& action) const {
    const std::uint32_t n = action.node + 1;
    switch (action.deed) {
      case Deed::deliver:
        return "delivered: " + message_words(model_.tables().messages()[action.argument]);
      case Deed::campaign:
        return fmt::format("n{}'s election timeout passes", n);
      case Deed::heartbeat:
      case Deed::early_heartbeat:
        return fmt::format("n{} sends heartbeats", n);
      case Deed::step_down:
        return fmt::format("n{} has not heard from a quorum", n);
      case Deed::propose:
        return fmt::format("n{} is asked to append command c{}", n, action.argument);
      case Deed::read:
        return fmt::format("n{} is asked to read", n);
      case Deed::restart:
        return fmt::format("n{} crashes and restarts", n);
    }
    return "?";
  }

  void command(const RaftAction& action) {
    const std::uint32_t n = action.node + 1;
    switch (action.deed) {
      case Deed::deliver:
        return deliver(action);
      case Deed::campaign:
        return script("campaign {}", n);
      case Deed::early_heartbeat:
        script("advance 60");
        return script("tick {}", n);
      case Deed::heartbeat:
      case Deed::step_down:
        script("advance 600");
        return script("tick {}", n);
      case Deed::propose:
        return script("propose {} c{}", n, action.argument);
      case Deed::read:
        return script("read {}", n);
      case Deed::restart:
        script("crash {}", n);
        return script("restart {}", n);
    }
  }

  // Which of the messages of that kind on that link is meant: by its place among them.
  void deliver(const RaftAction& action) {
    const auto is_alike = [&](std::uint32_t m) {
      const MessageFacts& a = model_.tables().message(m);
      const MessageFacts& b = model_.tables().message(action.argument);
      return a.from == b.from && a.to == b.to && a.type == b.type;
    };
    const auto at = std::ranges::find(in_flight_, action.argument);
    WN_CHECK(at != in_flight_.end());
    const auto nth = 1 + std::count_if(in_flight_.begin(), at, is_alike);
    const MessageFacts& m = model_.tables().message(action.argument);
    const bool vote = m.type == raft::MessageType::vote || m.type == raft::MessageType::pre_vote;
    if (vote) script("advance 600");  // whoever heard a leader gives no vote for a while
    script("deliver from={} to={} type={} nth={}{}", m.from + 1, m.to + 1, name_of(m.type), nth,
           model_.scope().duplicates ? " keep=yes" : "");
    if (!model_.scope().duplicates) in_flight_.erase(at);
  }

  RaftModel& model_;
  std::vector<std::uint32_t> cores_;
  std::vector<std::uint32_t> in_flight_;  // in order of sending, repetitions too
  RaftStory out_;
};

}  // namespace

RaftStory tell(RaftModel& model, const std::vector<std::uint32_t>& path) {
  Teller teller(model);
  for (const std::uint32_t action : path) teller.step(unpack(action));
  return teller.take();
}

}  // namespace wn::exhaustive
