#pragma once
// The grammar of plan text, and where in it a wrong value sits. The place is found by parsing once more with
// locations on, which costs nothing on the way that succeeds. Private to this room.
#include <google/protobuf/io/tokenizer.h>

#include <string>
#include <string_view>

#include "faults/plan/plan.pb.h"
#include "runtime/base/result.h"

namespace wn::faults {

// Keeps the first error.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (!message_.empty()) return;
    message_ = message.empty() ? "not Protobuf text" : message;
    place_.line = static_cast<std::uint32_t>(line < 0 ? 0 : line + 1);
    place_.column = static_cast<std::uint32_t>(line < 0 ? 0 : column + 1);
  }
  void AddWarning(int, int, const std::string&) override {}
  bool any() const { return !message_.empty(); }
  Error error(const std::string& file) const {
    return Error{.code = Errc::bad_input, .message = message_, .at = {file, place_.line, place_.column}};
  }

 private:
  std::string message_;
  SourcePlace place_;
};

// Where a value sits: top-level field, its index, field inside of it (empty: the top-level field itself).
struct Where {
  const char* part = "";
  int index = -1;
  const char* field = "";
};

bool parse_text(std::string_view text, pb::Plan& plan, FirstError& errors);
// Line 0 when it cannot be told.
SourcePlace locate(std::string_view text, const std::string& file, const Where& where);

}  // namespace wn::faults
