#include "checkers/elle/elle.h"

#include <catch2/catch_test_macros.hpp>

#include "checkers/history/history_io.h"
#include "runtime/base/random.h"

namespace wn::checkers {
namespace {

History history_of(const std::string& text) { return read_history_text(text, "test").value(); }

// Two transactions, each of which reads the other's append.
const char* const kG1c = R"(
{:process 0, :type :invoke, :f :txn, :value [[:append 1 5] [:r 2 nil]]}
{:process 1, :type :invoke, :f :txn, :value [[:append 2 6] [:r 1 nil]]}
{:process 1, :type :ok, :f :txn, :value [[:append 2 6] [:r 1 [5]]]}
{:process 0, :type :ok, :f :txn, :value [[:append 1 5] [:r 2 [6]]]}
)";

const char* const kG1cAnswer =
    R"({"valid":false,"anomaly_types":["G1c"],"not":["read-committed"],"also_not":["serializable"],)"
    R"("counts":{"G1c":1},"anomalies":{"G1c":[{"operations":[3,2],"text":"{:type :G1c}","steps":[)"
    R"({"type":"wr","key":"1","value":"5","next":null},{"type":"wr","key":"2","value":"6","next":null}]}]},)"
    R"("check_ms":320,"read_ms":33,"id":7})";

std::string body_of(const ElleRequest& request) {
  return request.bytes.substr(request.bytes.find('}', request.bytes.find('{')) + 1);
}

TEST_CASE("a request says the options, the sizes and one line an event") {
  ElleOptions options;
  options.consistency_models = {"serializable", "PL-2"};
  options.anomalies = {"G1a"};
  options.plot_directory = "a \"b\"";
  const auto request = elle_request(history_of(kG1c), options, 7);
  REQUIRE(request);
  const std::string head =
      R"({:model :list-append, :consistency-models [:serializable :PL-2], :anomalies [:G1a], )"
      R"(:cycle-search-timeout 1000, :directory "a \"b\""})";
  const std::string body =
      "{:index 0 :process 0 :type :invoke :f :txn :value [[:append 1 5][:r 2 nil]]}\n"
      "{:index 1 :process 1 :type :invoke :f :txn :value [[:append 2 6][:r 1 nil]]}\n"
      "{:index 2 :process 1 :type :ok :f :txn :value [[:append 2 6][:r 1 [5]]]}\n"
      "{:index 3 :process 0 :type :ok :f :txn :value [[:append 1 5][:r 2 [6]]]}\n";
  CHECK(request->bytes ==
        "check 7 " + std::to_string(head.size()) + " " + std::to_string(body.size()) + "\n" + head + body);
  CHECK(request->operations == std::vector<std::uint64_t>{0, 1, 1, 0});
}

TEST_CASE("what is open at the end gets an info, and a failed transaction shows no reads") {
  const History history = history_of(R"(
{:process 0, :type :invoke, :f :txn, :value [[:append 1 5]]}
{:process 1, :type :invoke, :f :txn, :value [[:append 1 6] [:r 1 nil]]}
{:process 1, :type :fail, :f :txn, :value [[:append 1 6] [:r 1 nil]]}
)");
  const auto request = elle_request(history, {});
  REQUIRE(request);
  CHECK(body_of(*request).ends_with(
      "{:index 2 :process 1 :type :fail :f :txn :value [[:append 1 6][:r 1 nil]]}\n"
      "{:index 3 :process 0 :type :info :f :txn :value [[:append 1 5]]}\n"));
  CHECK(request->operations == std::vector<std::uint64_t>{0, 1, 1, 0});
}

