#include "scenarios/cli/live_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <tuple>

namespace wn::scenarios {
namespace {

constexpr std::size_t kFailuresShare = 2;  // of the rows below the head, failures get at least one in so many
constexpr double kRateSeconds = 5;         // the rate that is shown is that of the last seconds

enum class Ink { plain, soft, good, bad, warn, bold };

std::string_view code_of(Ink ink) {
  switch (ink) {
    case Ink::plain:
      return "";
    case Ink::soft:
      return "\x1b[2m";
    case Ink::good:
      return "\x1b[32m";
    case Ink::bad:
      return "\x1b[1;31m";
    case Ink::warn:
      return "\x1b[33m";
    case Ink::bold:
      return "\x1b[1m";
  }
  return "";
}

bool begins_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// Names come from files and signatures from programs: a control byte among them would move the cursor.
std::string without_controls(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return out;
}

std::string first_cells(std::string_view text, std::size_t cells) {
  std::size_t at = 0, had = 0;
  for (; at < text.size(); ++at) {
    if (begins_code_point(text[at]) && had++ == cells) break;
  }
  return std::string(text.substr(0, at));
}

// One line under construction, cut at its width; what is cut shows as a mark.
class Line {
 public:
  explicit Line(const LiveStyle& style)
      : style_(style), room_(std::max(style.columns, kLiveColumnsMin) - 1) {}

  std::size_t room() const { return room_; }

  Line& put(std::string_view raw, Ink ink = Ink::plain) {
    const std::string text = without_controls(raw);
    if (full_ || text.empty()) return *this;
    const std::size_t cells = visible_width(text);
    std::string part = text;
    if (cells > room_) {
      full_ = true;
      part = room_ == 0 ? "" : first_cells(text, room_ - 1) + (style_.unicode ? "…" : "~");
    }
    room_ -= std::min(cells, room_);
    const std::string_view code = style_.color ? code_of(ink) : "";
    text_ += std::string(code) + part + (code.empty() ? "" : "\x1b[0m");
    return *this;
  }

  // Spaces up to this column.
  Line& to(std::size_t column, const LiveStyle& style) {
    const std::size_t at = std::max(style.columns, kLiveColumnsMin) - 1 - room_;
    return column > at ? put(std::string(column - at, ' ')) : put(" ");
  }

  std::string text() const { return text_; }

 private:
  const LiveStyle& style_;
  std::size_t room_;
  bool full_ = false;
  std::string text_;
};

std::string bar(std::uint64_t done, std::uint64_t total, std::size_t cells, bool unicode) {
  const double share =
      total == 0 ? 0 : static_cast<double>(std::min(done, total)) / static_cast<double>(total);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(cells));
  std::string out;
  for (std::size_t i = 0; i < cells; ++i) {
    out += i < filled ? (unicode ? "█" : "#") : (unicode ? "░" : ".");
  }
  return out;
}

std::string time_text(double seconds) {
  const auto s = static_cast<std::uint64_t>(std::max(seconds, 0.0) + 0.5);
  if (s >= 86'400) return fmt::format("{}d {:02}h", s / 86'400, s / 3600 % 24);
  if (s >= 3600) return fmt::format("{}h {:02}m", s / 3600, s / 60 % 60);
  if (s >= 60) return fmt::format("{}m {:02}s", s / 60, s % 60);
  return fmt::format("{}s", s);
}

double rate_now(const LiveFrame& f) {
  double sum = 0;
  const std::size_t n = std::min<std::size_t>(f.rates.size(), static_cast<std::size_t>(kRateSeconds));
  for (std::size_t i = f.rates.size() - n; i < f.rates.size(); ++i) sum += f.rates[i];
  if (n > 0) return sum / static_cast<double>(n);
  return f.seconds > 0 ? static_cast<double>(f.done) / f.seconds : 0;
}

std::string head(const LiveFrame& f, const LiveStyle& style) {
  Line line(style);
  const double whole = f.seconds > 0 ? static_cast<double>(f.done) / f.seconds : 0;
  line.put(bar(f.done, f.total, style.columns >= 90 ? 30 : 16, style.unicode), Ink::good);
  line.put(fmt::format(" {}/{} seeds", f.done, f.total), Ink::bold);
  line.put(f.total == 0 ? "" : fmt::format("  {}%", f.done * 100 / f.total));
  if (f.done < f.total) {
    const double left = static_cast<double>(f.total - std::min(f.done, f.total));
    line.put(whole > 0 ? "  ETA " + time_text(left / whole) : "  ETA ?");
  }
  line.put("  " + time_text(f.seconds), Ink::soft);
  line.put(fmt::format("  {} job{}", f.jobs, f.jobs == 1 ? "" : "s"), Ink::soft);
  return line.text();
}

std::string counts(const LiveFrame& f, const LiveStyle& style) {
  Line line(style);
  line.put(fmt::format("{} pass", f.passed), Ink::good);
  line.put(fmt::format("   {} fail", f.failed), f.failed > 0 ? Ink::bad : Ink::soft);
  line.put(fmt::format("   {} unknown", f.unknown), f.unknown > 0 ? Ink::warn : Ink::soft);
  if (f.troubled > 0) line.put(fmt::format("   {} with errors of our own", f.troubled), Ink::bad);
  return line.text();
}

std::string curve(const char* name, const std::vector<double>& values, const std::string& now,
                  const LiveStyle& style) {
  Line line(style);
  line.put(name, Ink::soft).to(10, style);
  const std::size_t cells = std::min<std::size_t>(kLiveSamplesMax, line.room() > 24 ? line.room() - 24 : 1);
  line.put(sparkline(values, cells, style.unicode)).put("  " + now);
  return line.text();
}

std::string scenario_line(const LiveScenario& s, std::size_t name_cells, const LiveStyle& style) {
  Line line(style);
  line.put("  " + first_cells(s.name, name_cells)).to(name_cells + 3, style);
  line.put(bar(s.done, s.total, 12, style.unicode), Ink::good);
  line.put(fmt::format(" {}/{}", s.done, s.total));
  if (s.failed > 0) line.put(fmt::format("  {} fail", s.failed), Ink::bad);
  return line.text();
}

std::string failure_line(const LiveFailure& f, const LiveStyle& style) {
  Line line(style);
  line.put(fmt::format("  {:>6} x ", f.count), Ink::bold).put(f.signature, Ink::bad);
  line.put(fmt::format("   seed {} of {}", f.seed, std::filesystem::path(f.scenario).stem().string()),
           Ink::soft);
  return line.text();
}

std::string plain(const std::string& text, const LiveStyle& style, Ink ink = Ink::soft) {
  return Line(style).put(text, ink).text();
}

// Running ones first: those that are done need no eye any more.
std::vector<LiveScenario> by_interest(const std::vector<LiveScenario>& scenarios) {
  std::vector<std::tuple<bool, bool, std::size_t>> order;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    order.emplace_back(scenarios[i].failed == 0, scenarios[i].done >= scenarios[i].total, i);
  }
  std::ranges::sort(order);
  std::vector<LiveScenario> out;
  for (const auto& [clean, done, i] : order) {
    out.push_back(scenarios[i]);
    out.back().name = std::filesystem::path(scenarios[i].name).stem().string();
  }
  return out;
}

}  // namespace

