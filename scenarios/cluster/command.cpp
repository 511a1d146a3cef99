#include "scenarios/cluster/command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>

namespace wn::cluster {
namespace {

constexpr int kCannotStart = 127;

bool plain(const std::string& word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./:=,+@%").find(c) != std::string_view::npos;
  });
}

struct Pipe {
  std::array<int, 2> end{-1, -1};
  bool open() { return ::pipe2(end.data(), O_CLOEXEC) == 0; }
  void close(int which) {
    if (end[static_cast<std::size_t>(which)] >= 0) ::close(end[static_cast<std::size_t>(which)]);
    end[static_cast<std::size_t>(which)] = -1;
  }
  ~Pipe() {
    close(0);
    close(1);
  }
};

[[noreturn]] void become(std::vector<char*>& words, int input, int output) {
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Ctrl-C at the terminal is for the one who runs us: what we undo then must not be cut short.
  ::signal(SIGINT, SIG_IGN);
  ::execvp(words[0], words.data());
  ::_exit(kCannotStart);
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

// Until the other end is closed or time is up. False: time is up.
bool drain(int from, std::string& into, std::chrono::steady_clock::time_point until) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now())
            .count();
    if (left <= 0) return false;
    pollfd waiting{.fd = from, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(std::min<long long>(left, 1000))) <= 0) continue;
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got == 0) return true;
    if (got < 0 && errno != EINTR) return true;
    if (got > 0 && into.size() < kCommandOutputMax) into.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::string to_line(const Command& command) {
  std::string line;
  for (const std::string& word : command) {
    line += line.empty() ? "" : " ";
    line += plain(word) ? word : "'" + word + "'";
  }
  return line;
}

void CommandLog::note(const std::string& line) {
  if (file_.empty()) return;
  std::ofstream(file_, std::ios::app) << line << '\n';
}

Result<CommandResult> run_command(const Command& command, CommandLog& log, Duration patience,
                                  const std::string& input) {
  Pipe in, out;
  if (command.empty() || !in.open() || !out.open())
    return fail(Errc::io_error, "no pipe for a command: " + std::string(std::strerror(errno)));
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = ::fork();
  if (child < 0) return fail(Errc::io_error, "no process for " + command[0] + ": " + std::strerror(errno));
  if (child == 0) become(words, in.end[0], out.end[1]);
  in.close(0);
  out.close(1);
  // What we give is less than a pipe holds; a program that does not read it is no reason to die.
  if (!input.empty()) [[maybe_unused]]
    const ssize_t ignored = ::write(in.end[1], input.data(), std::min<std::size_t>(input.size(), 60'000));
  in.close(1);
  CommandResult result;
  const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(patience.ns);
  const bool ended = drain(out.end[0], result.output, until);
  if (!ended) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  result.exit_code = exit_code_of(status);
  log.note(to_line(command) + "  # " + std::to_string(result.exit_code) +
           (result.output.empty() ? "" : " " + first_line(result.output)));
  if (!ended) return fail(Errc::timed_out, "no answer in time: " + to_line(command));
  if (result.exit_code == kCannotStart)
    return fail(Errc::not_found, "the program " + command[0] + " cannot be started");
  return result;
}

Result<void> must_run(const Command& command, CommandLog& log) {
  const auto result = run_command(command, log);
  if (!result) return fail(result.error());
  if (result->exit_code != 0)
    return fail(Errc::io_error, to_line(command) + ": " + first_line(result->output));
  return {};
}

}  // namespace wn::cluster
