#include "faults/live/platter.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "faults/live/testing/hurt_world.h"

namespace wn::live {
namespace {

using namespace testing;
using faults::FaultKind;

DiskRequest write_of(const std::string& file, std::uint64_t offset, const std::string& data) {
  return {.operation = DiskOperation::write, .file = file, .offset = offset, .data = text(data)};
}
DiskRequest sync_of(const std::string& file) { return {.operation = DiskOperation::sync, .file = file}; }
DiskRequest read_of(const std::string& file) {
  return {.operation = DiskOperation::read, .file = file, .length = 100'000};
}
DiskRequest rename_of(const std::string& file, const std::string& to) {
  return {.operation = DiskOperation::rename, .file = file, .to = to};
}
DiskRequest remove_of(const std::string& file) { return {.operation = DiskOperation::remove, .file = file}; }
const DiskRequest kSyncDirectory = {.operation = DiskOperation::sync_directory};
const DiskRequest kList = {.operation = DiskOperation::list};

// One hurt node that carries out, in each life, a list of operations at the moments that a test says. Its
// process dies at 30 s and starts again at 31 s.
struct Machine {
  explicit Machine(std::uint64_t seed = 1, HurtOptions options = {})
      : world(plan(), {{1, &script}}, seeded(options, seed)) {
    script.start = [this](Script::Self& self) { backend = &self.backend; };
    script.disk = [this](Script::Self&, DiskCompletion c) { done.push_back(std::move(c)); };
    world.until(milliseconds(10));
  }
  static faults::Plan plan() {
    faults::Plan out = quiet_plan(1);
    sim::testing::add_fault(out, FaultKind::kill, seconds(30), seconds(1), {1});
    return out;
  }
  static HurtOptions seeded(HurtOptions options, std::uint64_t seed) {
    options.seed = seed;
    return options;
  }
  // Submits all at once, and gives the completions.
  std::vector<DiskCompletion> run(const std::vector<DiskRequest>& requests) {
    done.clear();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      DiskRequest request = requests[i];
      request.ticket = i + 1;
      CHECK(backend->disk.submit(std::move(request)) == Errc::ok);
    }
    for (int i = 0; i < 1000 && done.size() < requests.size(); ++i) pass(milliseconds(1));
    REQUIRE(done.size() == requests.size());
    for (std::size_t i = 0; i < done.size(); ++i) CHECK(done[i].ticket == i + 1);
    return std::move(done);
  }
  void pass(Duration time) { world.until(world.now() - SimTime{} + time); }
  Hurt& hurt() { return world.at_node(1); }
  void lose_power() {
    bool over = false;
    hurt().lose_power([&] { over = true; });
    for (int i = 0; i < 1000 && !over; ++i) pass(milliseconds(1));
    REQUIRE(over);
    restart();
  }
  void restart() { world.until(seconds(32)); }

  Script script;
  Backend* backend = nullptr;
  std::vector<DiskCompletion> done;
  HurtWorld world;
};

TEST_CASE("platter: without faults a disk is as it was") {
  Machine machine;
  auto done = machine.run({write_of("f", 3, "x"), read_of("f"), read_of("none"), rename_of("f", "g")});
  CHECK(done[1].data.text() == std::string_view("\0\0\0x", 4));
  CHECK(done[2].error == Errc::not_found);
  CHECK(machine.run({kList})[0].entries == std::vector<DirectoryEntry>{{"g", 4}});
  done =
      machine.run({write_of("h", 0, "new"), rename_of("h", "g"), read_of("g"), remove_of("g"), sync_of("g")});
  CHECK(done[2].data.text() == "new");
  CHECK(done[4].error == Errc::not_found);
  CHECK(machine.run({kList})[0].entries.empty());  // the graveyard is not shown
  CHECK(machine.run({kSyncDirectory})[0].error == Errc::ok);
  CHECK(machine.backend->disk.submit(write_of("hurt.x", 0, "x")) == Errc::invalid_argument);
  CHECK(machine.backend->disk.submit(write_of("Bad name", 0, "x")) == Errc::invalid_argument);
}

TEST_CASE("platter: a killed process finds all that it wrote, synced or not, and none of our own files") {
  Machine machine;
  machine.run({write_of("a", 0, "one"), write_of("b", 0, "two"), rename_of("b", "a"),
               write_of("c", 0, "three"), remove_of("c"), write_of("d", 0, "four")});
  machine.restart();
  const auto done = machine.run({kList, read_of("a"), read_of("d")});
  CHECK(done[0].entries == std::vector<DirectoryEntry>{{"a", 3}, {"d", 4}});
  CHECK(done[1].data.text() == "two");
  CHECK(done[2].data.text() == "four");
}

TEST_CASE("platter: a power loss keeps what was synced and takes of the rest what it likes") {
  std::size_t kept = 0;
  std::size_t old = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Machine machine(seed);
    machine.run({write_of("log", 0, "durable"), sync_of("log"), kSyncDirectory});
    machine.run({write_of("log", 0, "changed"), write_of("log", 7, std::string(5000, 'y'))});
    machine.lose_power();
    const auto done = machine.run({read_of("log")});
    const std::string left(done[0].data.text());
    REQUIRE(left.size() >= 7);
    kept += left.substr(0, 7) == "changed" ? 1 : 0;
    old += left.substr(0, 7) == "durable" ? 1 : 0;
    CHECK((left.substr(0, 7) == "changed" || left.substr(0, 7) == "durable"));
  }
  CHECK(kept > 5);
  CHECK(old > 5);
}

TEST_CASE("platter: a power loss forgets names that were not synced, and brings removed files back whole") {
  std::size_t forgotten = 0;
  std::size_t back = 0;
  std::size_t replaced = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Machine machine(seed);
    machine.run({write_of("old", 0, "old content"), sync_of("old"), write_of("gone", 0, "gone content"),
                 sync_of("gone"), kSyncDirectory});
    machine.run(
        {write_of("new", 0, "new content"), sync_of("new"), remove_of("gone"), rename_of("new", "old")});
    machine.lose_power();
    const auto done = machine.run({kList, read_of("old"), read_of("gone"), read_of("new")});
    for (const DirectoryEntry& entry : done[0].entries)
      CHECK((entry.file == "old" || entry.file == "gone" || entry.file == "new"));
    const bool took_place = done[1].data.text() == "new content";
    replaced += took_place ? 1 : 0;
    if (!took_place) CHECK(done[1].data.text() == "old content");
    if (done[2].error == Errc::ok) {
      ++back;
      CHECK(done[2].data.text() == "gone content");
    }
    forgotten += !took_place && done[3].error == Errc::not_found ? 1 : 0;
  }
  CHECK(forgotten > 3);
  CHECK(back > 5);
  CHECK(replaced > 5);
}

