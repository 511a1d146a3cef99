#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "sim/disk/disk_model.h"
#include "sim/disk/file_content.h"
#include "sim/disk/sim_disk.h"
#include "sim/world/test_world.h"

using namespace wn;
using namespace wn::sim;
using namespace wn::sim::testing;
using faults::FaultKind;

namespace {

Bytes filled(std::size_t size, char with) { return text(std::string(size, with)); }

// One file as a person would describe it: what reads see, and for each sector and for the length all that
// they were since the last sync, any of which a power loss may bring back.
struct NaiveFile {
  std::string content;
  std::map<std::uint64_t, std::vector<std::string>> images;
  std::vector<std::uint64_t> sizes{0};

  std::string image(std::uint64_t sector) const {
    std::string out;
    if (sector * kSectorBytes < content.size()) out = content.substr(sector * kSectorBytes, kSectorBytes);
    out.resize(kSectorBytes, '\0');
    return out;
  }
  void change(std::uint64_t begin, std::uint64_t end, const std::string& after) {
    const std::uint64_t last = (end + kSectorBytes - 1) / kSectorBytes;
    for (std::uint64_t s = begin / kSectorBytes; s < last; ++s) {
      if (!images.contains(s)) images[s].push_back(image(s));
    }
    content = after;
    for (std::uint64_t s = begin / kSectorBytes; s < last; ++s) images[s].push_back(image(s));
    sizes.push_back(content.size());
  }
  void write(std::uint64_t offset, const std::string& data) {
    std::string after = content;
    if (after.size() < offset + data.size()) after.resize(offset + data.size(), '\0');
    after.replace(offset, data.size(), data);
    change(offset, offset + data.size(), after);
  }
  void truncate(std::uint64_t length) {
    if (length == content.size()) return;
    std::string after = content;
    after.resize(length, '\0');
    change(std::min<std::uint64_t>(length, content.size()), std::max<std::uint64_t>(length, content.size()),
           after);
  }
  void sync() {
    images.clear();
    sizes = {content.size()};
  }
  // Whether `survivor` may be what a power loss left.
  bool allows(const std::string& survivor) const {
    if (std::find(sizes.begin(), sizes.end(), survivor.size()) == sizes.end()) return false;
    for (std::uint64_t s = 0; s * kSectorBytes < survivor.size(); ++s) {
      const std::string have = survivor.substr(s * kSectorBytes, kSectorBytes);
      bool possible = false;
      if (const auto known = images.find(s); known != images.end()) {
        for (const std::string& i : known->second) possible |= i.starts_with(have);
      } else {
        possible = image(s).starts_with(have);
      }
      if (!possible) return false;
    }
    return true;
  }
};

std::string whole(const FileContent& file) { return std::string(file.read(0, file.size()).text()); }

}  // namespace

TEST_CASE("disk: random writes, truncations, syncs and power losses agree with a naive model") {
  int changed = 0;
  int unchanged = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Random random(seed);
    FileContent file;
    NaiveFile model;
    for (std::uint64_t i = 0; i < 120; ++i) {
      Draw draw = random.at("disk-model", 0, i);
      const std::uint64_t kind = draw.below(100);
      const std::uint64_t offset = draw.below(8'000);
      if (kind < 60) {
        const std::string data(1 + draw.below(draw.below(2) != 0 ? 3'000 : 100),
                               static_cast<char>('a' + i % 26));
        const std::uint64_t where = kind < 30 ? model.content.size() : offset;  // half of them append
        if (where + data.size() > 60'000) continue;
        file.write(where, text(data));
        model.write(where, data);
      } else if (kind < 70) {
        file.truncate(offset);
        model.truncate(offset);
      } else if (kind < 85) {
        file.sync({static_cast<std::int64_t>(i)});
        model.sync();
      } else {
        const std::string before = model.content;
        file.lose_power(random.child("loss", 0, i), {static_cast<std::int64_t>(i)});
        const std::string survivor = whole(file);
        REQUIRE(model.allows(survivor));
        (survivor == before ? unchanged : changed) += 1;
        model = {};
        model.content = survivor;
        model.sync();
      }
      REQUIRE(whole(file) == model.content);
    }
  }
  CHECK(changed > 500);  // the model was put to the test
  CHECK(unchanged > 200);
}

TEST_CASE("disk: the naive model refuses what no disk would leave") {
  NaiveFile model;
  model.write(0, std::string(1024, 'a'));
  model.sync();
  model.write(0, std::string(1024, 'b'));
  CHECK(model.allows(std::string(1024, 'a')));
  CHECK(model.allows(std::string(512, 'b') + std::string(512, 'a')));
  CHECK_FALSE(model.allows(std::string(256, 'b') + std::string(768, 'a')));  // torn inside of a sector
  CHECK_FALSE(model.allows(std::string(512, 'a')));                          // synced length lost
  CHECK_FALSE(model.allows(std::string(1024, 'c')));
}

TEST_CASE("disk: a torn write respects sector boundaries, and lost, torn and whole all happen") {
  std::set<std::string> shapes;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    FileContent file;
    file.write(0, filled(2048, 'a'));
    file.sync({1});
    file.write(0, filled(2048, 'b'));
    file.lose_power(Random(seed), {2});
    const std::string left = whole(file);
    REQUIRE(left.size() == 2048);
    std::string shape;
    for (std::size_t s = 0; s < 4; ++s) {
      const std::string sector = left.substr(s * 512, 512);
      REQUIRE(sector == std::string(512, sector[0]));
      shape += sector[0];
    }
    shapes.insert(shape);
  }
  CHECK(shapes.size() == 16);  // every combination
}

TEST_CASE("disk: synced data survives power loss; a kill loses nothing that was written") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FileContent file;
    file.write(0, filled(5000, 'a'));
    file.sync({1});
    CHECK_FALSE(file.lose_power(Random(seed), {2}));
    CHECK(whole(file) == std::string(5000, 'a'));
  }
}

