#include "checkers/history/key_name.h"

#include <charconv>

namespace wn::checkers {
namespace {

// A letter and a number, in front; what is left stays in `rest`. Refused: no digits, or too many.
template <class Number>
bool take(std::string_view& rest, char letter, Number& out) {
  if (rest.empty() || rest.front() != letter) return false;
  const char* end = rest.data() + rest.size();
  const auto [at, error] = std::from_chars(rest.data() + 1, end, out);
  if (error != std::errc{} || at == rest.data() + 1) return false;
  rest = {at, static_cast<std::size_t>(end - at)};
  return true;
}

Shape shape_of(std::string_view property) {
  if (property == ".title") return Shape::number;
  if (property == ".count") return Shape::counter;
  if (property == ".tags") return Shape::set;
  if (property == ".groups") return Shape::map;
  if (property == ".budget") return Shape::bounded;
  if (property == ".text") return Shape::sequence;
  return Shape::other;
}

}  // namespace

KeyName parse_key(std::string_view key) {
  KeyName name;
  std::string_view rest = key;
  if (take(rest, 'n', name.node)) {
    if (rest.empty() || rest.front() != '.') return {};
    rest.remove_prefix(1);
    if (!take(rest, 'w', name.worknode)) return {};
    name.mode = KeyMode::local;
  } else if (take(rest, 's', name.worknode)) {
    name.mode = KeyMode::strong;
  } else if (take(rest, 'w', name.worknode)) {
    name.mode = KeyMode::eventual;
  } else {
    return {};
  }
  if (!rest.empty() && rest.front() != '.') return {};
  name.shape = shape_of(rest);
  return name;
}

}  // namespace wn::checkers
