// Keyed hashes, fingerprints, coded symbols.
#include "runtime/sync/symbols.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "runtime/sync/test_pair.h"

namespace wn::sync {
namespace {

KeyedView keyed(const View& view, const SessionKey& key) {
  KeyedView out(view, key, test_memory());
  while (!out.ready()) out.prepare(7);
  return out;
}

struct Coded {
  Coded(const Sets& sets, std::uint32_t symbols, std::uint64_t seed = 1)
      : asker(View::of(sets.asker, test_memory())),
        giver(View::of(sets.giver, test_memory())),
        ours(keyed(asker, {seed, 5})),
        theirs(keyed(giver, {seed, 5})) {
    ours_coded.emplace(ours, test_memory());
    theirs_coded.emplace(theirs, test_memory());
    ours_coded->extend(symbols, ~std::size_t{0});
    theirs_coded->extend(symbols, ~std::size_t{0});
  }
  View asker, giver;
  KeyedView ours, theirs;
  std::optional<Encoder> ours_coded, theirs_coded;
};

TEST_CASE("the hash is SipHash-2-4 with 128 bits, by its published vectors") {
  const SessionKey key{0x0706050403020100ULL, 0x0F0E0D0C0B0A0908ULL};
  const std::array<std::uint8_t, 1> zero = {0};
  CHECK(sip_hash(key, ByteView{}) == ItemHash{0xE6A825BA047F81A3ULL, 0x930255C71472F66DULL});
  CHECK(sip_hash(key, zero) == ItemHash{0x44AF996BD8C187DAULL, 0x45FC229B11597634ULL});
  ItemId item;
  for (std::size_t i = 0; i < 4; ++i) item.word[i] = 0x0123456789ABCDEFULL * (i + 1);
  std::vector<std::uint8_t> bytes;
  append(item, bytes);
  CHECK(hash_of(key, item) == sip_hash(key, bytes));
  CHECK(item_from(ByteView(bytes)) == item);
}

TEST_CASE("fingerprints of parts add up, and their order does not matter") {
  const Sets sets = make_sets(500, 0, 0);
  const View view = View::of(sets.asker, test_memory());
  const KeyedView all = keyed(view, {1, 2});
  for (std::uint64_t k = 0; k < 200; ++k) {
    Draw draw = Random(1).at("test.range", 0, k);
    std::array<std::size_t, 3> at = {draw.below(501), draw.below(501), draw.below(501)};
    std::ranges::sort(at);
    Fingerprint sum = all.fingerprint(at[0], at[1]);
    sum += all.fingerprint(at[1], at[2]);
    CHECK(sum == all.fingerprint(at[0], at[2]));
    Fingerprint one_by_one;
    for (std::size_t i = at[2]; i-- > at[0];) one_by_one += all.hash(i);
    CHECK(sum == one_by_one);
  }
  CHECK(all.fingerprint(0, 500) == all.total());
}

TEST_CASE("fingerprints under another key have nothing in common") {
  const Sets sets = make_sets(10, 0, 0);
  const View view = View::of(sets.asker, test_memory());
  CHECK(keyed(view, {1, 2}).total() != keyed(view, {1, 3}).total());
}

TEST_CASE("an item's share of the symbols is the one that its kind has") {
  // Kind 2: symbol i with probability 2 / (i + 2).
  std::map<std::uint32_t, std::uint64_t> hits;
  std::uint64_t items = 0;
  for (std::uint64_t k = 0; items < 60'000; ++k) {
    const std::uint64_t spread = hash_of({3, 4}, ItemId{{k, 0, 0, 0}}).spread;
    if (kind_of(spread) != 2) continue;
    ++items;
    for (Place place; place.next < 100; advance(place, spread)) ++hits[place.next];
  }
  CHECK(hits[0] == items);
  for (const std::uint32_t i : {1U, 2U, 5U, 10U, 30U, 98U}) {
    const std::uint64_t expected = 2 * items / (i + 2);
    INFO(i << ": " << hits[i] << " of " << expected);
    CHECK(hits[i] * 20 > expected * 19 - 20 * 100);
    CHECK(hits[i] * 20 < expected * 21 + 20 * 100);
  }
}

TEST_CASE("an item goes on, and never twice into one symbol, to the end of the symbols") {
  for (std::uint64_t k = 0; k < 300; ++k) {
    const std::uint64_t spread = hash_of({3, 4}, ItemId{{k, 0, 0, 0}}).spread;
    Place place;
    for (int steps = 0; place.next < kSymbolIndexMax && steps < 2000; ++steps) {
      const std::uint32_t before = place.next;
      advance(place, spread);
      REQUIRE(place.next > before);
    }
    CHECK(place.next == kSymbolIndexMax);
  }
}

TEST_CASE("symbols are the same, in whatever slices they are made") {
  const Sets sets = make_sets(300, 0, 0);
  const Coded whole(sets, 500);
  Encoder sliced(whole.ours, test_memory());
  for (std::uint32_t to : {1U, 3U, 40U, 41U, 300U, 500U}) {
    while (sliced.symbols().size() < to) sliced.extend(to, 13);
  }
  const auto all = whole.ours_coded->symbols();
  CHECK(std::ranges::equal(all, sliced.symbols()));
}

TEST_CASE("the difference comes out of few symbols, whatever both have in common") {
  for (std::uint64_t d : {1U, 2U, 3U, 10U, 100U, 1000U}) {
    std::uint64_t symbols = 0;
    constexpr std::uint64_t kSeeds = 20;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const auto most = static_cast<std::uint32_t>(6 * d + 40);
      const Coded coded(make_sets(50 * (seed % 4), d / 3, d - d / 3, seed), most, seed);
      Decoder decoder({}, coded.ours, test_memory());
      while (!decoder.done() && decoder.symbols() < most) {
        const std::uint32_t i = decoder.symbols();
        REQUIRE(decoder.add(coded.theirs_coded->symbols()[i], coded.ours_coded->symbols()[i]) == Errc::ok);
        while (!decoder.idle()) decoder.peel(3);
      }
      REQUIRE(decoder.done());
      CHECK(decoder.surplus().size() == d / 3);
      CHECK(decoder.missing().size() == d - d / 3);
      for (const ItemId& item : decoder.missing()) {
        CHECK(coded.giver.contains(item));
        CHECK(!coded.asker.contains(item));
      }
      for (const std::uint32_t place : decoder.surplus()) CHECK(!coded.giver.contains(coded.asker[place]));
      symbols += decoder.symbols();
    }
    INFO(d << " differences, " << symbols << " symbols in " << kSeeds << " runs");
    if (d >= 100) CHECK(symbols * 100 <= 145 * d * kSeeds);
  }
}

// Wrong items that come out of symbols of which some were tampered with on their way.
std::uint64_t wrong_items(bool unchecked) {
  std::uint64_t wrong = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Random random(seed);
    const Coded coded(make_sets(30, 6, 6, seed), 80, seed);
    Decoder decoder({.symbols_unchecked = unchecked}, coded.ours, test_memory());
    for (std::uint32_t i = 0; i < 80; ++i) {
      Symbol symbol = coded.theirs_coded->symbols()[i];
      Draw draw = random.at("test.tamper", 0, i);
      if (draw.below(6) == 0) symbol.sum.word[draw.below(4)] ^= 1ULL << draw.below(64);
      if (decoder.add(symbol, coded.ours_coded->symbols()[i]) != Errc::ok) break;
      std::uint64_t work = 0;
      while (!decoder.idle()) work += decoder.peel(100);
      CHECK(work <= 80 * 80);
    }
    for (const ItemId& item : decoder.missing()) wrong += coded.giver.contains(item) ? 0U : 1U;
  }
  return wrong;
}

