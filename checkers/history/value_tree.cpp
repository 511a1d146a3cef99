#include "checkers/history/value_tree.h"

#include <charconv>

namespace wn::checkers {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 63));
    out += static_cast<char>(0x80 | (code & 63));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 63));
    out += static_cast<char>(0x80 | ((code >> 6) & 63));
    out += static_cast<char>(0x80 | (code & 63));
  }
}

// Length of the UTF-8 sequence that starts at `at`, 0 when it is none (RFC 3629).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned a = byte(0);
  if (a < 0x80) return 1;
  if (a >= 0xC2 && a <= 0xDF) return tail(1) ? 2 : 0;
  if (a >= 0xE0 && a <= 0xEF) {
    if (!tail(1) || !tail(2) || (a == 0xE0 && byte(1) < 0xA0) || (a == 0xED && byte(1) > 0x9F)) return 0;
    return 3;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3) || (a == 0xF0 && byte(1) < 0x90) || (a == 0xF4 && byte(1) > 0x8F))
      return 0;
    return 4;
  }
  return 0;
}

}  // namespace

std::string_view token_of(std::string_view line, std::size_t begin, std::size_t end) {
  return line.substr(begin, end - begin);
}

std::string printable(char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20 && byte < 0x7F) return std::string("'") + c + "'";
  return std::string("byte 0x") + kHex[byte >> 4] + kHex[byte & 15];
}

std::uint32_t LineCursor::fault(std::size_t at, std::string message) {
  if (fault_.column == 0) {
    fault_.column = static_cast<std::uint32_t>(at + 1);
    fault_.message = std::move(message);
  }
  return kNoNode;
}

std::uint32_t LineCursor::expected(std::string_view what) {
  std::string found = done() ? "the end of the line" : printable(peek());
  return fault(at_, "expected " + std::string(what) + ", found " + found);
}

std::uint32_t LineCursor::add(ValueNode::Kind kind, std::size_t begin) {
  const auto id = static_cast<std::uint32_t>(tree_.nodes.size());
  ValueNode& node = tree_.nodes.emplace_back();
  node.kind = kind;
  node.column = static_cast<std::uint32_t>(begin + 1);
  return id;
}

void LineCursor::adopt(std::uint32_t parent, std::uint32_t& last, std::uint32_t child) {
  if (last == kNoNode) {
    tree_.nodes[parent].first = child;
  } else {
    tree_.nodes[last].next = child;
  }
  last = child;
  ++tree_.nodes[parent].count;
}

bool LineCursor::escape(std::size_t begin) {
  ++at_;  // the backslash
  if (done()) {
    fault(begin, "this text never ends");
    return false;
  }
  const char c = peek();
  ++at_;
  switch (c) {
    case '"':
    case '\\':
    case '/':
      tree_.unescaped += c;
      return true;
    case 'b':
      tree_.unescaped += '\b';
      return true;
    case 'f':
      tree_.unescaped += '\f';
      return true;
    case 'n':
      tree_.unescaped += '\n';
      return true;
    case 'r':
      tree_.unescaped += '\r';
      return true;
    case 't':
      tree_.unescaped += '\t';
      return true;
    case 'u':
      break;
    default:
      fault(at_ - 1, "expected one of \"\\/bfnrtu after a backslash, found " + printable(c));
      return false;
  }
  const auto four = [&](std::uint32_t& code) {
    code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const int digit = done() ? -1 : hex_digit(peek());
      if (digit < 0) {
        expected("four hex digits after \\u");
        return false;
      }
      code = code * 16 + static_cast<std::uint32_t>(digit);
    }
    return true;
  };
  std::uint32_t code = 0;
  if (!four(code)) return false;
  if (code >= 0xD800 && code < 0xE000) {
    std::uint32_t low = 0;
    const bool pair = code < 0xDC00 && line_.substr(at_, 2) == "\\u";
    if (pair) at_ += 2;
    if (!pair || !four(low) || low < 0xDC00 || low >= 0xE000) {
      fault(at_, "expected a pair of surrogates");
      return false;
    }
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(code, tree_.unescaped);
  return true;
}