TEST_CASE("disk: what a failed sync covered stays lost to later syncs until it is written again") {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    FileContent file;
    file.write(0, filled(1024, 'a'));
    file.sync({1});
    file.write(0, filled(1024, 'b'));
    file.fail_sync();
    CHECK(whole(file) == std::string(1024, 'b'));  // reads see it
    file.write(512, filled(512, 'c'));
    file.sync({2});  // covers the second sector, not the first
    file.lose_power(Random(seed), {3});
    const std::string left = whole(file);
    REQUIRE(left.size() == 1024);
    CHECK(left.substr(512) == std::string(512, 'c'));
    lost += left.starts_with(std::string(512, 'a')) ? 1 : 0;
  }
  CHECK(lost > 60);
  CHECK(lost < 100);  // "nothing may be assumed": sometimes it is there
}

TEST_CASE("disk: a file without directory sync may be gone, and a rename is atomic") {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Directory directory;
    directory.create("old", 1);
    directory.sync();
    directory.create("new", 2);
    directory.rename("new", "old");
    directory.lose_power(Random(seed));
    std::string outcome;
    for (const auto& [name, inode] : directory.names()) outcome += name + std::to_string(inode) + " ";
    outcomes.insert(outcome);
  }
  // Never without a file of the old name: it is the old one or the new one.
  CHECK(outcomes == std::set<std::string>{"old1 ", "old2 ", "new2 old1 "});
}

TEST_CASE("disk: bits rot only in synced sectors that rested for a second, one bit each") {
  DiskModel model(1 << 20);
  const auto write = [&](const char* name, char with, SimTime now) {
    DiskRequest request{.operation = DiskOperation::write, .file = name, .data = filled(1024, with)};
    CHECK(model.apply(request, {}, Random(1), now).completion.error == Errc::ok);
  };
  const auto sync = [&](const char* name, SimTime now) {
    model.apply({.operation = DiskOperation::sync, .file = name}, {}, Random(1), now);
  };
  const auto read = [&](const char* name) {
    DiskRequest request{.operation = DiskOperation::read, .file = name, .length = 4096};
    return std::string(model.apply(request, {}, Random(1), {}).completion.data.text());
  };
  write("a", 'a', {0});
  CHECK(model.rot(Random(1).at("rot"), at(seconds(5))).empty());  // not synced
  sync("a", at(seconds(5)));
  CHECK(model.rot(Random(1).at("rot"), at(milliseconds(5999))).empty());  // not at rest
  write("b", 'b', at(seconds(6)));
  sync("b", at(seconds(6)));
  REQUIRE(model.rot(Random(1).at("rot"), at(milliseconds(6500))).size() == 1);
  CHECK(read("b") == std::string(1024, 'b'));
  const std::string rotten = read("a");
  int flipped = 0;
  for (const char c : rotten) flipped += __builtin_popcount(static_cast<unsigned>(c ^ 'a'));
  CHECK(flipped == 1);
  model.apply({.operation = DiskOperation::sync_directory}, {}, Random(1), {});
  model.lose_power(Random(9), at(seconds(7)));
  CHECK(read("a") == rotten);
}

