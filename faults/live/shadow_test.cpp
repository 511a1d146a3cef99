#include "faults/live/shadow.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>

namespace wn::live {
namespace {

// A file as the outer disk has it, beside its Shadow.
struct Pair {
  std::string file;
  Shadow shadow{0, Instant{}};
  std::string synced;               // as the last sync left it
  std::vector<std::string> states;  // after each change since

  void fetch(std::uint64_t offset, std::uint64_t length) {
    for (const SectorRange& range : shadow.needs(offset, length)) {
      const std::uint64_t from = std::min<std::uint64_t>(file.size(), range.first * kSectorBytes);
      const std::uint64_t to = std::min<std::uint64_t>(file.size(), range.last * kSectorBytes);
      shadow.take_image(range, as_bytes(std::string_view(file).substr(from, to - from)));
    }
  }
  void write(std::uint64_t offset, const std::string& data) {
    fetch(offset, data.size());
    shadow.write(offset, Bytes::copy_of(data));
    if (file.size() < offset + data.size()) file.resize(offset + data.size());
    file.replace(offset, data.size(), data);
    states.push_back(file);
  }
  void truncate(std::uint64_t length) {
    fetch(std::min<std::uint64_t>(length, file.size()),
          std::max<std::uint64_t>(length, file.size()) - std::min<std::uint64_t>(length, file.size()));
    shadow.truncate(length);
    file.resize(length);
    states.push_back(file);
  }
  void sync() {
    shadow.synced(shadow.last_change(), Instant{});
    synced = file;
    states.clear();
  }
  std::string after_power_loss(std::uint64_t key) const {
    const Shadow::Ruin ruin = shadow.lose_power(Random(key));
    std::string out = file;
    out.resize(ruin.size);
    for (const auto& [sector, image] : ruin.sectors) {
      const std::uint64_t begin = sector * kSectorBytes;
      const std::uint64_t length = std::min<std::uint64_t>(kSectorBytes, ruin.size - begin);
      out.replace(begin, length, reinterpret_cast<const char*>(image.data()), length);
    }
    return out;
  }
};

std::string sector_at(const std::string& file, std::uint64_t sector) {
  std::string out =
      sector * kSectorBytes < file.size() ? file.substr(sector * kSectorBytes, kSectorBytes) : "";
  out.resize(kSectorBytes);
  return out;
}

std::string noise(Draw draw, std::size_t length) {
  std::string out(length, 'x');
  for (char& c : out) c = static_cast<char>('a' + draw.below(26));
  return out;
}

TEST_CASE("shadow: what was synced survives every power loss") {
  Pair pair;
  pair.write(0, noise(Random(1).at("t"), 3000));
  pair.sync();
  pair.write(100, "overwritten");
  pair.write(3000, std::string(5000, 'z'));
  pair.sync();
  for (std::uint64_t key = 0; key < 50; ++key) CHECK(pair.after_power_loss(key) == pair.file);
}

TEST_CASE(
    "shadow: after a power loss every sector is as some prefix of the changes left it, also over many "
    "syncs") {
  std::size_t torn = 0;
  for (std::uint64_t key = 0; key < 300; ++key) {
    Draw draw = Random(key).at("test.shadow");
    Pair pair;
    const std::uint64_t steps = 1 + draw.below(25);
    for (std::uint64_t i = 0; i < steps; ++i) {
      const std::uint64_t kind = draw.below(10);
      const std::uint64_t place = draw.below(4) == 0 ? pair.file.size() : draw.below(6000);
      const std::uint64_t length = draw.below(2500);
      if (kind < 6) {
        pair.write(place, noise(Random(key).at("test.data", 0, i), length));
      } else if (kind == 6) {
        pair.truncate(draw.below(6000));
      } else {
        pair.sync();
      }
    }
    for (std::uint64_t loss = 0; loss < 4; ++loss) {
      const std::string left = pair.after_power_loss(loss);
      torn += left != pair.file && left != pair.synced ? 1 : 0;
      bool length_ok = left.size() == pair.synced.size();
      for (const std::string& state : pair.states) length_ok |= left.size() == state.size();
      REQUIRE(length_ok);
      for (std::uint64_t s = 0; s * kSectorBytes < left.size(); ++s) {
        const auto fits = [&](const std::string& state) {
          std::string cut = sector_at(state, s);
          if ((s + 1) * kSectorBytes > left.size()) {
            cut.resize(left.size() - s * kSectorBytes);
            cut.resize(kSectorBytes);
          }
          return cut == sector_at(left, s);
        };
        REQUIRE((fits(pair.synced) || std::any_of(pair.states.begin(), pair.states.end(), fits)));
      }
    }
  }
  CHECK(torn > 100);  // and the losses were not all or nothing
}

TEST_CASE("shadow: an append needs no reading, an overwrite of what is durable does, once") {
  Pair pair;
  pair.write(0, std::string(700, 'a'));
  pair.sync();
  CHECK(pair.shadow.needs(700, 2000).empty());
  CHECK(pair.shadow.needs(0, 10) == std::vector<SectorRange>{{0, 1}});
  CHECK(pair.shadow.needs(5, 10).empty());
  Shadow found(700, Instant{});  // after a restart the last sector is not known
  CHECK(found.needs(700, 100) == std::vector<SectorRange>{{1, 2}});
}

TEST_CASE("shadow: what a sync failed over is not covered by the next one until it is written again") {
  Pair pair;
  pair.write(0, std::string(2048, 'a'));
  pair.sync();
  pair.write(0, std::string(512, 'b'));
  pair.shadow.fail_sync(pair.shadow.last_change());
  pair.write(1024, std::string(512, 'c'));
  pair.shadow.synced(pair.shadow.last_change(), Instant{});
  std::size_t lost = 0;
  for (std::uint64_t key = 0; key < 100; ++key) {
    const std::string left = pair.after_power_loss(key);
    CHECK(left.substr(1024, 512) == std::string(512, 'c'));
    lost += left[0] == 'a' ? 1 : 0;
  }
  CHECK(lost > 30);
  pair.write(0, std::string(512, 'b'));
  pair.shadow.synced(pair.shadow.last_change(), Instant{});
  for (std::uint64_t key = 0; key < 100; ++key) CHECK(pair.after_power_loss(key)[0] == 'b');
}

TEST_CASE("shadow: changes after the sync was sent are not covered by it") {
  Pair pair;
  pair.write(0, std::string(1000, 'a'));
  const std::uint64_t upto = pair.shadow.last_change();
  pair.write(0, std::string(1000, 'b'));
  pair.shadow.synced(upto, Instant{});
  std::size_t a = 0;
  std::size_t b = 0;
  for (std::uint64_t key = 0; key < 200; ++key) {
    const std::string left = pair.after_power_loss(key);
    REQUIRE(left.size() == 1000);
    a += left[0] == 'a' ? 1 : 0;
    b += left[0] == 'b' ? 1 : 0;
  }
  CHECK(a + b == 200);
  CHECK(a > 40);
  CHECK(b > 40);
}

}  // namespace
}  // namespace wn::live