std::uint32_t LineCursor::quoted(ValueNode::Kind kind) {
  const std::size_t begin = at_++;
  const std::uint32_t id = add(kind, begin);
  std::size_t run = at_;
  const std::size_t offset = tree_.unescaped.size();
  bool escaped = false;
  while (true) {
    if (done()) return fault(begin, "this text never ends");
    const char c = peek();
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"') break;
    if (byte < 0x20) return fault(at_, "a text may not hold " + printable(c) + "; write it as \\u00..");
    if (c == '\\') {
      tree_.unescaped += token_of(line_, run, at_);
      escaped = true;
      if (!escape(begin)) return kNoNode;
      run = at_;
    } else if (byte < 0x80) {
      ++at_;
    } else {
      const std::size_t length = utf8_length(line_, at_);
      if (length == 0) return fault(at_, "expected UTF-8, found " + printable(c));
      at_ += length;
    }
  }
  if (escaped) {
    tree_.unescaped += token_of(line_, run, at_);
    tree_.nodes[id].text = std::string_view(tree_.unescaped).substr(offset);
  } else {
    tree_.nodes[id].text = token_of(line_, run, at_);
  }
  ++at_;
  return id;
}

std::uint32_t LineCursor::numeral(bool edn) {
  const std::size_t begin = at_;
  if (!done() && (peek() == '-' || (edn && peek() == '+'))) ++at_;
  const std::size_t digits = at_;
  while (!done() && peek() >= '0' && peek() <= '9') ++at_;
  if (at_ == digits) return expected("a digit");
  const bool integer = done() || (peek() != '.' && peek() != 'e' && peek() != 'E');
  if (integer) {
    const std::uint32_t id = add(ValueNode::Kind::number, begin);
    std::string_view token = token_of(line_, begin, at_);
    if (edn && !done() && peek() == 'N') ++at_;
    if (token.front() == '+') token.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(token.data(), token.data() + token.size(), tree_.nodes[id].number);
    if (error != std::errc{})
      tree_.nodes[id].kind = ValueNode::Kind::other;  // beyond 64 bits: kept as it stands
    tree_.nodes[id].text = token;
    return id;
  }
  const std::uint32_t id = add(ValueNode::Kind::other, begin);
  if (peek() == '.') {
    ++at_;
    const std::size_t fraction = at_;
    while (!done() && peek() >= '0' && peek() <= '9') ++at_;
    if (at_ == fraction && !edn) return expected("a digit");
  }
  if (!done() && (peek() == 'e' || peek() == 'E')) {
    ++at_;
    if (!done() && (peek() == '+' || peek() == '-')) ++at_;
    const std::size_t exponent = at_;
    while (!done() && peek() >= '0' && peek() <= '9') ++at_;
    if (at_ == exponent) return expected("a digit");
  }
  if (edn && !done() && peek() == 'M') ++at_;
  tree_.nodes[id].text = token_of(line_, begin, at_);
  return id;
}

Atom intern_value(const ValueTree& tree, std::uint32_t id, Interner& atoms) {
  if (id == kNoNode) return kNil;
  const ValueNode& node = tree.at(id);
  switch (node.kind) {
    case ValueNode::Kind::nil:
      return kNil;
    case ValueNode::Kind::number:
      return atoms.number(node.number);
    case ValueNode::Kind::text:
      return atoms.text(node.text);
    case ValueNode::Kind::keyword:
    case ValueNode::Kind::map:
    case ValueNode::Kind::other:
      return atoms.other(node.text);
    case ValueNode::Kind::list: {
      std::vector<Atom> elements;
      elements.reserve(node.count);
      for (std::uint32_t c = node.first; c != kNoNode; c = tree.at(c).next) {
        elements.push_back(intern_value(tree, c, atoms));
      }
      return atoms.list(elements);
    }
  }
  return kNil;
}

}  // namespace wn::checkers
