#include "runtime/host/journal.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "runtime/host/test_disk.h"

namespace wn::host {
namespace {

// What a script does: append a record of some size, replace all by an image, let the disk work.
struct Action {
  enum Kind : std::uint8_t { append, compact, work } kind = append;
  std::size_t size = 0;  // padding in bytes, or operations; work: 0 = all that there are
};
using Script = std::vector<Action>;
constexpr Action append(std::size_t padding = 0) { return {Action::append, padding}; }
constexpr Action compact(std::size_t padding = 0) { return {Action::compact, padding}; }
constexpr Action work(std::size_t operations = 0) { return {Action::work, operations}; }

using Ids = std::vector<std::uint32_t>;

void put_id(std::string& out, std::uint32_t id) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(id >> (8 * i)));
}
std::uint32_t get_id(std::string_view in, std::size_t at) {
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) id |= std::uint32_t{static_cast<std::uint8_t>(in[at + i])} << (8 * i);
  return id;
}

// A record is a number and padding; an image is all numbers so far, and padding.
Bytes record_of(std::uint32_t id, std::size_t padding) {
  std::string out;
  put_id(out, id);
  out.append(padding, static_cast<char>(id));
  return Bytes::copy_of(std::string_view(out));
}
Bytes image_of(const Ids& ids, std::size_t padding) {
  std::string out;
  if (ids.empty() && padding == 0) return {};
  put_id(out, static_cast<std::uint32_t>(ids.size()));
  for (const std::uint32_t id : ids) put_id(out, id);
  out.append(padding, 'i');
  return Bytes::copy_of(std::string_view(out));
}
Ids ids_of(const Journal::Recovered& found) {
  Ids out;
  if (found.image && !found.image->empty()) {
    const std::string_view in = found.image->text();
    for (std::uint32_t i = 0; i < get_id(in, 0); ++i) out.push_back(get_id(in, 4 + 4 * std::size_t{i}));
  }
  for (const Bytes& record : found.records) out.push_back(get_id(record.text(), 0));
  return out;
}

// A node with its disk over many lives, and what must be true of it. A value: it can be copied and crashed in
// many ways.
struct Life {
  TestDisk disk;
  Journal journal;
  Ids all;             // what the journal was given, over all lives that have not been lost
  std::size_t sure{};  // of those, first: must be recovered, whatever comes
  std::uint32_t last_id = 0;
  std::vector<std::size_t> length_at{0};  // of `all`, by appended()
  bool started = false;
  std::uint64_t order = 0;  // which file's operation goes first
  std::string wrong;

  void submit() {
    std::vector<DiskRequest>& pending = journal.pending();
    for (DiskRequest& request : pending) disk.submit(std::move(request));
    pending.clear();
  }
  void note() {
    if (journal.phase() == Journal::Phase::ready && !started) {
      started = true;
      const Ids found = ids_of(journal.take_recovered());
      const bool prefix = found.size() <= all.size() && std::equal(found.begin(), found.end(), all.begin());
      if (!prefix) wrong = "something came back that was not there, or twice, or out of order";
      if (found.size() < sure) wrong = "a record that was durable is gone";
      all = found;
      sure = found.size();  // it is relied on from now on
      length_at = {all.size()};
    }
    if (started) sure = std::max(sure, length_at[journal.durable()]);
  }
  void deliver(DiskCompletion completion) {
    journal.on_completion(std::move(completion));
    note();
    submit();
  }
  void crash(Loss loss, std::uint64_t seed) {
    disk.crash(loss, seed);
    journal = {};
    started = false;
    journal.begin_recovery();
    submit();
  }
  void recover() {
    while (journal.phase() == Journal::Phase::recovering && !disk.idle()) deliver(disk.step(0));
  }
};

