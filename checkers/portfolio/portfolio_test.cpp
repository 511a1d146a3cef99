#include "checkers/portfolio/portfolio.h"

#include <catch2/catch_test_macros.hpp>

#include "checkers/history/history_io.h"

namespace wn::checkers {
namespace {

Outcome3 outcome(const Question& question, const char* text) {
  const auto judge = Judge::choose(question);
  REQUIRE(judge.has_value());
  const auto history = read_history_text(text, "test");
  REQUIRE(history.has_value());
  return judge->judge(*history, {}).outcome;
}

// A write that is over before a read begins which does not see it.
const char* const kStale = R"({"process":0,"type":"invoke","f":"write","key":"x","value":1}
{"process":0,"type":"ok","f":"write","key":"x","value":1}
{"process":0,"type":"invoke","f":"write","key":"x","value":2}
{"process":0,"type":"ok","f":"write","key":"x","value":2}
{"process":1,"type":"invoke","f":"read","key":"x","value":null}
{"process":1,"type":"ok","f":"read","key":"x","value":1}
)";

TEST_CASE("every model has a judge for what it asks when nobody says") {
  for (const ModelWord& model : model_words()) {
    INFO(model.name);
    const auto judge = Judge::choose({.model = std::string(model.name), .consistency = ""});
    REQUIRE(judge.has_value());
    CHECK(judge->consistency() == model.consistency);
    CHECK_FALSE(judge->checker().empty());
    CHECK_FALSE(judge->pass_means().empty());
  }
}

TEST_CASE(
    "unknown words are refused with those that are known, known ones that nobody judges are unsupported") {
  const auto model = Judge::choose({.model = "nonsense", .consistency = ""});
  REQUIRE_FALSE(model.has_value());
  CHECK(model.error().code == Errc::invalid_argument);
  CHECK(model.error().message.find("cas-register") != std::string::npos);
  const auto consistency = Judge::choose({.model = "kv", .consistency = "nonsense"});
  REQUIRE_FALSE(consistency.has_value());
  CHECK(consistency.error().message.find("linearizable") != std::string::npos);
  const auto nobody = Judge::choose({.model = "stack", .consistency = "causal"});
  REQUIRE_FALSE(nobody.has_value());
  CHECK(nobody.error().code == Errc::unsupported);
}

TEST_CASE("the same history is stale for linearizability and fine for what knows no real time") {
  CHECK(outcome({.model = "register", .consistency = "linearizable"}, kStale) == Outcome3::fail);
  for (const char* weaker :
       {"sequential", "causal", "causal-convergence", "pram", "session", "monotonic-reads"}) {
    INFO(weaker);
    CHECK(outcome({.model = "register", .consistency = weaker}, kStale) == Outcome3::pass);
  }
}

// Two transactions that each miss the other's write.
const char* const kSkew = R"({"process":0,"type":"invoke","f":"txn","value":[["w",1,1],["r",2,null]]}
{"process":1,"type":"invoke","f":"txn","value":[["w",2,1],["r",1,null]]}
{"process":0,"type":"ok","f":"txn","value":[["w",1,1],["r",2,null]]}
{"process":1,"type":"ok","f":"txn","value":[["w",2,1],["r",1,null]]}
)";

TEST_CASE("a skewed pair of writes is snapshot-isolated and not serializable, by graphs and by proof") {
  for (const bool exact : {false, true}) {
    INFO(exact);
    const auto judged = [&](const char* consistency) {
      return outcome({.model = "rw-register", .consistency = consistency, .exact = exact}, kSkew);
    };
    CHECK(judged("serializable") == Outcome3::fail);
    CHECK(judged("snapshot-isolation") == Outcome3::pass);
    CHECK(judged("read-committed") == Outcome3::pass);
  }
}

TEST_CASE("a read of the last write but one is 2-atomic and not 1-atomic") {
  const auto judge = Judge::choose({.model = "register", .consistency = "k-atomic"});
  REQUIRE(judge.has_value());
  const auto history = read_history_text(kStale, "test");
  REQUIRE(history.has_value());
  JudgeOptions options;
  CHECK(judge->judge(*history, options).outcome == Outcome3::pass);
  options.k = 1;
  CHECK(judge->judge(*history, options).outcome == Outcome3::fail);
}

}  // namespace
}  // namespace wn::checkers
