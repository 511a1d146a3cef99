// JSON (RFC 8259), one value a line.
#include "checkers/history/value_tree.h"

namespace wn::checkers {

void JsonLine::skip_blanks() {
  while (!done() && (peek() == ' ' || peek() == '\t' || peek() == '\r')) ++at_;
}

std::uint32_t JsonLine::value(int depth) {
  skip_blanks();
  if (depth > kNestingMax) return fault(at_, "nested deeper than 64 levels");
  if (done()) return expected("a value");
  switch (peek()) {
    case '"':
      return quoted(ValueNode::Kind::text);
    case '{':
      return object(depth);
    case '[':
      return sequence(depth);
    default:
      break;
  }
  if (peek() == '-' || (peek() >= '0' && peek() <= '9')) return numeral(false);
  return word();
}

std::uint32_t JsonLine::word() {
  const std::size_t begin = at_;
  for (const std::string_view known : {"null", "true", "false"}) {
    if (line_.substr(at_, known.size()) != known) continue;
    at_ += known.size();
    const std::uint32_t id = add(known == "null" ? ValueNode::Kind::nil : ValueNode::Kind::other, begin);
    tree_.nodes[id].text = known;
    return id;
  }
  return expected("a JSON value");
}

std::uint32_t JsonLine::sequence(int depth) {
  const std::uint32_t id = add(ValueNode::Kind::list, at_);
  std::uint32_t last = kNoNode;
  ++at_;
  skip_blanks();
  if (!done() && peek() == ']') {
    ++at_;
    return id;
  }
  while (true) {
    const std::uint32_t child = value(depth + 1);
    if (child == kNoNode) return kNoNode;
    adopt(id, last, child);
    skip_blanks();
    if (done() || (peek() != ',' && peek() != ']')) return expected("',' or ']'");
    const bool closed = peek() == ']';
    ++at_;
    if (closed) return id;
  }
}

std::uint32_t JsonLine::object(int depth) {
  const std::size_t begin = at_;
  const std::uint32_t id = add(ValueNode::Kind::map, at_);
  std::uint32_t last = kNoNode;
  ++at_;
  skip_blanks();
  bool closed = !done() && peek() == '}';
  if (closed) ++at_;
  while (!closed) {
    skip_blanks();
    if (done() || peek() != '"') return expected("'\"' (a key)");
    const std::uint32_t key = quoted(ValueNode::Kind::text);
    if (key == kNoNode) return kNoNode;
    adopt(id, last, key);
    skip_blanks();
    if (done() || peek() != ':') return expected("':'");
    ++at_;
    const std::uint32_t child = value(depth + 1);
    if (child == kNoNode) return kNoNode;
    adopt(id, last, child);
    skip_blanks();
    if (done() || (peek() != ',' && peek() != '}')) return expected("',' or '}'");
    closed = peek() == '}';
    ++at_;
  }
  tree_.nodes[id].text = token_of(line_, begin, at_);
  return id;
}

}  // namespace wn::checkers
