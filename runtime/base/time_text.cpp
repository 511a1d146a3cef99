#include "runtime/base/time_text.h"

#include <array>
#include <charconv>

namespace wn {
namespace {

constexpr Duration kNever = Duration::max();

struct Unit {
  std::string_view name;
  std::uint64_t ns;
};
constexpr std::array<Unit, 6> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000}}};

std::string number(std::uint64_t value) {
  std::array<char, 24> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return std::string(buffer.data(), end);
}

// value / unit as a decimal without trailing zeros, but with at least `digits_min` of them.
std::string decimal(std::uint64_t value, std::uint64_t unit, std::size_t digits_min) {
  std::string text = number(value / unit);
  std::string fraction;
  std::uint64_t rest = value % unit;
  for (std::uint64_t digit = unit / 10; digit != 0; digit /= 10) {
    fraction.push_back(static_cast<char>('0' + rest / digit));
    rest %= digit;
  }
  while (fraction.size() > digits_min && fraction.back() == '0') fraction.pop_back();
  return fraction.empty() ? text : text + "." + fraction;
}

std::uint64_t magnitude(std::int64_t ns) {
  return ns < 0 ? ~static_cast<std::uint64_t>(ns) + 1 : static_cast<std::uint64_t>(ns);
}

std::unexpected<Error> not_a_duration(std::string_view text, const char* why) {
  const std::string shown(text.substr(0, 40));
  return fail(Errc::bad_input, "\"" + shown + "\" is not a duration (" + why +
                                   "); write it like \"250ms\", \"12.402s\", \"1h\"");
}

}  // namespace

std::string format_duration(Duration d) {
  if (d == kNever) return "never";
  if (d.ns == 0) return "0s";
  const std::uint64_t value = magnitude(d.ns);
  std::size_t unit = 3;  // minutes and hours are read, never written
  while (unit > 0 && value < kUnits[unit].ns) --unit;
  std::string text = decimal(value, kUnits[unit].ns, 0) + std::string(kUnits[unit].name);
  return d.ns < 0 ? "-" + text : text;
}

std::string format_moment(SimTime t) {
  const std::string text = decimal(magnitude(t.ns), 1'000'000'000, 3) + "s";
  return t.ns < 0 ? "-" + text : text;
}

Result<Duration> parse_duration(std::string_view text) {
  if (text == "never") return kNever;
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < rest.size() && (rest[digits] == '.' || (rest[digits] >= '0' && rest[digits] <= '9')))
    ++digits;
  const std::string_view amount = rest.substr(0, digits);
  const std::string_view unit_name = rest.substr(digits);
  if (amount.empty()) return not_a_duration(text, "no number");
  const Unit* unit = nullptr;
  for (const Unit& u : kUnits) {
    if (u.name == unit_name) unit = &u;
  }
  if (unit == nullptr) return not_a_duration(text, "the unit must be one of ns us ms s m h");
  const std::size_t dot = amount.find('.');
  const std::string_view whole = amount.substr(0, dot);
  const std::string_view fraction = dot == std::string_view::npos ? "" : amount.substr(dot + 1);
  if (whole.empty() || (dot != std::string_view::npos && fraction.empty()) ||
      fraction.find('.') != std::string_view::npos) {
    return not_a_duration(text, "a number has digits before and after its point");
  }
  unsigned __int128 ns = 0;
  const unsigned __int128 limit = static_cast<unsigned __int128>(1) << 63;
  for (char c : whole) {
    ns = ns * 10 + static_cast<unsigned>(c - '0');
    if (ns > limit) return not_a_duration(text, "longer than 292 years");
  }
  ns *= unit->ns;
  std::uint64_t scale = unit->ns;
  std::uint64_t below_second = 0;
  for (char c : fraction) {
    if (scale % 10 != 0) {
      if (c == '0') continue;
      return not_a_duration(text, "finer than a nanosecond");
    }
    scale /= 10;
    below_second += scale * static_cast<std::uint64_t>(c - '0');
  }
  ns += below_second;
  // The largest positive number means "never" and has that one spelling.
  if (ns > limit || (!negative && ns >= limit - 1)) return not_a_duration(text, "longer than 292 years");
  const auto value = static_cast<std::uint64_t>(ns);
  return Duration{static_cast<std::int64_t>(negative ? ~value + 1 : value)};
}

}  // namespace wn
