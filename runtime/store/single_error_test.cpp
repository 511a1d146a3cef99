// One error of the disk at any moment, and a crash at any moment after it, over all choices at a small scope:
// what was acknowledged survives, or is known to be missing.
#include <catch2/catch_test_macros.hpp>

#include "runtime/store/record.h"
#include "runtime/store/test_writer.h"

namespace wn::store {
namespace {

using test::Disk;
using test::File;
using test::Harness;
using test::Writer;

constexpr std::uint64_t kSteps = 56;  // of the script, each may carry out one action of the disk
constexpr std::uint64_t kToTheEnd = kSteps;

enum class Crash { kill, power, power_again };

struct Tally {
  std::uint64_t whole = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t refused = 0;
  std::uint64_t wrong = 0;
};

Options small_options(bool mark_before_ack = true) {
  Options options = Harness::default_options();
  options.segment_bytes = 900;
  options.mark_before_ack = mark_before_ack;
  return options;
}

// A little history with votes, truncations, rolling segments and two snapshots; `each` is called before every
// step and ends it with false.
template <class Each>
void play(Harness& h, Writer& writer, std::uint64_t seed, Each each) {
  const Random random(seed);
  for (std::uint64_t i = 0; i < kSteps; ++i) {
    if (i % 5 == 0) writer.persist(random.at("test.persist", 0, i));
    if (i == 25 || i == 45) writer.save(random.at("test.save", 0, i));
    if (!each(i)) return;
    h.step();
  }
}

void crash_and_judge(Disk& disk, Harness& h, Writer& writer, Crash crash, std::uint64_t key, Tally& tally) {
  const std::uint64_t acknowledged = h.durable;
  if (crash == Crash::kill) {
    disk.process_loss();
  } else {
    disk.power_loss(Random(key), crash == Crash::power ? 1 : 2);
  }
  if (!h.open()) {
    ++tally.refused;
    return;
  }
  if (h.recovered.restored.quarantine_until.value == 0) {
    ++(writer.accept(h.recovered, acknowledged) ? tally.whole : tally.wrong);
    return;
  }
  bool fine = writer.accept_quarantined(h.recovered, acknowledged);
  // It lasts over a write of its own and a further crash.
  const LogIndex until = h.recovered.restored.quarantine_until;
  h.hard_state(99, 1);
  h.run();
  disk.power_loss(Random(key), 3);
  fine = fine && h.open() && h.recovered.restored.quarantine_until >= until;
  ++(fine ? tally.quarantined : tally.wrong);
}

// The numbers of the actions that are writes, recovery's own included.
std::vector<std::uint64_t> writes_of(std::uint64_t seed) {
  Disk disk;
  Harness h(disk, seed, small_options());
  REQUIRE(h.open());
  Writer writer(h);
  play(h, writer, seed, [](std::uint64_t) { return true; });
  std::vector<std::uint64_t> writes;
  for (std::uint64_t i = 0; i < disk.done.size(); ++i) {
    if (disk.done[i] == DiskKind::write) writes.push_back(i);
  }
  return writes;
}

void misdirect(std::uint64_t seed, std::uint64_t count, Tally& tally) {
  for (const std::uint64_t at : writes_of(seed)) {
    for (std::uint64_t to = 0; to < 10; ++to) {
      for (const std::uint64_t after : {1, 2, 3, 4, 5, 6, 8, 11, 56}) {
        for (const Crash crash : {Crash::kill, Crash::power, Crash::power_again}) {
          Disk disk;
          disk.misdirect_at = at;
          disk.misdirect_to = to;
          disk.misdirect_count = count;
          Harness h(disk, seed, small_options());
          REQUIRE(h.open());
          Writer writer(h);
          play(h, writer, seed, [&](std::uint64_t) { return disk.done.size() < at + after; });
          INFO("seed " << seed << " write " << at << " to sector " << to << " crash " << after << " later");
          const std::uint64_t wrong = tally.wrong;
          crash_and_judge(disk, h, writer, crash, at * 100 + after, tally);
          REQUIRE(tally.wrong == wrong);
        }
      }
    }
  }
}

TEST_CASE(
    "store: after one misdirected write and a crash, at any moments, nothing acknowledged is silently gone") {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) misdirect(seed, 1, tally);
  CHECK(tally.whole > 1000);
  CHECK(tally.quarantined > 1000);
}

TEST_CASE("store: not even three misdirected writes in a row hide what was acknowledged, at this scope") {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) misdirect(seed, 3, tally);
  CHECK(tally.quarantined > 1000);
}

