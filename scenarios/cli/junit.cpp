#include "scenarios/cli/junit.h"

#include <fmt/format.h>

namespace wn::scenarios {
namespace {

// The length of the well-formed UTF-8 sequence at the start of `text` that XML 1.0 allows; 0 when there is
// none.
std::size_t valid_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return lead >= 0x20 || lead == '\t' || lead == '\n' || lead == '\r' ? 1 : 0;
  const std::size_t length = lead >= 0xF0 && lead <= 0xF4  ? 4
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool forbidden =
      (code >= 0xD800 && code <= 0xDFFF) || code == 0xFFFE || code == 0xFFFF || code > 0x10FFFF;
  return overlong || forbidden ? 0 : length;
}

double seconds_of(std::uint64_t us) { return static_cast<double>(us) / 1e6; }

std::string case_xml(const SweepTotals::Key& key, const SweepTotals::Outcome& outcome) {
  std::string body;
  if (!outcome.trouble.empty()) {
    body = "<error message=\"" + xml_escaped(outcome.trouble) + "\"/>";
  } else if (outcome.outcome == checkers::Outcome3::fail) {
    body = "<failure message=\"" + xml_escaped(outcome.signature) + "\">replay: worknode run " +
           xml_escaped(key.first) + " --seed " + std::to_string(key.second) + "</failure>";
  } else if (outcome.outcome == checkers::Outcome3::unknown) {
    body = "<skipped message=\"" + xml_escaped("inconclusive: " + outcome.signature) + "\"/>";
  }
  return fmt::format("    <testcase classname=\"{}\" name=\"seed {}\" time=\"{:.6f}\">{}</testcase>\n",
                     xml_escaped(key.first), key.second, seconds_of(outcome.wall_us), body);
}

struct Suite {
  std::uint64_t tests = 0, failures = 0, errors = 0, skipped = 0, wall_us = 0;
  std::string cases;
};

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = valid_character(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    switch (text[0]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\r':
        out += "&#13;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string junit_xml(const SweepTotals& totals) {
  const bool every_case = totals.seeds() <= kJunitCasesMax;
  std::map<std::string, Suite> suites;
  for (const auto& [key, outcome] : totals.outcomes()) {
    Suite& suite = suites[key.first];
    const bool passed = outcome.trouble.empty() && outcome.outcome == checkers::Outcome3::pass;
    suite.wall_us += outcome.wall_us;
    if (passed && !every_case) continue;
    ++suite.tests;
    if (!outcome.trouble.empty()) {
      ++suite.errors;
    } else if (outcome.outcome == checkers::Outcome3::fail) {
      ++suite.failures;
    } else if (outcome.outcome == checkers::Outcome3::unknown) {
      ++suite.skipped;
    }
    suite.cases += case_xml(key, outcome);
  }
  for (const ScenarioTotals& scenario : totals.scenarios()) {
    for (const std::string& name : scenario.missing()) {
      Suite& suite = suites[scenario.about.scenario];
      ++suite.tests;
      ++suite.failures;
      suite.cases += fmt::format(
          "    <testcase classname=\"{0}\" name=\"sometimes: {1}\" time=\"0\"><failure message=\"{1} never "
          "happened "
          "in {2} seeds\"/></testcase>\n",
          xml_escaped(scenario.about.scenario), xml_escaped(name), scenario.seeds);
    }
  }
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"worknode chaos\">\n";
  for (const auto& [name, suite] : suites) {
    xml += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
        "time=\"{:.6f}\">\n",
        xml_escaped(name), suite.tests, suite.failures, suite.errors, suite.skipped,
        seconds_of(suite.wall_us));
    xml += fmt::format("    <properties><property name=\"strategy\" value=\"{}\"/></properties>\n",
                       xml_escaped(totals.strategy()));
    xml += suite.cases + "  </testsuite>\n";
  }
  return xml + "</testsuites>\n";
}

}  // namespace wn::scenarios
