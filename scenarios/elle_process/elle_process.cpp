#include "scenarios/elle_process/elle_process.h"

#include <cstdlib>

namespace wn::scenarios {
namespace {

constexpr std::size_t kGreetingMax = 4096;

std::string java() {
  const char* home = std::getenv("JAVA_HOME");
  std::error_code error;
  if (home != nullptr && *home != '\0') {
    const auto program = std::filesystem::path(home) / "bin" / "java";
    if (std::filesystem::exists(program, error)) return program.string();
  }
  return "java";
}

}  // namespace

Result<std::filesystem::path> find_elle_jar(const std::filesystem::path& given) {
  std::error_code error;
  const auto there = [&](const std::filesystem::path& path) {
    return std::filesystem::is_regular_file(path, error);
  };
  if (!given.empty()) {
    if (there(given)) return given;
    return fail(Errc::not_found, "no Elle: there is no file " + given.string());
  }
  const char* named = std::getenv(std::string(kElleJarVariable).c_str());
  if (named != nullptr && *named != '\0') {
    if (there(named)) return std::filesystem::path(named);
    return fail(Errc::not_found, "no Elle: " + std::string(kElleJarVariable) + " names " + named +
                                     ", and there is no such file");
  }
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const auto& path : {program / kElleJar, program.parent_path() / "share/worknode" / kElleJar,
                           std::filesystem::path("checkers/elle/target") / kElleJar}) {
    if (there(path)) return path;
  }
  return fail(Errc::not_found, "no Elle: make " + std::string(kElleJar) +
                                   " with `lein uberjar` in checkers/elle and name it with --elle-jar or " +
                                   std::string(kElleJarVariable));
}

Result<void> ElleProcess::start() {
  std::vector<std::string> command = settings_.command;
  if (command.empty()) {
    const auto jar = find_elle_jar(settings_.jar);
    if (!jar) return fail(jar.error());
    command = {java(), "-Djava.awt.headless=true"};
    command.insert(command.end(), settings_.java_options.begin(), settings_.java_options.end());
    command.insert(command.end(), {"-jar", jar->string()});
  }
  if (auto started = process_.start(command); !started) {
    return fail(started.error().code, "no Elle: " + started.error().message + " (it needs Java 17)");
  }
  ++starts_;
  const auto line = process_.exchange({}, settings_.start_ms, kGreetingMax);
  if (!line) return fail(ended(line.error()));
  if (auto greeted = checkers::elle_greeting(*line); !greeted) {
    process_.stop();
    return fail(greeted.error());
  }
  return {};
}

// One line of what happened; the process is gone afterwards.
Error ElleProcess::ended(const Error& error) {
  const std::string how = process_.stop();
  const std::string message =
      error.code == Errc::io_error ? "Elle's JVM ended: " + how : "Elle's JVM was killed: " + error.message;
  return {.code = error.code, .message = message};
}

Result<checkers::ElleAnswer> ElleProcess::ask(const checkers::History& history,
                                              const checkers::ElleOptions& options) {
  const auto request = checkers::elle_request(history, options, ++asked_);
  if (!request) return fail(request.error());
  if (!process_.running()) {
    process_.stop();
    if (auto started = start(); !started) return fail(started.error());
  }
  const auto line = process_.exchange(request->bytes, settings_.check_ms, checkers::kElleAnswerBytesMax);
  if (!line) return fail(ended(line.error()));
  auto answer = checkers::elle_answer(*line, *request, history, options);
  if (!answer || answer->fatal) process_.stop();
  return answer;
}

Result<checkers::Verdict> ElleProcess::check(const checkers::History& history,
                                             const checkers::ElleOptions& options) {
  auto answer = ask(history, options);
  if (!answer) return fail(answer.error());
  return std::move(answer->verdict);
}

}  // namespace wn::scenarios