// Runs until `points` boundaries have passed: before an operation, and between it and its completion. False:
// the script ended before.
bool run(Life& life, const Script& script, std::size_t points) {
  const auto operation = [&]() -> bool {  // false: the crash comes now
    if (points == 0) return false;
    --points;
    life.order = life.order * 6364136223846793005U + 1442695040888963407U;
    DiskCompletion completion = life.disk.step(life.order >> 60);
    if (points == 0) return false;
    --points;
    life.deliver(std::move(completion));
    return true;
  };
  while (life.journal.phase() == Journal::Phase::recovering) {
    if (!operation()) return true;
  }
  for (const Action& action : script) {
    if (action.kind == Action::work) {
      for (std::size_t i = 0; !life.disk.idle() && (action.size == 0 || i < action.size); ++i) {
        if (!operation()) return true;
      }
      continue;
    }
    if (action.kind == Action::append) {
      life.all.push_back(++life.last_id);
      life.journal.append(record_of(life.last_id, action.size));
    } else {
      life.journal.compact(image_of(life.all, action.size));
    }
    life.length_at.push_back(life.all.size());
    life.submit();
  }
  return false;
}

struct Tally {
  std::uint64_t crashes = 0;
  std::uint64_t wrongs = 0;
  std::size_t files_most = 0;
  std::string first;
};

// Every crash point of scripts[depth], each kind of crash; and again for those that come after it.
void explore(const Life& before, const std::vector<Script>& scripts, std::size_t depth, std::uint64_t seed,
             Tally& tally) {
  for (std::size_t point = 0;; ++point) {
    bool crashed = false;
    for (const Loss loss : kEveryLoss) {
      Life life = before;
      crashed = run(life, scripts[depth], point);
      if (!crashed) break;
      ++tally.crashes;
      life.crash(loss, seed * 1000 + point * 7 + depth);
      if (depth + 1 < scripts.size()) explore(life, scripts, depth + 1, seed, tally);
      life.recover();
      tally.files_most = std::max(tally.files_most, life.disk.files());
      if (life.journal.phase() != Journal::Phase::ready) life.wrong = "it does not start";
      if (life.wrong.empty()) continue;
      ++tally.wrongs;
      if (tally.first.empty())
        tally.first =
            "point " + std::to_string(point) + " of life " + std::to_string(depth) + ": " + life.wrong;
    }
    if (!crashed) return;
  }
}

Tally explore(const std::vector<Script>& scripts, const TestDisk& disk = {}, std::uint64_t seed = 0) {
  Life life;
  life.disk = disk;
  life.journal.begin_recovery();
  life.submit();
  Tally tally;
  explore(life, scripts, 0, seed, tally);
  return tally;
}

const Script kPlain{append(), work(), append(700), append(3), work(1), append(1200), work()};
const Script kCompacting{append(), work(), append(900), compact(), append(2), work(), append(600), work()};
const Script kHasty{append(), compact(), append(600),  compact(700), append(), append(5),
                    work(2),  compact(), compact(900), append(1),    work()};
const Script kShort{append(600), work(2), compact(600), append(), work(4)};
const Script kOne{append(520), work()};

TEST_CASE("journal: what was durable is found after any crash, in order, once, and nothing else") {
  for (const Script& script : {kPlain, kCompacting, kHasty}) {
    const Tally tally = explore({script});
    CHECK(tally.crashes > 50);
    CHECK(tally.first == "");
  }
}

TEST_CASE("journal: two and three crashes at any points, in recovery too") {
  for (const Script& first : {kPlain, kCompacting, kHasty}) {
    const Tally tally = explore({first, kShort});
    INFO(tally.crashes);
    CHECK(tally.first == "");
    CHECK(tally.files_most <= 5);  // two generations, and an image that was begun
  }
  CHECK(explore({kOne, kShort, kOne}).first == "");
}

// A batch whose first record is lost while the next one got through: what is written over the first later
// must not join up with the other again.
TEST_CASE("journal: what followed a lost record does not come back behind a new one") {
  const Script batch{append(), append(504), append(504), append(504), work()};
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    CHECK(explore({batch, {append(504), work()}}, {}, seed).first == "");
}