std::size_t visible_width(std::string_view text) {
  std::size_t cells = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
      continue;
    }
    cells += begins_code_point(text[i]) ? 1 : 0;
  }
  return cells;
}

std::string sparkline(const std::vector<double>& values, std::size_t cells, bool unicode) {
  static constexpr std::string_view kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::string_view kAscii[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
  const std::size_t first = values.size() > cells ? values.size() - cells : 0;
  double most = 0;
  for (std::size_t i = first; i < values.size(); ++i) most = std::max(most, values[i]);
  std::string out;
  for (std::size_t i = first; i < values.size(); ++i) {
    const double share = most > 0 ? std::clamp(values[i] / most, 0.0, 1.0) : 0;
    const auto step = static_cast<std::size_t>(share * 7 + 0.5);
    out += unicode ? kBlocks[step] : kAscii[step];
  }
  return out;
}

std::vector<std::string> live_lines(const LiveFrame& f, const LiveStyle& style) {
  std::vector<std::string> out{head(f, style), counts(f, style),
                               curve("seeds/s", f.rates, fmt::format("{:.1f}", rate_now(f)), style)};
  if (f.behaviours) {
    out.push_back(curve("new", f.new_behaviours, fmt::format("{} behaviours", *f.behaviours), style));
  }
  const std::size_t rows = std::max<std::size_t>(style.rows, 2) - 1;
  if (out.size() > rows) out.resize(rows);
  std::size_t room = rows - out.size();
  const std::vector<LiveScenario> scenarios = by_interest(f.scenarios);
  // Failures are what one looks for: with much of both, they have half of the room.
  const std::size_t failures_wish = f.failures.empty() ? 0 : f.failures.size() + 1;
  const std::size_t scenarios_wish = scenarios.size() > 1 ? scenarios.size() + 1 : 0;
  const std::size_t for_failures =
      std::min(failures_wish, std::max(room / kFailuresShare, room - std::min(room, scenarios_wish)));
  const std::size_t for_scenarios = std::min(scenarios_wish, room - for_failures);
  // A heading and one line at least, and the last line counts what found no room.
  const auto section = [&](const char* title, std::size_t lines, std::size_t items, const auto& put) {
    if (lines < 2) return;
    out.push_back(plain(title, style));
    const std::size_t shown = items + 1 <= lines ? items : lines - 2;
    for (std::size_t i = 0; i < shown; ++i) out.push_back(put(i));
    if (shown < items) out.push_back(plain(fmt::format("  and {} more", items - shown), style));
  };
  section("failures", for_failures, f.failures.size(),
          [&](std::size_t i) { return failure_line(f.failures[i], style); });
  std::size_t name_cells = 8;
  for (const LiveScenario& s : scenarios) name_cells = std::max(name_cells, visible_width(s.name));
  name_cells = std::min<std::size_t>(name_cells, style.columns > 60 ? style.columns - 44 : 16);
  section("scenarios", for_scenarios, scenarios.size(),
          [&](std::size_t i) { return scenario_line(scenarios[i], name_cells, style); });
  return out;
}

}  // namespace wn::scenarios
