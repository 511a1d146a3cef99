#include "checkers/explain/explain.h"

#include <catch2/catch_test_macros.hpp>

#include "checkers/explain/picture.h"
#include "checkers/history/history_io.h"

namespace wn::checkers {
namespace {

History history_of(const char* text) {
  auto read = read_history_text(text, "test");
  REQUIRE(read.has_value());
  return *std::move(read);
}

const char* const kRegister = R"({"process":0,"type":"invoke","f":"write","key":"<x>","value":1}
{"process":1,"type":"invoke","f":"read","key":"<x>","value":null}
{"process":0,"type":"ok","f":"write","key":"<x>","value":1}
{"process":1,"type":"ok","f":"read","key":"<x>","value":7}
{"process":2,"type":"invoke","f":"write","key":"<x>","value":2}
)";

Verdict violation() {
  Verdict verdict;
  verdict.claim = "linearizability";
  verdict.outcome = Outcome3::fail;
  verdict.signature = "linearizability: value from nowhere";
  verdict.explanation = "nobody wrote 7";
  verdict.operations = {1};
  verdict.order = {.placed = {0}, .states = {"1"}, .stuck = {1}};
  return verdict;
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t n = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++n;
  return n;
}

TEST_CASE("a pass needs no explanation and is drawn as a line of text") {
  const History history = history_of(kRegister);
  Verdict pass;
  pass.claim = "linearizability";
  CHECK(explain(history, pass).empty());
  CHECK(verdict_svg(history, pass).find("linearizability holds: 3 operations") != std::string::npos);
}

TEST_CASE("prose names the signature, the witness, what could be ordered and what could not") {
  const std::string text = explain(history_of(kRegister), violation());
  for (const char* part : {"value from nowhere", "nobody wrote 7", "[1] process 1",
                           "1. write \"<x>\" 1   -> 1", "No place after it for:"}) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("bars: one for each operation shown, the stuck one told apart, texts escaped") {
  const History history = history_of(kRegister);
  const std::string svg = verdict_svg(history, violation());
  CHECK(count(svg, "class=\"placed\"") == 1);
  CHECK(count(svg, "class=\"stuck\"") == 1);
  CHECK(svg.find("&lt;x&gt;") != std::string::npos);
  CHECK(svg.find("\"<x>\"") == std::string::npos);
  CHECK(verdict_html(history, violation(), "a & b").find("<h1>a &amp; b</h1>") != std::string::npos);
}

TEST_CASE("a cycle is drawn with a node and an arrow for each step, and told with its reasons") {
  const History history =
      history_of(R"({"process":0,"type":"invoke","f":"txn","value":[["append",1,1],["r",2,null]]}
{"process":1,"type":"invoke","f":"txn","value":[["append",2,1],["r",1,null]]}
{"process":0,"type":"ok","f":"txn","value":[["append",1,1],["r",2,[]]]}
{"process":1,"type":"ok","f":"txn","value":[["append",2,1],["r",1,[]]]}
)");
  Verdict verdict;
  verdict.outcome = Outcome3::fail;
  verdict.signature = "isolation: G2";
  verdict.anomalies.push_back(
      {.type = "G2-item",
       .explanation = "a contradiction",
       .operations = {0, 1},
       .links = {{0, 1, "rw", "T0 did not see T1's append"}, {1, 0, "rw", "nor T1 T0's"}}});
  verdict.ruled_out = {"repeatable-read"};
  const std::string text = explain(history, verdict);
  CHECK(text.find("[0] < [1] (rw): T0 did not see T1's append") != std::string::npos);
  CHECK(text.find("Does not hold: repeatable-read") != std::string::npos);
  const std::string svg = verdict_svg(history, verdict);
  CHECK(count(svg, "class=\"node\"") == 2);
  CHECK(count(svg, "marker-end") == 2);
}

TEST_CASE("witnesses beyond the history and beyond the limits are left out, and it is said") {
  const History history = history_of(kRegister);
  Verdict verdict = violation();
  verdict.operations.assign(1000, 99);
  verdict.order.stuck = {1'000'000};
  CHECK(operations_shown(history, verdict) == std::vector<std::uint64_t>{0});
  const std::string text = explain(history, verdict);
  CHECK(text.find("… and 952 more") != std::string::npos);
  CHECK(text.find("not in this history") != std::string::npos);
  CHECK_FALSE(verdict_svg(history, verdict).empty());
}

TEST_CASE("a label is cut between characters") {
  const History history =
      history_of("{\"process\":0,\"type\":\"invoke\",\"f\":\"write\",\"value\":\"äöüäöüäöüäöü\"}\n");
  for (std::size_t length = 1; length < 30; ++length) {
    const std::string label = operation_label(history, 0, length);
    const std::string whole = operation_label(history, 0, 200);
    if (label == whole) continue;
    const std::string head = label.substr(0, label.size() - std::string("…").size());
    CHECK(whole.starts_with(head));
    CHECK((static_cast<unsigned char>(whole[head.size()]) & 0xC0U) != 0x80U);
  }
}

}  // namespace
}  // namespace wn::checkers
