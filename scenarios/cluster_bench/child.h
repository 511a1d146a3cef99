#pragma once
// Child: a server process of a benchmark: started with its output in a log file, killed (SIGKILL) at the
// latest when this goes. In its own process group, and it dies with us.
// Errors: not_found (no such program), io_error. Thread rule: one thread.
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/time.h"

namespace wn::cluster_bench {

class Child {
 public:
  static Result<Child> start(const std::vector<std::string>& command, const std::string& log);
  Child() = default;
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child() { kill(); }

  bool running();
  void kill();       // -9, and waits
  void terminate();  // SIGTERM, waits up to five seconds, then kill()
  Duration processor_time() const;
  std::uint64_t resident_bytes() const;
  int pid() const { return pid_; }

 private:
  explicit Child(int pid) : pid_(pid) {}
  int pid_ = 0;
};

// A port that nobody listens on now, on 127.0.0.1, for UDP and TCP.
std::uint16_t free_port();
// A new folder below `under`; removed with all that is in it at the end.
class Folder {
 public:
  explicit Folder(const std::string& under);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace wn::cluster_bench
