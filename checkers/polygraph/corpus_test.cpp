// The recorded histories of register transactions, with the verdicts of Elle. Elle finds a subset of what is
// wrong (it does not know the order of versions), and asks for less at read committed (no sessions, no
// "internal"); so: what Elle rejects is not passed here, and what a strict-serializable database made passes.
#include "checkers/history/corpus.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "checkers/history/history_io.h"
#include "checkers/polygraph/polygraph.h"

namespace wn::checkers::polygraph {
namespace {

// "valid" of the first check of the model without options: "true", "false", …
std::string recorded(const std::string& json, const std::string& model) {
  const auto at = json.find("\"model\": \"" + model + "\"");
  const auto compact = json.find("\"model\":\"" + model + "\"");
  const auto from = std::min(at, compact);
  if (from == std::string::npos) return "";
  const auto valid = json.find("\"valid\"", from);
  const auto value = json.find_first_not_of(": ", valid + 7);
  return json.substr(value, json.find_first_of(",}", value) - value);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

struct Asked {
  const char* model;
  TxnModel txn;
  TxnOrder order;
};
constexpr Asked kAsked[] = {
    {"serializable", TxnModel::serializable, TxnOrder::none},
    {"snapshot-isolation", TxnModel::snapshot_isolation, TxnOrder::none},
    {"strong-session-serializable", TxnModel::serializable, TxnOrder::session},
    {"strict-serializable", TxnModel::serializable, TxnOrder::real_time},
};

TEST_CASE("polygraph: nothing that Elle rejects is passed, and nothing that holds is rejected") {
  const std::filesystem::path folder = corpus_folder(WN_SOURCE_DIR, "elle") / "dev";
  if (!std::filesystem::is_directory(folder)) {
    WARN("no corpus: set WORKNODE_CORPUS");
    return;
  }
  std::map<std::string, std::uint64_t> counts;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() != ".edn" || !path.stem().string().starts_with("rw-")) continue;
    const auto history = read_history_file(path);
    if (!history.has_value()) continue;
    const std::string json = text_of(std::filesystem::path(path).replace_extension(".json"));
    const bool right = path.stem().string().ends_with("-ss");
    INFO(path.string());
    for (const Asked& asked : kAsked) {
      const Verdict v = check_polygraph(*history, asked.txn, asked.order, Budget{});
      const std::string elle = recorded(json, asked.model);
      INFO(asked.model << " Elle " << elle << "\n" << v.signature << "\n" << v.explanation);
      if (elle == "false") CHECK(v.outcome != Outcome3::pass);
      if (right && asked.order != TxnOrder::real_time) CHECK(v.outcome == Outcome3::pass);
      ++counts[std::string(asked.model) + " Elle " + elle + ", here " + std::string(to_string(v.outcome))];
    }
    const Verdict rc = check_level(*history, Level::read_committed, Budget{});
    const std::string elle = recorded(json, "read-committed");
    INFO("read-committed Elle " << elle << "\n" << rc.signature << "\n" << rc.explanation);
    if (elle == "false") CHECK(rc.outcome != Outcome3::pass);
    if (right) CHECK(rc.outcome == Outcome3::pass);
    ++counts["read-committed Elle " + elle + ", here " + std::string(to_string(rc.outcome))];
  }
  std::string told;
  for (const auto& [what, count] : counts) told += what + ": " + std::to_string(count) + "\n";
  INFO(told);
  CHECK(counts.size() > 4);
  if (std::getenv("WORKNODE_TELL") != nullptr) WARN(told);
}

}  // namespace
}  // namespace wn::checkers::polygraph
