#include "checkers/history/fast_line.h"

#include <array>
#include <cstddef>

namespace wn::checkers {
namespace {

constexpr int kDigitsMax = 18;  // more may not fit 64 bits: the slow reader's

// Characters that stand for themselves in a text: ASCII but controls, '"' and '\'.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();
// Characters of a keyword that needs no second look.
constexpr auto kName = [] {
  std::array<bool, 256> name{};
  for (std::size_t c = '0'; c <= '9'; ++c) name[c] = true;
  for (std::size_t c = 'a'; c <= 'z'; ++c) name[c] = true;
  for (std::size_t c = 'A'; c <= 'Z'; ++c) name[c] = true;
  name['-'] = name['_'] = name['?'] = true;
  return name;
}();

bool in(const std::array<bool, 256>& set, char c) { return set[static_cast<unsigned char>(c)]; }

}  // namespace

bool FastCursor::at_delimiter() const {
  if (at_ == end_) return true;
  switch (*at_) {
    case ' ':
    case '\t':
    case '\r':
    case ',':
    case '}':
    case ']':
      return true;
    default:
      return false;
  }
}

bool FastCursor::number(FastValue& out) {
  const bool negative = *at_ == '-';
  if (negative) ++at_;
  const char* digits = at_;
  std::int64_t n = 0;
  while (at_ != end_ && *at_ >= '0' && *at_ <= '9') {
    if (at_ - digits == kDigitsMax) return false;
    n = n * 10 + (*at_++ - '0');
  }
  if (at_ == digits) return false;
  out.kind = FastValue::Kind::number;
  out.number = negative ? -n : n;
  return at_delimiter();
}

bool FastCursor::text(FastValue& out) {
  const char* begin = ++at_;
  while (at_ != end_ && in(kPlain, *at_)) ++at_;
  if (at_ == end_ || *at_ != '"') return false;
  out.kind = FastValue::Kind::text;
  out.text = {begin, static_cast<std::size_t>(at_ - begin)};
  ++at_;
  return true;
}

bool FastCursor::keyword(FastValue& out) {
  const char* begin = at_++;
  while (at_ != end_ && in(kName, *at_)) ++at_;
  out.kind = FastValue::Kind::keyword;
  out.text = {begin, static_cast<std::size_t>(at_ - begin)};
  return out.text.size() > 1 && at_delimiter();
}

bool FastCursor::word(std::string_view word) {
  if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) {
    at_ += word.size();
    return at_delimiter();
  }
  return false;
}

// To the bracket that closes it; what is inside is read later.
bool FastCursor::list(FastValue& out) {
  const char* begin = at_;
  int depth = 0;
  for (; at_ != end_; ++at_) {
    const char c = *at_;
    if (c == '[') {
      if (++depth > 8) return false;
    } else if (c == ']') {
      if (--depth > 0) continue;
      ++at_;
      out.kind = FastValue::Kind::list;
      out.text = {begin, static_cast<std::size_t>(at_ - begin)};
      return true;
    } else if (c == '"') {
      ++at_;
      while (at_ != end_ && in(kPlain, *at_)) ++at_;
      if (at_ == end_ || *at_ != '"') return false;
    } else if (!in(kName, c) && c != ' ' && c != ',' && c != ':' && c != '\t') {
      return false;
    }
  }
  return false;
}

bool FastCursor::value(FastValue& out) {
  skip_blanks();
  if (at_ == end_) return false;
  const char c = *at_;
  if (c == '-' || (c >= '0' && c <= '9')) return number(out);
  if (c == '"') return text(out);
  if (c == '[') return list(out);
  if (c == ':' && edn_) return keyword(out);
  if (c != 'n') return false;
  out.kind = FastValue::Kind::nil;
  return word(edn_ ? "nil" : "null");
}

bool scan_fast(std::string_view text, bool edn, FastLine& out, std::size_t& length) {
  FastCursor cursor(text, edn);
  if (!cursor.take('{')) return false;
  FastValue ignored;
  bool first = true;
  while (!cursor.take('}')) {
    if (!first && !cursor.separator()) return false;
    first = false;
    FastValue name;
    if (!cursor.value(name)) return false;
    std::string_view field = name.text;
    if (name.kind == FastValue::Kind::keyword) {
      field.remove_prefix(1);
    } else if (name.kind != FastValue::Kind::text) {
      return false;
    }
    if (!edn && !cursor.take(':')) return false;
    FastValue* into = field == "process" ? &out.process
                      : field == "type"  ? &out.type
                      : field == "f"     ? &out.f
                      : field == "value" ? &out.value
                      : field == "key"   ? &out.key
                      : field == "time"  ? &out.time
                                         : &ignored;
    if (!cursor.value(*into)) return false;
    if (into == &ignored && ignored.kind == FastValue::Kind::list && !well_formed(ignored.text, edn))
      return false;
  }
  length = static_cast<std::size_t>(cursor.at() - text.data());
  return true;
}

bool well_formed(std::string_view list, bool edn) {
  FastCursor cursor(list, edn);
  cursor.take('[');
  for (bool first = true; !cursor.take(']'); first = false) {
    FastValue element;
    if ((!first && !cursor.separator()) || !cursor.value(element)) return false;
    if (element.kind == FastValue::Kind::list && !well_formed(element.text, edn)) return false;
  }
  return cursor.done();
}

}  // namespace wn::checkers
