#pragma once
// The fields of an answer, each checked for its kind. Errors of the text are kept as the first one said.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history/value_tree.h"
#include "runtime/base/result.h"

namespace wn::checkers::elle {

class AnswerJson {
 public:
  // One JSON map and nothing else. `line` must outlive this.
  Result<void> parse(std::string_view line);

  std::uint32_t root() const { return root_; }
  const ValueNode& at(std::uint32_t node) const { return tree_.at(node); }
  std::uint32_t field(std::uint32_t map, std::string_view name) const;  // kNoNode when it is not there
  bool is(std::uint32_t node, ValueNode::Kind kind) const { return node != kNoNode && at(node).kind == kind; }

  // Of the fields of a map; absent or null: empty.
  Result<std::string> text(std::uint32_t map, std::string_view name) const;
  Result<std::vector<std::string>> texts(std::uint32_t map, std::string_view name) const;
  Result<std::uint64_t> number(std::uint32_t map, std::string_view name) const;  // absent: 0

 private:
  std::uint32_t root_ = kNoNode;
  ValueTree tree_;
};

inline std::unexpected<Error> no_answer(const std::string& why) {
  return fail(Errc::bad_input, "this is no answer of Elle's driver: " + why);
}

}  // namespace wn::checkers::elle
