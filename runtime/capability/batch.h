#pragma once
// Many permission checks at once: the rows of a query's result, say, of which the asker may see only some.
// The caller has verified the tokens and put what decides into columns; this compares columns. All
// implementations give the same answers to the last bit (proven by test), so which one runs is a matter of
// speed alone and is chosen by measuring: the measuring needs a clock and is therefore the caller's.
//
// Row i is allowed when
//   needed[i] is a subset of held[i]                  rights and operations, in any layout
//   not_before[i] <= wall < expires[i]
//   epoch[i] >= floor[i]                              not revoked since it was issued
//   first[i] <= position[i] < end[i]                  the target's place in the tree's pre-order, and the
//                                                     interval of places that the subtree covers
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/base/time.h"

namespace wn::capability {

struct BatchRows {
  std::span<const std::uint64_t> held, needed;
  std::span<const std::int64_t> not_before, expires;
  std::span<const std::uint64_t> epoch, floor;
  std::span<const std::uint64_t> position, first, end;
  WallTime wall;
};

// Bit i % 64 of allowed[i / 64] says whether row i is; the rest of the last word is 0. REQUIRES columns of
// one length n and (n + 63) / 64 words.
using BatchCheck = void (*)(const BatchRows& rows, std::span<std::uint64_t> allowed);

enum class BatchKind : std::uint8_t { scalar = 0, avx2, avx512 };
inline constexpr std::uint8_t kBatchKindEnd = 3;
std::string_view to_string(BatchKind kind);

// nullptr when this machine, or this build's machine type, cannot run it. Scalar always runs.
BatchCheck batch_check(BatchKind kind);

// The implementation with the lowest cost, which `cost(BatchCheck)` measures in any unit; the simplest of
// equals.
template <class Cost>
BatchKind pick_batch_check(Cost&& cost) {
  BatchKind best = BatchKind::scalar;
  auto lowest = cost(batch_check(BatchKind::scalar));
  for (const BatchKind kind : {BatchKind::avx2, BatchKind::avx512}) {
    const BatchCheck check = batch_check(kind);
    if (check == nullptr) continue;
    const auto it_costs = cost(check);
    if (it_costs < lowest) {
      lowest = it_costs;
      best = kind;
    }
  }
  return best;
}

}  // namespace wn::capability
