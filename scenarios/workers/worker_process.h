#pragma once
// One forked process and the socket to it: the system calls of the pool, and nothing of its policy.
// A message is a 4-byte little-endian length and that many bytes.
#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace wn::scenarios {

class WorkerProcess {
 public:
  using Handler = std::function<std::string(std::string_view request)>;
  enum class Read { more, message, ended };

  WorkerProcess() = default;
  ~WorkerProcess() { stop(); }
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  bool running() const { return pid_ > 0; }
  int socket() const { return socket_; }
  Result<void> start(const Handler& handler);
  // False when the process is gone.
  bool send(std::string_view message);
  // Takes what has arrived, without blocking. After `message`, take_message() has it.
  Read receive();
  std::string take_message();
  // Kills (when needed), reaps and closes. Returns what a person wants to know about its death: the line of
  // the failed check if there is one, else the first line that it wrote, else the signal or the exit code.
  std::string stop();

 private:
  [[noreturn]] static void serve(int socket, const Handler& handler);
  std::string last_words() const;

  pid_t pid_ = -1;
  int socket_ = -1;
  int words_ = -1;  // memory file that is the worker's standard error
  std::string incoming_;
};

}  // namespace wn::scenarios
