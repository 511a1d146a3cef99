// The journal, and what may leave the node: nothing before the record that it rests on is durable (output
// commit: Strom and Yemini 1985). A frame names that record; one that says nothing names the newest, which is
// always right. What a majority's disks have, and what is no promise, rests on none.
#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/host/impl.h"
#include "runtime/realm/codec.h"
#include "runtime/wire/frame.h"

namespace wn::host {

// The fault point compacts no shorter journal: it would write images and nothing else.
[[maybe_unused]] constexpr std::uint64_t kRecordsBeforeEarlyCompaction = 16;

void Host::emit(TraceKind kind, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d,
                std::uint64_t e) {
  if (!failed_) backend_.probe.emit(kind, {a, b, c, d, e});
}

void Host::on_disk(DiskCompletion completion) {
  if (failed_) return;
  const bool recovering = journal_.phase() == Journal::Phase::recovering;
  if (completion.operation == DiskOperation::sync)
    flush_took_ = backend_.clock.monotonic_now() - flush_begun_;
  journal_.on_completion(std::move(completion));
  if (journal_.phase() == Journal::Phase::failed) return fail_stop(journal_.error());
  const bool recovered = recovering && journal_.phase() == Journal::Phase::ready;
  if (recovered) recover();
  submit_journal();
  release_held();
  tell_durable();
  arm();
  if (recovered) serve_early();
}

// Clients may ask before the journal has been read: they see that a node is there, not what it does. What
// comes from other nodes then is lost, since they ask again in any case.
void Host::keep_early(NodeId from, const Bytes& frame) {
  if (early_.size() == options_.requests_max || early_bytes_ + frame.size() > kEarlyBytesMax) {
    backend_.probe.sometimes("host: too many requests wait for the journal to be read");
    return;  // as good as lost on the way
  }
  early_bytes_ += frame.size();
  early_.push_back({.arrived = backend_.clock.monotonic_now(), .from = from, .frame = frame});
}

void Host::serve_early() {
  const Instant now = backend_.clock.monotonic_now();
  for (const Early& early : std::exchange(early_, {})) {
    if (now - early.arrived < options_.request_patience) on_message(early.from, early.frame);
  }
  early_bytes_ = 0;
}

void Host::recover() {
  const Journal::Recovered found = journal_.take_recovered();
  options_.realm.fault_points = backend_.fault_points;
  realm_ = std::make_unique<realm::Realm>(options_.realm, std::pmr::new_delete_resource());
  make_groups();
  if (const Errc e = recover_parts(found); e != Errc::ok) {
    realm_.reset();
    return fail_stop(e);
  }
  start_remote();
  begin_groups();
  realm_->begin(moment(), effects_);
  settle();
}

Errc Host::recover_parts(const Journal::Recovered& found) {
  if (found.image) {
    const auto images = decompose(found.image->view());
    if (!images) return images.error().code;
    if (const Errc e = realm_->restore_image(images->realm.view()); e != Errc::ok) return e;
    if (images->local) {
      if (const Errc e = local_.restore_image(images->local->view()); e != Errc::ok) return e;
    }
    if (images->rpc && !incarnation_from(images->rpc->view(), incarnation_)) return Errc::corrupt;
    if (images->groups) {
      if (!groups_) return Errc::corrupt;
      if (const Errc e = groups_->restore_image(images->groups->view()); e != Errc::ok) return e;
    }
  }
  for (const Bytes& bytes : found.records) {
    const auto record = part_of(bytes.view());
    if (!record) return record.error().code;
    if (const Errc e = replay(*record); e != Errc::ok) return e;
  }
  return Errc::ok;
}

Errc Host::replay(const PartRecord& record) {
  switch (record.part) {
    case Part::realm:
      return realm_->replay(record.bytes);
    case Part::local:
      return local_.replay(record.bytes);
    case Part::groups:
      return groups_ ? groups_->replay(record.bytes) : Errc::corrupt;
    case Part::rpc:
      return incarnation_from(record.bytes, incarnation_) ? Errc::ok : Errc::corrupt;
  }
  return Errc::corrupt;
}

Bytes Host::image() const {
  PartImages images;
  images.realm = realm_->image();
  if (local_.size() > 0) images.local = local_.image();
  if (remote_) images.rpc = incarnation_bytes(incarnation_);
  if (groups_) images.groups = groups_->image();
  return compose(images);
}

// A log is given its own image's size at least, so that images cost no more writing than records do.
bool Host::compaction_is_due() const {
  if (journal_.compacting()) return false;
  if (journal_.log_records() > kRecordsBeforeEarlyCompaction &&
      WN_FAULT_POINT(backend_.fault_points, "host.journal-compacted-early"))
    return true;
  if (journal_.log_bytes() < journal_.image_bytes()) return false;
  const std::uint64_t records = std::max(journal_.log_records(), journal_.log_bytes() / kRecordBytesUsual);
  return records > options_.compact_every_updates;
}

void Host::compact() {
  journal_.compact(image());
  if (groups_) marks_.push_back({.appended = journal_.appended(), .records = groups_->records()});
}

void Host::keep_groups() {
  if (group_effects_.journal.empty()) return;
  keep(Part::groups, group_effects_.journal);
  marks_.push_back({.appended = journal_.appended(), .records = groups_->records()});
}

void Host::keep(Part part, std::vector<Bytes>& records) {
  for (Bytes& record : records) journal_.append(tagged(part, std::move(record)));
  records.clear();
}

// Carries out what the cores have decided.
void Host::settle() {
  if (failed_) return;
  settle_realm();
  settle_groups();
  settle_remote();
  flush_journal();
  release_held();
}

void Host::settle_realm() {
  for (const realm::Note& note : effects_.notes) backend_.probe.emit(note.kind, note.field);
  for (const realm::Glued& glued : effects_.glued) {
    if (options_.on_glued) options_.on_glued(options_.realm.node, glued);
  }
  for (const Claim claim : effects_.sometimes) backend_.probe.sometimes(claim);
  if (effects_.replace_journal) {
    // The image has all that these would say.
    effects_.journal.clear();
    local_journal_.clear();
    group_effects_.journal.clear();
    compact();
  } else {
    keep(Part::realm, effects_.journal);
    keep(Part::local, local_journal_);
    keep_groups();
    if (compaction_is_due()) {
      backend_.probe.sometimes("host: journal compacted");
      compact();
    }
  }
  for (realm::Outgoing& out : effects_.sends)
    send(out.to, static_cast<std::uint8_t>(out.kind), std::move(out.payload));
  follow_tree();
  restart_moved();  // may answer what waited there
  for (const realm::Answer& a : effects_.answers)
    send(a.client, static_cast<std::uint8_t>(wire::FrameType::realm_reply), realm::encode(a.reply));
  effects_.clear();
}

void Host::flush_journal() {
  if (!options_.flush_at_turn_end && !WN_FAULT_POINT(backend_.fault_points, "host.flush-put-off"))
    return submit_journal();
  if (!journal_.has_something_to_submit()) return;
  const Instant now = backend_.clock.monotonic_now();
  if (flush_due_ && now - flush_since_ > flush_took_ / 2) return submit_journal();
  if (std::exchange(flush_due_, true)) return;
  flush_since_ = now;
  backend_.clock.arm(kFlushTimer, now);
}

void Host::submit_journal() {
  std::vector<DiskRequest>& pending = journal_.pending();
  if (!pending.empty()) flush_begun_ = backend_.clock.monotonic_now();
  while (!pending.empty() && !failed_) {
    std::vector<DiskRequest> batch = std::exchange(pending, {});
    for (DiskRequest& request : batch) {
      DiskCompletion refused{
          .ticket = request.ticket, .operation = request.operation, .data = {}, .entries = {}};
      refused.error = backend_.disk.submit(std::move(request));
      if (refused.error == Errc::ok) continue;
      return fail_stop(refused.error);
    }
  }
}

void Host::send(NodeId to, std::uint8_t type, Bytes payload) {
  // Defect sent_before_journaled: a power loss takes updates away here that others have, and the next ones
  // get their numbers (Riak's kv679: an actor that counts anew).
  const bool waits = options_.defect != Defect::sent_before_journaled;
  send_after(waits ? journal_.appended() : 0, to, type, std::move(payload));
}

// `record`: of this start's journal; 0: none.
void Host::send_after(std::uint64_t record, NodeId to, std::uint8_t type, Bytes payload) {
  if (held_.size() == kHeldFramesMax || WN_FAULT_POINT(backend_.fault_points, "host.no-room-to-hold")) {
    backend_.probe.sometimes("host: too many frames wait for the disk");
    return;  // as good as lost on the way
  }
  Bytes frame = Bytes::build(wire::kHeaderBytes + payload.size(), [&](std::uint8_t* bytes) {
    std::copy_n(payload.data(), payload.size(), bytes + wire::kHeaderBytes);
    wire::seal_frame(bytes, static_cast<wire::FrameType>(type), payload.size());
  });
  const auto place = std::ranges::upper_bound(held_, record, {}, &Held::wait_for);
  held_.insert(place, {.wait_for = record, .to = to, .type = type, .frame = std::move(frame)});
}

// Where in the journal the groups' first `records` end; 0: they are durable, and the groups know it.
std::uint64_t Host::record_of_groups(std::uint64_t records) const {
  const auto mark = std::ranges::lower_bound(marks_, records, {}, &Mark::records);
  return mark == marks_.end() ? 0 : mark->appended;
}

void Host::release_held() {
  while (!failed_ && !held_.empty() && held_.front().wait_for <= journal_.durable()) {
    Held& held = held_.front();
    if (WN_FAULT_POINT(backend_.fault_points, "host.outgoing-queue-full") ||
        backend_.network.send(held.to, std::move(held.frame), held.type) != Errc::ok) {
      backend_.probe.sometimes("host: outgoing queue full");
    }
    held_.pop_front();
  }
}

void Host::fail_stop(Errc reason) {
  if (failed_) return;
  emit(TraceKind::store_refused, static_cast<std::uint64_t>(reason));
  failed_ = true;
  held_.clear();
  early_.clear();
  effects_.clear();
}

}  // namespace wn::host
