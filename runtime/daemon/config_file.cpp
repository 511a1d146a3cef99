#include "runtime/daemon/config_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "runtime/real/descriptor.h"
#include "runtime/real/os.h"

namespace wn::daemon {
namespace {

Result<std::string> text_of(const std::string& path) {
  const real::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file) {
    return fail(errno == EACCES ? Errc::precondition : real::to_errc(errno),
                path + ": " + real::describe("open", errno));
  }
  std::string text;
  std::array<char, 16'384> part{};
  while (text.size() <= kTextBytesMax) {
    const ssize_t got = ::read(file.get(), part.data(), part.size());
    if (got < 0) return fail(Errc::bad_input, path + ": " + real::describe("read", errno));
    if (got == 0) break;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return text;
}

void resolve(const std::filesystem::path& folder, std::string& path) {
  if (!path.empty()) path = (folder / path).string();
}

}  // namespace

Result<Config> load(const std::string& path) {
  const auto text = text_of(path);
  if (!text) return fail(text.error());
  auto config = read(*text, path);
  if (!config) return config;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  resolve(folder, config->identity);
  resolve(folder, config->data);
  resolve(folder, config->log_file);
  return config;
}

}  // namespace wn::daemon
