#pragma once
// Commands of other programs (ip, nft, tc, ssh), as lists of arguments: no shell ever reads them. Each is
// written into a log with what came of it, so that a run folder says what was done to the machine.
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/time.h"

namespace wn::cluster {

using Command = std::vector<std::string>;

inline constexpr std::size_t kCommandOutputMax = 1U << 20;  // bytes kept of what a command writes
inline constexpr Duration kCommandPatience = seconds(20);   // then it is killed

struct CommandResult {
  int exit_code = -1;  // 128 + signal when it was killed
  std::string output;  // standard output and error, in the order of writing
};

// One line, quoted where a shell would need it: for logs and messages.
std::string to_line(const Command& command);

class CommandLog {
 public:
  CommandLog() = default;
  // Appends to the file; no file: nothing is kept.
  explicit CommandLog(std::filesystem::path file) : file_(std::move(file)) {}
  void note(const std::string& line);

 private:
  std::filesystem::path file_;
};

// Runs it to its end. Errors: it cannot be started (not_found), or ran out of patience (timed_out).
Result<CommandResult> run_command(const Command& command, CommandLog& log,
                                  Duration patience = kCommandPatience, const std::string& input = "");
// Also refuses (io_error) when it says no; the message is its first line.
Result<void> must_run(const Command& command, CommandLog& log);

}  // namespace wn::cluster
