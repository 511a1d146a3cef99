#include "scenarios/cluster/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <fstream>
#include <vector>

#include "scenarios/cluster/true_time.h"

namespace wn::cluster {
namespace {

constexpr int kCannotStart = 127;
constexpr std::size_t kWordsMax = 2000;

struct Opened {
  int space = -1;
  int log = -1;
  ~Opened() {
    if (space >= 0) ::close(space);
    if (log >= 0) ::close(log);
  }
};

// In the child, before it does anything of its own. Async-signal-safe calls alone.
void settle(pid_t parent, const Opened& opened, const char* folder) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kCannotStart);  // the runner died before we asked
  ::setpgid(0, 0);
  if (opened.space >= 0 && ::setns(opened.space, CLONE_NEWNET) != 0) ::_exit(kCannotStart);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, 0);
  if (opened.log >= 0) {
    ::dup2(opened.log, 1);
    ::dup2(opened.log, 2);
  }
  if (folder != nullptr && ::chdir(folder) != 0) ::_exit(kCannotStart);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD}) ::signal(signal, SIG_DFL);
}

Result<void> open_all(const SpawnOptions& options, Opened& out) {
  if (!options.space.empty()) {
    const std::string file = "/run/netns/" + options.space;
    out.space = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (out.space < 0)
      return fail(Errc::io_error, "no namespace " + options.space + ": " + std::strerror(errno));
  }
  if (!options.log.empty()) {
    out.log = ::open(options.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (out.log < 0)
      return fail(errno == ENOSPC ? Errc::no_space : Errc::io_error,
                  options.log.string() + ": " + std::strerror(errno));
  }
  return {};
}

Result<pid_t> start(const SpawnOptions& options, const std::function<int()>& body) {
  Opened opened;
  if (auto opening = open_all(options, opened); !opening) return fail(opening.error());
  const std::string folder = options.folder.string();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail(Errc::io_error, std::string("no process to be had: ") + std::strerror(errno));
  if (child != 0) return child;
  settle(parent, opened, folder.empty() ? nullptr : folder.c_str());
  ::_exit(body());
}

Exit exit_of(int status) {
  if (WIFSIGNALED(status)) return {.killed = true, .code = WTERMSIG(status)};
  return {.killed = false, .code = WEXITSTATUS(status)};
}

}  // namespace

Result<pid_t> spawn(const Command& command, const SpawnOptions& options) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  return start(options, [&words] {
    ::execvp(words[0], words.data());
    return kCannotStart;
  });
}

Result<pid_t> spawn(const std::function<int()>& work, const SpawnOptions& options) {
  return start(options, work);
}

std::string Exit::to_string() const {
  if (!killed) return "ended with exit code " + std::to_string(code);
  const char* name = ::sigabbrev_np(code);
  return std::string("was killed by SIG") + (name == nullptr ? std::to_string(code) : name);
}

std::optional<Exit> ended(pid_t child) {
  int status = 0;
  if (::waitpid(child, &status, WNOHANG) != child) return std::nullopt;
  return exit_of(status);
}

Exit wait_or_kill(pid_t child, Duration patience) {
  const std::int64_t until = monotonic_ns() + patience.ns;
  for (;;) {
    if (const auto exit = ended(child)) return *exit;
    if (monotonic_ns() >= until) break;
    ::usleep(500);
  }
  ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return exit_of(status);
}

void wait_stopped(pid_t child) {
  siginfo_t facts{};
  const auto id = static_cast<id_t>(child);
  while (::waitid(P_PID, id, &facts, WSTOPPED | WEXITED | WNOWAIT) < 0 && errno == EINTR) continue;
  // The news of its end stays to be waited for; that of its stopping would be found again at the next one.
  if (facts.si_code == CLD_STOPPED) ::waitid(P_PID, id, &facts, WSTOPPED | WNOHANG);
}

std::string last_words(const std::filesystem::path& log, std::size_t lines) {
  std::ifstream in(log);
  std::deque<std::string> last;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    last.push_back(line.substr(0, kWordsMax));
    if (last.size() > lines) last.pop_front();
  }
  std::string out;
  for (const std::string& line : last) out += (out.empty() ? "" : " | ") + line;
  return out;
}

}  // namespace wn::cluster
