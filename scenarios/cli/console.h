#pragma once
// The terminal and the files that a person asked for. Everything that the program prints goes through a
// Console, which notices when it cannot be written: a full disk or a closed pipe is an error of one line and
// exit 6, never a silent loss.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "scenarios/cli/live_view.h"
#include "scenarios/cli/screen.h"

namespace wn::scenarios {

class Console {
 public:
  Console();
  // Standard output. Errors are kept for finish().
  void print(std::string_view text);
  // Standard error: one line for a problem; the bar for progress.
  void complain(std::string_view line);

  bool is_terminal() const { return terminal_; }  // standard error is one: bars are drawn there
  bool in_github_actions() const { return github_; }
  // Lines that replace themselves on a terminal, until something else is printed; nothing elsewhere.
  void draw(const std::vector<std::string>& lines);
  void bar(const std::string& text);
  void clear_bar();
  // How lines are best drawn there: the terminal's size, whether it takes colour (NO_COLOR) and UTF-8.
  LiveStyle style() const;
  // "::error …" on GitHub, so that the failure shows on the commit; nothing elsewhere.
  void annotate(const std::string& title, const std::string& message);

  // Flushes. An error when anything printed was lost.
  Result<void> finish();

 private:
  bool terminal_ = false;
  bool github_ = false;
  Screen screen_{2};
  int lost_ = 0;  // errno of the first write that failed
};

// A bar for `done` of `total`: "[#####.....]  42/100  12.3 seeds/s  1 failing  ETA 5 s".
std::string progress_text(std::uint64_t done, std::uint64_t total, const std::string& unit,
                          std::uint64_t failing, double seconds);

// Writes a file whole: aside, then renamed. "-" is standard output; what is not a regular file is written in
// place. Errors: invalid_argument when the path cannot be one, io_error / no_space when the machine refuses.
Result<void> write_output(Console& console, const std::string& path, std::string_view text);
// Whether write_output could work, before the work that it is for: empty and "-" are fine.
Result<void> check_output_path(const std::string& path);
// The same of a folder for run folders, which may have to be made.
Result<void> check_output_folder(const std::string& path);
// At most `bytes_max` of a regular file. Errors name the file.
Result<std::string> read_input(const std::string& path, std::size_t bytes_max);

// Standard input, output and error exist afterwards, so that no file that is opened later gets their numbers.
// Writing to a closed pipe becomes an error instead of a signal.
void prepare_process();

class Stopwatch {
 public:
  Stopwatch() : start_(std::chrono::steady_clock::now()) {}
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_;
};

}  // namespace wn::scenarios
