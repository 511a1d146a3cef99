#include "runtime/memory/budget.h"

#include "runtime/memory/memory.h"

namespace wn::memory {
namespace {

// Level 2 needs at least one page of slabs.
constexpr std::uint32_t kPagesMin = 1;

Result<void> check_shares(const Options& options, const SizeClasses& classes, std::uint64_t page_bytes) {
  std::uint64_t kept = 0;
  for (const ClassShare& share : options.shares) {
    const ClassIndex c = classes.class_of(share.item_bytes);
    const std::string name = "share of " + std::to_string(share.item_bytes) + " B";
    if (c == kNoClass || classes.shape(c).item_bytes != share.item_bytes) {
      return fail(Errc::invalid_argument, name + ": there is no such size class");
    }
    if (share.max_bytes != 0 && share.max_bytes < share.kept_bytes) {
      return fail(Errc::invalid_argument, name + ": keeps more than it may hold");
    }
    kept += share.kept_bytes;
    if (kept > page_bytes) return fail(Errc::invalid_argument, name + ": the shares exceed the budget");
  }
  return {};
}

}  // namespace

Result<Budget> Budget::plan(const Options& options, const SizeClasses& classes) {
  if (options.bytes < kBudgetBytesMin || options.bytes > kBudgetBytesMax) {
    return fail(Errc::invalid_argument, "memory budget: from " + std::to_string(kBudgetBytesMin) + " to " +
                                            std::to_string(kBudgetBytesMax) + " bytes are expected");
  }
  if (options.regions_max > kRegionsMax) {
    return fail(Errc::invalid_argument,
                "regions_max: at most " + std::to_string(kRegionsMax) + " is expected");
  }
  Budget budget{.options = options, .classes = classes};
  budget.block_bytes = std::uint64_t{options.blocks} * kBlockBytes;
  const std::uint64_t fixed = budget.block_bytes + Memory::table_bytes(0, options);
  const std::uint64_t for_each_page =
      kPageBytes + Memory::table_bytes(1024, options) / 1024 - Memory::table_bytes(0, options) / 1024 + 1;
  if (fixed + kPagesMin * for_each_page > options.bytes) {
    return fail(Errc::invalid_argument, "memory budget: " + std::to_string(options.bytes) +
                                            " bytes do not hold level 1 and the tables, " +
                                            std::to_string(fixed));
  }
  budget.pages = static_cast<std::uint32_t>((options.bytes - fixed) / for_each_page);
  budget.table_bytes = Memory::table_bytes(budget.pages, options);
  if (auto shares = check_shares(options, classes, std::uint64_t{budget.pages} * kPageBytes); !shares) {
    return fail(shares.error());
  }
  return budget;
}

std::string Budget::describe() const {
  const std::uint64_t page_bytes = std::uint64_t{pages} * kPageBytes;
  std::string out;
  const auto line = [&](std::string_view what, std::uint64_t bytes, const std::string& more) {
    const std::string number = std::to_string(bytes);
    out += std::string(what) + std::string(14 - what.size(), ' ') +
           std::string(number.size() < 14 ? 14 - number.size() : 1, ' ') + number + " B" + more + "\n";
  };
  line("budget", options.bytes, "");
  line("tables", table_bytes, "  " + std::to_string(options.regions_max) + " regions");
  line("level 1", block_bytes, "  " + std::to_string(options.blocks) + " blocks of 64 KiB");
  line("level 2", page_bytes,
       "  " + std::to_string(pages) + " pages of 4 KiB, " + std::to_string(classes.count()) + " classes");
  line("spare", options.bytes - table_bytes - block_bytes - page_bytes, "");
  return out;
}

}  // namespace wn::memory
