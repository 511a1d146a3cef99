#include "scenarios/cli/json_io.h"
#include "scenarios/cli/json_parts.h"

namespace wn::scenarios {
namespace {

Json anomalies_json(const checkers::Verdict& v) {
  Json list = Json::array();
  for (const checkers::Anomaly& a : v.anomalies) {
    Json links = Json::array();
    for (const checkers::Link& l : a.links)
      links.push_back({{"from", l.from}, {"to", l.to}, {"kind", l.kind}, {"why", l.why}});
    list.push_back(
        {{"type", a.type}, {"explanation", a.explanation}, {"operations", a.operations}, {"cycle", links}});
  }
  return list;
}

}  // namespace

Json verdict_json(const checkers::Verdict& v) {
  return {{"claim", v.claim},
          {"verdict", std::string(checkers::to_string(v.outcome))},
          {"signature", v.signature},
          {"explanation", v.explanation},
          {"operations", v.operations},
          {"events", v.events},
          {"at_ns", v.at_ns}};
}

std::string check_json(const std::vector<CheckedHistory>& checked, checkers::Outcome3 outcome) {
  Json histories = Json::array();
  for (const CheckedHistory& c : checked) {
    Json item{{"history", c.file},
              {"model", c.model},
              {"consistency", c.consistency},
              {"checker", c.checker},
              {"read_seconds", c.read_seconds},
              {"seconds", c.seconds}};
    item.update(verdict_json(c.verdict));
    item["anomalies"] = anomalies_json(c.verdict);
    item["not"] = c.verdict.ruled_out;
    item["also_not"] = c.verdict.also_ruled_out;
    item["order"] = {{"placed", c.verdict.order.placed}, {"stuck", c.verdict.order.stuck}};
    item["witness"] = c.verdict.operations;
    item["operations"] = c.operations;
    histories.push_back(std::move(item));
  }
  return page({{"verdict", std::string(checkers::to_string(outcome))}, {"histories", histories}});
}

}  // namespace wn::scenarios
