#pragma once
// A tiny disk for this room's tests, with the physics of backend/disk.h: per file, operations take effect in
// order; between files in any order; a crash keeps of what was not synced any sectors, any length, any names.
// And a harness around one store.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/crc32c.h"
#include "runtime/base/random.h"
#include "runtime/store/store.h"

namespace wn::store::test {

using Content = std::vector<std::uint8_t>;

struct File {
  Content durable;
  Content now;
};
using Names = std::map<std::string, std::shared_ptr<File>>;

class Disk {
 public:
  Names now;
  Names durable;
  std::map<std::string, std::deque<DiskAction>> queues;
  std::vector<DiskKind> done;     // every action that was carried out
  std::uint64_t fail_at = ~0ULL;  // the number of the action that fails
  Errc fail_with = Errc::io_error;
  std::uint64_t misdirect_at =
      ~0ULL;                       // the number of the action that, if a write, lands elsewhere in its file
  std::uint64_t misdirect_to = 0;  // at this sector, wherever that is
  std::uint64_t misdirect_count = 1;

  void submit(DiskAction action) { queues[action.file].push_back(std::move(action)); }
  bool idle() const { return queues.empty(); }

  DiskOutcome step(std::uint64_t choice) {
    auto queue = std::next(queues.begin(), static_cast<std::ptrdiff_t>(choice % queues.size()));
    DiskAction action = std::move(queue->second.front());
    queue->second.pop_front();
    if (queue->second.empty()) queues.erase(queue);
    done.push_back(action.kind);
    std::size_t right_end = 0;
    if (done.size() - 1 >= misdirect_at && action.kind == DiskKind::write && misdirect_count != 0) {
      --misdirect_count;
      right_end = action.offset + action.data.size();
      action.offset = action.offset % kSectorBytes + misdirect_to * kSectorBytes;
    }
    DiskOutcome outcome;
    outcome.ticket = action.ticket;
    outcome.error = done.size() - 1 == fail_at ? fail(action) : carry_out(action, outcome);
    if (right_end != 0) {  // the length is right, the bytes are not there
      Content& content = now[action.file]->now;
      content.resize(std::max(content.size(), right_end));
    }
    return outcome;
  }

  // Power loss: every unsynced sector, length and name comes out one way or the other.
  void power_loss(const Random& random, std::uint64_t key) {
    queues.clear();
    Draw draw = random.at("test.power", 0, key);
    Names after;
    for (const auto& [name, file] : durable) after[name] = file;
    for (const auto& [name, file] : now) {
      if (draw.below(2) == 0) after[name] = file;
    }
    for (const auto& [name, file] : durable) {
      if (!now.contains(name) && draw.below(2) == 0) after.erase(name);
    }
    now = after;
    for (auto& [name, file] : now) {
      file->now = torn(*file, draw);
      file->durable = file->now;
    }
    durable = now;
  }
  // A kill: what was carried out stays in the cache.
  void process_loss() { queues.clear(); }

 private:
  static Content torn(const File& file, Draw& draw) {
    if (file.now == file.durable) return file.now;
    const std::size_t low = std::min(file.now.size(), file.durable.size());
    const std::size_t high = std::max(file.now.size(), file.durable.size());
    Content out(high, 0);
    const std::uint64_t style = draw.below(4);  // all, none, or sector by sector
    for (std::size_t at = 0; at < high; at += kSectorBytes) {
      const bool fresh = style == 0 || (style != 1 && draw.below(2) == 0);
      const Content& from = fresh ? file.now : file.durable;
      for (std::size_t i = at; i < std::min(high, at + kSectorBytes) && i < from.size(); ++i)
        out[i] = from[i];
    }
    if (style == 0) out.resize(file.now.size());
    if (style == 1) out.resize(file.durable.size());
    if (style == 2) out.resize(low + draw.below(high - low + 1));
    return out;
  }

  Errc fail(const DiskAction& action) {
    // In part: half of a write may have happened; a failed sync leaves clean pages that were never written.
    if (action.kind == DiskKind::write) {
      DiskAction half = action;
      half.data = action.data.slice(0, action.data.size() / 2);
      DiskOutcome ignored;
      carry_out(half, ignored);
    }
    return fail_with;
  }

