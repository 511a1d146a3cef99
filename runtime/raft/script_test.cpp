// Runs every script of testdata/ and compares; WN_REWRITE=1 writes what is printed now instead.
#include "runtime/raft/script.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace wn::raft {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST_CASE("raft: every golden script prints what it printed") {
  std::vector<std::filesystem::path> scripts;
  for (const auto& file : std::filesystem::directory_iterator(WN_ROOM_DIR "/testdata")) {
    if (file.path().extension() == ".txt") scripts.push_back(file.path());
  }
  std::ranges::sort(scripts);
  REQUIRE(scripts.size() >= 10);
  const bool rewrite = std::getenv("WN_REWRITE") != nullptr;
  for (const auto& path : scripts) {
    const std::string expected = read_file(path);
    const std::string actual = testing::run_script(expected);
    if (rewrite) {
      std::ofstream(path, std::ios::binary) << actual;
      continue;
    }
    INFO(path.filename().string());
    CHECK(actual == expected);
  }
}

TEST_CASE("raft: a script that prints something else is noticed") {
  const std::string wrong = "add-nodes voters=1,2,3\n----\nnonsense\n";
  CHECK(testing::run_script(wrong) == "add-nodes voters=1,2,3\n----\nok\n");
}

}  // namespace
}  // namespace wn::raft
