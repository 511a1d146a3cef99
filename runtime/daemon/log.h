#pragma once
// Log: what the daemon tells its operator: one line for each event, as key=value (logfmt) or as a JSON
// object.
//
//   time=2026-11-21T21:40:00.123456Z level=info event=leader node=3 term=7
//
// An event's name is its kind: of each kind at most kBurst lines leave at once and kPerSecond of them in the
// long run; those held back are counted, and the next line of the kind says how many ("held_back"). Lines at
// level error always leave. Values are escaped: a line is a line, whatever a peer says. No field ever holds
// a secret: seeds and tokens have no way in here.
//
// Log is the pure part (time comes in, lines go out to a LogSink); FileSink makes system calls. Thread rule:
// one thread.
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/base/result.h"
#include "runtime/base/time.h"
#include "runtime/daemon/config.h"
#include "runtime/real/descriptor.h"

namespace wn::daemon {

inline constexpr std::uint32_t kLogBurst = 20;
inline constexpr std::uint32_t kLogPerSecond = 5;
inline constexpr std::size_t kLogValueBytesMax = 1024;  // of one value; the rest is cut, and "…" says so
inline constexpr std::size_t kLogKindsMax = 256;

struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::uint64_t, bool, Duration> value;
};
using LogFields = std::initializer_list<LogField>;

class LogSink {
 public:
  virtual ~LogSink() = default;
  // One line, its newline included.
  virtual void write(std::string_view line) = 0;
};

// Standard error, or a file that is appended to.
class FileSink final : public LogSink {
 public:
  // Empty: standard error. Errors: of the file system.
  static Result<std::unique_ptr<FileSink>> open(const std::string& path);
  void write(std::string_view line) override;
  // Makes the file anew, where it was moved away; on an error the old one stays.
  Result<void> reopen();
  std::uint64_t lost() const { return lost_; }  // lines that could not be written

 private:
  std::string path_;
  real::Descriptor file_;
  std::uint64_t lost_ = 0;
};

// The line alone, without a limit on its rate.
std::string log_line(LogFormat format, WallTime at, LogLevel level, std::string_view event,
                     std::initializer_list<LogField> fields, std::uint64_t held_back);

class Log {
 public:
  Log(LogLevel least, LogFormat format, LogSink& sink) : least_(least), format_(format), sink_(&sink) {}
  // `now` is for the rate, `at` is written. `event`: a literal.
  void tell(Instant now, WallTime at, LogLevel level, std::string_view event, LogFields fields);
  std::uint64_t held_back() const { return held_back_total_; }

 private:
  struct Kind {
    Instant since;
    std::uint64_t tokens = 0;  // in nanoseconds of credit
    std::uint64_t held_back = 0;
  };
  bool may_leave(Kind& kind, Instant now);

  LogLevel least_;
  LogFormat format_;
  LogSink* sink_;
  std::map<std::string, Kind, std::less<>> kinds_;
  std::uint64_t held_back_total_ = 0;
};

}  // namespace wn::daemon
