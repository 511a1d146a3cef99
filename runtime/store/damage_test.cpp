// Damage to what was durable, exhaustively: never a wrong entry, never an acknowledged one silently missing.
#include <catch2/catch_test_macros.hpp>

#include "runtime/store/test_disk.h"

namespace wn::store {
namespace {

using test::Disk;
using test::File;
using test::Harness;

struct Truth {
  raft::HardState hard_state;
  std::vector<raft::Entry> entries;  // from index 1
  test::Names files;
};

Options small_options() {
  Options options = Harness::default_options();
  options.segment_bytes = 350;
  return options;
}

// A little history with everything in it; `with_snapshots` adds two snapshots and several segments.
Truth write_history(bool with_snapshots, Disk disk = {}) {
  Harness h(disk, 0, small_options());
  REQUIRE(h.open());
  Truth truth;
  truth.hard_state = {Term{5}, NodeId{3}};
  h.hard_state(2, 1);
  h.append(1, 2, "one");
  h.append(2, 2, "two");
  h.append(3, 2, "drei");
  h.run();
  h.append(3, 4, "three", 3);
  h.append(4, 4, "four");
  h.run();
  if (with_snapshots) {
    for (const std::uint64_t index : {2, 3}) {
      const Bytes image = Bytes::copy_of("state at " + std::string(index, 'i'));
      const std::uint64_t term = index == 2 ? 2 : 4;
      REQUIRE(h.store->save_snapshot(Harness::meta(index, term, image), image, h.effects) == Errc::ok);
      h.take();
      h.run();
    }
  }
  h.hard_state(5, 3);
  h.append(5, 5, "five");
  h.run();
  truth.entries = {Harness::make(1, 2, "one"), Harness::make(2, 2, "two"), Harness::make(3, 4, "three"),
                   Harness::make(4, 4, "four"), Harness::make(5, 5, "five")};
  truth.files = disk.durable;
  return truth;
}

Disk disk_of(const test::Names& files) {
  Disk disk;
  for (const auto& [name, file] : files) disk.now[name] = std::make_shared<File>(*file);
  disk.durable = disk.now;
  return disk;
}

enum class Found { whole, quarantined, refused, wrong };

Found judge(const Truth& truth, Disk& disk, Options options = small_options()) {
  Harness h(disk, 0, options);
  if (!h.open()) return h.last(EventKind::refused) != nullptr ? Found::refused : Found::wrong;
  const raft::Restored& got = h.recovered.restored;
  const std::uint64_t base = got.snapshot.index.value;
  const std::uint64_t last = base + got.entries.size();
  if (last > truth.entries.size()) return Found::wrong;
  bool equal = true;
  for (std::size_t i = 0; i < got.entries.size(); ++i) {
    if (got.entries[i].index.value != base + i + 1) return Found::wrong;
    equal = equal && test::same(got.entries[i], truth.entries[base + i]);
  }
  const bool voted = got.hard_state == truth.hard_state;
  if (got.quarantine_until.value == 0) {
    return equal && voted && last == truth.entries.size() ? Found::whole : Found::wrong;
  }
  // Under quarantine the log may be an older state of itself, but a vote may be missing only if that is said.
  if (!voted && !h.recovered.report.hard_state_uncertain) return Found::wrong;
  if (got.quarantine_until.value < truth.entries.size()) return Found::wrong;
  // The quarantine must outlive another crash, and a leader's entries, until it is said that they are
  // committed.
  disk.power_loss(Random(last + 1), base);
  if (!h.open() || h.recovered.restored.quarantine_until.value < truth.entries.size()) return Found::wrong;
  const std::uint64_t until = h.recovered.restored.quarantine_until.value;
  for (std::uint64_t i = h.recovered.restored.snapshot.index.value + h.recovered.restored.entries.size() + 1;
       i <= until; ++i) {
    h.append(i, 9, "repaired");
  }
  h.run();
  if (!h.open() || h.recovered.restored.quarantine_until.value != until) return Found::wrong;
  h.store->lift_quarantine(h.effects);
  h.take();
  h.run();
  if (!h.open() || h.recovered.restored.quarantine_until.value != 0) return Found::wrong;
  return Found::quarantined;
}

struct Tally {
  std::uint64_t count[4] = {};
  void add(Found found) { ++count[static_cast<int>(found)]; }
  std::uint64_t of(Found found) const { return count[static_cast<int>(found)]; }
};

TEST_CASE("store: no single flipped bit yields a wrong entry or a silent loss") {
  for (const bool with_snapshots : {false, true}) {
    const Truth truth = write_history(with_snapshots);
    Tally tally;
    for (const auto& [name, file] : truth.files) {
      for (std::size_t bit = 0; bit < file->now.size() * 8; ++bit) {
        const bool padding = file->now[bit / 8] == 0 && !name.starts_with("log-");
        if (padding && bit % 97 != 0) continue;  // the same zeros over and over
        Disk disk = disk_of(truth.files);
        disk.now[name]->now[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        const Found found = judge(truth, disk);
        INFO(name << " bit " << bit);
        REQUIRE(found != Found::wrong);
        tally.add(found);
      }
    }
    CHECK(tally.of(Found::quarantined) > 1000);
    CHECK(tally.of(Found::whole) > 100);  // marks, and what snapshots made needless
  }
}

TEST_CASE("store: no file cut short, emptied or lost yields a wrong entry or a silent loss") {
  for (const bool with_snapshots : {false, true}) {
    const Truth truth = write_history(with_snapshots);
    Tally tally;
    for (const auto& [name, file] : truth.files) {
      for (std::size_t length = 0; length <= file->now.size(); ++length) {
        if (!name.starts_with("log-") && length % 13 != 0 && length > 200) continue;
        Disk disk = disk_of(truth.files);
        if (length == file->now.size()) {
          disk.now.erase(name);
        } else {
          disk.now[name]->now.resize(length);
        }
        const Found found = judge(truth, disk);
        INFO(name << " cut to " << length);
        REQUIRE(found != Found::wrong);
        tally.add(found);
      }
    }
    CHECK(tally.of(Found::quarantined) > 100);
  }
}

TEST_CASE("store: a sector that was written to the wrong place is not taken for what belongs there") {
  const Truth truth = write_history(true);
  for (const auto& [from_name, from] : truth.files) {
    for (const auto& [to_name, to] : truth.files) {
      for (std::size_t a = 0; a < from->now.size(); a += kSectorBytes) {
        for (std::size_t b = 0; b < to->now.size(); b += kSectorBytes) {
          if (from_name == to_name && a == b) continue;
          Disk disk = disk_of(truth.files);
          const std::size_t length =
              std::min({std::size_t{kSectorBytes}, from->now.size() - a, to->now.size() - b});
          std::copy_n(from->now.begin() + static_cast<std::ptrdiff_t>(a), length,
                      disk.now[to_name]->now.begin() + static_cast<std::ptrdiff_t>(b));
          INFO(from_name << " " << a << " over " << to_name << " " << b);
          REQUIRE(judge(truth, disk) != Found::wrong);
        }
      }
    }
  }
}

TEST_CASE("store: a write that goes astray in its file is never a wrong entry or a silent loss") {
  Tally tally;
  for (const bool with_snapshots : {false, true}) {
    for (std::uint64_t at = 0; at < 110; ++at) {
      for (std::uint64_t to = 0; to < 10; ++to) {
        Disk disk;
        disk.misdirect_at = at;
        disk.misdirect_to = to;
        const Truth truth = write_history(with_snapshots, std::move(disk));
        Disk after = disk_of(truth.files);
        INFO("action " << at << " to sector " << to);
        const Found found = judge(truth, after);
        REQUIRE(found != Found::wrong);
        tally.add(found);
      }
    }
  }
  CHECK(tally.of(Found::quarantined) > 50);
}

TEST_CASE("store: with a planted bug a rotten record silently ends the log, or is believed") {
  const Truth truth = write_history(false);
  for (const Defect defect : {Defect::truncate_on_bad_checksum, Defect::checksum_skipped}) {
    Options buggy = small_options();
    buggy.defect = defect;
    std::uint64_t silent = 0;
    for (const auto& [name, file] : truth.files) {
      if (!name.starts_with("log-")) continue;
      for (std::size_t at = 0; at < file->now.size(); at += 7) {
        Disk disk = disk_of(truth.files);
        disk.now[name]->now[at] ^= 1;
        if (judge(truth, disk, buggy) == Found::wrong) ++silent;
      }
    }
    INFO(to_string(defect));
    CHECK(silent > 0);
  }
}

TEST_CASE("store: a rotten snapshot is refused; the one before it and the log stand in without loss") {
  const Truth truth = write_history(true);
  Disk disk = disk_of(truth.files);
  for (auto& [name, file] : disk.now) {
    if (name.starts_with("snap-0000000000000003")) file->now.back() ^= 1;
  }
  Harness h(disk, 0, small_options());
  REQUIRE(h.open());
  CHECK(h.recovered.restored.snapshot.index == LogIndex{2});
  CHECK(h.recovered.report.fell_back);
  CHECK(h.recovered.report.corrupt_snapshots == 1);
  CHECK(h.recovered.restored.entries.size() == 3);
  CHECK(h.recovered.restored.quarantine_until.value == 0);
}

TEST_CASE("store: an installed snapshot that rots leaves a quarantine, for its log cannot stand alone") {
  Disk disk;
  Harness h(disk);
  REQUIRE(h.open());
  h.append(1, 1, "a");
  const Bytes image = Bytes::copy_of("image");
  raft::SnapshotChunk c;
  c.meta = Harness::meta(50, 3, image);
  c.data = image;
  c.last = true;
  REQUIRE(h.store->receive_chunk(c, h.effects) == Errc::ok);
  h.take();
  h.run();
  h.append(51, 3, "b");
  h.run();
  for (auto& [name, file] : disk.now) {
    if (name.starts_with("snap-")) file->now.back() ^= 1;
  }
  REQUIRE(h.open());
  CHECK(h.recovered.restored.snapshot.index.value == 0);
  CHECK(h.recovered.restored.entries.empty());
  CHECK(h.recovered.restored.quarantine_until == LogIndex{51});
}

TEST_CASE("store: random bytes in place of its files are survived") {
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    Draw draw = Random(seed).at("test.junk");
    const Truth truth = write_history(seed % 2 == 0);
    Disk disk = disk_of(truth.files);
    for (auto& [name, file] : disk.now) {
      if (draw.below(3) == 0) continue;
      if (draw.below(2) == 0) file->now.resize(draw.below(5000));
      const std::size_t from = file->now.empty() ? 0 : draw.below(file->now.size());
      for (std::size_t i = from; i < file->now.size(); ++i)
        file->now[i] = static_cast<std::uint8_t>(draw.u64());
    }
    Harness h(disk, seed, small_options());
    if (!h.open()) continue;
    // Whatever came of it, it goes on from there.
    const std::uint64_t next =
        h.recovered.restored.snapshot.index.value + h.recovered.restored.entries.size() + 1;
    h.append(next, 9, "on");
    h.run();
    REQUIRE(h.durable == 1);
    REQUIRE(h.open());
    REQUIRE(h.recovered.restored.entries.size() >= 1);
    REQUIRE(test::same(h.recovered.restored.entries.back(), Harness::make(next, 9, "on")));
  }
}

}  // namespace
}  // namespace wn::store
