#pragma once
// For tests: daemons as child processes, run as an operator runs them, in a folder that goes away with the
// test.
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "scenarios/cli/test_program.h"

namespace wn::scenarios::testing {

inline constexpr std::chrono::seconds kPatience{60};  // of a slow machine

// Until it holds; false when patience has ended.
template <class Holds>
bool wait_until(Holds holds) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// A process of this test; killed at the end if it still runs.
class Child {
 public:
  // Standard output and error go to `output`, from its end on.
  Child(const std::vector<std::string>& words, const std::string& folder, const std::string& output) {
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ > 0) return;
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (out < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0 || ::chdir(folder.c_str()) != 0) ::_exit(126);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (pid_ > 0) end(SIGKILL);
  }
  void signal(int number) const { ::kill(pid_, number); }
  // The exit code; 128 + the signal that killed it.
  int wait() {
    int status = 0;
    const pid_t pid = std::exchange(pid_, 0);
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  int end(int number) {
    signal(number);
    return wait();
  }

 private:
  pid_t pid_ = 0;
};

// A port of 127.0.0.1 that nobody had just now. Kept apart from others by asking for all of them before any
// is used.
class Ports {
 public:
  explicit Ports(std::size_t count, int type = SOCK_DGRAM) {
    for (std::size_t i = 0; i < count; ++i) {
      const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
      REQUIRE(fd >= 0);
      sockaddr_in at{};
      at.sin_family = AF_INET;
      at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      socklen_t size = sizeof at;
      REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0);
      REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0);
      ports_.push_back(ntohs(at.sin_port));
      held_.push_back(fd);
    }
    for (const int fd : held_) ::close(fd);
  }
  int operator[](std::size_t i) const { return ports_.at(i); }

 private:
  std::vector<int> ports_;
  std::vector<int> held_;
};

}  // namespace wn::scenarios::testing
