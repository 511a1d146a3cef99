#include "scenarios/cluster/registry.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include "scenarios/cluster/net_plan.h"

namespace wn::cluster {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".cluster";
constexpr std::size_t kLeftoversMax = 1000;

std::unexpected<Error> trouble(const fs::path& file, const std::string& what) {
  return fail(Error{.code = errno == ENOSPC ? Errc::no_space : Errc::io_error,
                    .message = what + ": " + std::strerror(errno),
                    .at = {.file = file.string()}});
}

// A name of a namespace of ours: nothing that could be another's, or a path.
bool ours(const std::string& space) {
  return space.starts_with(kNamePrefix) && std::ranges::all_of(space, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

Leftover read_list(const fs::path& file) {
  Leftover out{.run = file.stem().string(), .spaces = {}, .folders = {}};
  std::ifstream in(file);
  for (std::string line; std::getline(in, line) && out.spaces.size() < kLeftoversMax;) {
    const std::size_t gap = line.find(' ');
    if (gap == line.npos) continue;
    const std::string kind = line.substr(0, gap);
    const std::string name = line.substr(gap + 1);
    if (kind == "space" && ours(name)) out.spaces.push_back(name);
    // A folder of ours lies beside the list.
    const fs::path folder = name;
    if (kind == "folder" && folder.parent_path() == file.parent_path() &&
        folder.filename().string().starts_with(kNamePrefix))
      out.folders.push_back(name);
    // A scratch folder bears the run's own name, wherever the run was told to leave its results.
    if (kind == "scratch" && folder.is_absolute() && folder.filename() == "." + out.run)
      out.folders.push_back(name);
  }
  return out;
}

bool remove_all_of(const Leftover& leftover, CommandLog& log) {
  bool gone = true;
  for (const Command& command : remove_commands(leftover.spaces)) {
    std::error_code error;
    if (!fs::exists(fs::path("/run/netns") / command.back(), error)) continue;  // listed, and never made
    gone = must_run(command, log).has_value() && gone;
  }
  for (const std::string& folder : leftover.folders) {
    std::error_code error;
    fs::remove_all(folder, error);
    gone = gone && !error;
  }
  return gone;
}

}  // namespace

fs::path runtime_folder() {
  if (::geteuid() == 0) return "/run/worknode";
  const char* own = std::getenv("XDG_RUNTIME_DIR");
  std::error_code error;
  if (own != nullptr && fs::is_directory(own, error)) return fs::path(own) / "worknode";
  return fs::path("/tmp") / ("worknode-" + std::to_string(::geteuid()));
}

Result<Registry> Registry::open(const fs::path& folder, const std::string& run) {
  std::error_code error;
  fs::create_directories(folder, error);
  ::chmod(folder.c_str(), 0700);
  Registry out;
  out.file_ = folder / (run + std::string(kSuffix));
  // Locked before anybody can see it under its name.
  const fs::path aside = folder / ("." + run);
  out.descriptor_ = ::open(aside.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out.descriptor_ < 0) return trouble(out.file_, "cannot note what a run makes");
  if (::flock(out.descriptor_, LOCK_EX | LOCK_NB) != 0) return trouble(out.file_, "cannot lock");
  fs::rename(aside, out.file_, error);
  if (error) return fail(Errc::io_error, out.file_.string() + ": " + error.message());
  return out;
}

Registry::Registry(Registry&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

Registry& Registry::operator=(Registry&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Registry::~Registry() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> Registry::note(const std::string& kind, const std::string& name) {
  const std::string line = kind + " " + name + "\n";
  if (::write(descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    return trouble(file_, "cannot note what a run makes");
  return {};
}

void Registry::forget() {
  std::error_code ignored;
  fs::remove(file_, ignored);
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

std::vector<Leftover> remove_leftovers(const fs::path& folder, CommandLog& log) {
  std::vector<Leftover> out;
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    if (it->path().extension() == kSuffix && files.size() < kLeftoversMax) files.push_back(it->path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (descriptor < 0) continue;
    // Its run holds the lock as long as it lives, however it ends.
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
      Leftover leftover = read_list(file);
      if (remove_all_of(leftover, log)) fs::remove(file, error);
      out.push_back(std::move(leftover));
    }
    ::close(descriptor);
  }
  return out;
}

}  // namespace wn::cluster
