// The store and the disk: recovery, group commit, fail-stop.
#include <utility>

#include "runtime/node/rules.h"

namespace wn::node {
namespace {

// What is in force at the end of that log.
raft::Configuration configuration_of(const raft::Restored& restored, const raft::Configuration& initial) {
  raft::Configuration out = restored.snapshot.index.value == 0 ? initial : restored.snapshot.configuration;
  for (const raft::Entry& entry : restored.entries) {
    if (entry.kind != raft::EntryKind::configuration) continue;
    if (const auto decoded = raft::decode_configuration(entry.data.view())) out = *decoded;
  }
  return out;
}

void plant_in(State& s, raft::Restored& restored) {
  // Defect quarantine_ignored: what the store knows to be lost keeps nobody from voting, nor from being
  // counted (Michael et al., "Recovering Shared Objects Without Stable Storage", DISC'17).
  if (s.options.defect == Defect::quarantine_ignored) restored.quarantine_until = LogIndex{};
  // Defect removed_server_erases_state: a server that finds itself outside of its last configuration begins
  // anew, as if it had never voted (RethinkDB 2.1.5, aphyr.com/posts/330). That configuration need not have
  // been committed, and others may not know of it.
  if (s.options.defect == Defect::removed_server_erases_state && restored.snapshot.index.value == 0 &&
      !configuration_of(restored, s.options.initial).contains(s.options.id)) {
    restored = raft::Restored{};
  }
}

void start_serving(State& s) {
  store::Recovered recovered = s.log.take_recovered();
  raft::Restored& restored = recovered.restored;
  plant_in(s, restored);
  if (restored.snapshot.index.value == 0) {
    restored.snapshot.configuration = s.options.initial;
  } else if (!s.machine.import_image(recovered.image.view())) {
    return fail_stop(s, Errc::corrupt);
  }
  s.from_image = restored.snapshot.index.value != 0;
  if (!recovered.blank) s.backend.probe.sometimes("node: recovered from disk");
  if (recovered.report.torn_bytes != 0) s.backend.probe.sometimes("node: torn tail cut off");
  if (recovered.report.corrupt_records != 0) s.backend.probe.sometimes("node: corrupt record found");
  if (recovered.report.fell_back) s.backend.probe.sometimes("node: older snapshot used");
  s.quarantined = restored.quarantine_until.value != 0;
  s.applied_term = restored.snapshot.term;
  s.snapshot_base = restored.snapshot.index;
  s.options.raft.jitter_seed = s.backend.entropy.draw("node.jitter", 0).u64();
  s.core =
      std::make_unique<raft::RaftCore>(s.options.raft, std::move(restored), s.backend.clock.monotonic_now());
  s.phase = Phase::serving;
  step(s, raft::Tick{});  // an early tick: the core says what it was restored to
}

void on_durable(State& s, std::uint64_t ticket) {
  s.durable_ticket = ticket;
  release_held(s);
  step(s, raft::Persisted{ticket});
}

void on_event(State& s, const store::Event& event) {
  switch (event.kind) {
    case store::EventKind::recovered:
      return start_serving(s);
    case store::EventKind::refused:
    case store::EventKind::failed:
      return fail_stop(s, event.error);
    case store::EventKind::durable:
      if (event.ticket > s.durable_ticket) on_durable(s, event.ticket);
      return;
    case store::EventKind::snapshot_saved:
      return finish_saving(s, event);
    case store::EventKind::snapshot_received:
      return install_snapshot(s, event);
    case store::EventKind::snapshot_read:
      return finish_chunk_read(s, event);
  }
}

void hand_to_store(State& s, const store::DiskOutcome& outcome) {
  s.log.on_disk(outcome, s.planned);
  submit_planned(s);
}

}  // namespace

void begin_recovery(State& s) {
  s.log.recover(s.planned);
  submit_planned(s);
}

void submit_planned(State& s) {
  for (store::DiskAction& action : s.planned.actions) {
    const std::uint64_t ticket = action.ticket;
    // Defect directory_sync_forgotten: called done without having been done (Pillai et al., "All File Systems
    // Are Not Created Equal", OSDI'14).
    if (s.options.defect == Defect::directory_sync_forgotten &&
        action.kind == store::DiskKind::sync_directory) {
      s.refused_actions.push_back({.ticket = ticket, .error = Errc::ok});
      continue;
    }
    const Errc error = s.backend.disk.submit({.ticket = ticket,
                                              .operation = static_cast<DiskOperation>(action.kind),
                                              .file = std::move(action.file),
                                              .to = std::move(action.to),
                                              .offset = action.offset,
                                              .length = action.length,
                                              .data = std::move(action.data)});
    // An operation that the disk does not accept has failed; no completion will say so.
    if (error != Errc::ok) s.refused_actions.push_back({.ticket = ticket, .error = Errc::io_error});
  }
  s.planned.actions.clear();
}

void on_disk(State& s, DiskCompletion completion) {
  store::DiskOutcome outcome{
      .ticket = completion.ticket, .error = completion.error, .data = std::move(completion.data)};
  outcome.entries.reserve(completion.entries.size());
  for (DirectoryEntry& entry : completion.entries) {
    outcome.entries.push_back({.file = std::move(entry.file), .size = entry.size});
  }
  hand_to_store(s, outcome);
}

void settle(State& s) {
  while (s.phase != Phase::failed) {
    if (!s.refused_actions.empty()) {
      std::vector<store::DiskOutcome> refused;
      refused.swap(s.refused_actions);
      for (const store::DiskOutcome& outcome : refused) hand_to_store(s, outcome);
    } else if (!s.planned.events.empty()) {
      s.events.clear();
      s.events.swap(s.planned.events);
      for (const store::Event& event : s.events) {
        if (s.phase != Phase::failed) on_event(s, event);
      }
    } else if (s.phase == Phase::serving && s.options.defect == Defect::ack_before_sync &&
               s.durable_ticket < s.issued_ticket) {
      // Defect ack_before_sync: what has been handed to the disk is called durable before it has been synced.
      on_durable(s, s.issued_ticket);
    } else if (s.phase == Phase::serving && !s.queued.empty() && s.durable_ticket == s.issued_ticket) {
      propose_queued(s, false);
    } else {
      break;
    }
  }
  if (s.phase != Phase::serving) return;
  snapshot_if_due(s);
  arm_timer(s);
}

void fail_stop(State& s, Errc reason) {
  s.phase = Phase::failed;
  s.backend.clock.disarm(kRaftTimer);
  s.held.clear();
  s.queued.clear();
  s.commands.clear();
  s.reads.clear();
  s.admin.clear();
  s.chunk_reads.clear();
  s.backend.probe.emit(TraceKind::store_refused, {static_cast<std::uint64_t>(reason), 0, 0, 0, 0});
  s.backend.probe.sometimes("node: stopped after a disk failure");
}

}  // namespace wn::node
