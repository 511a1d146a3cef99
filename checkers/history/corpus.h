#pragma once
// Test support: where recorded histories lie, and one line of their manifest. Env WORKNODE_CORPUS names the
// folder that holds `linearizability/` and `elle/`; without it, ../shared/corpus beside the source tree and
// its parent.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace wn::checkers {

inline std::filesystem::path corpus_folder(std::string_view source_dir, std::string_view set) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (const char* named = std::getenv("WORKNODE_CORPUS")) {
    const fs::path p = fs::path(named) / set;
    return fs::is_directory(p, ignored) ? p : fs::path();
  }
  for (const std::string_view up : {"../shared/corpus", "../../shared/corpus"}) {
    const fs::path p = fs::path(source_dir) / up / set;
    if (fs::is_directory(p, ignored)) return p;
  }
  return {};
}

// The text of a field of one line of JSON; enough for manifests that we know.
inline std::string manifest_field(const std::string& line, const std::string& field) {
  const std::string start = "\"" + field + "\": \"";
  const auto at = line.find(start);
  if (at == std::string::npos) return {};
  return line.substr(at + start.size(), line.find('"', at + start.size()) - at - start.size());
}

}  // namespace wn::checkers
