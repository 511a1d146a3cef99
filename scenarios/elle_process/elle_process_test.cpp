// The process handling, against a stand-in (testdata/standin.py) that answers, dies, hangs and lies as it is
// told. With a real jar: elle_corpus_test.cpp.
#include "scenarios/elle_process/elle_process.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "checkers/history/history_io.h"

namespace wn::scenarios {
namespace {

using checkers::ElleOptions;
using checkers::History;
using checkers::Outcome3;

ElleSettings standin(const std::string& how = "well", int since = 1) {
  ElleSettings settings;
  settings.command = {"python3", WN_ROOM_DIR "/testdata/standin.py", how, std::to_string(since)};
  settings.start_ms = 60'000;
  settings.check_ms = 60'000;
  return settings;
}

History history_of(const std::string& seen) {
  const std::string text =
      "{:process 0, :type :invoke, :f :txn, :value [[:append 1 5]]}\n"
      "{:process 0, :type :ok, :f :txn, :value [[:append 1 5]]}\n"
      "{:process 1, :type :invoke, :f :txn, :value [[:r 1 nil]]}\n"
      "{:process 1, :type :ok, :f :txn, :value [[:r 1 [" +
      seen + "]]]}\n";
  return checkers::read_history_text(text, "test").value();
}

const History& good() {
  static const History history = history_of("5");
  return history;
}
const History& bad() {
  static const History history = history_of("5 5");
  return history;
}

TEST_CASE("one process judges many histories") {
  ElleProcess elle(standin());
  for (int i = 0; i < 5; ++i) {
    CHECK(elle.check(good(), {}).value().outcome == Outcome3::pass);
    const auto verdict = elle.check(bad(), {});
    REQUIRE(verdict);
    CHECK(verdict->outcome == Outcome3::fail);
    CHECK(verdict->signature == "isolation: duplicate append");
    CHECK(verdict->operations == std::vector<std::uint64_t>{1});
    CHECK(verdict->ruled_out == std::vector<std::string>{"read-uncommitted"});
  }
  CHECK(elle.starts() == 1);
}

TEST_CASE("what Elle throws is unknown and the process goes on") {
  ElleProcess elle(standin());
  ElleOptions options;
  options.consistency_models = {"no-such-model"};
  const auto verdict = elle.check(good(), options);
  REQUIRE(verdict);
  CHECK(verdict->outcome == Outcome3::unknown);
  CHECK(verdict->explanation.find("unknown model") != std::string::npos);
  CHECK(elle.check(good(), {}).value().outcome == Outcome3::pass);
  CHECK(elle.starts() == 1);
}

TEST_CASE("a process that dies, hangs or lies gives an error, and a fresh one the next verdict") {
  const std::pair<std::string, Errc> cases[] = {{"die", Errc::io_error},
                                                {"garbage", Errc::bad_input},
                                                {"stale", Errc::bad_input},
                                                {"hang", Errc::timed_out},
                                                {"endless", Errc::too_large}};
  for (const auto& [how, code] : cases) {
    CAPTURE(how);
    ElleSettings settings = standin(how, 2);
    if (how == "hang") settings.check_ms = 2'000;
    ElleProcess elle(settings);
    CHECK(elle.check(good(), {}).value().outcome == Outcome3::pass);
    const auto lost = elle.check(bad(), {});
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == code);
    CHECK(lost.error().message.find('\n') == std::string::npos);
    if (how == "die") {
      CHECK(lost.error().message == "Elle's JVM ended: exit code 7: the stand-in dies as it was told");
    }
    CHECK(elle.check(good(), {}).value().outcome == Outcome3::pass);
    CHECK(elle.starts() == 2);
  }
}

TEST_CASE("an answer that says it is the last one is taken and the process started again") {
  ElleProcess elle(standin("fatal", 2));
  CHECK(elle.check(good(), {}).value().outcome == Outcome3::pass);
  const auto last = elle.check(good(), {});
  REQUIRE(last);
  CHECK(last->outcome == Outcome3::unknown);
  CHECK(last->explanation.find("OutOfMemoryError") != std::string::npos);
  CHECK(elle.check(good(), {}).value().outcome == Outcome3::pass);
  CHECK(elle.starts() == 2);
}

TEST_CASE("a process that talks much on standard error does not block") {
  ElleProcess elle(standin("noise"));
  CHECK(elle.check(good(), {}).value().outcome == Outcome3::pass);
  CHECK(elle.check(bad(), {}).value().outcome == Outcome3::fail);
}

TEST_CASE("a driver that does not greet, or greets in another version, is refused") {
  ElleSettings mute = standin("mute");
  mute.start_ms = 500;
  const auto silent = ElleProcess(mute).check(good(), {});
  REQUIRE_FALSE(silent);
  CHECK(silent.error().code == Errc::timed_out);
  const auto newer = ElleProcess(standin("newer")).check(good(), {});
  REQUIRE_FALSE(newer);
  CHECK(newer.error().code == Errc::unsupported);
}

TEST_CASE("no java and no jar are said in one line") {
  ElleSettings no_java;
  no_java.command = {"/nonexistent/java", "-jar", "x"};
  const auto java = ElleProcess(no_java).check(good(), {});
  REQUIRE_FALSE(java);
  CHECK(java.error().code == Errc::not_found);
  CHECK(java.error().message ==
        "no Elle: cannot execute /nonexistent/java: No such file or directory (it needs Java 17)");
  ElleSettings no_jar;
  no_jar.jar = "/nonexistent/elle.jar";
  const auto jar = ElleProcess(no_jar).check(good(), {});
  REQUIRE_FALSE(jar);
  CHECK(jar.error().message == "no Elle: there is no file /nonexistent/elle.jar");
}

TEST_CASE("a large history passes through the pipe") {
  std::string text;
  for (int i = 0; i < 40'000; ++i) {
    const std::string value = "[[:append 1 " + std::to_string(i) + "]]}\n";
    text += "{:process 0, :type :invoke, :f :txn, :value " + value;
    text += "{:process 0, :type :ok, :f :txn, :value " + value;
  }
  const History history = checkers::read_history_text(text, "test").value();
  ElleProcess elle(standin());
  CHECK(elle.check(history, {}).value().outcome == Outcome3::pass);
}

}  // namespace
}  // namespace wn::scenarios
