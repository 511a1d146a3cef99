#include "checkers/history/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace wn::checkers {
namespace {

class FileBytes final : public ByteSource {
 public:
  FileBytes(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  ~FileBytes() override {
    if (fd_ != STDIN_FILENO) ::close(fd_);
  }

  Result<std::size_t> read(std::span<char> into) override {
    while (true) {
      const auto got = ::read(fd_, into.data(), into.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno == EINTR) continue;
      return fail(Error{.code = Errc::io_error, .message = std::strerror(errno), .at = {.file = path_}});
    }
  }

 private:
  int fd_;
  std::string path_;
};

class TextBytes final : public ByteSource {
 public:
  explicit TextBytes(std::string_view text) : text_(text) {}

  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t n = std::min(into.size(), text_.size());
    std::copy_n(text_.data(), n, into.data());
    text_.remove_prefix(n);
    return n;
  }

 private:
  std::string_view text_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path) {
  if (path == "-") return std::make_unique<FileBytes>(STDIN_FILENO, "standard input");
  const auto refuse = [&](Errc code, std::string message) {
    return fail(Error{.code = code, .message = std::move(message), .at = {.file = path}});
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const Errc code = errno == EIO || errno == ENOMEM || errno == EMFILE ? Errc::io_error : Errc::not_found;
    return refuse(code, std::strerror(errno));
  }
  auto source = std::make_unique<FileBytes>(fd, path);
  struct stat status = {};
  if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    return refuse(Errc::bad_input, "expected a file, found a directory");
  }
  return source;
}

std::unique_ptr<ByteSource> text_bytes(std::string_view text) { return std::make_unique<TextBytes>(text); }

}  // namespace wn::checkers
