#include "checkers/elle/answer_json.h"

namespace wn::checkers::elle {

Result<void> AnswerJson::parse(std::string_view line) {
  tree_.reset(line.size());
  ParseFault fault;
  JsonLine json(line, tree_, fault);
  root_ = json.value();
  if (root_ == kNoNode) return no_answer("column " + std::to_string(fault.column) + ": " + fault.message);
  json.skip_blanks();
  if (!json.done()) return no_answer("something follows its JSON");
  if (at(root_).kind != ValueNode::Kind::map) return no_answer("it is not a map");
  return {};
}

std::uint32_t AnswerJson::field(std::uint32_t map, std::string_view name) const {
  for (std::uint32_t key = at(map).first; key != kNoNode; key = at(at(key).next).next) {
    if (at(key).text == name) return at(key).next;
  }
  return kNoNode;
}

Result<std::string> AnswerJson::text(std::uint32_t map, std::string_view name) const {
  const std::uint32_t node = field(map, name);
  if (node == kNoNode || is(node, ValueNode::Kind::nil)) return std::string();
  if (!is(node, ValueNode::Kind::text)) return no_answer("\"" + std::string(name) + "\" is not a text");
  return std::string(at(node).text);
}

Result<std::vector<std::string>> AnswerJson::texts(std::uint32_t map, std::string_view name) const {
  std::vector<std::string> out;
  const std::uint32_t node = field(map, name);
  if (node == kNoNode || is(node, ValueNode::Kind::nil)) return out;
  if (!is(node, ValueNode::Kind::list)) return no_answer("\"" + std::string(name) + "\" is not a list");
  for (std::uint32_t i = at(node).first; i != kNoNode; i = at(i).next) {
    if (!is(i, ValueNode::Kind::text))
      return no_answer("\"" + std::string(name) + "\" holds more than texts");
    out.emplace_back(at(i).text);
  }
  return out;
}

Result<std::uint64_t> AnswerJson::number(std::uint32_t map, std::string_view name) const {
  const std::uint32_t node = field(map, name);
  if (node == kNoNode) return 0;
  if (!is(node, ValueNode::Kind::number) || at(node).number < 0) {
    return no_answer("\"" + std::string(name) + "\" is not a number from 0 on");
  }
  return static_cast<std::uint64_t>(at(node).number);
}

}  // namespace wn::checkers::elle
