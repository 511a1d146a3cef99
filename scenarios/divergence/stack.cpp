#include "scenarios/divergence/stack.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>
#include <link.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace wn::divergence {
namespace {

constexpr std::size_t kShownMax = 14;

// Of a frame in the program itself: its place in the file. Shared libraries are told by name alone.
struct Place {
  std::string object;
  std::uintptr_t offset = 0;
  bool own = false;
};

Place place_of(void* address, const std::string& program) {
  Dl_info info{};
  // A return address: the call is the instruction before it.
  auto* const call = static_cast<char*>(address) - 1;
  if (dladdr(call, &info) == 0 || info.dli_fbase == nullptr) return {"?", 0, false};
  Place out;
  out.offset = static_cast<std::uintptr_t>(call - static_cast<char*>(info.dli_fbase));
  std::error_code error;
  out.own = info.dli_fname == nullptr || std::filesystem::equivalent(info.dli_fname, program, error);
  out.object = out.own ? program : std::filesystem::path(info.dli_fname).filename().string();
  if (info.dli_sname != nullptr && !out.own) out.object += std::string(" ") + info.dli_sname;
  return out;
}

std::string trimmed(std::string line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  constexpr std::string_view kInlined = " (inlined by) ";
  if (line.starts_with(kInlined)) line.erase(0, kInlined.size());
  // The arguments' types say little and fill the line.
  const std::size_t at = line.rfind(" at ");
  const std::size_t open = line.find('(');
  if (open != line.npos && at != line.npos && open < at && open > 0) line.erase(open, at - open);
  if (const std::size_t note = line.find(" (discriminator"); note != line.npos) line.erase(note);
  // The build's folder and the way back out of it.
  if (const std::size_t file = line.rfind(" at "); file != line.npos) {
    const std::filesystem::path path = line.substr(file + 4);
    line = line.substr(0, file + 4) + path.lexically_normal().string();
  }
  return line;
}

// The lines that addr2line says, empty when it cannot be asked.
std::vector<std::string> ask_addr2line(const std::string& program,
                                       const std::vector<std::uintptr_t>& offsets) {
  std::string command = "addr2line -f -C -p -i -e '" + program + "'";
  for (const std::uintptr_t offset : offsets) command += fmt::format(" 0x{:x}", offset);
  command += " 2>/dev/null";
  const auto close = [](std::FILE* f) { pclose(f); };
  const std::unique_ptr<std::FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  std::vector<std::string> lines;
  if (!pipe) return lines;
  std::array<char, 4096> line{};
  while (std::fgets(line.data(), line.size(), pipe.get()) != nullptr) lines.push_back(trimmed(line.data()));
  return lines;
}

}  // namespace

Stack capture_stack() {
  Stack stack(kFramesMax);
  const int depth = backtrace(stack.data(), kFramesMax);
  stack.resize(static_cast<std::size_t>(depth));
  return stack;
}

std::vector<std::string> symbolise(const Stack& stack) {
  std::error_code error;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  std::vector<std::uintptr_t> offsets;
  std::vector<std::string> plain;
  for (void* address : stack) {
    const Place place = place_of(address, program);
    if (place.own) offsets.push_back(place.offset);
    plain.push_back(
        fmt::format("{}+0x{:x}", std::filesystem::path(place.object).filename().string(), place.offset));
  }
  std::vector<std::string> lines = ask_addr2line(program, offsets);
  return lines.empty() ? plain : lines;
}

std::vector<std::string> telling_part(const std::vector<std::string>& frames) {
  const auto is = [](const std::string& frame, const char* part) { return frame.find(part) != frame.npos; };
  std::size_t first = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (is(frames[i], "wn::divergence::") || is(frames[i], "divergence/doors.") ||
        is(frames[i], "divergence/probe.") || is(frames[i], "divergence/stack.") ||
        is(frames[i], "::on_event") || is(frames[i], "::emit at") || is(frames[i], "sim::absorb_event")) {
      first = i + 1;
    }
    if (is(frames[i], "World::step") || is(frames[i], "World::run_until")) break;
  }
  std::vector<std::string> out;
  for (std::size_t i = first; i < frames.size() && out.size() < kShownMax; ++i) {
    if (is(frames[i], "World::step") || is(frames[i], "World::run_until")) break;
    out.push_back(frames[i]);
  }
  return out.empty() ? frames : out;
}

}  // namespace wn::divergence
