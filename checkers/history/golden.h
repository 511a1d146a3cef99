#pragma once
// Test support: golden histories. A room's testdata/ holds one history a file and expected.txt, a line for
// each: "<name>: <signature>", or "<name>: pass".
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace wn::checkers {

struct Golden {
  std::string name;
  std::filesystem::path file;
  std::string signature;  // empty: to be accepted
};

inline std::vector<Golden> golden_histories(const std::filesystem::path& room) {
  std::vector<Golden> out;
  std::ifstream lines(room / "testdata/expected.txt");
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    Golden golden{.name = line.substr(0, colon), .file = {}, .signature = line.substr(colon + 2)};
    if (golden.signature == "pass") golden.signature.clear();
    golden.file = room / "testdata" / (golden.name + ".jsonl");
    out.push_back(std::move(golden));
  }
  return out;
}

}  // namespace wn::checkers
