// Recorded and generated histories with known verdicts. Skipped, and saying so, where the corpus is not
// there.
#include "checkers/history/corpus.h"

#include <catch2/catch_test_macros.hpp>
#include <fstream>

#include "checkers/collections/collections.h"
#include "checkers/history/history_io.h"

namespace wn::checkers {
namespace {

std::optional<CollectionModel> model_of(const std::string& name) {
  if (name == "atomic-queue") return CollectionModel::queue;
  if (name == "atomic-stack") return CollectionModel::stack;
  if (name == "pq") return CollectionModel::priority_queue;
  return collection_named(name);
}

void judge(const std::string& set, int refused_max) {
  const auto corpus = corpus_folder(WN_SOURCE_DIR, "linearizability");
  if (corpus.empty()) SKIP("skipped: corpus not there (set WORKNODE_CORPUS)");
  std::ifstream manifest(corpus / "manifest.jsonl");
  REQUIRE(manifest);
  int right = 0, unlabelled = 0, searched = 0, refused = 0;
  for (std::string line; std::getline(manifest, line);) {
    if (manifest_field(line, "set") != set) continue;
    const std::string file = manifest_field(line, "file");
    const auto model = model_of(manifest_field(line, "model"));
    CAPTURE(file);
    REQUIRE(model);
    const auto history = read_history_file(corpus / file);
    if (!history) {
      WARN("refused: " << history.error().to_string());
      ++refused;
      continue;
    }
    CollectionStats stats;
    const Verdict v = check_collection(*history, *model, {}, {}, &stats);
    const std::string expected = manifest_field(line, "expected");
    CAPTURE(expected, v.signature, v.explanation);
    searched += stats.searched == 0 ? 0 : 1;
    CHECK(v.outcome != Outcome3::unknown);
    if (expected.empty()) {
      ++unlabelled;
      WARN("no label: " << file << " " << to_string(v.outcome) << " " << v.signature);
      continue;
    }
    const bool agrees = (v.outcome == Outcome3::pass) == (expected == "linearizable");
    CHECK(agrees);
    right += agrees ? 1 : 0;
  }
  WARN(set << ": " << right << " as labelled, " << unlabelled << " without label, " << searched
           << " searched, " << refused << " refused");
  CHECK(refused <= refused_max);
  CHECK(right > 0);
}

TEST_CASE("small histories of real and broken queues and stacks: as their authors labelled them") {
  judge("limo", 1);
}

TEST_CASE("generated sets, queues, stacks and priority queues: as built") { judge("adt", 0); }

}  // namespace
}  // namespace wn::checkers
