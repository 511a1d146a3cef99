#pragma once
// The live view of a sweep: values in, lines of a terminal out. Pure; who draws them, and when, is the
// Console's business. At most `rows` lines come back, none wider than `columns - 1` cells (the last cell
// would make some terminals wrap). What finds no room is counted in a line, never cut silently. Thread rule:
// none.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wn::scenarios {

inline constexpr std::size_t kLiveSamplesMax = 60;  // one a second: the last minute
inline constexpr unsigned kLiveColumnsMin = 24;     // narrower is drawn as this wide

struct LiveScenario {
  std::string name;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::uint64_t failed = 0;
};

struct LiveFailure {
  std::string signature;
  std::uint64_t count = 0;
  std::string scenario;  // of the first one that was seen
  std::uint64_t seed = 0;
};

struct LiveFrame {
  double seconds = 0;  // since the start
  unsigned jobs = 1;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t unknown = 0;
  std::uint64_t troubled = 0;               // errors of our own
  std::vector<double> rates;                // seeds in each of the last seconds, oldest first
  std::optional<std::uint64_t> behaviours;  // distinct ones so far, where a strategy counts them
  std::vector<double> new_behaviours;       // in each of the last seconds, oldest first
  std::vector<LiveScenario> scenarios;
  std::vector<LiveFailure> failures;  // most frequent first
};

struct LiveStyle {
  unsigned columns = 80;
  unsigned rows = 24;
  bool color = false;
  bool unicode = true;  // false: plain ASCII
};

std::vector<std::string> live_lines(const LiveFrame& frame, const LiveStyle& style);

// One cell a value, scaled to the largest; the newest `cells` of them.
std::string sparkline(const std::vector<double>& values, std::size_t cells, bool unicode);

// Cells that the text takes on a terminal: code points, without escapes.
std::size_t visible_width(std::string_view text);

}  // namespace wn::scenarios
