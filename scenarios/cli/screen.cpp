#include "scenarios/cli/screen.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "scenarios/cli/live_view.h"

namespace wn::scenarios {
namespace {

constexpr std::string_view kHide = "\x1b[?25l", kShow = "\x1b[?25h";
constexpr int kEnds[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// Of the process that hid the cursor; a worker that was forked from it leaves the terminal alone.
volatile sig_atomic_t hiding_process = 0;
volatile sig_atomic_t hiding_fd = 2;

// Only what a handler may do. The default action was put back by SA_RESETHAND and ends the process.
extern "C" void show_cursor_and_end(int signal) {
  if (hiding_process == static_cast<sig_atomic_t>(::getpid())) {
    static constexpr char kBytes[] = "\x1b[?25h\n";
    static_cast<void>(!::write(static_cast<int>(hiding_fd), kBytes, sizeof kBytes - 1));
  }
  static_cast<void>(::raise(signal));
}

void watch_signals(int fd) {
  hiding_fd = fd;
  hiding_process = static_cast<sig_atomic_t>(::getpid());
  for (const int signal : kEnds) {
    struct sigaction had{};
    if (::sigaction(signal, nullptr, &had) != 0 || had.sa_handler != SIG_DFL) continue;
    struct sigaction action{};
    action.sa_handler = show_cursor_and_end;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    static_cast<void>(::sigaction(signal, &action, nullptr));
  }
}

void leave_signals() {
  hiding_process = 0;
  for (const int signal : kEnds) {
    struct sigaction had{};
    if (::sigaction(signal, nullptr, &had) == 0 && had.sa_handler == show_cursor_and_end)
      ::signal(signal, SIG_DFL);
  }
}

// Rows that lines of these widths take now: a terminal that was made narrower has wrapped them.
std::size_t rows_of(const std::vector<std::size_t>& widths, unsigned columns) {
  std::size_t rows = 0;
  for (const std::size_t width : widths) rows += std::max<std::size_t>(1, (width + columns - 1) / columns);
  return rows;
}

}  // namespace

std::string redraw_bytes(const std::vector<std::size_t>& widths, const std::vector<std::string>& lines,
                         unsigned columns) {
  std::string out = "\r";
  const std::size_t rows = rows_of(widths, std::max(columns, 1U));
  if (rows > 1) out += "\x1b[" + std::to_string(rows - 1) + "A";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    // What is new is written over what was: no moment at which the line is empty.
    out += lines[i] + "\x1b[K";
    if (i + 1 < lines.size()) out += "\n";
  }
  // Rows of the former region below the last line; a line just filled must not lose its last cell.
  if (rows > lines.size() || lines.empty()) out += "\x1b[J";
  return out;
}

ScreenSize Screen::size() const {
  struct winsize got{};
  if (::ioctl(fd_, TIOCGWINSZ, &got) != 0 || got.ws_col == 0 || got.ws_row == 0) return {};
  return {.columns = got.ws_col, .rows = got.ws_row};
}

void Screen::write(const std::string& text) const {
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nobody is left to be told
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

void Screen::draw(const std::vector<std::string>& lines) {
  if (lines.empty()) return clear();
  if (!shown()) watch_signals(fd_);
  write((shown() ? "" : std::string(kHide)) + redraw_bytes(widths_, lines, size().columns));
  widths_.clear();
  for (const std::string& line : lines) widths_.push_back(visible_width(line));
}

void Screen::clear() {
  if (!shown()) return;
  write(redraw_bytes(widths_, {}, size().columns) + std::string(kShow));
  widths_.clear();
  leave_signals();
}

}  // namespace wn::scenarios