TEST_CASE("platter: errors, a full disk, stalls and lying syncs, each while it lasts") {
  Machine machine;
  machine.run({write_of("f", 0, "abc"), sync_of("f"), kSyncDirectory});
  CHECK(machine.hurt().begin(fault_at(1, FaultKind::disk_full, 1)) == Errc::ok);
  auto done = machine.run({write_of("f", 0, "xyz"), write_of("f", 3, "more"), write_of("g", 0, "")});
  CHECK(done[0].error == Errc::ok);  // needs no space
  CHECK(done[1].error == Errc::no_space);
  CHECK(done[2].error == Errc::no_space);
  machine.hurt().end(1);
  CHECK(machine.hurt().begin(fault_at(2, FaultKind::disk_error, 1, 1'000'000)) == Errc::ok);
  done = machine.run({write_of("f", 0, "123"), sync_of("f"), kSyncDirectory, read_of("f"), kList});
  for (const DiskCompletion& c : done) CHECK(c.error == Errc::io_error);
  machine.hurt().end(2);
  CHECK(machine.hurt().begin(fault_at(3, FaultKind::disk_stall, 1, milliseconds(70).ns)) == Errc::ok);
  const SimTime before = machine.world.now();
  machine.run({read_of("f")});
  CHECK(machine.world.now() - before >= milliseconds(70));
  machine.hurt().end(3);
  CHECK(machine.hurt().begin(fault_at(4, FaultKind::disk_error, 2, 1'000'000)) ==
        Errc::ok);  // another node's
  CHECK(machine.run({read_of("f")})[0].error == Errc::ok);
  CHECK(machine.hurt().begin(fault_at(5, FaultKind::kill, 1)) == Errc::unsupported);
}

