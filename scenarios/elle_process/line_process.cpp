#include "scenarios/elle_process/line_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace wn::scenarios {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kKeepAll = ~std::size_t{0};

void close_all(std::initializer_list<int> fds) {
  for (const int fd : fds) {
    if (fd >= 0) ::close(fd);
  }
}

void make_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

// In the child: only what may be called between fork and exec.
[[noreturn]] void become(pid_t parent, int socket, int errors, int report, char* const* argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(socket, 0);
  ::dup2(socket, 1);
  ::dup2(errors, 2);
  ::execvp(argv[0], argv);
  const int why = errno;
  [[maybe_unused]] const ssize_t told = ::write(report, &why, sizeof why);
  ::_exit(127);
}

}  // namespace

Result<void> LineProcess::start(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  int pair[2] = {-1, -1}, errors[2] = {-1, -1}, report[2] = {-1, -1};
  const bool made = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 &&
                    ::pipe2(errors, O_CLOEXEC) == 0 && ::pipe2(report, O_CLOEXEC) == 0;
  const pid_t parent = ::getpid();
  const pid_t pid = made ? ::fork() : -1;
  if (pid < 0) {
    const std::string why = std::strerror(errno);
    close_all({pair[0], pair[1], errors[0], errors[1], report[0], report[1]});
    return fail(Errc::io_error, "cannot start " + command[0] + ": " + why);
  }
  if (pid == 0) become(parent, pair[1], errors[1], report[1], argv.data());
  close_all({pair[1], errors[1], report[1]});
  int why = 0;
  ssize_t told = 0;
  do {  // ends when exec has closed the other end
    told = ::read(report[0], &why, sizeof why);
  } while (told < 0 && errno == EINTR);
  ::close(report[0]);
  if (told == static_cast<ssize_t>(sizeof why)) {
    close_all({pair[0], errors[0]});
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return fail(Errc::not_found, "cannot execute " + command[0] + ": " + std::strerror(why));
  }
  make_nonblocking(pair[0]);
  make_nonblocking(errors[0]);
  pid_ = pid;
  socket_ = pair[0];
  errors_ = errors[0];
  exited_ = false;
  incoming_.clear();
  words_.clear();
  return {};
}

bool LineProcess::running() {
  if (pid_ < 0) return false;
  if (!exited_) exited_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return !exited_;
}

LineProcess::Heard LineProcess::hear(int fd, std::string& into, std::size_t keep) {
  char buffer[65536];
  const ssize_t n = ::read(fd, buffer, sizeof buffer);
  if (n == 0) return Heard::ended;
  if (n < 0) return errno == EINTR || errno == EAGAIN ? Heard::nothing : Heard::ended;
  const std::size_t room = keep - std::min(keep, into.size());
  into.append(buffer, std::min(static_cast<std::size_t>(n), room));
  return Heard::more;
}

// False when nobody reads any more; what it wrote may still be there to be heard.
bool LineProcess::send_some(std::string_view& rest) {
  const ssize_t n = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  rest.remove_prefix(static_cast<std::size_t>(n));
  return true;
}

Result<std::string> LineProcess::exchange(std::string_view bytes, std::int64_t timeout_ms,
                                          std::size_t line_max) {
  if (pid_ < 0) return fail(Errc::io_error, "it is not running");
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
  std::string_view rest = bytes;
  std::size_t searched = 0;
  bool errors_open = true;
  for (;;) {
    if (const std::size_t end = incoming_.find('\n', searched); end != std::string::npos) {
      if (end > line_max) break;
      std::string line = incoming_.substr(0, end);
      incoming_.erase(0, end + 1);
      return line;
    }
    searched = incoming_.size();
    if (searched > line_max) break;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return fail(Errc::timed_out, "no answer within " + std::to_string(timeout_ms) + " ms");
    const short wanted = static_cast<short>(rest.empty() ? POLLIN : POLLIN | POLLOUT);
    pollfd fds[2] = {{socket_, wanted, 0}, {errors_open ? errors_ : -1, POLLIN, 0}};
    const int ready = ::poll(fds, 2, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready < 0 && errno != EINTR)
      return fail(Errc::io_error, std::string("poll: ") + std::strerror(errno));
    if (ready <= 0) continue;
    if (fds[1].revents != 0) errors_open = hear(errors_, words_, kWordsMax) != Heard::ended;
    if ((fds[0].revents & POLLOUT) != 0 && !send_some(rest)) rest = {};
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
        hear(socket_, incoming_, kKeepAll) == Heard::ended) {
      return fail(Errc::io_error, "it ended");
    }
  }
  return fail(Errc::too_large, "an answer of more than " + std::to_string(line_max) + " bytes");
}

std::string LineProcess::stop() {
  if (pid_ < 0) return {};
  ::close(socket_);
  if (running()) {
    // It may be ending by itself, with a code that tells more than our signal would.
    for (int i = 0; i < 50 && running(); ++i) ::usleep(1000);
    if (running()) {
      ::kill(pid_, SIGKILL);
      while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
      }
    }
  }
  for (int i = 0; i < 64 && hear(errors_, words_, kWordsMax) == Heard::more; ++i) {
  }
  ::close(errors_);
  pid_ = socket_ = errors_ = -1;
  std::string said = WIFSIGNALED(status_) ? "signal " + std::to_string(WTERMSIG(status_))
                                          : "exit code " + std::to_string(WEXITSTATUS(status_));
  const std::size_t end = std::min(words_.find('\n'), std::size_t{400});
  if (!words_.empty()) said += ": " + words_.substr(0, end);
  return said;
}

}  // namespace wn::scenarios
