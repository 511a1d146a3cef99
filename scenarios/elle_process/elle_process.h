#pragma once
// Elle as one warm JVM that judges many histories: `worknode check --checker elle`.
//
// The JVM is started with the first history and kept; it is killed and started again after an answer that is
// none, a death or a time-out. An error of `check` says in one line why nothing was judged; it is never a
// verdict. Thread rule: one thread (the JVM dies with the thread that started it).
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "checkers/elle/elle.h"
#include "scenarios/elle_process/line_process.h"

namespace wn::scenarios {

inline constexpr std::string_view kElleJar = "worknode-elle.jar";
inline constexpr std::string_view kElleJarVariable = "WORKNODE_ELLE_JAR";

struct ElleSettings {
  std::filesystem::path jar;                   // empty: see find_elle_jar
  std::vector<std::string> java_options = {};  // "-Xmx8g"; the JVM's own default is a quarter of the memory
  std::int64_t start_ms = 120'000;             // until the JVM has loaded Elle
  std::int64_t check_ms = 600'000;             // one history
  std::vector<std::string> command = {};       // instead of java and the jar (tests)
};

// `given`; else what the variable WORKNODE_ELLE_JAR names; else worknode-elle.jar beside this program, in
// ../share/worknode of it, or in checkers/elle/target of the working directory. Error: not_found.
Result<std::filesystem::path> find_elle_jar(const std::filesystem::path& given);

class ElleProcess {
 public:
  explicit ElleProcess(ElleSettings settings) : settings_(std::move(settings)) {}

  // Errors: not_found (no java, no jar), timed_out, io_error (it died), bad_input (it answers something
  // else), and those of elle_request.
  Result<checkers::Verdict> check(const checkers::History& history, const checkers::ElleOptions& options);
  // The same with times and plots.
  Result<checkers::ElleAnswer> ask(const checkers::History& history, const checkers::ElleOptions& options);

  void limit_check(std::int64_t ms) { settings_.check_ms = ms; }  // of the checks to come
  std::uint64_t starts() const { return starts_; }                // of a JVM

 private:
  Result<void> start();
  Error ended(const Error& error);

  ElleSettings settings_;
  LineProcess process_;
  std::uint64_t starts_ = 0;
  std::uint64_t asked_ = 0;
};

}  // namespace wn::scenarios
