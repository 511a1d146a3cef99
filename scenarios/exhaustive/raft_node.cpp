#include "scenarios/exhaustive/raft_node.h"

#include "runtime/base/check.h"
#include "runtime/raft/invariants.h"

namespace wn::exhaustive {

namespace {

// All that a core remembers happened at 0; now is later than any promise or deadline made then.
constexpr Instant kNow{1'000'000'000'000};

raft::Options options_of(const RaftScope& scope, NodeId id) {
  raft::Options o;
  o.id = id;
  o.lease_reads = false;
  o.pre_vote = scope.pre_vote;
  o.check_quorum = scope.check_quorum;
  o.inflight_messages_max = scope.in_flight;
  o.defect = scope.defect;
  return o;
}

class Turns {
 public:
  Turns(raft::RaftCore& core, raft::HardState& disk, Stepped& out, bool reads)
      : core_(core), disk_(disk), out_(out), reads_(reads) {}

  void run(const raft::Input& input) {
    step(input);
    while (ticket_ != 0) {
      ++out_.persists;
      const std::uint64_t ticket = ticket_;
      ticket_ = 0;
      step(raft::Persisted{.ticket = ticket});
      release();
    }
    WN_CHECK(held_.empty());
  }

 private:
  void step(const raft::Input& input) {
    const raft::Observed before = raft::observe(core_.state());
    core_.step(raft::Moment{.now = kNow, .lease_now = kNow}, input, effects_);
    if (out_.broken == nullptr) out_.broken = raft::check_now(core_.state());
    if (out_.broken == nullptr) out_.broken = raft::check_step(before, core_.state());
    if (effects_.persist.ticket != 0) ticket_ = effects_.persist.ticket;
    if (effects_.persist.hard_state_changed) disk_ = effects_.persist.hard_state;
    for (const raft::Outgoing& sent : effects_.messages) {
      std::string bytes = encode_message(sent.message, kSameNames, reads_);
      if (sent.wait_for == 0) {
        out_.sent.push_back(std::move(bytes));
      } else {
        held_.emplace_back(sent.wait_for, std::move(bytes));
      }
    }
    out_.committed.insert(out_.committed.end(), effects_.committed.begin(), effects_.committed.end());
    out_.reads.insert(out_.reads.end(), effects_.reads.begin(), effects_.reads.end());
  }

  void release() {
    std::vector<std::pair<std::uint64_t, std::string>> still;
    for (auto& [wait_for, bytes] : held_) {
      if (wait_for <= core_.state().durable_ticket) {
        out_.sent.push_back(std::move(bytes));
      } else {
        still.emplace_back(wait_for, std::move(bytes));
      }
    }
    held_ = std::move(still);
  }

  raft::RaftCore& core_;
  raft::HardState& disk_;
  Stepped& out_;
  bool reads_;
  raft::Effects effects_;
  std::uint64_t ticket_ = 0;
  std::vector<std::pair<std::uint64_t, std::string>> held_;
};

// What the clocks show is chosen so that this deed is due and nothing else is.
void set_clocks(raft::State& s, Deed deed) {
  for (raft::Progress& p : s.progress) p.last_contact = deed == Deed::step_down ? Instant{} : kNow;
  if (deed == Deed::early_heartbeat) s.noop_due = s.lazy_due = Instant::max();
}

}  // namespace

RaftNode::RaftNode(const RaftScope& scope, NodeId id)
    : options_(options_of(scope, id)), reads_(scope.reads != 0) {
  for (std::uint32_t n = 1; n <= scope.nodes; ++n) blank_.snapshot.configuration.voters.push_back(NodeId{n});
}

std::string RaftNode::newborn() const {
  const raft::RaftCore core(options_, blank_, Instant{});
  return encode_core(core.state(), {}, kSameNames, reads_);
}

Stepped RaftNode::step(std::string_view core, Deed deed, std::uint8_t argument,
                       std::string_view message) const {
  Stepped out;
  raft::HardState disk;
  const raft::RaftCore blank(options_, blank_, Instant{});
  raft::State state = blank.state();
  decode_core(core, state, disk);
  if (deed == Deed::restart) {
    const auto entries = state.log.span(state.log.first_index(), state.log.last_index());
    raft::Restored restored = blank_;
    restored.hard_state = disk;
    restored.entries.assign(entries.begin(), entries.end());
    const raft::RaftCore again(options_, std::move(restored), Instant{});
    out.core = encode_core(again.state(), disk, kSameNames, reads_);
    return out;
  }
  if (deed == Deed::heartbeat || deed == Deed::early_heartbeat || deed == Deed::step_down)
    set_clocks(state, deed);
  raft::RaftCore real(state);
  Turns turns(real, disk, out, reads_);
  std::vector<raft::Entry> entries;
  raft::Message received;
  switch (deed) {
    case Deed::deliver:
      received = decode_message(message, entries);
      turns.run(raft::Receive{.message = &received});
      break;
    case Deed::propose: {
      const Bytes command = Bytes::copy_of(ByteView(&argument, 1));
      turns.run(raft::Propose{.commands = {&command, 1}, .context = 1});
      break;
    }
    case Deed::read:
      turns.run(raft::RequestRead{.context = argument});
      break;
    default:
      turns.run(raft::Tick{});
  }
  out.core = encode_core(real.state(), disk, kSameNames, reads_);
  return out;
}

}  // namespace wn::exhaustive
