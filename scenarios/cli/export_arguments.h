#pragma once
// The line of `worknode export`, as values, checked.
#include <cstdint>
#include <string>

namespace wn::scenarios {

enum class ExportForm : std::uint8_t { perfetto, edn, jsonl, parquet };

struct ExportArguments {
  std::string input;
  ExportForm form = ExportForm::perfetto;
  std::string output;  // empty: beside the input
};

}  // namespace wn::scenarios
