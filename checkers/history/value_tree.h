#pragma once
// ValueTree: one line's parsed value, whatever its syntax. Nodes and texts live in reused buffers until the
// next line; nothing is allocated in the steady state. Texts without escapes point into the line.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history/interner.h"

namespace wn::checkers {

inline constexpr std::uint32_t kNoNode = 0xFFFFFFFF;
inline constexpr int kNestingMax = 64;

struct ValueNode {
  enum class Kind : std::uint8_t { nil, number, text, keyword, list, map, other };
  Kind kind = Kind::nil;
  std::uint32_t column = 0;       // from 1
  std::uint32_t next = kNoNode;   // sibling
  std::uint32_t first = kNoNode;  // list: elements; map: key, value, key, value, …
  std::uint32_t count = 0;        // children
  std::int64_t number = 0;
  std::string_view text;  // text, keyword (without colon); else the source token
};

struct ParseFault {
  std::uint32_t column = 0;
  std::string message;
};

struct ValueTree {
  std::vector<ValueNode> nodes;
  std::string unescaped;  // reserved to the line's size before parsing, so that views stay valid

  void reset(std::size_t line_bytes) {
    nodes.clear();
    unescaped.clear();
    if (unescaped.capacity() < line_bytes) unescaped.reserve(line_bytes);
  }
  const ValueNode& at(std::uint32_t i) const { return nodes[i]; }
};

// Shared by the two syntaxes: a cursor over one line that collects the first fault.
class LineCursor {
 public:
  LineCursor(std::string_view line, ValueTree& tree, ParseFault& fault)
      : line_(line), tree_(tree), fault_(fault) {}
  std::size_t at() const { return at_; }
  bool done() const { return at_ >= line_.size(); }
  char peek() const { return line_[at_]; }
  void advance() { ++at_; }
  void skip_to(std::size_t at) { at_ = at; }

 protected:
  std::uint32_t fault(std::size_t at, std::string message);
  std::uint32_t expected(std::string_view what);  // fault at the cursor: "expected …, found …"
  std::uint32_t add(ValueNode::Kind kind, std::size_t begin);
  void adopt(std::uint32_t parent, std::uint32_t& last, std::uint32_t child);
  // The text after an opening quote; both syntaxes have JSON's escapes.
  std::uint32_t quoted(ValueNode::Kind kind);
  bool escape(std::size_t begin);
  std::uint32_t numeral(bool edn);

  std::string_view line_;
  ValueTree& tree_;
  ParseFault& fault_;
  std::size_t at_ = 0;
};

// Both parse the value that begins at the cursor (blanks before it are skipped); kNoNode on a fault.
class JsonLine : public LineCursor {
 public:
  using LineCursor::LineCursor;
  std::uint32_t value(int depth = 0);
  void skip_blanks();

 private:
  std::uint32_t sequence(int depth);
  std::uint32_t object(int depth);
  std::uint32_t word();
};

class EdnLine : public LineCursor {
 public:
  using LineCursor::LineCursor;
  std::uint32_t value(int depth = 0);
  void skip_blanks();  // blanks, commas, comments

 private:
  std::uint32_t sequence(char close, ValueNode::Kind kind, int depth);
  std::uint32_t symbol();
};

std::string_view token_of(std::string_view line, std::size_t begin, std::size_t end);
std::string printable(char c);
Atom intern_value(const ValueTree& tree, std::uint32_t node, Interner& atoms);

}  // namespace wn::checkers