  Errc carry_out(const DiskAction& action, DiskOutcome& outcome) {
    if (action.kind == DiskKind::list) {
      for (const auto& [name, file] : now) outcome.entries.push_back({name, file->now.size()});
      return Errc::ok;
    }
    if (action.kind == DiskKind::sync_directory) {
      durable = now;
      return Errc::ok;
    }
    if (action.kind == DiskKind::write && !now.contains(action.file))
      now[action.file] = std::make_shared<File>();
    if (!now.contains(action.file)) return Errc::not_found;
    File& file = *now[action.file];
    switch (action.kind) {
      case DiskKind::read: {
        if (action.offset >= file.now.size()) return Errc::ok;
        const std::size_t length = std::min<std::size_t>(action.length, file.now.size() - action.offset);
        outcome.data = Bytes::copy_of(ByteView(file.now).subspan(action.offset, length));
        return Errc::ok;
      }
      case DiskKind::write:
        file.now.resize(std::max<std::size_t>(file.now.size(), action.offset + action.data.size()));
        std::copy(action.data.view().begin(), action.data.view().end(),
                  file.now.begin() + static_cast<std::ptrdiff_t>(action.offset));
        return Errc::ok;
      case DiskKind::truncate:
        file.now.resize(action.length);
        return Errc::ok;
      case DiskKind::sync:
        file.durable = file.now;
        return Errc::ok;
      case DiskKind::rename:
        now[action.to] = now[action.file];
        now.erase(action.file);
        return Errc::ok;
      case DiskKind::remove:
        now.erase(action.file);
        return Errc::ok;
      default:
        return Errc::internal;
    }
  }
};

// One store on a disk; actions are carried out in an order that `seed` chooses.
struct Harness {
  explicit Harness(Disk& d, std::uint64_t s = 0, Options o = default_options())
      : disk(d), random(s), options(o) {}
  static Options default_options() {
    Options o;
    o.owner = NodeId{1};
    return o;
  }

  void take() {
    for (DiskAction& action : effects.actions) disk.submit(std::move(action));
    for (Event& event : effects.events) {
      if (event.kind == EventKind::durable) durable = event.ticket;
      events.push_back(std::move(event));
    }
    effects.clear();
  }
  bool step() {
    if (disk.idle()) return false;
    const DiskOutcome outcome = disk.step(random.seed() == 0 ? 0 : random.at("test.step", 0, ++steps).u64());
    store->on_disk(outcome, effects);
    take();
    return true;
  }
  void run() {
    while (step()) {
    }
  }
  // False when recovery was refused.
  bool open() {
    store = std::make_unique<LogStore>(options);
    durable = ticket = 0;
    events.clear();
    store->recover(effects);
    take();
    while (!store->recovered() && step()) {
    }
    if (!store->recovered()) return false;
    run();
    recovered = store->take_recovered();
    return true;
  }
  const Event* last(EventKind kind) const {
    const auto it =
        std::find_if(events.rbegin(), events.rend(), [&](const Event& e) { return e.kind == kind; });
    return it == events.rend() ? nullptr : &*it;
  }

  void persist(raft::Persist p) {
    p.ticket = ++ticket;
    store->persist(p, effects);
    take();
  }
  void hard_state(std::uint64_t term, std::uint32_t voted) {
    raft::Persist p;
    p.hard_state_changed = true;
    p.hard_state = {Term{term}, NodeId{voted}};
    persist(p);
  }
  void append(std::uint64_t index, std::uint64_t term, std::string_view data, std::uint64_t truncate = 0) {
    const raft::Entry entry = make(index, term, data);
    raft::Persist p;
    p.truncate_from = LogIndex{truncate};
    p.entries = {&entry, 1};
    persist(p);
  }
  static raft::Entry make(std::uint64_t index, std::uint64_t term, std::string_view data) {
    raft::Entry entry;
    entry.index = LogIndex{index};
    entry.term = Term{term};
    entry.data = Bytes::copy_of(data);
    entry.checksum = crc32c(entry.data.view());
    return entry;
  }
  static raft::SnapshotMeta meta(std::uint64_t index, std::uint64_t term, const Bytes& image) {
    raft::SnapshotMeta m;
    m.index = LogIndex{index};
    m.term = Term{term};
    m.configuration.voters = {NodeId{1}, NodeId{2}, NodeId{3}};
    m.bytes = image.size();
    m.checksum = crc32c(image.view());
    return m;
  }

  Disk& disk;
  Random random;
  Options options;
  std::unique_ptr<LogStore> store;
  Effects effects;
  std::vector<Event> events;
  Recovered recovered;
  std::uint64_t durable = 0;
  std::uint64_t ticket = 0;
  std::uint64_t steps = 0;
};

inline bool same(const raft::Entry& a, const raft::Entry& b) {
  return a.index == b.index && a.term == b.term && a.kind == b.kind && a.checksum == b.checksum &&
         a.data == b.data;
}

}  // namespace wn::store::test
