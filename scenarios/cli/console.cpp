#include "scenarios/cli/console.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace wn::scenarios {
namespace {

namespace fs = std::filesystem;

Error io_failure(const std::string& path, const std::string& what, int error) {
  const bool machine = error == ENOSPC || error == EDQUOT || error == EIO || error == EFBIG;
  const Errc code = error == ENOSPC || error == EDQUOT ? Errc::no_space
                    : machine                          ? Errc::io_error
                    : error == ENOENT                  ? Errc::not_found
                                                       : Errc::invalid_argument;
  return {.code = code, .message = what + ": " + std::strerror(error), .at = {.file = path}};
}

// 0, or the errno of what went wrong.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) return EIO;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

int write_file(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return errno;
  int error = write_all(fd, text);
  if (::close(fd) != 0 && error == 0) error = errno;
  return error;
}

// GitHub's escapes for the data and the properties of a workflow command.
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      case ':':
        out += property ? "%3A" : ":";
        break;
      case ',':
        out += property ? "%2C" : ",";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace

Console::Console() {
  const char* actions = std::getenv("GITHUB_ACTIONS");
  const char* ci = std::getenv("CI");
  github_ = actions != nullptr && *actions != 0;
  const char* term = std::getenv("TERM");
  const bool moves = term == nullptr || std::string_view(term) != "dumb";
  terminal_ = ::isatty(2) == 1 && moves && !github_ && (ci == nullptr || *ci == 0);
}

void Console::print(std::string_view text) {
  clear_bar();
  const int error = write_all(1, text);
  if (error != 0 && lost_ == 0) lost_ = error;
}

void Console::complain(std::string_view line) {
  clear_bar();
  std::string text(line);
  if (text.empty() || text.back() != '\n') text += '\n';
  // Nobody is left to be told when standard error cannot be written either.
  static_cast<void>(write_all(2, text));
}

void Console::draw(const std::vector<std::string>& lines) {
  if (terminal_) screen_.draw(lines);
}

void Console::bar(const std::string& text) { draw({text}); }

void Console::clear_bar() { screen_.clear(); }

LiveStyle Console::style() const {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != 0 ? std::string(value) : std::string();
  };
  // The first of these that is set decides, as for the C library.
  std::string locale = set("LC_ALL");
  if (locale.empty()) locale = set("LC_CTYPE");
  if (locale.empty()) locale = set("LANG");
  const bool utf8 = locale.find("UTF-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  const ScreenSize size = screen_.size();
  return {.columns = size.columns, .rows = size.rows, .color = set("NO_COLOR").empty(), .unicode = utf8};
}

void Console::annotate(const std::string& title, const std::string& message) {
  if (github_) print("::error title=" + escaped(title, true) + "::" + escaped(message, false) + "\n");
}

Result<void> Console::finish() {
  clear_bar();
  if (lost_ == 0) return {};
  return fail({.code = lost_ == ENOSPC ? Errc::no_space : Errc::io_error,
               .message = std::string("cannot write: ") + std::strerror(lost_),
               .at = {.file = "standard output"}});
}

std::string progress_text(std::uint64_t done, std::uint64_t total, const std::string& unit,
                          std::uint64_t failing, double seconds) {
  constexpr std::uint64_t kWidth = 24;
  const std::uint64_t filled = total == 0 ? 0 : std::min(kWidth, done * kWidth / total);
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string text = fmt::format("[{}{}] {}/{} {:.1f} {}/s", std::string(filled, '#'),
                                 std::string(kWidth - filled, '.'), done, total, rate, unit);
  text += fmt::format("  {} failing", failing);
  if (rate > 0 && done < total)
    text += fmt::format("  ETA {:.0f} s", static_cast<double>(total - done) / rate);
  return text;
}

Result<void> check_output_path(const std::string& path) {
  if (path.empty() || path == "-") return {};
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return fail({.code = Errc::invalid_argument,
                 .message = "expected a file to write, got a directory",
                 .at = {.file = path}});
  }
  const fs::path parent = fs::path(path).parent_path();
  if (!parent.empty() && !fs::is_directory(parent, error)) {
    return fail({.code = Errc::invalid_argument,
                 .message = "cannot write: there is no directory " + parent.string(),
                 .at = {.file = path}});
  }
  // Known before the work begins, not after it.
  const std::string target = fs::exists(path, error) ? path : parent.empty() ? "." : parent.string();
  if (::access(target.c_str(), W_OK) != 0) return fail(io_failure(path, "cannot write", errno));
  return {};
}

Result<void> check_output_folder(const std::string& path) {
  std::error_code error;
  fs::path at = path;
  while (!at.empty() && at != at.parent_path() && !fs::exists(fs::symlink_status(at, error))) {
    at = at.parent_path();
  }
  if (at.empty()) at = ".";
  if (!fs::is_directory(at, error)) {
    return fail(
        {.code = Errc::invalid_argument, .message = "expected a directory for --out", .at = {.file = path}});
  }
  if (::access(at.c_str(), W_OK) != 0) return fail(io_failure(path, "cannot write", errno));
  return {};
}

Result<void> write_output(Console& console, const std::string& path, std::string_view text) {
  if (path == "-") {
    console.print(text);
    return {};
  }
  struct stat info{};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && !S_ISREG(info.st_mode)) {
    const int error = write_file(path, text);
    if (error != 0) return fail(io_failure(path, "cannot write", error));
    return {};
  }
  const std::string aside = path + ".part";
  int error = write_file(aside, text);
  if (error == 0 && ::rename(aside.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(aside.c_str());
    return fail(io_failure(path, "cannot write", error));
  }
  return {};
}

Result<std::string> read_input(const std::string& path, std::size_t bytes_max) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return fail(io_failure(path, "cannot read", errno));
  if (!S_ISREG(info.st_mode)) {
    return fail(
        {.code = Errc::bad_input,
         .message = S_ISDIR(info.st_mode) ? "expected a file, got a directory" : "expected a regular file",
         .at = {.file = path}});
  }
  if (static_cast<std::uint64_t>(info.st_size) > bytes_max) {
    return fail({.code = Errc::too_large,
                 .message = fmt::format("expected at most {} bytes, got {}", bytes_max, info.st_size),
                 .at = {.file = path}});
  }
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(io_failure(path, "cannot read", errno));
  std::string text;
  char buffer[std::size_t{64} << 10];
  int error = 0;
  while (text.size() <= bytes_max) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error = errno;
    if (n <= 0) break;
    text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(fd);
  if (error != 0) return fail(io_failure(path, "cannot read", error));
  return text;
}

void prepare_process() {
  ::signal(SIGPIPE, SIG_IGN);
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // Read-only: writing to what the caller had closed is still an error.
    static_cast<void>(::open("/dev/null", O_RDONLY));
  }
}

}  // namespace wn::scenarios
