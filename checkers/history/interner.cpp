#include "checkers/history/interner.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "checkers/history/value_tree.h"
#include "runtime/base/check.h"

namespace wn::checkers {
namespace {

constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

std::uint64_t hash_bytes(std::string_view text, std::uint64_t seed) {
  std::uint64_t h = seed ^ (text.size() * 0x9E3779B97F4A7C15ULL);
  while (text.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    h = mix(h ^ word);
    text.remove_prefix(8);
  }
  std::uint64_t tail = 0;
  if (!text.empty()) std::memcpy(&tail, text.data(), text.size());
  return mix(h ^ tail);
}

// A token that came from EDN (a keyword, a set) is no JSON and is written as a text.
bool is_json(std::string_view token) {
  ValueTree tree;
  ParseFault fault;
  tree.reset(token.size());
  JsonLine line(token, tree, fault);
  return line.value() != kNoNode && line.done();
}

void append_escaped(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

Interner::Interner() : items_(1), table_(64, 0) {}

Atom Interner::number(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return intern(Kind::number, mix(bits + 0x9E3779B97F4A7C15ULL), {}, {}, bits);
}

Atom Interner::text(std::string_view value) {
  return intern(Kind::text, hash_bytes(value, 0x7465787400000000ULL), value, {}, 0);
}

Atom Interner::other(std::string_view token) {
  return intern(Kind::other, hash_bytes(token, 0x6F74686572000000ULL), token, {}, 0);
}

Atom Interner::list(std::span<const Atom> elements) {
  std::uint64_t h = 0x6C69737400000000ULL + elements.size();
  for (const Atom e : elements) h = mix(h ^ e.id) + 0x9E3779B97F4A7C15ULL;
  return intern(Kind::list, h, {}, elements, 0);
}

std::int64_t Interner::number_of(Atom atom) const {
  WN_CHECK(kind(atom) == Kind::number);
  return static_cast<std::int64_t>(items_[atom.id].begin);
}

std::string_view Interner::text_of(Atom atom) const {
  const Item& item = items_[atom.id];
  WN_CHECK(item.kind == Kind::text || item.kind == Kind::other);
  return std::string_view(text_).substr(item.begin, item.length);
}

std::span<const Atom> Interner::list_of(Atom atom) const {
  const Item& item = items_[atom.id];
  WN_CHECK(item.kind == Kind::list);
  return std::span(elements_).subspan(item.begin, item.length);
}

bool Interner::equal(const Item& item, Kind kind, std::string_view text, std::span<const Atom> elements,
                     std::uint64_t number) const {
  if (item.kind != kind) return false;
  switch (kind) {
    case Kind::nil:
      return true;
    case Kind::number:
      return item.begin == number;
    case Kind::text:
    case Kind::other:
      return std::string_view(text_).substr(item.begin, item.length) == text;
    case Kind::list:
      return item.length == elements.size() &&
             std::equal(elements.begin(), elements.end(),
                        elements_.begin() + static_cast<std::ptrdiff_t>(item.begin));
  }
  return false;
}

Atom Interner::intern(Kind kind, std::uint64_t hash, std::string_view text, std::span<const Atom> elements,
                      std::uint64_t number) {
  const std::uint64_t mask = table_.size() - 1;
  std::uint64_t slot = hash & mask;
  for (; table_[slot] != 0; slot = (slot + 1) & mask) {
    const Item& item = items_[table_[slot]];
    if (item.hash == hash && equal(item, kind, text, elements, number)) return Atom{table_[slot]};
  }
  WN_CHECK(items_.size() < 0xFFFFFFFFULL);
  Atom atom{static_cast<std::uint32_t>(items_.size())};
  if (vacant_.empty()) {
    items_.emplace_back();
  } else {
    atom.id = vacant_.back();
    vacant_.pop_back();
  }
  Item item{.hash = hash, .begin = number, .length = 0, .kind = kind};
  if (kind == Kind::text || kind == Kind::other) {
    item.begin = text_.size();
    item.length = static_cast<std::uint32_t>(text.size());
    text_ += text;
  } else if (kind == Kind::list) {
    item.begin = elements_.size();
    item.length = static_cast<std::uint32_t>(elements.size());
    elements_.insert(elements_.end(), elements.begin(), elements.end());
  }
  items_[atom.id] = item;
  table_[slot] = atom.id;
  if (live() * 2 > table_.size()) rebuild(table_.size() * 2);
  return atom;
}

void Interner::rebuild(std::size_t slots) {
  std::vector<std::uint32_t> wider(slots, 0);
  const std::uint64_t mask = wider.size() - 1;
  for (std::uint32_t id = 1; id < items_.size(); ++id) {
    if (items_[id].kind == Kind::nil) continue;  // forgotten
    std::uint64_t slot = items_[id].hash & mask;
    while (wider[slot] != 0) slot = (slot + 1) & mask;
    wider[slot] = id;
  }
  table_ = std::move(wider);
}

void Interner::sweep(AtomMarks marks) {
  std::vector<Atom> lists;
  for (std::uint32_t id = 1; id < items_.size(); ++id) {
    if (items_[id].kind == Kind::list && marks.marked(Atom{id})) lists.push_back(Atom{id});
  }
  while (!lists.empty()) {
    const Atom list = lists.back();
    lists.pop_back();
    for (const Atom e : list_of(list)) {
      if (items_[e.id].kind == Kind::list && !marks.marked(e)) lists.push_back(e);
      marks.mark(e);
    }
  }
  std::string text;
  std::vector<Atom> elements;
  for (std::uint32_t id = 1; id < items_.size(); ++id) {
    Item& item = items_[id];
    if (item.kind == Kind::nil) continue;
    if (!marks.marked(Atom{id})) {
      item = Item();
      vacant_.push_back(id);
    } else if (item.kind == Kind::text || item.kind == Kind::other) {
      const std::size_t begin = text.size();
      text.append(text_, item.begin, item.length);
      item.begin = begin;
    } else if (item.kind == Kind::list) {
      const auto from = elements_.begin() + static_cast<std::ptrdiff_t>(item.begin);
      item.begin = elements.size();
      elements.insert(elements.end(), from, from + item.length);
    }
  }
  text_ = std::move(text);
  elements_ = std::move(elements);
  rebuild(table_.size());
}

std::uint64_t Interner::bytes() const {
  return items_.capacity() * sizeof(Item) + table_.capacity() * sizeof(std::uint32_t) + text_.capacity() +
         elements_.capacity() * sizeof(Atom) + vacant_.capacity() * sizeof(std::uint32_t);
}

void Interner::append_json(Atom atom, std::string& out) const {
  switch (kind(atom)) {
    case Kind::nil:
      out += "null";
      return;
    case Kind::number: {
      char digits[24];
      const auto end = std::to_chars(digits, digits + sizeof digits, number_of(atom)).ptr;
      out.append(digits, end);
      return;
    }
    case Kind::text:
      append_escaped(text_of(atom), out);
      return;
    case Kind::other:
      if (is_json(text_of(atom))) {
        out += text_of(atom);
      } else {
        append_escaped(text_of(atom), out);
      }
      return;
    case Kind::list: {
      out += '[';
      bool first = true;
      for (const Atom e : list_of(atom)) {
        if (!first) out += ',';
        first = false;
        append_json(e, out);
      }
      out += ']';
      return;
    }
  }
}

std::string Interner::to_json(Atom atom) const {
  std::string out;
  append_json(atom, out);
  return out;
}

}  // namespace wn::checkers