TEST_CASE("journal: a long life of crashes keeps what was durable and leaves no old files") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Life life;
    life.journal.begin_recovery();
    life.submit();
    for (std::uint64_t n = 0; n < 12; ++n) {
      Draw draw = Random(seed).at("test.journal", 0, n);
      Script script;
      for (std::uint64_t k = 0; k < 8; ++k) {
        const std::uint64_t kind = draw.below(5);
        const std::size_t padding = draw.below(1500);
        script.push_back(kind == 0 ? compact(padding) : kind < 3 ? append(padding) : work(1 + padding % 6));
      }
      run(life, script, draw.below(90));
      const Loss loss = kEveryLoss[draw.below(std::size(kEveryLoss))];
      life.crash(loss, draw.u64());
    }
    life.recover();
    INFO(seed);
    REQUIRE(life.wrong == "");
    REQUIRE(life.journal.phase() == Journal::Phase::ready);
    while (!life.disk.idle()) life.deliver(life.disk.step(0));
    REQUIRE(life.disk.files() <= 2);  // image and log
  }
}

TEST_CASE("journal: an image of several transfers") {
  const Tally tally = explore({{append(), compact(2 * kDiskTransferBytesMax), append(), work()}});
  CHECK(tally.first == "");
  Life life;
  life.journal.begin_recovery();
  life.submit();
  // Its end falls on the border of a transfer.
  const Script script{compact(kDiskTransferBytesMax - 8 - 4), append(), work()};
  CHECK_FALSE(run(life, script, 1000));
  life.crash(Loss::all, 1);
  life.recover();
  CHECK(life.wrong == "");
  CHECK(life.all.size() == 1);
}

TEST_CASE("journal: an empty image counts as one") {
  Life life;
  life.journal.begin_recovery();
  life.submit();
  CHECK_FALSE(run(life, {compact(), compact(), work()}, 1000));
  CHECK(life.journal.durable() == 2);
  CHECK_FALSE(life.journal.compacting());
  life.crash(Loss::all, 1);
  while (life.journal.phase() == Journal::Phase::recovering) {
    life.journal.on_completion(life.disk.step(0));
    life.submit();
  }
  const Journal::Recovered found = life.journal.take_recovered();
  REQUIRE(found.image.has_value());
  CHECK(found.image->empty());
}

TEST_CASE("journal: an error of the disk ends it for good, and costs nothing that was durable") {
  for (const Errc error : {Errc::io_error, Errc::no_space}) {
    for (std::size_t point = 0;; point += 2) {
      Life life;
      life.journal.begin_recovery();
      life.submit();
      if (!run(life, kHasty, point)) break;
      const std::uint64_t durable = life.journal.durable();
      if (life.disk.idle()) continue;
      life.deliver(life.disk.fail_next(error));
      REQUIRE(life.journal.phase() == Journal::Phase::failed);
      CHECK(life.journal.error() == error);
      while (!life.disk.idle()) life.deliver(life.disk.step(0));
      life.journal.append(record_of(99, 0));
      life.journal.compact(record_of(98, 0));
      CHECK(life.journal.pending().empty());
      CHECK(life.journal.phase() == Journal::Phase::failed);
      CHECK(life.journal.durable() == durable);
      for (const Loss loss : kEveryLoss) {
        if (loss == Loss::killed) continue;
        Life after = life;
        after.crash(loss, point);
        after.recover();
        CHECK(after.wrong == "");
      }
    }
  }
}

TEST_CASE("journal: a disk that lies is noticed by these tests") {
  TestDisk names;
  names.lies_about_names = true;
  CHECK(explore({kPlain}, names).wrongs > 0);
  TestDisk data;
  data.lies_about_data = true;
  CHECK(explore({kPlain}, data).wrongs > 0);
}

}  // namespace
}  // namespace wn::host
