// Recorded histories with known verdicts. Skipped, and saying so, where the corpus is not there.
#include "checkers/history/corpus.h"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <fstream>

#include "checkers/history/history_io.h"
#include "checkers/linearizability/linearizability.h"

namespace wn::checkers {
namespace {

struct Tally {
  int right = 0, wrong = 0, unknown = 0;
  double seconds = 0, slowest = 0;
  std::string slowest_file, not_decided;
};

Tally judge_set(const std::filesystem::path& corpus, const std::string& set, std::string_view only,
                const Budget& budget) {
  Tally tally;
  std::ifstream manifest(corpus / "manifest.jsonl");
  REQUIRE(manifest);
  for (std::string line; std::getline(manifest, line);) {
    if (manifest_field(line, "set") != set) continue;
    const std::string file = manifest_field(line, "file");
    const std::string model = manifest_field(line, "model");
    if (!only.empty() && model != only) continue;
    const auto history = read_history_file(corpus / file);
    if (!history) FAIL(history.error().to_string());
    const ModelName name = model == "kv-append"         ? ModelName::kv
                           : model == "register-unique" ? ModelName::reg
                                                        : ModelName::cas_register;
    const auto begin = std::chrono::steady_clock::now();
    const Verdict v = check_linearizable(*history, name, budget);
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    tally.seconds += took;
    if (took > tally.slowest) {
      tally.slowest = took;
      tally.slowest_file = file;
    }
    const bool legal = manifest_field(line, "expected") == "linearizable";
    if (v.outcome == Outcome3::unknown) {
      ++tally.unknown;
      tally.not_decided += " " + file;
    } else if ((v.outcome == Outcome3::pass) == legal) {
      ++tally.right;
    } else {
      ++tally.wrong;
      UNSCOPED_INFO("wrong: " << file << " " << v.signature << "\n" << v.explanation);
    }
  }
  return tally;
}

std::filesystem::path corpus() {
  const auto folder = corpus_folder(WN_SOURCE_DIR, "linearizability");
  if (folder.empty()) SKIP("skipped: corpus not there (set WORKNODE_CORPUS)");
  return folder;
}

void report(const char* what, const Tally& t) {
  WARN(what << ": " << t.right << " right, " << t.wrong << " wrong, " << t.unknown << " unknown; "
            << t.seconds * 1e3 << " ms in all, slowest " << t.slowest * 1e3 << " ms (" << t.slowest_file
            << ")" << (t.unknown != 0 ? "; undecided:" + t.not_decided : ""));
}

}  // namespace

TEST_CASE("linearizability: the recorded verdict on every etcd history") {
  const Tally t = judge_set(corpus(), "etcd", "", {});
  report("etcd", t);
  CHECK(t.right == 102);
  CHECK(t.wrong == 0);
  CHECK(t.unknown == 0);
}

TEST_CASE("linearizability: the recorded verdict on every kv history") {
  const Tally t = judge_set(corpus(), "kv", "", {});
  report("kv", t);
  CHECK(t.right == 6);
  CHECK(t.wrong == 0);
  CHECK(t.unknown == 0);
}

TEST_CASE("linearizability: never wrong on the hard histories; unique values are always decided") {
  const auto folder = corpus();
  for (const char* model : {"register-unique", "kv-append"}) {
    const Tally t = judge_set(folder, "hard", model, {});
    report(model, t);
    CHECK(t.right > 0);
    CHECK(t.wrong == 0);
    CHECK(t.unknown == 0);
  }
  // Two histories of 10,000 operations on one key with some sixty info operations and a violation are beyond
  // this budget: an honest unknown.
  const Tally t = judge_set(folder, "hard", "cas-register", {.steps = 4'000'000, .bytes = 256U << 20});
  report("cas-register", t);
  CHECK(t.right >= 55);
  CHECK(t.wrong == 0);
  CHECK(t.unknown <= 3);
}

}  // namespace wn::checkers
