// `worknode check`, run as a person runs it.
#include <nlohmann/json.hpp>

#include "scenarios/cli/test_program.h"

namespace {

using namespace wn::scenarios::testing;

const std::string kStale = std::string(WN_SOURCE_DIR) + "/docs/examples/stale-read.jsonl";

// Two transactions, each blind to the other's append: serializable by nobody.
const std::string kWriteSkew = R"({:process 0 :type :invoke :f :txn :value [[:append 1 1] [:r 2 nil]]}
{:process 1 :type :invoke :f :txn :value [[:append 2 1] [:r 1 nil]]}
{:process 0 :type :ok :f :txn :value [[:append 1 1] [:r 2 []]]}
{:process 1 :type :ok :f :txn :value [[:append 2 1] [:r 1 []]]}
{:process 0 :type :invoke :f :txn :value [[:r 1 nil] [:r 2 nil]]}
{:process 0 :type :ok :f :txn :value [[:r 1 [1]] [:r 2 [1]]]}
)";

TEST_CASE("worknode: check judges weaker consistencies by their names") {
  const Scratch scratch;
  const auto code = [&](const std::string& consistency, const std::string& room, const std::string& history) {
    return scratch
        .worknode("check --model kv --consistency " + consistency + " " + WN_SOURCE_DIR + "/checkers/" +
                  room + "/testdata/" + history + ".jsonl")
        .code;
  };
  CHECK(code("causal", "causal", "wcoread-second-key") == 1);
  CHECK(code("causal", "causal", "cycliccf-two-readers") == 0);
  CHECK(code("causal-convergence", "causal", "cycliccf-two-readers") == 1);
  CHECK(code("session", "session", "mw-older") == 1);
  CHECK(code("monotonic-writes", "session", "mw-older") == 1);
  CHECK(code("read-your-writes", "session", "mw-older") == 0);
  CHECK(code("sequential", "sequential", "store-buffering") == 1);
  CHECK(code("sequential", "sequential", "ok-two-nodes") == 0);
}

TEST_CASE("worknode: check explains and draws what it found") {
  const Scratch scratch;
  const Ran ran = scratch.worknode("check --model kv --explain --picture p.svg --json v.json " + kStale);
  INFO(ran.out << ran.err);
  CHECK(ran.code == 1);
  CHECK(ran.out.find("stale read") != std::string::npos);
  CHECK(ran.out.find("process ") != std::string::npos);
  CHECK(slurp(scratch / "p.svg").starts_with("<svg "));
  const auto json = nlohmann::json::parse(slurp(scratch / "v.json"));
  CHECK(json["verdict"] == "fail");
  CHECK(json["histories"][0]["checker"] == "linearizability");
  CHECK_FALSE(json["histories"][0]["witness"].empty());
  CHECK(scratch.worknode("check --model kv --picture p.html " + kStale).code == 1);
  CHECK(slurp(scratch / "p.html").starts_with("<!doctype html>"));
}

TEST_CASE("worknode: check tells the models that a cycle of transactions rules out, and its reasons") {
  const Scratch scratch;
  const std::string file = scratch.write("skew.edn", kWriteSkew).string();
  const Ran ran = scratch.worknode("check --model list-append --explain --json v.json " + file);
  INFO(ran.out << ran.err);
  CHECK(ran.code == 1);
  CHECK(scratch.worknode("check --model list-append --consistency snapshot-isolation " + file).code == 0);
  CHECK(scratch.worknode("check --model list-append --consistency serializable " + file).code == 1);
}

TEST_CASE("worknode: check follows a pipe and a file, to the same verdicts") {
  const Scratch scratch;
  const Ran file = scratch.worknode("check --model kv --follow --idle 100ms " + kStale);
  INFO(file.out << file.err);
  CHECK(file.code == 1);
  CHECK(file.out.find("stale read") != std::string::npos);
  const Ran pipe = scratch.worknode("check --model kv --follow -", "> stdout < " + kStale);
  INFO(pipe.out << pipe.err);
  CHECK(pipe.code == 1);
  CHECK(pipe.out.find("stale read") != std::string::npos);
  check_refused(scratch, "check --model kv --follow a.edn b.edn", "--follow");
  check_refused(scratch, "check --model kv --follow --idle 0s " + kStale, "--idle");
}

TEST_CASE("worknode: check refuses what cannot be judged, and says what can") {
  const Scratch scratch;
  check_refused(scratch, "check --model kv --consistency nonsense " + kStale, "--consistency");
  check_refused(scratch, "check --model kv --picture p.bmp " + kStale, "--picture");
  check_refused(scratch, "check --model kv --picture p.svg a.edn b.edn", "--picture");
  check_refused(scratch, "check --model semaphore --permits 0 " + kStale, "--permits");
  const std::string twice = scratch
                                .write("twice.edn",
                                       "{:process 0 :type :invoke :f :txn :value [[:append 1 1]]}\n"
                                       "{:process 0 :type :ok :f :txn :value [[:append 1 1]]}\n"
                                       "{:process 0 :type :invoke :f :txn :value [[:append 1 1]]}\n"
                                       "{:process 0 :type :ok :f :txn :value [[:append 1 1]]}\n")
                                .string();
  check_refused(scratch, "check --model list-append " + twice, "twice.edn:3: ");
  const Ran nobody = scratch.worknode("check --model stack --consistency causal x.edn");
  CHECK(nobody.code == 3);
  CHECK(std::ranges::count(nobody.err, '\n') == 1);
}

TEST_CASE("worknode: without Elle, --checker elle is one line and exit 3") {
  const Scratch scratch;
  const std::string file =
      scratch.write("a.edn", "{:process 0 :type :invoke :f :txn :value [[:append 1 1]]}\n").string();
  for (const char* how :
       {"--model list-append --elle-jar no-such.jar ", "--model set ", "--model kv --elle-jar x "}) {
    const Ran elle = scratch.worknode("check --checker elle " + std::string(how) + file);
    CAPTURE(how, elle.err);
    CHECK(elle.code == 3);
    CHECK(std::ranges::count(elle.err, '\n') == 1);
    CHECK(elle.out.empty());
  }
  // A jar that is none: java says so and ends, or there is no java; either way no verdict.
  const std::string jar = scratch.write("not-a.jar", "x").string();
  const Ran broken =
      scratch.worknode("check --checker elle --model list-append --elle-jar " + jar + " " + file);
  CHECK(broken.code == 3);
  CHECK(std::ranges::count(broken.err, '\n') == 1);
  CHECK(broken.out.empty());
}

}  // namespace
