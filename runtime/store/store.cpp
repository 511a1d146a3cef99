#include "runtime/store/store.h"

#include <utility>

#include "runtime/base/check.h"
#include "runtime/store/state.h"

namespace wn::store {

DiskAction& submit(State& s, Effects& effects, DiskKind kind, std::string file, Purpose purpose,
                   std::uint64_t argument) {
  DiskAction& action = effects.actions.emplace_back();
  action.ticket = s.next_ticket++;
  action.kind = kind;
  action.file = std::move(file);
  s.waiting[action.ticket] = {purpose, argument};
  return action;
}

void fail_store(State& s, Effects& effects, Errc error, const char* what) {
  if (s.phase == Phase::failed) return;
  s.phase = Phase::failed;
  Event& event = effects.events.emplace_back();
  event.kind = EventKind::failed;
  event.error = error;
  event.text = what;
}

LogStore::LogStore(const Options& options) : state_(std::make_unique<State>(options)) {
  WN_CHECK(options.owner != kNobody);
  WN_CHECK_GT(options.segment_bytes, 0U);
  WN_CHECK_GT(options.read_bytes, 0U);
  WN_CHECK_LE(options.snapshot_bytes_max, kSnapshotImageBytesMax);
}
LogStore::~LogStore() = default;

void LogStore::recover(Effects& effects) {
  WN_CHECK(state_->phase == Phase::fresh);
  begin_recovery(*state_, effects);
}

void LogStore::on_disk(const DiskOutcome& outcome, Effects& effects) {
  State& s = *state_;
  const Waiting* found = s.waiting.find(outcome.ticket);
  WN_CHECK(found != nullptr);
  const Waiting waiting = *found;
  s.waiting.erase(outcome.ticket);
  if (s.phase == Phase::failed || s.phase == Phase::refused) return;
  switch (waiting.purpose) {
    case Purpose::recovery:
      return on_recovery(s, outcome, effects);
    case Purpose::batch_data:
    case Purpose::batch_directory:
      return on_batch(s, waiting, outcome, effects);
    case Purpose::mark:
      return on_mark(s, outcome, effects);
    case Purpose::transfer_write:
    case Purpose::transfer_sync:
    case Purpose::transfer_rename:
    case Purpose::transfer_directory:
      return on_transfer(s, waiting, outcome, effects);
    case Purpose::user_read:
      return on_user_read(s, waiting, outcome, effects);
    case Purpose::cleanup:
      return;  // a file that could not be removed is found again by the next recovery
  }
}

Recovered LogStore::take_recovered() {
  WN_CHECK(state_->phase == Phase::ready);
  return std::move(state_->recovery.result);
}

void LogStore::persist(const raft::Persist& persist, Effects& effects) {
  if (persist.ticket == 0 || state_->phase == Phase::failed) return;
  WN_CHECK(state_->phase == Phase::ready);
  store::persist(*state_, persist, effects);
}

Errc LogStore::save_snapshot(const raft::SnapshotMeta& meta, const Bytes& image, Effects& effects) {
  if (state_->phase != Phase::ready) return Errc::io_error;
  return store::save_snapshot(*state_, meta, image, effects);
}

Errc LogStore::receive_chunk(const raft::SnapshotChunk& chunk, Effects& effects) {
  if (state_->phase != Phase::ready) return Errc::io_error;
  return store::receive_chunk(*state_, chunk, effects);
}

Errc LogStore::read_snapshot(std::uint64_t context, const raft::SnapshotMeta& meta, std::uint64_t offset,
                             std::uint32_t length, Effects& effects) {
  if (state_->phase != Phase::ready) return Errc::io_error;
  return store::read_snapshot(*state_, context, meta, offset, length, effects);
}

void LogStore::lift_quarantine(Effects& effects) {
  if (state_->phase == Phase::ready) store::lift_quarantine(*state_, effects);
}

bool LogStore::recovered() const { return state_->phase == Phase::ready; }
bool LogStore::failed() const { return state_->phase == Phase::failed; }
bool LogStore::idle() const { return state_->waiting.empty() && state_->log.pending.empty(); }
std::uint64_t LogStore::durable_ticket() const { return state_->log.durable_ticket; }

raft::SnapshotMeta LogStore::newest_snapshot() const {
  return state_->snapshots.empty() ? raft::SnapshotMeta{} : state_->snapshots.back();
}

}  // namespace wn::store
