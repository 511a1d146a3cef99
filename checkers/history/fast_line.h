#pragma once
// FastLine: an operation of the common shapes, read straight from the text of its line: no tree, no
// allocation. What is rare (escapes, non-ASCII texts, nested values, maps, tags) or wrong makes scan() say
// false; then the slow reader (ValueTree), which accepts everything that this one accepts and with the same
// meaning, has the word and finds the fault. Texts point into the line.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wn::checkers {

// A value without parts, or the text of a list with its brackets (whose elements are checked when they are
// read).
struct FastValue {
  enum class Kind : std::uint8_t { absent, nil, number, text, keyword, list };
  Kind kind = Kind::absent;
  std::int64_t number = 0;
  std::string_view text;  // text; keyword, with its colon; list
};

struct FastLine {
  FastValue process, type, f, key, value, time;
};

// Cursor over one line in one of the two syntaxes.
class FastCursor {
 public:
  FastCursor(std::string_view text, bool edn)
      : at_(text.data()), end_(text.data() + text.size()), edn_(edn) {}

  bool done() const { return at_ == end_; }
  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || (edn_ && *at_ == ','))) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  // Between two elements of a sequence: a comma in JSON, nothing needed in EDN.
  bool separator() { return edn_ || take(','); }
  bool value(FastValue& out);
  const char* at() const { return at_; }

 private:
  bool number(FastValue& out);
  bool text(FastValue& out);
  bool keyword(FastValue& out);
  bool word(std::string_view word);
  bool list(FastValue& out);
  bool at_delimiter() const;

  const char* at_;
  const char* end_;
  bool edn_;
};

// An operation, a map of fields, that begins the text; `length`: of its text.
bool scan_fast(std::string_view text, bool edn, FastLine& out, std::size_t& length);
// Of a list whose elements nobody is going to read.
bool well_formed(std::string_view list, bool edn);

}  // namespace wn::checkers
