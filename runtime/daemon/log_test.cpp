// Lines of the log.
#include "runtime/daemon/log.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/real/test_folder.h"

namespace wn::daemon {
namespace {

class Lines final : public LogSink {
 public:
  void write(std::string_view line) override { all.emplace_back(line); }
  std::vector<std::string> all;
};

constexpr WallTime kAt{1'763'761'200'123'456'789};  // 2025-11-21 21:40:00.123456789

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("log: a line is key=value, or a JSON object") {
  const LogFields fields{{"node", std::uint64_t{3}},
                         {"why", "no \"room\"\nleft"},
                         {"first", true},
                         {"after", milliseconds(250)}};
  CHECK(log_line(LogFormat::logfmt, kAt, LogLevel::warning, "full", fields, 0) ==
        "time=2025-11-21T21:40:00.123456Z level=warning event=full node=3 why=\"no \\\"room\\\"\\nleft\" "
        "first=true after=250ms\n");
  CHECK(log_line(LogFormat::json, kAt, LogLevel::error, "full", fields, 7) ==
        "{\"time\":\"2025-11-21T21:40:00.123456Z\",\"level\":\"error\",\"event\":\"full\",\"node\":3,"
        "\"why\":\"no \\\"room\\\"\\nleft\",\"first\":true,\"after\":\"250ms\",\"held_back\":7}\n");
  CHECK(log_line(LogFormat::logfmt, WallTime{-1}, LogLevel::info, "x", {}, 0) ==
        "time=1969-12-31T23:59:59.999999Z level=info event=x\n");
}

TEST_CASE("log: whatever a value holds, it stays one printable line") {
  const Random random(5);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Draw draw = random.at("test.log", 0, i);
    std::string value(draw.below(2000), ' ');
    for (char& c : value) c = static_cast<char>(draw.below(256));
    for (const LogFormat format : {LogFormat::logfmt, LogFormat::json}) {
      const std::string line = log_line(format, kAt, LogLevel::info, "event", {{"value", value}}, 0);
      REQUIRE(line.find('\n') == line.size() - 1);
      REQUIRE(line.size() < 2 * kLogValueBytesMax + 200);
      REQUIRE(std::ranges::all_of(line, [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); }));
    }
  }
}

TEST_CASE("log: of each kind a burst leaves, then a rate, and what was held back is counted") {
  Lines lines;
  Log log(LogLevel::info, LogFormat::logfmt, lines);
  Instant now = Instant{} + seconds(100);
  for (std::uint32_t i = 0; i < 1000; ++i) log.tell(now, kAt, LogLevel::warning, "often", {});
  CHECK(lines.all.size() == kLogBurst);
  log.tell(now, kAt, LogLevel::warning, "seldom", {});
  CHECK(lines.all.size() == kLogBurst + 1);
  now = now + seconds(1);
  for (std::uint32_t i = 0; i < 1000; ++i) log.tell(now, kAt, LogLevel::warning, "often", {});
  CHECK(lines.all.size() == kLogBurst + 1 + kLogPerSecond);
  CHECK(lines.all[kLogBurst + 1].ends_with("held_back=980\n"));
  CHECK(log.held_back() == 2000 - kLogBurst - kLogPerSecond);
  for (std::uint32_t i = 0; i < 100; ++i) log.tell(now, kAt, LogLevel::error, "often", {});
  CHECK(lines.all.size() == kLogBurst + 1 + kLogPerSecond + 100);
}

TEST_CASE("log: lines below the level are not written") {
  Lines lines;
  Log log(LogLevel::warning, LogFormat::json, lines);
  log.tell({}, kAt, LogLevel::info, "a", {});
  log.tell({}, kAt, LogLevel::debug, "a", {});
  CHECK(lines.all.empty());
  log.tell({}, kAt, LogLevel::warning, "a", {});
  CHECK(lines.all.size() == 1);
}

TEST_CASE("log: a file is appended to, and made anew after it was moved away") {
  const real::TestFolder folder;
  const std::string path = folder.path() + "/node.log";
  {
    const auto sink = FileSink::open(path);
    REQUIRE(sink.has_value());
    (*sink)->write("one\n");
  }
  const auto sink = FileSink::open(path);
  REQUIRE(sink.has_value());
  (*sink)->write("two\n");
  std::filesystem::rename(path, path + ".1");
  (*sink)->write("three\n");
  REQUIRE((*sink)->reopen().has_value());
  (*sink)->write("four\n");
  CHECK(text_of(path + ".1") == "one\ntwo\nthree\n");
  CHECK(text_of(path) == "four\n");
  CHECK(FileSink::open(folder.path() + "/missing/node.log").error().code == Errc::not_found);
}

}  // namespace
}  // namespace wn::daemon
