// Where lines go: standard error, or a file.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/daemon/log.h"
#include "runtime/real/os.h"

namespace wn::daemon {
namespace {

constexpr mode_t kFileMode = S_IRUSR | S_IWUSR | S_IRGRP;

}  // namespace

Result<std::unique_ptr<FileSink>> FileSink::open(const std::string& path) {
  auto sink = std::make_unique<FileSink>();
  sink->path_ = path;
  if (auto opened = sink->reopen(); !opened) return fail(opened.error());
  return sink;
}

Result<void> FileSink::reopen() {
  if (path_.empty()) return {};
  real::Descriptor file(
      ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, kFileMode));
  if (!file) return fail(real::to_errc(errno), path_ + ": " + real::describe("open", errno));
  file_ = std::move(file);
  return {};
}

void FileSink::write(std::string_view line) {
  const int fd = file_ ? file_.get() : STDERR_FILENO;
  // Whole or not: what a full disk or a closed pipe cuts off is not tried again.
  if (::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ++lost_;
}

}  // namespace wn::daemon
