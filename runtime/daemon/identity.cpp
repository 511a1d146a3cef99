#include "runtime/daemon/identity.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "runtime/base/hex.h"
#include "runtime/capability/crypto.h"
#include "runtime/daemon/knobs.h"
#include "runtime/real/descriptor.h"
#include "runtime/real/os.h"

namespace wn::daemon {
namespace {

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

std::unexpected<Error> failed(const std::string& path, const char* call, int error) {
  return fail(real::to_errc(error), path + ": " + real::describe(call, error));
}

Result<void> check_owner(const std::string& path, int fd) {
  struct stat about{};
  if (::fstat(fd, &about) != 0) return failed(path, "fstat", errno);
  if (!S_ISREG(about.st_mode)) return fail(Errc::bad_input, path + ": expected a file, the node's identity");
  if ((about.st_mode & kOthers) != 0) {
    return fail(Errc::precondition, path + ": others than its owner may open the node's identity; expected " +
                                        "mode 0600: chmod 600 " + path);
  }
  if (about.st_uid != ::geteuid() && about.st_uid != 0)
    return fail(Errc::precondition, path + ": the node's identity belongs to another user");
  return {};
}

}  // namespace

Result<capability::Seed> read_identity(const std::string& path) {
  const real::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) {
    if (errno == ENOENT) {
      return fail(Errc::not_found,
                  path + ": there is no identity; make one with: worknode node " + "--new-identity " + path);
    }
    return fail(errno == EACCES ? Errc::precondition : real::to_errc(errno),
                path + ": " + real::describe("open", errno));
  }
  if (auto mine = check_owner(path, file.get()); !mine) return fail(mine.error());
  std::array<char, 128> text{};
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size < 0) return failed(path, "read", errno);
  std::string_view digits(text.data(), static_cast<std::size_t>(size));
  while (digits.ends_with('\n') || digits.ends_with('\r')) digits.remove_suffix(1);
  capability::Seed seed;
  if (!from_hex(digits, seed.bytes))
    return fail(Errc::bad_input, path + ": expected a node's identity: 64 hex digits");
  return seed;
}

Result<capability::PublicKey> new_identity(const std::string& path) {
  capability::Seed seed;
  real::fill_random(seed.bytes);
  const real::Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!file) {
    if (errno == EEXIST)
      return fail(Errc::already_exists, path + ": exists already, and an identity is never replaced");
    return failed(path, "open", errno);
  }
  const std::string text = hex_of(seed.bytes) + "\n";
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  const bool whole = written == static_cast<ssize_t>(text.size());
  if (!whole || ::fsync(file.get()) != 0) {
    const int error = written >= 0 && !whole ? ENOSPC : errno;
    ::unlink(path.c_str());
    return failed(path, "write", error);
  }
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const real::Descriptor folder(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return failed(path, "fsync", errno);
  return capability::KeyPair(seed).public_key();
}

}  // namespace wn::daemon