TEST_CASE("no item comes out of a symbol whose check is not the item's") {
  CHECK(wrong_items(false) == 0);
  CHECK(wrong_items(true) > 0);  // the planted bug
}

TEST_CASE("symbols of no set at all are refused or lead nowhere, in bounded work") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Random random(seed);
    const Coded coded(make_sets(20, 5, 5, seed), 200, seed);
    Decoder decoder({.symbols_max = 150}, coded.ours, test_memory());
    std::uint64_t work = 0;
    for (std::uint32_t i = 0; i < 200; ++i) {
      Draw draw = random.at("test.hostile", 0, i);
      // Single items with right checks, to make the decoder busy: ours, made up, or the same over and over.
      const ItemId item = draw.below(3) == 0 ? coded.asker[draw.below(coded.asker.size())]
                                             : random_item(random, draw.below(2) == 0 ? 1 : 1000 + i);
      Symbol symbol{.sum = item, .check = hash_of(coded.ours.key(), item).check, .count = 1};
      if (draw.below(2) == 0)
        symbol.add(coded.ours_coded->symbols()[i].sum, coded.ours_coded->symbols()[i].check, 0);
      symbol.count += coded.ours_coded->symbols()[i].count;
      const Errc e = decoder.add(symbol, coded.ours_coded->symbols()[i]);
      if (e != Errc::ok) {
        CHECK(e == Errc::too_large);
        CHECK(i == 150);
        break;
      }
      work += decoder.peel(~std::size_t{0});
    }
    CHECK(decoder.missing().size() + decoder.surplus().size() <= decoder.symbols());
    CHECK(work <= 200 * 100);
  }
}

TEST_CASE("a guess of the difference is within a factor of four, nearly always of two and a half") {
  std::uint64_t far = 0, runs = 0;
  for (const std::uint64_t d : {50U, 300U, 3000U}) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed, ++runs) {
      const Coded coded(make_sets(500, d / 2, d - d / 2, seed), 1, seed);
      const std::uint64_t guess = guess_difference(coded.ours.strata(), coded.theirs.strata());
      INFO(d << " guessed " << guess);
      CHECK(guess * 4 >= d);
      CHECK(guess <= d * 4);
      if (guess * 5 < d * 2 || guess * 2 > d * 5) ++far;
    }
  }
  CHECK(far * 10 <= runs);
}

}  // namespace
}  // namespace wn::sync
