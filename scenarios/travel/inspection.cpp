#include "scenarios/travel/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/time_text.h"

namespace wn::travel {
namespace {

constexpr std::size_t kLineMax = 100;  // a group that is no longer than this stands on one line

bool nests(const Told& told) { return told.kind == Told::Kind::group || told.kind == Told::Kind::list; }

std::string cut(std::string_view text) {
  if (text.size() <= kInspectedBytesMax) return std::string(text);
  return fmt::format("{}... ({} bytes)", text.substr(0, kInspectedBytesMax), text.size());
}

std::string value_text(const Told& told) {
  switch (told.kind) {
    case Told::Kind::number:
      return fmt::format("{}", told.number);
    case Told::Kind::integer:
      return fmt::format("{}", told.integer);
    case Told::Kind::flag:
      return told.number != 0 ? "yes" : "no";
    case Told::Kind::text:
    case Told::Kind::bytes:
      return told.text.empty() ? "-" : told.text;
    case Told::Kind::wall_time:
      return fmt::format("{}.{:09d}", told.integer / 1'000'000'000, told.integer % 1'000'000'000);
    case Told::Kind::duration:
    case Told::Kind::instant:
    case Told::Kind::moment:
      return format_duration(Duration{told.integer});
    case Told::Kind::group:
    case Told::Kind::list:
      break;
  }
  return {};
}

// "name value, name value": what a group holds when it fits a line; empty when it does not.
std::string on_one_line(const Told& told) {
  std::string line;
  for (const Told& inner : told.inside) {
    std::string value = nests(inner) ? on_one_line(inner) : value_text(inner);
    if (nests(inner)) {
      if (value.empty() && !inner.inside.empty()) return {};
      value = inner.kind == Told::Kind::list ? "[" + value + "]" : "{" + value + "}";
    }
    if (!line.empty()) line += ", ";
    line += inner.name.empty() ? value : inner.name + " " + value;
    if (line.size() > kLineMax) return {};
  }
  if (told.left_out != 0) line += fmt::format("{}and {} more", line.empty() ? "" : ", ", told.left_out);
  return line;
}

void tell(const Told& told, std::size_t depth, std::string& out) {
  const std::string margin(depth * 2, ' ');
  if (told.left_out != 0) out += fmt::format("{}… and {} more\n", margin, told.left_out);
  for (const Told& inner : told.inside) {
    const std::string label = inner.name.empty() ? "-" : inner.name;
    if (!nests(inner)) {
      out += fmt::format("{}{:<18} {}\n", margin, label, value_text(inner));
      continue;
    }
    const std::string line = on_one_line(inner);
    if (!line.empty() || inner.inside.empty()) {
      out += fmt::format("{}{:<18} {}\n", margin, label, line.empty() ? "none" : line);
      continue;
    }
    out += fmt::format("{}{}\n", margin, label);
    tell(inner, depth + 1, out);
  }
}

void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7F) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json(const Told& told, std::string& out) {
  const bool list = told.kind == Told::Kind::list;
  switch (told.kind) {
    case Told::Kind::group:
    case Told::Kind::list:
      break;
    case Told::Kind::number:
      out += std::to_string(told.number);
      return;
    case Told::Kind::flag:
      out += told.number != 0 ? "true" : "false";
      return;
    case Told::Kind::text:
    case Told::Kind::bytes:
      return append_quoted(told.text, out);
    default:
      out += std::to_string(told.integer);
      return;
  }
  out += list ? '[' : '{';
  bool first = true;
  for (const Told& inner : told.inside) {
    if (!std::exchange(first, false)) out += ',';
    if (!list) {
      append_quoted(inner.name, out);
      out += ':';
    }
    append_json(inner, out);
  }
  if (told.left_out != 0) {
    if (!first) out += ',';
    out += list ? fmt::format("{{\"left_out\":{}}}", told.left_out)
                : fmt::format("\"left_out\":{}", told.left_out);
  }
  out += list ? ']' : '}';
}

}  // namespace

Told& Inspection::top() {
  Told* at = &root_;
  for (const std::size_t place : open_) at = &at->inside[place];
  return *at;
}

Told& Inspection::add(std::string_view name, Told::Kind kind) {
  Told& told = top().inside.emplace_back();
  told.kind = kind;
  told.name = name;
  return told;
}

void Inspection::begin(std::string_view name, Told::Kind kind) {
  add(name, kind);
  open_.push_back(top().inside.size() - 1);
}

void Inspection::end() {
  WN_CHECK(!open_.empty());
  open_.pop_back();
}

void Inspection::number(std::string_view name, std::uint64_t value) {
  add(name, Told::Kind::number).number = value;
}
void Inspection::integer(std::string_view name, std::int64_t value) {
  add(name, Told::Kind::integer).integer = value;
}
void Inspection::flag(std::string_view name, bool value) {
  add(name, Told::Kind::flag).number = value ? 1 : 0;
}
void Inspection::text(std::string_view name, std::string_view value) {
  add(name, Told::Kind::text).text = cut(value);
}

void Inspection::bytes(std::string_view name, ByteView value) {
  Told& told = add(name, Told::Kind::bytes);
  for (const std::uint8_t byte : value.first(std::min(value.size(), kInspectedBytesMax / 2)))
    told.text += fmt::format("{:02x}", byte);
  if (value.size() > kInspectedBytesMax / 2) told.text += fmt::format("... ({} bytes)", value.size());
}

const Told* find(const Told& from, std::string_view path) {
  const Told* at = &from;
  while (!path.empty()) {
    const std::string_view head = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), head.size() + 1));
    const Told* next = nullptr;
    if (at->kind == Told::Kind::list) {
      std::size_t place = 0;
      const auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), place);
      if (error == std::errc{} && end == head.data() + head.size() && place < at->inside.size())
        next = &at->inside[place];
    } else {
      const auto named = std::ranges::find(at->inside, head, &Told::name);
      if (named != at->inside.end()) next = &*named;
    }
    if (next == nullptr) return nullptr;
    at = next;
  }
  return at;
}

std::string to_text(const Told& told) {
  if (!nests(told)) return value_text(told) + "\n";
  std::string out;
  tell(told, 0, out);
  return out;
}

std::string to_json(const Told& told) {
  std::string out;
  append_json(told, out);
  return out;
}

}  // namespace wn::travel