TEST_CASE("disk: a misdirected write lands on another place of its file") {
  DiskModel model(1 << 20);
  std::set<std::uint64_t> places;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    model.wipe();
    model.apply({.operation = DiskOperation::write, .file = "f", .data = filled(4096, 'a')}, {}, Random(1),
                {});
    DiskRequest request{
        .operation = DiskOperation::write, .file = "f", .offset = 1024, .data = filled(512, 'b')};
    const DiskOutcome outcome = model.apply(request, {.misdirect = true}, Random(seed), {});
    REQUIRE(outcome.misdirected);
    CHECK(outcome.completion.error == Errc::ok);
    DiskRequest read{.operation = DiskOperation::read, .file = "f", .length = 8192};
    const std::string now(model.apply(read, {}, Random(1), {}).completion.data.text());
    CHECK(now.size() == 4096);
    CHECK(now.find('b') == outcome.sector * 512);
    places.insert(outcome.sector);
  }
  CHECK(places == std::set<std::uint64_t>{0, 1, 3, 4, 5, 6, 7});
}

TEST_CASE("disk: no space is refused when the disk or the fault says so, and freed space counts") {
  DiskModel model(10'000);
  const auto write = [&](const char* name, std::uint64_t offset, std::size_t size,
                         DiskConditions conditions = {}) {
    DiskRequest request{
        .operation = DiskOperation::write, .file = name, .offset = offset, .data = filled(size, 'x')};
    return model.apply(request, conditions, Random(1), {}).completion.error;
  };
  CHECK(write("a", 0, 9'000) == Errc::ok);
  CHECK(write("b", 0, 1'001) == Errc::no_space);
  CHECK(write("b", 0, 1'000) == Errc::ok);
  CHECK(write("a", 500, 100, {.full = true}) == Errc::ok);  // needs no space
  CHECK(write("a", 9'000, 1, {.full = true}) == Errc::no_space);
  CHECK(write("c", 0, 0, {.full = true}) == Errc::no_space);
  model.apply({.operation = DiskOperation::truncate, .file = "a", .length = 10}, {}, Random(1), {});
  CHECK(model.used_bytes() == 1'010);
  model.apply({.operation = DiskOperation::remove, .file = "b"}, {}, Random(1), {});
  model.apply({.operation = DiskOperation::sync_directory}, {}, Random(1), {});
  CHECK(model.used_bytes() == 10);
  CHECK(model.apply({.operation = DiskOperation::remove, .file = "b"}, {}, Random(1), {}).completion.error ==
        Errc::not_found);
}

TEST_CASE("disk: names and sizes outside of the contract are refused, and so is a full queue") {
  SimDisk disk({}, 1 << 20, Random(1));
  const auto submit = [&](DiskRequest request) { return disk.submit(std::move(request), {}).error; };
  for (const char* bad : {"", "A", "a/b", "..\n", "a b"}) {
    CHECK(submit({.operation = DiskOperation::sync, .file = bad}) == Errc::invalid_argument);
  }
  CHECK(submit({.operation = DiskOperation::sync, .file = std::string(101, 'a')}) == Errc::invalid_argument);
  CHECK(submit({.operation = DiskOperation::rename, .file = "a", .to = "B"}) == Errc::invalid_argument);
  CHECK(submit({.operation = static_cast<DiskOperation>(99), .file = "a"}) == Errc::invalid_argument);
  CHECK(submit({.operation = DiskOperation::write,
                .file = "a",
                .data = filled(kDiskTransferBytesMax + 1, 'x')}) == Errc::too_large);
  for (std::uint32_t i = 0; i < kDiskOperationsMax; ++i) {
    CHECK(submit({.operation = DiskOperation::sync, .file = "a"}) == Errc::ok);
  }
  CHECK(submit({.operation = DiskOperation::sync, .file = "a"}) == Errc::overloaded);
}

TEST_CASE("disk: operations in flight when the process dies happened up to a point of each file's queue") {
  std::set<std::uint64_t> reached;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimDisk disk({}, 1 << 20, Random(seed));
    for (std::uint64_t i = 0; i < 4; ++i) {
      (void)disk.submit({.operation = DiskOperation::write, .file = "f", .offset = i, .data = filled(1, 'x')},
                        {});
    }
    disk.crash({});
    const SimDisk::Submitted read =
        disk.submit({.operation = DiskOperation::read, .file = "f", .length = 10}, {});
    disk.take_effect(read.slot, read.due);
    const DiskCompletion completion = disk.take_completion(read.slot);
    // Never a later write without the earlier ones: those would be zeros.
    CHECK(completion.data.text() == std::string(completion.data.size(), 'x'));
    reached.insert(completion.data.size());
  }
  CHECK(reached == std::set<std::uint64_t>{0, 1, 2, 3, 4});
}

TEST_CASE("disk: unsynced writes are lost on power loss, and kept by the page cache on a kill") {
  const auto survives = [](FaultKind how, bool synced, std::uint64_t seed) {
    faults::Plan plan = quiet_plan(1, seed);
    add_fault(plan, how, seconds(1), seconds(1), {1});
    Script script;
    std::string found = "?";
    int boots = 0;
    script.start = [&](Script::Self& self) {
      DiskRequest request{.ticket = 1, .operation = DiskOperation::write, .file = "f", .data = text("data")};
      if (++boots == 2) request = {.ticket = 9, .operation = DiskOperation::read, .file = "f", .length = 9};
      CHECK(self.backend.disk.submit(std::move(request)) == Errc::ok);
    };
    script.disk = [&](Script::Self& self, DiskCompletion c) {
      if (c.ticket == 9) found = c.data.text();
      if (c.ticket == 1 && synced)
        CHECK(self.backend.disk.submit({.ticket = 2, .operation = DiskOperation::sync, .file = "f"}) ==
              Errc::ok);
      if (c.ticket == 2)
        CHECK(self.backend.disk.submit({.ticket = 3, .operation = DiskOperation::sync_directory}) ==
              Errc::ok);
    };
    World world(plan, factory_of(script), nullptr);
    world.run_until(at(seconds(10)));
    return found;
  };
  int lost = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CHECK(survives(FaultKind::kill, false, seed) == "data");
    CHECK(survives(FaultKind::power_loss, true, seed) == "data");
    CHECK(survives(FaultKind::wipe, true, seed).empty());
    lost += survives(FaultKind::power_loss, false, seed) != "data" ? 1 : 0;
  }
  CHECK(lost >= 10);
  CHECK(lost < 20);
}

TEST_CASE("disk: a sync lie answers ok and keeps nothing; errors, stalls and full disks come and go") {
  faults::Plan plan = quiet_plan(1);
  add_fault(plan, FaultKind::disk_error, seconds(1), seconds(1), {1}, 1'000'000);
  add_fault(plan, FaultKind::disk_full, milliseconds(2'500), seconds(1), {1});
  add_fault(plan, FaultKind::disk_stall, seconds(4), seconds(1), {1}, milliseconds(300).ns);
  Script script;
  std::vector<Errc> errors;
  std::vector<Instant> submitted;
  std::vector<std::int64_t> took_ms;
  script.start = [](Script::Self& self) { self.backend.clock.arm(0, Instant{} + milliseconds(500)); };
  script.timer = [&](Script::Self& self, std::uint32_t) {
    submitted.push_back(self.backend.clock.monotonic_now());
    CHECK(self.backend.disk.submit({.operation = DiskOperation::write,
                                    .file = "f",
                                    .offset = submitted.size() * 10,
                                    .data = text("0123456789")}) == Errc::ok);
    self.backend.clock.arm(0, self.backend.clock.monotonic_now() + seconds(1));
  };
  script.disk = [&](Script::Self& self, const DiskCompletion& c) {
    errors.push_back(c.error);
    took_ms.push_back((self.backend.clock.monotonic_now() - submitted.back()).ns / 1'000'000);
  };
  World world(plan, factory_of(script), nullptr);
  world.run_until(at(seconds(6)));
  CHECK(errors == std::vector<Errc>{Errc::ok, Errc::io_error, Errc::no_space, Errc::ok, Errc::ok, Errc::ok});
  CHECK(took_ms == std::vector<std::int64_t>{0, 0, 0, 0, 300, 0});

  int kept = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    DiskModel model(1 << 20);
    model.apply({.operation = DiskOperation::write, .file = "f", .data = filled(10, 'x')}, {}, Random(1), {});
    model.apply({.operation = DiskOperation::sync_directory}, {}, Random(1), {});
    const DiskRequest sync{.operation = DiskOperation::sync, .file = "f"};
    CHECK(model.apply(sync, {.sync_lies = true}, Random(1), {}).completion.error == Errc::ok);
    model.lose_power(Random(seed), {});
    DiskRequest read{.operation = DiskOperation::read, .file = "f", .length = 10};
    kept += model.apply(read, {}, Random(1), {}).completion.data.size() == 10 ? 1 : 0;
  }
  CHECK(kept < 40);
}