TEST_CASE("platter: a sync that lied protects nothing") {
  std::size_t lost = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Machine machine(seed);
    machine.run({write_of("f", 0, "durable"), sync_of("f"), kSyncDirectory});
    CHECK(machine.hurt().begin(fault_at(1, FaultKind::disk_sync_lie, 1)) == Errc::ok);
    const auto lies = machine.run({write_of("f", 0, "trusted"), sync_of("f"), kSyncDirectory});
    CHECK(lies[1].error == Errc::ok);
    machine.lose_power();
    lost += machine.run({read_of("f")})[0].data.text() == "durable" ? 1 : 0;
  }
  CHECK(lost > 3);
}

TEST_CASE("platter: rot flips the bits that it says, in synced data that has rested, and nowhere else") {
  Machine machine;
  const std::string content(4096, 'a');
  machine.run({write_of("f", 0, content), sync_of("f"), write_of("fresh", 0, content)});
  CHECK(machine.hurt().begin(fault_at(1, FaultKind::disk_bit_rot, 1, 3)) == Errc::ok);
  machine.pass(milliseconds(50));
  CHECK(machine.hurt().stats().rotten_bits == 0);  // nothing has rested yet
  machine.pass(seconds(2));
  CHECK(machine.hurt().begin(fault_at(2, FaultKind::disk_bit_rot, 1, 3)) == Errc::ok);
  machine.pass(milliseconds(50));
  const auto done = machine.run({read_of("f"), read_of("fresh")});
  CHECK(done[1].data.text() == content);
  std::size_t flipped = 0;
  for (std::size_t i = 0; i < content.size(); ++i)
    flipped +=
        static_cast<std::size_t>(__builtin_popcount(done[0].data.data()[i] ^ static_cast<unsigned>('a')));
  CHECK((flipped == 3 || flipped == 1));  // two may hit the same bit
  CHECK(machine.hurt().stats().rotten_bits == 3);
}

TEST_CASE("platter: a misdirected write lands elsewhere in its file, one a second") {
  Machine machine;
  const std::string content(8192, 'a');
  machine.run({write_of("f", 0, content), sync_of("f")});
  CHECK(machine.hurt().begin(fault_at(1, FaultKind::disk_misdirect, 1, 2)) == Errc::ok);
  const auto done = machine.run(
      {write_of("f", 1024, std::string(512, 'b')), write_of("f", 1536, std::string(512, 'c')), read_of("f")});
  const std::string left(done[2].data.text());
  CHECK(left.size() == 8192);
  CHECK(left[1024] != 'b');
  CHECK(left.find(std::string(512, 'b')) % 512 == 0);
  CHECK(left.substr(1536, 512) == std::string(512, 'c'));
  CHECK(machine.hurt().stats().misdirected == 1);
  machine.hurt().freeze();
  machine.pass(seconds(2));
  machine.run({write_of("f", 2048, std::string(512, 'd'))});
  CHECK(machine.hurt().stats().misdirected == 1);
}

TEST_CASE("platter: what is remembered is bounded: beyond, files are synced on the way") {
  Machine machine(3, {.unsynced_bytes_max = 100'000});
  machine.run({write_of("f", 0, "")});
  for (int i = 0; i < 40; ++i)
    machine.run({write_of("f", static_cast<std::uint64_t>(i) * 10'000, std::string(10'000, 'a'))});
  machine.run({kSyncDirectory});
  machine.lose_power();
  CHECK(machine.run({read_of("f")})[0].data.size() >= 90'000);
}

}  // namespace
}  // namespace wn::live
