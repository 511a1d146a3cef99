#pragma once
// One child process that answers requests with lines: the system calls, and nothing of what is said.
//
// Its standard input and output are a socket; of what it writes to standard error the first kWordsMax bytes
// are kept and the rest is read and dropped, so that it never blocks. It dies with the thread that started
// it. Only this process is ever signalled, by its id. Thread rule: one thread.
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace wn::scenarios {

inline constexpr std::size_t kWordsMax = 4096;

class LineProcess {
 public:
  LineProcess() = default;
  ~LineProcess() { stop(); }
  LineProcess(const LineProcess&) = delete;
  LineProcess& operator=(const LineProcess&) = delete;

  // REQUIRES a command, and no process running. The first word is looked up on the path. Errors: not_found
  // when it cannot be executed, io_error.
  Result<void> start(const std::vector<std::string>& command);
  // False too when it has ended since it was last heard of.
  bool running();
  // Sends the bytes (perhaps none) and waits for one line, which is given without its newline. Errors:
  // timed_out, too_large (more than line_max bytes), io_error when it ended. After an error: stop().
  Result<std::string> exchange(std::string_view bytes, std::int64_t timeout_ms, std::size_t line_max);
  // Kills it when it still runs, and reaps it. How it ended: "exit code 3" or "signal 9", then its words.
  std::string stop();

 private:
  enum class Heard : std::uint8_t { nothing, more, ended };
  Heard hear(int fd, std::string& into, std::size_t keep);
  bool send_some(std::string_view& rest);

  pid_t pid_ = -1;
  int socket_ = -1;
  int errors_ = -1;
  bool exited_ = false;
  int status_ = 0;
  std::string incoming_;
  std::string words_;
};

}  // namespace wn::scenarios
