#pragma once
// Child processes of a run: started in a network namespace, with their words in a log, in a process group of
// their own (Ctrl-C is for the runner), and killed by the kernel when the runner dies.
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "runtime/base/result.h"
#include "scenarios/cluster/command.h"

namespace wn::cluster {

struct SpawnOptions {
  std::string space;             // a network namespace; empty: this one
  std::filesystem::path log;     // appended to; empty: as the runner's own
  std::filesystem::path folder;  // where it works; empty: here
};

// Errors: no such namespace, no such log, no process to be had; a program that cannot be executed ends with
// 127.
Result<pid_t> spawn(const Command& command, const SpawnOptions& options);
// The same for a function of this program, in a child that never returns from it.
Result<pid_t> spawn(const std::function<int()>& work, const SpawnOptions& options);

struct Exit {
  bool killed = false;
  int code = 0;  // exit code, or the signal
  std::string to_string() const;
};
// Nothing: it goes on.
std::optional<Exit> ended(pid_t child);
// Waits for it, and no longer than that; then it is killed.
Exit wait_or_kill(pid_t child, Duration patience);
// Until the process is stopped (SIGSTOP) or gone.
void wait_stopped(pid_t child);

// The last lines of a file, joined for one line of a message.
std::string last_words(const std::filesystem::path& log, std::size_t lines = 3);

}  // namespace wn::cluster
