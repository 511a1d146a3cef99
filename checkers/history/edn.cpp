// EDN (github.com/edn-format/edn), as far as Jepsen's op maps go: maps, vectors, lists, sets, texts,
// keywords, symbols, integers (N), decimals (M), characters; a tag is skipped and its value kept.
#include "checkers/history/value_tree.h"

namespace wn::checkers {
namespace {

bool ends_symbol(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == ',' || c == '{' || c == '}' || c == '[' || c == ']' ||
         c == '(' || c == ')' || c == '"' || c == ';';
}

}  // namespace

void EdnLine::skip_blanks() {
  while (!done() && (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == ',')) ++at_;
  if (!done() && peek() == ';') at_ = line_.size();
}

std::uint32_t EdnLine::value(int depth) {
  skip_blanks();
  if (depth > kNestingMax) return fault(at_, "nested deeper than 64 levels");
  if (done()) return expected("a value");
  const char c = peek();
  switch (c) {
    case '"':
      return quoted(ValueNode::Kind::text);
    case '{':
      return sequence('}', ValueNode::Kind::map, depth);
    case '[':
      return sequence(']', ValueNode::Kind::list, depth);
    case '(':
      return sequence(')', ValueNode::Kind::list, depth);
    case '#':
      ++at_;
      if (!done() && peek() == '{') return sequence('}', ValueNode::Kind::other, depth);
      if (symbol() == kNoNode) return kNoNode;
      return value(depth + 1);
    default:
      break;
  }
  const bool sign = c == '-' || c == '+';
  const char after = at_ + 1 < line_.size() ? line_[at_ + 1] : ' ';
  if ((c >= '0' && c <= '9') || (sign && after >= '0' && after <= '9')) return numeral(true);
  return symbol();
}

std::uint32_t EdnLine::symbol() {
  const std::size_t begin = at_;
  if (!done() && peek() == '\\') at_ += 2;  // a character, which may itself be a delimiter
  if (at_ > line_.size()) at_ = line_.size();
  while (!done() && !ends_symbol(peek())) {
    const auto byte = static_cast<unsigned char>(peek());
    if (byte < 0x20 || byte >= 0x7F) return expected("an EDN value");
    ++at_;
  }
  const std::string_view token = token_of(line_, begin, at_);
  if (token.empty() || token == ":") return expected("an EDN value");
  const bool nil = token == "nil";
  const std::uint32_t id = add(nil                    ? ValueNode::Kind::nil
                               : token.front() == ':' ? ValueNode::Kind::keyword
                                                      : ValueNode::Kind::other,
                               begin);
  tree_.nodes[id].text = token;
  return id;
}

std::uint32_t EdnLine::sequence(char close, ValueNode::Kind kind, int depth) {
  const std::size_t begin = at_;
  const std::uint32_t id = add(kind, begin);
  std::uint32_t last = kNoNode;
  ++at_;
  while (true) {
    skip_blanks();
    if (done()) return expected(std::string("a value or '") + close + "' (an operation is one line)");
    if (peek() == close) break;
    if (peek() == ']' || peek() == ')' || peek() == '}') return expected(std::string("'") + close + "'");
    const std::uint32_t child = value(depth + 1);
    if (child == kNoNode) return kNoNode;
    adopt(id, last, child);
  }
  ++at_;
  if (kind == ValueNode::Kind::map && tree_.nodes[id].count % 2 != 0) {
    return fault(begin, "a map needs a value for each key");
  }
  tree_.nodes[id].text = token_of(line_, kind == ValueNode::Kind::other ? begin - 1 : begin, at_);
  return id;
}

}  // namespace wn::checkers
