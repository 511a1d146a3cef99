#pragma once
// Config: what an operator writes in TOML, as a value. parse() is total on any text: it gives a whole
// configuration, or the first thing that is wrong with file, line, column, the line itself and what was
// expected. print() writes a text that parse() reads back as the same value.
// Errors: bad_input, too_large (text over kTextBytesMax). Thread rule: pure functions. Not a core: the daemon
// and tools call it and hand the plain Limits down.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/limits.h"
#include "runtime/base/result.h"

namespace wn::config {

inline constexpr std::size_t kTextBytesMax = 1 << 20;
inline constexpr std::size_t kSharesMax = 48;

// Of the memory, for the items of one size class (runtime/memory/budget.h checks that the class exists).
struct MemoryShare {
  std::uint64_t item_bytes = 0;
  std::uint64_t kept_bytes = 0;
  std::uint64_t max_bytes = 0;  // 0: no limit of its own
  friend bool operator==(const MemoryShare&, const MemoryShare&) = default;
};

struct Config {
  Limits limits;
  std::vector<MemoryShare> memory_shares;  // ascending by item_bytes
  friend bool operator==(const Config&, const Config&) = default;
};

Result<Config> parse(std::string_view text, const std::string& file);
std::string print(const Config& config);
// The table [limits] alone, as it stands in other files too. read_limits(), its inverse, is in toml_reader.h.
std::string print(const Limits& limits);

}  // namespace wn::config
