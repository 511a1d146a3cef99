#include <catch2/catch_test_macros.hpp>

#include "runtime/store/test_disk.h"

namespace wn::store {
namespace {

using test::Disk;
using test::Harness;

TEST_CASE("store: a blank disk gives a blank log that can be written at once") {
  Disk disk;
  Harness h(disk);
  REQUIRE(h.open());
  CHECK(h.recovered.blank);
  CHECK(h.recovered.restored.entries.empty());
  CHECK(h.recovered.restored.hard_state == raft::HardState{});
  CHECK(h.recovered.restored.quarantine_until.value == 0);
  CHECK(h.store->idle());
}

TEST_CASE("store: what was persisted comes back after a restart, truncations included") {
  Disk disk;
  Harness h(disk);
  REQUIRE(h.open());
  h.hard_state(3, 2);
  h.append(1, 1, "a");
  h.append(2, 1, "b");
  h.append(3, 2, "c");
  h.append(2, 3, "B", 2);
  h.run();
  CHECK(h.durable == 5);
  REQUIRE(h.open());
  const raft::Restored& restored = h.recovered.restored;
  CHECK(restored.hard_state == raft::HardState{Term{3}, NodeId{2}});
  REQUIRE(restored.entries.size() == 2);
  CHECK(test::same(restored.entries[0], Harness::make(1, 1, "a")));
  CHECK(test::same(restored.entries[1], Harness::make(2, 3, "B")));
  CHECK_FALSE(h.recovered.blank);
}

TEST_CASE("store: nothing is durable before its sync, and what comes meanwhile shares the next one") {
  Disk disk;
  Harness h(disk);
  REQUIRE(h.open());
  const auto syncs = [&] { return std::count(disk.done.begin(), disk.done.end(), DiskKind::sync); };
  const auto before = syncs();
  h.append(1, 1, "a");
  for (std::uint64_t i = 2; i <= 100; ++i) h.append(i, 1, "b");
  CHECK(h.durable == 0);
  h.step();  // the write
  CHECK(h.durable == 0);
  h.step();  // the sync: from here on, beside the next batch
  CHECK(h.durable == 0);
  for (int n = 0; n < 4 && h.durable == 0; ++n) h.step();  // the mark and its sync
  CHECK(h.durable >= 1);
  h.run();
  CHECK(h.durable == 100);
  CHECK(syncs() - before <= 4);  // two batches, each with its mark
}

TEST_CASE("store: without the mark's promise an acknowledgement comes one sync earlier") {
  Disk disk;
  Options options = Harness::default_options();
  options.mark_before_ack = false;
  Harness h(disk, 0, options);
  REQUIRE(h.open());
  h.append(1, 1, "a");
  h.step();  // the write
  CHECK(h.durable == 0);
  h.step();  // the sync
  CHECK(h.durable == 1);
}

TEST_CASE("store: a ticket that writes nothing waits for the mark of what came before it") {
  Disk disk;
  Harness h(disk);
  REQUIRE(h.open());
  h.append(1, 1, "a");
  h.step();
  h.step();  // synced, the mark under way
  h.persist({});
  CHECK(h.durable == 0);
  h.run();
  CHECK(h.durable == 2);
  h.persist({});
  CHECK(h.durable == 3);
}

TEST_CASE("store: a new segment counts only once the directory is synced") {
  Disk disk;
  Options options = Harness::default_options();
  options.segment_bytes = 200;
  Harness h(disk, 0, options);
  REQUIRE(h.open());
  for (std::uint64_t i = 1; i <= 20; ++i) {
    h.append(i, 1, "some data");
    while (h.durable != h.ticket) {
      REQUIRE(h.step());
      if (h.durable != h.ticket) continue;
      for (const auto& [name, file] : disk.now) {
        if (name.starts_with("log-")) REQUIRE(disk.durable.contains(name));
      }
    }
    h.run();
  }
  CHECK(disk.now.size() > 5);
  REQUIRE(h.open());
  CHECK(h.recovered.restored.entries.size() == 20);
}

TEST_CASE("store: a snapshot lets old segments go, once two of them are durable") {
  Disk disk;
  Options options = Harness::default_options();
  options.segment_bytes = 200;
  Harness h(disk, 0, options);
  REQUIRE(h.open());
  const Bytes image = Bytes::copy_of(std::string(3'000'000, 'i'));
  for (std::uint64_t i = 1; i <= 40; ++i) {
    h.append(i, 1, "some data");
    h.run();
    if (i % 10 == 0) {
      REQUIRE(h.store->save_snapshot(Harness::meta(i, 1, image), image, h.effects) == Errc::ok);
      CHECK(h.store->save_snapshot(Harness::meta(i, 1, image), image, h.effects) == Errc::overloaded);
      h.take();
      h.run();
      REQUIRE(h.last(EventKind::snapshot_saved) != nullptr);
      CHECK(h.last(EventKind::snapshot_saved)->error == Errc::ok);
    }
  }
  CHECK(h.store->newest_snapshot().index == LogIndex{40});
  CHECK(std::count_if(disk.now.begin(), disk.now.end(),
                      [](auto& f) { return f.first.starts_with("snap-"); }) == 2);
  CHECK(std::count_if(disk.now.begin(), disk.now.end(), [](auto& f) { return f.first.starts_with("log-"); }) <
        10);
  REQUIRE(h.open());
  CHECK(h.recovered.restored.snapshot == Harness::meta(40, 1, image));
  CHECK(h.recovered.image == image);
  CHECK(h.recovered.restored.entries.empty());
  h.append(41, 1, "more");
  h.run();
  REQUIRE(h.open());
  CHECK(h.recovered.restored.entries.size() == 1);
}

TEST_CASE("store: a received image is checked, made durable, and the log goes on behind it") {
  Disk disk;
  Harness h(disk);
  REQUIRE(h.open());
  h.append(1, 1, "old");
  h.append(2, 1, "old");
  h.run();
  const Bytes image = Bytes::copy_of("the image of a leader");
  const raft::SnapshotMeta meta = Harness::meta(100, 4, image);
  const auto chunk = [&](std::size_t from, std::size_t to) {
    raft::SnapshotChunk c;
    c.meta = meta;
    c.offset = from;
    c.data = image.slice(from, to - from);
    c.last = to == image.size();
    const Errc code = h.store->receive_chunk(c, h.effects);
    h.take();
    return code;
  };
  CHECK(chunk(5, 9) == Errc::invalid_argument);
  CHECK(chunk(0, 5) == Errc::ok);
  CHECK(chunk(6, 9) == Errc::invalid_argument);  // a hole
  CHECK(chunk(0, 5) == Errc::ok);
  CHECK(chunk(5, 9) == Errc::ok);
  CHECK(chunk(9, image.size()) == Errc::ok);
  h.run();
  REQUIRE(h.last(EventKind::snapshot_received) != nullptr);
  CHECK(h.last(EventKind::snapshot_received)->error == Errc::ok);
  CHECK(h.last(EventKind::snapshot_received)->data == image);
  h.append(101, 4, "new");
  h.run();

  REQUIRE(h.store->read_snapshot(77, meta, 4, 5, h.effects) == Errc::ok);
  CHECK(h.store->read_snapshot(78, Harness::meta(99, 4, image), 0, 5, h.effects) == Errc::not_found);
  h.take();
  h.run();
  REQUIRE(h.last(EventKind::snapshot_read) != nullptr);
  CHECK(h.last(EventKind::snapshot_read)->ticket == 77);
  CHECK(h.last(EventKind::snapshot_read)->data == image.slice(4, 5));

  REQUIRE(h.open());
  CHECK(h.recovered.restored.snapshot == meta);
  REQUIRE(h.recovered.restored.entries.size() == 1);
  CHECK(h.recovered.restored.entries[0].index == LogIndex{101});
  CHECK(h.recovered.restored.quarantine_until.value == 0);
}

TEST_CASE("store: an image that does not match its checksum is not installed") {
  Disk disk;
  Harness h(disk);
  REQUIRE(h.open());
  const Bytes image = Bytes::copy_of("image");
  raft::SnapshotChunk c;
  c.meta = Harness::meta(10, 2, image);
  c.meta.checksum ^= 1;
  c.data = image;
  c.last = true;
  REQUIRE(h.store->receive_chunk(c, h.effects) == Errc::ok);
  h.take();
  h.run();
  CHECK(h.last(EventKind::snapshot_received)->error == Errc::corrupt);
  CHECK(h.store->newest_snapshot().index.value == 0);
  REQUIRE(h.open());
  CHECK(h.recovered.restored.snapshot.index.value == 0);
  CHECK(disk.now.size() == 3);  // two segments and the mark
}

TEST_CASE("store: an installed snapshot keeps the entries behind it only if the log holds its last entry") {
  for (const std::uint64_t term : {1, 2}) {
    Disk disk;
    Harness h(disk);
    REQUIRE(h.open());
    for (std::uint64_t i = 1; i <= 5; ++i) h.append(i, 1, "x");
    h.run();
    const Bytes image = Bytes::copy_of("image");
    raft::SnapshotChunk c;
    c.meta = Harness::meta(3, term, image);
    c.data = image;
    c.last = true;
    REQUIRE(h.store->receive_chunk(c, h.effects) == Errc::ok);
    h.take();
    h.run();
    REQUIRE(h.open());
    CHECK(h.recovered.restored.entries.size() == (term == 1 ? 2 : 0));
    CHECK(h.recovered.restored.quarantine_until.value == 0);
  }
}

TEST_CASE("store: another node's log is refused, not adopted") {
  Disk disk;
  Harness h(disk);
  REQUIRE(h.open());
  h.append(1, 1, "a");
  h.run();
  Options options = Harness::default_options();
  options.owner = NodeId{2};
  Harness other(disk, 0, options);
  CHECK_FALSE(other.open());
  REQUIRE(other.last(EventKind::refused) != nullptr);
  CHECK(other.last(EventKind::refused)->error == Errc::precondition);
}

}  // namespace
}  // namespace wn::store
