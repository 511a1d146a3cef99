// The forms of single values on the command line.
#include <algorithm>
#include <array>
#include <charconv>

#include "faults/plan/time_text.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/explore/strategy.h"

namespace wn::scenarios {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// What a person typed, short enough for one line and without control characters.
std::string shown(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 60)) out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  return out + (text.size() > 60 ? "…\"" : "\"");
}

std::unexpected<Error> expected(const std::string& what, const std::string& form, std::string_view got) {
  return fail(Errc::invalid_argument, what + ": expected " + form + ", got " + shown(got));
}

}  // namespace

Result<std::uint64_t> parse_number(const std::string& text, const std::string& what, std::uint64_t low,
                                   std::uint64_t high) {
  const auto value = number(text);
  if (!value || *value < low || *value > high) {
    return expected(what, "a whole number from " + std::to_string(low) + " to " + std::to_string(high), text);
  }
  return *value;
}

Result<SeedRange> parse_seeds(const std::string& text) {
  const std::string form =
      "a count (200) or a range (A..B, A <= B) of at most " + std::to_string(kSeedsMax) + " seeds";
  const std::size_t dots = text.find("..");
  if (dots == text.npos) {
    const auto count = number(text);
    if (!count || *count == 0 || *count > kSeedsMax) return expected("--seeds", form, text);
    return SeedRange{.first = 0, .count = *count};
  }
  const auto first = number(std::string_view(text).substr(0, dots));
  const auto last = number(std::string_view(text).substr(dots + 2));
  if (!first || !last || *first > *last || *last - *first >= kSeedsMax)
    return expected("--seeds", form, text);
  return SeedRange{.first = *first, .count = *last - *first + 1};
}

Result<void> check_strategy(const std::string& name) {
  std::string names;
  for (const explore::StrategyWord& word : explore::strategy_words()) {
    if (word.name == name) return {};
    names += (names.empty() ? "" : ", ") + std::string(word.name);
  }
  return fail(Errc::invalid_argument, "--strategy: expected one of " + names + ", got \"" + name + "\"");
}

Result<Shard> parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto index = number(std::string_view(text).substr(0, slash));
  const auto of = slash == text.npos ? std::nullopt : number(std::string_view(text).substr(slash + 1));
  if (!index || !of || *index < 1 || *index > *of || *of > kShardsMax) {
    return expected("--shard", "I/N with 1 <= I <= N <= " + std::to_string(kShardsMax), text);
  }
  return Shard{.index = static_cast<std::uint32_t>(*index), .of = static_cast<std::uint32_t>(*of)};
}

Result<Duration> parse_time_limit(const std::string& text, const std::string& what) {
  const auto duration = faults::parse_duration(text);
  if (!duration || *duration <= Duration{} || *duration > seconds(kTimeLimitMax)) {
    return expected(what, "a length of time such as 60s, 1500ms or 2m, at most a week", text);
  }
  return *duration;
}

Result<std::uint64_t> parse_bytes(const std::string& text, const std::string& what) {
  struct Unit {
    std::string_view suffix;
    std::uint64_t bytes;
  };
  constexpr std::array<Unit, 4> kUnits{
      {{"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"", 1}}};
  const auto unit = std::ranges::find_if(kUnits, [&](const Unit& u) { return text.ends_with(u.suffix); });
  const auto value = number(std::string_view(text).substr(0, text.size() - unit->suffix.size()));
  if (!value || *value == 0 || *value > (1ULL << 50) / unit->bytes) {
    return expected(what, "an amount of memory such as 512MiB or 1GiB", text);
  }
  return *value * unit->bytes;
}

}  // namespace wn::scenarios