TEST_CASE(
    "store: an acknowledged record that never reached its place is missed, but not without the mark's "
    "promise") {
  // The option is the negative control: off, an acknowledgement can be silently lost, and this sees it.
  for (const bool mark_before_ack : {false, true}) {
    Disk disk;
    Harness h(disk, 0, small_options(mark_before_ack));
    REQUIRE(h.open());
    h.append(1, 1, "first");
    h.run();
    auto& log = disk.now.begin()->second->now;
    const std::size_t end = log.size();
    h.append(2, 1, "second");
    while (h.durable != 2 && h.step()) {
    }
    disk.process_loss();
    std::fill(log.begin() + static_cast<std::ptrdiff_t>(end), log.end(), std::uint8_t{0});
    REQUIRE(h.open());
    CHECK(h.recovered.restored.entries.size() == 1);
    CHECK((h.recovered.restored.quarantine_until >= LogIndex{2}) == mark_before_ack);
  }
}

TEST_CASE(
    "store: after one rotten sector and a crash, at any moments, nothing acknowledged is silently gone") {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (std::uint64_t rot_at = 0; rot_at < kSteps; rot_at += 2) {
      for (const std::uint64_t after :
           {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{6}, kToTheEnd}) {
        for (std::uint64_t victim = 0; victim < 24; ++victim) {
          Disk disk;
          Harness h(disk, seed, small_options());
          REQUIRE(h.open());
          Writer writer(h);
          Draw draw = Random(seed).at("test.rot", static_cast<std::uint32_t>(rot_at), victim);
          play(h, writer, seed, [&](std::uint64_t i) {
            if (i == rot_at) {  // a sector at rest: what was read and what was synced are one
              std::uint64_t number = victim;
              for (auto& [name, file] : disk.now) {
                if (file->now != file->durable || file->now.empty()) continue;
                const std::uint64_t sectors = (file->now.size() + kSectorBytes - 1) / kSectorBytes;
                if (number >= sectors) {
                  number -= sectors;
                  continue;
                }
                const std::uint64_t bytes =
                    std::min<std::uint64_t>(kSectorBytes, file->now.size() - number * kSectorBytes);
                const std::uint64_t bit = draw.below(bytes * 8);
                file->now[number * kSectorBytes + bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
                file->durable = file->now;
                break;
              }
            }
            return i < rot_at + after;
          });
          INFO("seed " << seed << " rot at " << rot_at << " victim " << victim << " crash " << after
                       << " later");
          const auto crash = static_cast<Crash>(draw.below(3));
          crash_and_judge(disk, h, writer, crash, rot_at * 100 + after, tally);
          REQUIRE(tally.wrong == 0);
        }
      }
    }
  }
  CHECK(tally.whole > 1000);
  CHECK(tally.quarantined > 1000);
}

TEST_CASE(
    "store: a lost truncation keeps its quarantine, though the log is as long as what was acknowledged") {
  Disk disk;
  Harness h(disk);
  REQUIRE(h.open());
  for (std::uint64_t i = 1; i <= 10; ++i) h.append(i, 1, "old");
  h.run();
  REQUIRE(disk.now.begin()->first.starts_with("log-"));
  auto& log = disk.now.begin()->second->now;
  const std::size_t truncation = log.size();
  h.append(8, 2, "new", 8);
  h.run();
  log[truncation + kHeaderBytes] ^= 1;
  REQUIRE(h.open());
  REQUIRE(h.recovered.restored.quarantine_until == LogIndex{10});
  h.hard_state(3, 2);
  h.run();
  REQUIRE(h.open());
  CHECK(h.recovered.restored.quarantine_until == LogIndex{10});
}

TEST_CASE("store: an installed snapshot that cannot be read is missed, though an older log is as long") {
  Disk disk;
  Harness h(disk);
  REQUIRE(h.open());
  for (std::uint64_t i = 1; i <= 10; ++i) h.append(i, 1, "stale");
  h.run();
  const Bytes image = Bytes::copy_of("image");
  raft::SnapshotChunk c;
  c.meta = Harness::meta(10, 3, image);
  c.data = image;
  c.last = true;
  REQUIRE(h.store->receive_chunk(c, h.effects) == Errc::ok);
  h.take();
  while (h.last(EventKind::snapshot_received) == nullptr && h.step()) {
  }
  disk.process_loss();  // before the log says so
  for (auto& [name, file] : disk.now) {
    if (name.starts_with("snap-")) file->now.back() ^= 1;
  }
  REQUIRE(h.open());
  CHECK(h.recovered.restored.quarantine_until >= LogIndex{10});
}

}  // namespace
}  // namespace wn::store
