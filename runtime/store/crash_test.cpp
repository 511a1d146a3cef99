// Random crashes on a disk that tears, forgets and reorders: all that was acknowledged comes back, nothing
// else does.
#include <catch2/catch_test_macros.hpp>

#include "runtime/store/test_writer.h"

namespace wn::store {
namespace {

using test::Disk;
using test::Harness;
using test::Writer;

void crash_run(std::uint64_t seed, std::uint64_t& torn) {
  const Random random(seed);
  Disk disk;
  Options options = Harness::default_options();
  options.segment_bytes = 600 + random.at("test.segment").below(4000);
  options.read_bytes = 700;
  Harness h(disk, seed, options);
  Writer writer(h);
  for (std::uint32_t life = 0; life < 12; ++life) {
    const std::uint64_t acknowledged = h.durable;
    REQUIRE(h.open());
    INFO("seed " << seed << " life " << life << " bad " << h.recovered.report.first_bad_file << " at "
                 << h.recovered.report.first_bad_offset);
    REQUIRE(h.recovered.restored.quarantine_until.value == 0);
    REQUIRE(h.recovered.report.corrupt_records == 0);
    REQUIRE(writer.accept(h.recovered, acknowledged));
    torn += h.recovered.report.torn_bytes != 0 ? 1 : 0;
    Draw draw = random.at("test.life", life);
    const std::uint64_t steps = draw.below(120);
    for (std::uint64_t i = 0; i < steps; ++i) {
      if (draw.below(3) == 0) writer.persist(random.at("test.persist", life, i));
      if (draw.below(20) == 0) writer.save(random.at("test.save", life, i));
      h.step();
    }
    if (draw.below(3) == 0) {
      disk.process_loss();
    } else {
      disk.power_loss(random, life);
    }
    if (draw.below(3) == 0) {  // and once more while it recovers
      const std::uint64_t before = h.durable;
      Harness half(disk, seed + life, options);
      half.store = std::make_unique<LogStore>(options);
      half.store->recover(half.effects);
      half.take();
      for (std::uint64_t i = draw.below(25); i > 0 && !half.store->recovered() && half.step(); --i) {
      }
      disk.power_loss(random, 1000 + life);
      h.durable = before;
    }
  }
}

TEST_CASE("store: over random crashes all that was acknowledged survives and nothing is suspected") {
  std::uint64_t torn = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) crash_run(seed, torn);
  CHECK(torn > 20);  // else these crashes tested nothing
}

// Crashes and rot together. True when the run ended in a quarantine or a refusal.
bool rotten_run(std::uint64_t seed) {
  const Random random(seed);
  Disk disk;
  Options options = Harness::default_options();
  options.segment_bytes = 600 + random.at("test.segment").below(4000);
  Harness h(disk, seed, options);
  Writer writer(h);
  for (std::uint32_t life = 0; life < 12; ++life) {
    const std::uint64_t acknowledged = h.durable;
    if (!h.open() || h.recovered.restored.quarantine_until.value != 0) return true;
    INFO("seed " << seed << " life " << life);
    REQUIRE(writer.accept(h.recovered, acknowledged));
    Draw draw = random.at("test.life", life);
    for (std::uint64_t i = 0, steps = draw.below(120); i < steps; ++i) {
      if (draw.below(3) == 0) writer.persist(random.at("test.persist", life, i));
      if (draw.below(20) == 0) writer.save(random.at("test.save", life, i));
      h.step();
    }
    disk.power_loss(random, life);
    if (draw.below(2) != 0) continue;
    auto victim = std::next(disk.now.begin(), static_cast<std::ptrdiff_t>(draw.below(disk.now.size())));
    if (victim->second->now.empty()) continue;
    const std::uint64_t bit = draw.below(victim->second->now.size() * 8);
    victim->second->now[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    victim->second->durable = victim->second->now;
  }
  return false;
}

TEST_CASE("store: with crashes and rot together, what is missing is always missed") {
  std::uint64_t ended = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) ended += rotten_run(seed) ? 1 : 0;
  CHECK(ended > 100);
}

TEST_CASE("store: a disk that forgets a synced sector is noticed by these crash tests") {
  // The negative control: cut the log behind the store's back, in the way that a lying sync does.
  std::uint64_t noticed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Disk disk;
    Harness h(disk, seed);
    REQUIRE(h.open());
    for (std::uint64_t i = 1; i <= 10; ++i) h.append(i, 1, "entry");
    h.run();
    for (auto& [name, file] : disk.now) {
      if (name.starts_with("log-")) file->now.resize(file->now.size() - 1 - seed % 60);
    }
    REQUIRE(h.open());
    if (h.recovered.restored.quarantine_until >= LogIndex{10}) ++noticed;
  }
  CHECK(noticed == 20);
}

TEST_CASE("store: an error of any single disk operation is never followed by a false acknowledgement") {
  std::uint64_t failures = 0;
  std::uint64_t given_up = 0;
  for (const Errc errc : {Errc::io_error, Errc::no_space}) {
    for (std::uint64_t fail_at = 0; fail_at < 140; ++fail_at) {
      Disk disk;
      Options options = Harness::default_options();
      options.segment_bytes = 300;
      Harness h(disk, 5, options);
      Writer writer(h);
      disk.fail_at = fail_at;
      disk.fail_with = errc;
      if (h.open()) {
        for (std::uint32_t i = 0; i < 25; ++i) {
          writer.persist(Random(9).at("test.persist", i));
          if (i % 8 == 7) writer.save(Random(9).at("test.save", i));
          for (int n = 0; n < 4; ++n) h.step();
        }
        h.run();
      } else {
        REQUIRE(h.last(EventKind::refused)->error == errc);
      }
      if (h.store->failed()) {
        ++failures;
        REQUIRE(h.last(EventKind::failed)->error == errc);
        const std::uint64_t durable = h.durable;
        writer.persist(Random(9).at("test.persist", 99));
        h.run();
        REQUIRE(h.durable == durable);
      } else if (const Event* saved = h.last(EventKind::snapshot_saved); saved && saved->error != Errc::ok) {
        ++given_up;  // the image alone was lost
        REQUIRE(h.durable == h.ticket);
      }
      disk.fail_at = ~0ULL;
      const std::uint64_t acknowledged = h.durable;
      disk.power_loss(Random(fail_at), 7);
      REQUIRE(h.open());
      INFO("operation " << fail_at);
      REQUIRE(writer.accept(h.recovered, acknowledged));
    }
  }
  CHECK(failures > 20);
  CHECK(given_up > 0);
}

}  // namespace
}  // namespace wn::store