TEST_CASE("single operations are transactions, others are refused") {
  const auto request = elle_request(history_of(R"(
{:process 0, :type :invoke, :f :append, :key "x", :value 5}
{:process 0, :type :ok, :f :append, :key "x", :value 5}
{:process 0, :type :invoke, :f :read, :key "x"}
{:process 0, :type :ok, :f :read, :key "x", :value [5]}
)"),
                                    {});
  REQUIRE(request);
  CHECK(body_of(*request).find(":ok :f :txn :value [[:append \"x\" 5]]}") != std::string::npos);
  CHECK(body_of(*request).find(":ok :f :txn :value [[:r \"x\" [5]]]}") != std::string::npos);
  const auto cas = elle_request(history_of(R"(
{:process 0, :type :invoke, :f :cas, :key 1, :value [1 2]}
{:process 0, :type :ok, :f :cas, :key 1, :value [1 2]}
)"),
                                {});
  REQUIRE_FALSE(cas);
  CHECK(cas.error().code == Errc::unsupported);
}

TEST_CASE("values that are no numbers, texts or keywords cannot become equal to others") {
  const auto request = elle_request(history_of(R"(
{:process 0, :type :invoke, :f :txn, :value [[:append :a 1.0] [:append [1 nil] true] [:append 3 "1.0"]]}
)"),
                                    {});
  REQUIRE(request);
  CHECK(body_of(*request).find(
            R"([[:append :a "\u00011.0"][:append [1 nil] "\u0001true"][:append 3 "1.0"]])") !=
        std::string::npos);
}

TEST_CASE("a request for nothing, with a bad name, or that writes nil is refused") {
  const History history = history_of(kG1c);
  const auto code = [&](const ElleOptions& options) { return elle_request(history, options).error().code; };
  ElleOptions nothing;
  nothing.consistency_models.clear();
  CHECK(code(nothing) == Errc::invalid_argument);
  ElleOptions name;
  name.consistency_models = {"serializable] :x [:y"};
  CHECK(code(name) == Errc::invalid_argument);
  ElleOptions keys;
  keys.wfr_keys = true;
  CHECK(code(keys) == Errc::invalid_argument);
  const auto nil = elle_request(
      history_of("{:process 0, :type :invoke, :f :txn, :value [[:append 1 nil]]}\n"), ElleOptions{});
  REQUIRE_FALSE(nil);
  CHECK(nil.error().code == Errc::unsupported);
}

TEST_CASE("a cycle comes back as operations and links, with prose") {
  const History history = history_of(kG1c);
  const auto request = elle_request(history, {}, 7);
  const auto answer = elle_answer(kG1cAnswer, *request, history, {});
  REQUIRE(answer);
  const Verdict& v = answer->verdict;
  CHECK(v.outcome == Outcome3::fail);
  CHECK(v.signature == "isolation: G1c");
  CHECK(v.operations == std::vector<std::uint64_t>{0, 1});
  CHECK(v.ruled_out == std::vector<std::string>{"read-committed"});
  CHECK(v.also_ruled_out == std::vector<std::string>{"serializable"});
  REQUIRE(v.anomalies.size() == 1);
  REQUIRE(v.anomalies[0].links.size() == 2);
  CHECK(v.anomalies[0].links[0].from == 0);
  CHECK(v.anomalies[0].links[0].to == 1);
  CHECK(v.anomalies[0].links[1].to == 0);
  CHECK(v.anomalies[0].links[0].kind == "wr");
  CHECK(v.anomalies[0].links[0].why == "T1 read what T0 wrote: 5 of key 1");
  CHECK(v.explanation.find("T0 < T1, because T1 read what T0 wrote") != std::string::npos);
  CHECK(answer->check_ms == 320);
  CHECK_FALSE(answer->fatal);
}

