#pragma once
// Budget: all memory of a node, worked out and checked before any of it is taken.
//
//   tables      what the allocator keeps beside the pages: slabs, tags, runs, regions
//   level 1     a fixed pool of 64 KiB blocks
//   level 2     pages of 4 KiB, which slabs of each size class take in runs and give back when they are empty
//
// Units: bytes. Nothing is taken from anywhere else after start-up. Thread rule: a value.
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/defect.h"
#include "runtime/base/result.h"
#include "runtime/memory/size_classes.h"

namespace wn::memory {

inline constexpr std::uint64_t kBudgetBytesMin = 256 * 1024;
inline constexpr std::uint64_t kBudgetBytesMax = std::uint64_t{64} << 30;
inline constexpr std::uint32_t kRegionsMax = 1U << 20;

// The share of one class: `kept` bytes of slabs are set up at the start and never given back, so that no
// other class can starve it; `max` bytes are the most that it may hold (0: no limit of its own).
struct ClassShare {
  std::uint32_t item_bytes = 0;
  std::uint64_t kept_bytes = 0;
  std::uint64_t max_bytes = 0;
};

struct Options {
  std::uint64_t bytes = 64 * 1024 * 1024;  // everything: tables, level 1 and level 2
  std::uint32_t blocks = 0;                // 64 KiB blocks of level 1
  std::uint32_t regions_max = 1024;        // released together or one by one; the root is not counted
  std::vector<ClassShare> shares;
  bool touch = false;  // write to each page at the start, so that none is first met on the hot path
  Defect defect = Defect::none;
};

struct Budget {
  Options options;
  SizeClasses classes;
  std::uint64_t table_bytes = 0;
  std::uint64_t block_bytes = 0;  // level 1
  std::uint32_t pages = 0;        // level 2

  // REFUSES budgets out of range, too small for what they must hold, and shares of sizes that are no class.
  static Result<Budget> plan(const Options& options, const SizeClasses& classes = default_classes());
  // One line for each part, for people.
  std::string describe() const;
};

}  // namespace wn::memory
