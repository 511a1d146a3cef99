#include "scenarios/workers/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {
namespace {

constexpr std::size_t kHeader = 4;

void put_length(char (&header)[kHeader], std::size_t length) {
  for (std::size_t i = 0; i < kHeader; ++i) header[i] = static_cast<char>((length >> (8 * i)) & 0xFF);
}
std::size_t get_length(const char* header) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kHeader; ++i) {
    length |= static_cast<std::size_t>(static_cast<unsigned char>(header[i])) << (8 * i);
  }
  return length;
}

bool write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::send(fd, data, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool read_all(int fd, char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::read(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool send_message(int fd, std::string_view message) {
  char header[kHeader];
  put_length(header, message.size());
  return write_all(fd, header, kHeader) && write_all(fd, message.data(), message.size());
}

// "a.cpp:7: CHECK failed in f: x == y; left = 1, right = 2" loses its operands, so that the same failed check
// reads the same from every seed.
std::string first_line_of(std::string_view text) {
  std::string_view chosen;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    const bool telling = line.find("CHECK failed") != line.npos || line.find("Sanitizer") != line.npos ||
                         line.find("runtime error") != line.npos;
    if (telling) {
      chosen = line;
      break;
    }
    if (chosen.empty()) chosen = line;
  }
  const std::size_t operands = chosen.find("; left = ");
  return std::string(chosen.substr(0, std::min(operands, std::size_t{400})));
}

}  // namespace

unsigned available_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  const int count = CPU_COUNT(&set);
  return count < 1 ? 1U : std::min(static_cast<unsigned>(count), kJobsMax);
}

Result<void> WorkerProcess::start(const Handler& handler) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return fail(Errc::io_error, std::string("cannot make a socket for a worker: ") + std::strerror(errno));
  }
  words_ = ::memfd_create("worker-stderr", MFD_CLOEXEC);
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    const std::string why = std::strerror(errno);
    ::close(pair[0]);
    ::close(pair[1]);
    if (words_ >= 0) ::close(words_);
    words_ = -1;
    return fail(Errc::io_error, "cannot start a worker process: " + why);
  }
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::close(pair[0]);
    if (words_ >= 0) ::dup2(words_, 2);
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere >= 0) {
      ::dup2(nowhere, 0);
      ::dup2(nowhere, 1);  // results leave through the socket alone
    }
    serve(pair[1], handler);
  }
  ::close(pair[1]);
  pid_ = pid;
  socket_ = pair[0];
  incoming_.clear();
  return {};
}

void WorkerProcess::serve(int socket, const Handler& handler) {
  for (;;) {
    char header[kHeader];
    if (!read_all(socket, header, kHeader)) ::_exit(0);
    std::string request(get_length(header), '\0');
    if (!read_all(socket, request.data(), request.size())) ::_exit(0);
    const std::string reply = handler(request);
    if (reply.size() > kMessageBytesMax) {
      std::fprintf(stderr, "a worker's reply of %zu bytes is over the limit of %zu\n", reply.size(),
                   kMessageBytesMax);
      ::_exit(1);
    }
    if (!send_message(socket, reply)) ::_exit(0);
  }
}

bool WorkerProcess::send(std::string_view message) { return running() && send_message(socket_, message); }

WorkerProcess::Read WorkerProcess::receive() {
  for (;;) {
    if (incoming_.size() >= kHeader) {
      const std::size_t length = get_length(incoming_.data());
      if (length > kMessageBytesMax) return Read::ended;
      if (incoming_.size() >= kHeader + length) return Read::message;
    }
    char buffer[std::size_t{64} << 10];
    const ssize_t n = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Read::more;
    if (n <= 0) return Read::ended;
    incoming_.append(buffer, static_cast<std::size_t>(n));
  }
}

std::string WorkerProcess::take_message() {
  const std::size_t length = get_length(incoming_.data());
  std::string message = incoming_.substr(kHeader, length);
  incoming_.erase(0, kHeader + length);
  return message;
}

std::string WorkerProcess::last_words() const {
  if (words_ < 0) return {};
  std::string text(kCrashTextMax, '\0');
  const ssize_t n = ::pread(words_, text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return first_line_of(text);
}

std::string WorkerProcess::stop() {
  if (!running()) return {};
  ::close(socket_);  // an idle worker leaves by itself; a busy one does not look
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  std::string words = last_words();
  if (words.empty()) {
    words = WIFSIGNALED(status) ? std::string("signal: ") + ::strsignal(WTERMSIG(status))
                                : "exit code " + std::to_string(WEXITSTATUS(status));
  }
  if (words_ >= 0) ::close(words_);
  pid_ = -1;
  socket_ = -1;
  words_ = -1;
  incoming_.clear();
  return words;
}

}  // namespace wn::scenarios
