#pragma once
// The table of limits: for each its name, range, unit and what happens at it, in words. The parser, the
// printer and docs/limits.md all come from it; the defaults are those of runtime/base/limits.h. Thread rule:
// constants.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/limits.h"

namespace wn::config {

enum class Unit : std::uint8_t { count, bytes, nanoseconds };

struct LimitRow {
  std::string_view section;  // for people: rows of one section follow one another
  std::string_view name;     // as in the file
  std::uint64_t Limits::* field;
  std::uint64_t least;
  std::uint64_t most;
  Unit unit;
  std::string_view at_the_limit;
};
std::span<const LimitRow> limit_table();

// A number of a unit for people, exact: "64 MiB", "25ms", "10000".
std::string amount_text(std::uint64_t value, Unit unit);
// The inverse for text with a unit: a whole number, then the unit, which may not be left out. None: anything
// else, and all text about a count.
std::optional<std::uint64_t> amount_in(std::string_view text, Unit unit);
// What may stand in the file: "a whole number from 1 to 1000000".
std::string range_text(const LimitRow& row);
// nullptr: no such limit.
const LimitRow* find_limit(std::string_view name);

// The text of docs/limits.md.
std::string limits_page();

}  // namespace wn::config
