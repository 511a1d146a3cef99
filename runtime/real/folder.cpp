#include "runtime/real/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "runtime/real/os.h"

namespace wn::real {

namespace {

constexpr std::size_t kPartsMax = 1024;  // of one pwritev: IOV_MAX

std::string parent_of(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  const std::size_t slash = end == std::string::npos ? end : path.rfind('/', end);
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

// A new folder is there after a power loss only when its parent was synced.
Errc make_folder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0) return errno == EEXIST ? Errc::ok : to_errc(errno);
  const Descriptor parent(::open(parent_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return parent && fsync(parent.get()) == 0 ? Errc::ok : Errc::io_error;
}

// Takes `count` bytes off the front; true when nothing is left.
bool skip(std::span<iovec>& parts, std::size_t count) {
  while (!parts.empty() && count >= parts.front().iov_len) {
    count -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (parts.empty()) return true;
  parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + count;
  parts.front().iov_len -= count;
  return false;
}

}  // namespace

bool valid_file_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  // The two names that every directory has are in the alphabet, but are no files.
  return !name.empty() && name.size() <= kFileNameBytesMax && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), allowed);
}

Folder::Folder(Descriptor folder, Descriptor lock, std::uint32_t descriptors_max)
    : folder_(std::move(folder)),
      lock_(std::move(lock)),
      descriptors_max_(std::max(descriptors_max, kDescriptorsMin)) {}

Result<Folder> Folder::open(const std::string& path, std::uint32_t descriptors_max) {
  if (const Errc made = make_folder(path); made != Errc::ok) return fail(made, describe(path.c_str(), errno));
  Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder)
    return fail(errno == ENOTDIR ? Errc::invalid_argument : to_errc(errno), describe(path.c_str(), errno));
  Descriptor lock(openat(folder.get(), kLockName, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return fail(to_errc(errno), describe((path + "/" + kLockName).c_str(), errno));
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return fail(Errc::already_exists, path + ": another node has this folder open");
    return fail(to_errc(errno), describe("flock", errno));
  }
  return Folder(std::move(folder), std::move(lock), descriptors_max);
}

Errc Folder::use(const std::string& file, bool create, Open*& out) {
  auto at = open_.find(file);
  if (at == open_.end()) {
    make_room();
    int fd = -1;
    do {
      fd =
          openat(folder_.get(), file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) return to_errc(errno);
    at = open_.emplace(file, Open{.fd = Descriptor(fd)}).first;
  }
  at->second.used = ++uses_;
  out = &at->second;
  return Errc::ok;
}

// Closes the one that was not used for longest, of those without unsynced writes.
void Folder::make_room() {
  if (open_.size() < descriptors_max_) return;
  auto oldest = open_.end();
  for (auto it = open_.begin(); it != open_.end(); ++it) {
    if (!it->second.dirty && (oldest == open_.end() || it->second.used < oldest->second.used)) oldest = it;
  }
  if (oldest != open_.end()) open_.erase(oldest);
}

Errc Folder::read(const std::string& file, std::uint64_t offset, std::span<std::uint8_t> to,
                  std::size_t& got) {
  got = 0;
  Open* place = nullptr;
  if (const Errc error = use(file, false, place); error != Errc::ok) return error;
  while (got < to.size()) {
    const ssize_t n =
        pread(place->fd.get(), to.data() + got, to.size() - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return to_errc(errno);
    if (n == 0) return Errc::ok;
    got += static_cast<std::size_t>(n);
  }
  return Errc::ok;
}

Errc Folder::write(const std::string& file, std::uint64_t offset, std::span<iovec> parts,
                   std::uint64_t& written) {
  written = 0;
  Open* place = nullptr;
  if (const Errc error = use(file, true, place); error != Errc::ok) return error;
  if (skip(parts, 0)) return Errc::ok;
  place->dirty = true;
  for (;;) {
    const int count = static_cast<int>(std::min(parts.size(), kPartsMax));
    const ssize_t n = pwritev(place->fd.get(), parts.data(), count, static_cast<off_t>(offset + written));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return to_errc(errno);
    if (n == 0) return Errc::io_error;  // a file that takes nothing and gives no reason
    written += static_cast<std::uint64_t>(n);
    if (skip(parts, static_cast<std::size_t>(n))) return Errc::ok;
  }
}

Errc Folder::truncate(const std::string& file, std::uint64_t length) {
  Open* place = nullptr;
  if (const Errc error = use(file, false, place); error != Errc::ok) return error;
  place->dirty = true;
  int result = 0;
  do {
    result = ftruncate(place->fd.get(), static_cast<off_t>(length));
  } while (result != 0 && errno == EINTR);
  return result == 0 ? Errc::ok : to_errc(errno);
}

Errc Folder::sync(const std::string& file) {
  Open* place = nullptr;
  if (const Errc error = use(file, false, place); error != Errc::ok) return error;
  int result = 0;
  do {
    result = fdatasync(place->fd.get());
  } while (result != 0 && errno == EINTR);
  if (result != 0) {
    const Errc error = to_errc(errno);
    open_.erase(file);
    return error;
  }
  place->dirty = false;
  return Errc::ok;
}

Errc Folder::sync_directory() {
  int result = 0;
  do {
    result = fsync(folder_.get());
  } while (result != 0 && errno == EINTR);
  return result == 0 ? Errc::ok : to_errc(errno);
}

Errc Folder::rename(const std::string& file, const std::string& to) {
  if (renameat(folder_.get(), file.c_str(), folder_.get(), to.c_str()) != 0) return to_errc(errno);
  if (file == to) return Errc::ok;
  open_.erase(to);
  if (auto node = open_.extract(file)) {  // the descriptor is the file's, not the name's
    node.key() = to;
    open_.insert(std::move(node));
  }
  return Errc::ok;
}

Errc Folder::remove(const std::string& file) {
  if (unlinkat(folder_.get(), file.c_str(), 0) != 0) return to_errc(errno);
  open_.erase(file);
  return Errc::ok;
}

Errc Folder::list(std::vector<DirectoryEntry>& out) {
  out.clear();
  const int fd = openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return to_errc(errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(fd), closedir);
  if (!stream) {
    Descriptor(fd).reset();
    return Errc::io_error;
  }
  errno = 0;
  while (const dirent* const entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    struct stat about{};
    if (!valid_file_name(name) || fstatat(folder_.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(about.st_mode)) {
      errno = 0;
      continue;
    }
    if (out.size() >= kFolderFilesMax) return Errc::io_error;
    out.push_back({name, static_cast<std::uint64_t>(about.st_size)});
    errno = 0;
  }
  if (errno != 0) return Errc::io_error;
  std::sort(out.begin(), out.end());
  return Errc::ok;
}

}  // namespace wn::real
