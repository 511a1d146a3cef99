#include "runtime/daemon/log.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/time_text.h"
#include "runtime/daemon/knobs.h"

namespace wn::daemon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kLineCredit = kSecond / kLogPerSecond;

// Howard Hinnant, "chrono-compatible low-level date algorithms": days since 1970 as a date.
std::string date_of(std::int64_t days) {
  const std::int64_t z = days + 719'468;
  const std::int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
  const std::int64_t doe = z - era * 146'097;
  const std::int64_t yoe = (doe - doe / 1460 + doe / 36'524 - doe / 146'096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::int64_t mp = (5 * doy + 2) / 153;
  const std::int64_t day = doy - (153 * mp + 2) / 5 + 1;
  const std::int64_t month = mp < 10 ? mp + 3 : mp - 9;
  return fmt::format("{:04}-{:02}-{:02}", yoe + era * 400 + (month <= 2 ? 1 : 0), month, day);
}

std::string time_text(WallTime at) {
  std::int64_t second = at.ns / kSecond;
  std::int64_t rest = at.ns % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --second;
  }
  std::int64_t day = second / 86'400;
  std::int64_t of_day = second % 86'400;
  if (of_day < 0) {
    of_day += 86'400;
    --day;
  }
  return fmt::format("{}T{:02}:{:02}:{:02}.{:06}Z", date_of(day), of_day / 3600, of_day / 60 % 60,
                     of_day % 60, rest / 1000);
}

// Inside of quotes, both in logfmt and in JSON. Bytes that are no text become '?'.
std::string escaped(std::string_view text) {
  const bool cut = text.size() > kLogValueBytesMax;
  text = text.substr(0, kLogValueBytesMax);
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += '?';
    } else {
      out += c;
    }
  }
  return cut ? out + "..." : out;
}

bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= kLogValueBytesMax && std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte < 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

struct ValueText {
  LogFormat format;
  std::string operator()(std::string_view text) const {
    if (format == LogFormat::logfmt && is_plain(text)) return std::string(text);
    return "\"" + escaped(text) + "\"";
  }
  std::string operator()(std::uint64_t number) const { return std::to_string(number); }
  std::string operator()(bool yes) const { return yes ? "true" : "false"; }
  std::string operator()(Duration d) const { return (*this)(std::string_view(format_duration(d))); }
};

}  // namespace

std::string log_line(LogFormat format, WallTime at, LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields, std::uint64_t held_back) {
  const std::string_view level_word = words_of<LogLevel>()[static_cast<std::size_t>(level)];
  const bool json = format == LogFormat::json;
  std::string out = json ? "{" : "";
  const auto add = [&](std::string_view key, const std::string& value) {
    if (out.size() > 1) out += json ? "," : " ";
    if (json) {
      out += fmt::format("\"{}\":{}", key, value);
    } else {
      out += fmt::format("{}={}", key, value);
    }
  };
  const ValueText text{format};
  add("time", text(std::string_view(time_text(at))));
  add("level", text(level_word));
  add("event", text(event));
  for (const LogField& field : fields) add(field.key, std::visit(text, field.value));
  if (held_back > 0) add("held_back", text(held_back));
  return out + (json ? "}\n" : "\n");
}

// A bucket that holds kLogBurst lines and gets kLogPerSecond of them each second.
bool Log::may_leave(Kind& kind, Instant now) {
  const std::uint64_t most = kLineCredit * kLogBurst;
  const auto gone = static_cast<std::uint64_t>(std::max<std::int64_t>(0, (now - kind.since).ns));
  kind.tokens = std::min(most, kind.tokens + std::min(gone, most));
  kind.since = now;
  if (kind.tokens < kLineCredit) return false;
  kind.tokens -= kLineCredit;
  return true;
}

void Log::tell(Instant now, WallTime at, LogLevel level, std::string_view event, LogFields fields) {
  if (level < least_) return;
  auto known = kinds_.find(event);
  if (known == kinds_.end()) {
    if (kinds_.size() == kLogKindsMax) return;
    known = kinds_.emplace(std::string(event), Kind{now, kLineCredit * kLogBurst, 0}).first;
  }
  Kind& kind = known->second;
  if (!may_leave(kind, now) && level != LogLevel::error) {
    ++kind.held_back;
    ++held_back_total_;
    return;
  }
  sink_->write(log_line(format_, at, level, event, fields, kind.held_back));
  kind.held_back = 0;
}

}  // namespace wn::daemon
