// Where the verdict differs from Elle's, each with its reason (the table in elle_agreement_test.cpp).
#include <catch2/catch_test_macros.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

#include "checkers/history/history_io.h"
#include "checkers/isolation/isolation.h"

namespace wn::checkers {
namespace {

// EDN lines of transactions: "p i|o|f|n value" = process, invoke/ok/fail/info, value.
Verdict judge(const IsolationOptions& options, std::initializer_list<std::string_view> lines) {
  std::string text;
  for (const std::string_view line : lines) {
    const char t = line[2];
    const std::string_view type = t == 'i' ? ":invoke" : t == 'o' ? ":ok" : t == 'f' ? ":fail" : ":info";
    text += std::string("{:process ") + line[0] + " :type " + std::string(type) + " :f :txn :value " +
            std::string(line.substr(4)) + "}\n";
  }
  const auto history = read_history_text(text, "tale");
  if (!history) FAIL(history.error().to_string());
  return check_isolation(*history, options);
}

IsolationOptions registers(std::string model = "strict-serializable") {
  IsolationOptions out;
  out.model = TransactionModel::rw_register;
  out.consistency_models = {std::move(model)};
  return out;
}

}  // namespace

TEST_CASE("isolation: an info write of a register that was seen is part of cycles") {
  const Verdict v =
      judge(registers("read-committed"),
            {"0 i [[:w 1 1] [:r 2 nil]]", "0 n [[:w 1 1] [:r 2 nil]]", "1 i [[:w 3 1] [:r 1 nil]]",
             "1 o [[:w 3 1] [:r 1 1]]", "2 i [[:r 1 nil]]", "2 o [[:r 1 nil]]"});
  CHECK(v.outcome == Outcome3::pass);
  const Verdict w = judge(registers(), {"0 i [[:w 1 1]]", "0 n [[:w 1 1]]", "1 i [[:r 1 nil]]",
                                        "1 o [[:r 1 1]]", "2 i [[:r 1 nil]]", "2 o [[:r 1 nil]]"});
  CHECK(w.signature == "isolation: G-single-realtime");
  const Verdict unseen = judge(registers(), {"0 i [[:w 1 1]]", "0 n [[:w 1 1]]", "1 i [[:r 1 nil]]",
                                             "1 o [[:r 1 nil]]", "2 i [[:r 1 nil]]", "2 o [[:r 1 nil]]"});
  CHECK(unseen.outcome == Outcome3::pass);
}

TEST_CASE("isolation: a read of what nobody wrote is told") {
  const Verdict v = judge(registers("read-committed"), {"0 i [[:r 1 nil]]", "0 o [[:r 1 7]]"});
  CHECK(v.signature == "isolation: value from nowhere");
  CHECK(judge(registers("read-uncommitted"), {"0 i [[:r 1 nil]]", "0 o [[:r 1 7]]"}).outcome ==
        Outcome3::unknown);
  CHECK(judge({}, {"0 i [[:r 1 nil]]", "0 o [[:r 1 [7]]]"}).signature == "isolation: value from nowhere");
}

TEST_CASE("isolation: what breaks the model's rules is unknown, with the reason") {
  const auto reason = [](const Verdict& v) {
    CHECK(v.outcome == Outcome3::unknown);
    CHECK(v.anomalies.empty());
    return v.explanation;
  };
  CHECK(reason(judge({}, {"0 i [[:append 1 1]]", "0 f [[:append 1 1]]", "1 i [[:append 1 1]]",
                          "1 o [[:append 1 1]]"}))
            .find("appended twice") != std::string::npos);
  CHECK(reason(judge(registers(), {"0 i [[:w 1 1]]", "0 o [[:w 1 1]]", "1 i [[:w 1 1]]", "1 o [[:w 1 1]]"}))
            .find("written twice") != std::string::npos);
  CHECK(reason(judge(registers(), {"0 i [[:w 1 nil]]", "0 o [[:w 1 nil]]"})).find("writes nil") !=
        std::string::npos);
  CHECK(reason(judge({}, {"0 i [[:w 1 1]]", "0 o [[:w 1 1]]"})).find("register") != std::string::npos);
  CHECK(reason(judge(registers(), {"0 i [[:append 1 1]]", "0 o [[:append 1 1]]"})).find("list") !=
        std::string::npos);
  IsolationOptions options;
  options.consistency_models = {"serialisable"};
  CHECK(reason(judge(options, {"0 i []", "0 o []"})).find("serialisable") != std::string::npos);
}

TEST_CASE("isolation: nil and the empty list are the same") {
  CHECK(judge({}, {"0 i [[:r 1 nil] [:r 1 nil]]", "0 o [[:r 1 nil] [:r 1 []]]"}).outcome ==
        Outcome3::unknown);
}

TEST_CASE("isolation: a transaction without a value did nothing; keys of several types are different") {
  CHECK(judge({}, {"0 i nil", "0 o nil", "1 i [[:append 1 1]]", "1 o [[:append 1 1]]"}).outcome ==
        Outcome3::pass);
  CHECK(judge(registers(), {"0 i [[:w :x 1]]", "0 o [[:w :x 1]]", "1 i [[:w 5 1]]", "1 o [[:w 5 1]]"})
            .outcome == Outcome3::pass);
}

TEST_CASE("isolation: an edge of two kinds closes cycles as either") {
  // T0 ended before T1 began, and read what T1 overwrote; T1 did not see T0's write.
  const Verdict v = judge(registers(), {"0 i [[:w 3 1] [:r 2 nil]]", "0 o [[:w 3 1] [:r 2 nil]]",
                                        "1 i [[:w 2 4] [:r 3 nil]]", "1 o [[:w 2 4] [:r 3 nil]]"});
  REQUIRE(v.anomalies.size() == 2);
  CHECK(v.anomalies[0].type == "G-single-item-realtime");
  CHECK(v.anomalies[1].type == "G2-item");
}

TEST_CASE("isolation: a history that says nothing is unknown, and passes leniently") {
  IsolationOptions options;
  CHECK(judge(options, {"0 i [[:append 1 1]]", "1 i [[:r 1 nil]]"}).outcome == Outcome3::unknown);
  options.lenient = true;
  CHECK(judge(options, {"0 i [[:append 1 1]]", "1 i [[:r 1 nil]]"}).outcome == Outcome3::pass);
}

TEST_CASE("isolation: registers, the order of versions and who read whom") {
  CHECK(judge(registers("read-committed"), {"0 i [[:w 1 1] [:r 2 nil]]", "1 i [[:w 2 1] [:r 1 nil]]",
                                            "0 o [[:w 1 1] [:r 2 1]]", "1 o [[:w 2 1] [:r 1 1]]"})
            .signature == "isolation: G1c");
  // Only the order of 1 and 2, which one process wrote one after the other, closes this.
  IsolationOptions options = registers("read-committed");
  const std::initializer_list<std::string_view> lines = {"0 i [[:w 1 1] [:r 3 nil]]",
                                                         "0 o [[:w 1 1] [:r 3 1]]", "0 i [[:w 1 2] [:w 3 1]]",
                                                         "0 o [[:w 1 2] [:w 3 1]]"};
  CHECK(judge(options, lines).outcome == Outcome3::pass);
  options.sequential_keys = true;
  CHECK(judge(options, lines).signature == "isolation: G1c");
  CHECK(judge(registers("read-committed"),
              {"0 i [[:w 1 1] [:w 1 2]]", "1 i [[:r 1 nil]]", "1 o [[:r 1 1]]", "0 o [[:w 1 1] [:w 1 2]]"})
            .signature == "isolation: G1b");
  CHECK(judge(registers("cursor-stability"), {"0 i [[:r 1 nil] [:w 1 1]]", "1 i [[:r 1 nil] [:w 1 2]]",
                                              "0 o [[:r 1 nil] [:w 1 1]]", "1 o [[:r 1 nil] [:w 1 2]]"})
            .signature == "isolation: lost-update");
}

TEST_CASE("isolation: a transaction sees one state of a list, and what it appends itself") {
  const auto twice = [](const std::string& first, const std::string& second) {
    return judge({}, {"1 i [[:append 1 1]]", "1 o [[:append 1 1]]", "1 i [[:append 1 2]]",
                      "0 i [[:r 1 nil] [:r 1 nil]]", "1 o [[:append 1 2]]",
                      "0 o [[:r 1 " + first + "] [:r 1 " + second + "]]"})
        .signature;
  };
  CHECK(twice("[1]", "[1]").empty());
  CHECK(twice("[1 2]", "[1 2]").empty());
  CHECK(twice("[1]", "[1 2]") == "isolation: internal");
  CHECK(twice("[1 2]", "[1]") == "isolation: internal");
}

}  // namespace wn::checkers