TEST_CASE("pass comes of a clean answer to this request alone") {
  const History history = history_of(kG1c);
  const auto request = elle_request(history, {}, 7);
  const auto outcome = [&](const std::string& line) -> std::string {
    const auto answer = elle_answer(line, *request, history, {});
    if (!answer) return std::string(to_string(answer.error().code));
    return std::string(to_string(answer->verdict.outcome));
  };
  CHECK(outcome(R"({"id":7,"valid":true,"anomaly_types":[]})") == "pass");
  const std::string refused(to_string(Errc::bad_input));
  for (
      const char* line :
      {R"({"id":8,"valid":true})", R"({"valid":true})", R"({"id":7})", R"({"id":7,"valid":"true"})",
       R"({"id":7,"valid":1})", R"({"id":7,"valid":true,"anomaly_types":["G0"]})",
       R"({"id":7,"valid":true,"anomalies":{"G0":[]}})", R"({"id":7,"valid":true,"not":["x"]})",
       R"({"id":7,"valid":true} x)", R"({"id":7,"valid":true)", R"({"id":7,"valid":false})",
       R"({"id":7,"valid":true,"anomaly_types":7})", R"([])", "", "true", R"({"id":7,"valid":"error"})",
       R"({"id":7,"valid":false,"anomaly_types":["G0"],"check_ms":-1})",
       R"({"id":7,"valid":false,"anomaly_types":["G0"],"anomalies":{"G0":[{"operations":[4]}]}})",
       R"({"id":7,"valid":false,"anomaly_types":["G0"],"anomalies":{"G0":[{"operations":[1],"steps":[]}]}})"}) {
    CAPTURE(line);
    CHECK(outcome(line) == refused);
  }
  CHECK(outcome(R"({"id":7,"valid":"unknown","anomaly_types":["empty-transaction-graph"]})") == "unknown");
  CHECK(outcome(R"({"id":7,"valid":"error","error":"AssertionError"})") == "unknown");
  CHECK(outcome(R"({"valid":"error","error":"expected a frame","fatal":true})") == "unknown");
}

TEST_CASE("a pass over a read of what nobody wrote is unknown") {
  const History history = history_of(R"(
{:process 0, :type :invoke, :f :write, :key 1, :value 5}
{:process 0, :type :ok, :f :write, :key 1, :value 5}
{:process 0, :type :invoke, :f :read, :key 1}
{:process 0, :type :ok, :f :read, :key 1, :value 6}
)");
  const ElleOptions options{.model = ElleModel::rw_register};
  const auto request = elle_request(history, options);
  REQUIRE(request);
  CHECK(request->garbage_read == 1);
  const auto answer = elle_answer(R"({"id":0,"valid":true})", *request, history, options);
  REQUIRE(answer);
  CHECK(answer->verdict.outcome == Outcome3::unknown);
}

TEST_CASE("greetings") {
  CHECK(elle_greeting(R"({"worknode_elle":1,"java":"17"})"));
  CHECK(elle_greeting(R"({"worknode_elle":2})").error().code == Errc::unsupported);
  CHECK(elle_greeting("Error: no such jar").error().code == Errc::bad_input);
  CHECK(elle_greeting(R"({"worknode_elle":"1"})").error().code == Errc::bad_input);
}

// Bytes changed, cut and doubled: never a crash, and never a pass of what was a violation.
TEST_CASE("an answer that was tampered with is refused or still no pass") {
  const History history = history_of(kG1c);
  const auto request = elle_request(history, {}, 7);
  const std::string answer = kG1cAnswer;
  std::uint64_t taken = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string line = answer;
    Draw random = Random(11).at("tamper", 0, static_cast<std::uint64_t>(i));
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      const std::size_t at = random.below(line.size());
      switch (random.below(4)) {
        case 0:
          line[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          line.erase(at, 1 + random.below(20));
          break;
        case 2:
          line.insert(at, line.substr(at / 2, 1 + random.below(20)));
          break;
        default:
          line[at] = "{}[],:\"0-"[random.below(9)];
      }
      if (line.empty()) line = " ";
    }
    const auto read = elle_answer(line, *request, history, {});
    if (!read) continue;
    ++taken;
    CHECK(read->verdict.outcome != Outcome3::pass);
    for (const Anomaly& anomaly : read->verdict.anomalies) {
      for (const std::uint64_t op : anomaly.operations) CHECK(op < history.operations.size());
    }
  }
  CHECK(taken > 100);  // else the loop tests nothing
}

}  // namespace
}  // namespace wn::checkers
