#include "runtime/capability/batch.h"

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "runtime/base/random.h"

namespace wn::capability {
namespace {

struct Columns {
  std::vector<std::uint64_t> held, needed, epoch, floor, position, first, end;
  std::vector<std::int64_t> not_before, expires;
  BatchRows rows(WallTime wall) const {
    return {.held = held,
            .needed = needed,
            .not_before = not_before,
            .expires = expires,
            .epoch = epoch,
            .floor = floor,
            .position = position,
            .first = first,
            .end = end,
            .wall = wall};
  }
};

// Small numbers, and those at the ends of both orders, so that signed and unsigned compares would differ.
std::uint64_t edge(Draw& draw) {
  constexpr std::array<std::uint64_t, 8> kEdges = {
      0, 1, 2, 3, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0x8000000000000001, ~0ULL};
  return kEdges[draw.below(kEdges.size())];
}

Columns drawn(std::uint32_t seed, std::size_t n) {
  Columns c;
  for (std::uint64_t i = 0; i < n; ++i) {
    Draw draw = Random(9).at("row", seed, i);
    c.held.push_back(edge(draw) | draw.below(8));
    c.needed.push_back(draw.below(4) == 0 ? edge(draw) : draw.below(8) & c.held.back());
    c.not_before.push_back(static_cast<std::int64_t>(edge(draw)));
    c.expires.push_back(static_cast<std::int64_t>(edge(draw)));
    c.epoch.push_back(edge(draw));
    c.floor.push_back(draw.below(2) * edge(draw));
    c.position.push_back(edge(draw));
    c.first.push_back(draw.below(2) * edge(draw));
    c.end.push_back(edge(draw));
  }
  return c;
}

}  // namespace

TEST_CASE("batch: all implementations agree with the rule, row by row, at all lengths") {
  std::uint64_t yes = 0;
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    for (const std::size_t n : {0U, 1U, 3U, 4U, 7U, 8U, 63U, 64U, 65U, 127U, 128U, 200U, 1000U}) {
      const Columns c = drawn(seed, n);
      for (const std::int64_t wall : {INT64_MIN, INT64_C(-1), INT64_C(0), INT64_C(2), INT64_MAX}) {
        const BatchRows rows = c.rows(WallTime{wall});
        std::vector<std::uint64_t> expected((n + 63) / 64, 0);
        for (std::size_t i = 0; i < n; ++i) {
          const bool ok = (c.needed[i] & ~c.held[i]) == 0 && c.not_before[i] <= wall && wall < c.expires[i] &&
                          c.epoch[i] >= c.floor[i] && c.first[i] <= c.position[i] && c.position[i] < c.end[i];
          expected[i / 64] |= std::uint64_t{ok} << (i % 64);
          yes += ok;
        }
        for (std::uint8_t kind = 0; kind < kBatchKindEnd; ++kind) {
          const BatchCheck check = batch_check(static_cast<BatchKind>(kind));
          if (check == nullptr) continue;
          std::vector<std::uint64_t> got(expected.size(), ~0ULL);
          check(rows, got);
          REQUIRE(got == expected);
        }
      }
    }
  }
  CHECK(yes > 1'000);
}

TEST_CASE("batch: measuring chooses the cheapest, and the simplest of equals") {
  CHECK(pick_batch_check([](BatchCheck) { return 1; }) == BatchKind::scalar);
  for (std::uint8_t kind = 0; kind < kBatchKindEnd; ++kind) {
    const BatchCheck wanted = batch_check(static_cast<BatchKind>(kind));
    if (wanted == nullptr) continue;
    CHECK(pick_batch_check([&](BatchCheck c) { return c == wanted ? 1 : 2; }) ==
          static_cast<BatchKind>(kind));
  }
  CHECK(batch_check(BatchKind::scalar) != nullptr);
  CHECK(batch_check(static_cast<BatchKind>(kBatchKindEnd)) == nullptr);
}

}  // namespace wn::capability
