#pragma once
// The program, run as a person runs it, in a folder that goes away with the test.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace wn::scenarios::testing {

namespace fs = std::filesystem;

#ifndef WN_PROGRAM
#define WN_PROGRAM "worknode"  // the one on the path
#endif

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

inline std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// A folder that goes away with the test.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "worknode-cli-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path operator/(const std::string& name) const { return path_ / name; }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  // `redirect` replaces where standard output goes.
  Ran worknode(const std::string& arguments, const std::string& redirect = "") const {
    const std::string out = (path_ / "stdout").string(), err = (path_ / "stderr").string();
    const std::string command = "cd " + path_.string() + " && " WN_PROGRAM " " + arguments + " </dev/null " +
                                (redirect.empty() ? ">" + out : redirect) + " 2>" + err;
    const int status = std::system(command.c_str());
    return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128, .out = slurp(out), .err = slurp(err)};
  }

 private:
  fs::path path_;
};

// Bad input: exit 2, one line, no crash, nothing on standard output.
inline void check_refused(const Scratch& scratch, const std::string& arguments,
                          const std::string& mentions = "") {
  INFO("worknode " << arguments);
  const Ran ran = scratch.worknode(arguments);
  INFO(ran.out << ran.err);
  CHECK(ran.code == 2);
  CHECK(std::ranges::count(ran.err, '\n') == 1);
  CHECK(ran.err.size() > 10);
  CHECK(ran.out.empty());
  CHECK(ran.err.find(mentions) != std::string::npos);
}

}  // namespace wn::scenarios::testing
