#pragma once
// Reads typed values out of TOML tables and complains with a place: file, line, column, the line itself with
// a caret, and what was expected. The first complaint wins; after it every read leaves its target alone.
// Includes toml++, so it is for the .cpp files that parse.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/text_place.h"
#include "runtime/base/time_text.h"
#include "runtime/config/limit_table.h"
#include "runtime/config/toml.h"

namespace wn::config {

// The whole text as tables; `what` it should have been ("a scenario (TOML)") is told where it is none.
inline Result<toml::table> table_of(std::string_view text, const std::string& file, std::string_view what) {
  if (const std::size_t bad = first_bad_byte(text); bad != std::string_view::npos) {
    return fail(Error{.code = Errc::bad_input,
                      .message = "binary junk; " + std::string(what) + " was expected",
                      .at = place_in(text, bad, file)});
  }
  toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    const toml::source_position at = parsed.error().source().begin;
    return fail(error_with_caret(Errc::bad_input, std::string(parsed.error().description()), text,
                                 {file, at.line, at.column}));
  }
  return std::move(parsed).table();
}

// The file under reading, and the first thing that is wrong in it.
struct TomlFile {
  std::string_view text;
  std::string file;
  std::optional<Error> error;

  void complain(const toml::source_region& at, std::string message, Errc code = Errc::bad_input) {
    if (error) return;
    error = error_with_caret(code, std::move(message), text, {file, at.begin.line, at.begin.column});
  }
};

class TomlTable {
 public:
  // A null table is one that the file leaves out: every value keeps its default.
  TomlTable(TomlFile& file, const toml::table* table, std::string name)
      : file_(&file), table_(table), name_(std::move(name)) {}

  bool present() const { return table_ != nullptr; }

  template <class T>
  void integer(std::string_view key, T& out, std::int64_t low, std::int64_t high) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const std::string expected = "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
    const auto value = node->value_exact<std::int64_t>();
    if (!value) return wrong_type(*node, key, expected);
    if (*value < low || *value > high)
      return complain(*node, quoted(key) + " = " + std::to_string(*value) + "; expected " + expected);
    out = static_cast<T>(*value);
  }
  void boolean(std::string_view key, bool& out) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<bool>();
    if (!value) return wrong_type(*node, key, "true or false");
    out = *value;
  }
  void text(std::string_view key, std::string& out) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<std::string>();
    if (!value) return wrong_type(*node, key, "text in quotes");
    if (value->size() > kTextMax) return complain(*node, quoted(key) + " is longer than 1000 bytes");
    out = *value;
  }
  void duration(std::string_view key, Duration& out, Duration low, Duration high) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<std::string>();
    if (!value) return wrong_type(*node, key, "a duration in quotes, such as \"250ms\"");
    const Result<Duration> parsed = parse_duration(*value);
    if (!parsed) return complain(*node, quoted(key) + ": " + parsed.error().message);
    if (*parsed < low || *parsed > high) {
      return complain(*node, quoted(key) + " = " + format_duration(*parsed) + "; expected a duration from " +
                                 format_duration(low) + " to " + format_duration(high));
    }
    out = *parsed;
  }
  // One limit, as an operator writes it: a whole number, or text with a unit. Whether it was there and right.
  bool limit(const LimitRow& row, std::uint64_t& out) {
    const toml::node* node = find(row.name);
    if (node == nullptr) return false;
    const std::string expected = range_text(row) + " is expected";
    std::optional<std::uint64_t> value;
    if (const auto whole = node->value_exact<std::int64_t>()) {
      if (*whole >= 0) value = static_cast<std::uint64_t>(*whole);
    } else if (const auto words = node->value_exact<std::string>()) {
      value = amount_in(*words, row.unit);
    }
    if (!value) {
      complain(*node, quoted(row.name) + ": " + expected);
      return false;
    }
    if (*value < row.least || *value > row.most) {
      complain(*node, quoted(row.name) + " is " + amount_text(*value, row.unit) + "; " + expected);
      return false;
    }
    out = *value;
    return true;
  }
  // A number (whole or with a point) from `low` to `high`, taken times `scale` to the nearest whole.
  template <class T>
  void scaled(std::string_view key, T& out, double low, double high, double scale, const char* expected) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    if (!node->is_number()) return wrong_type(*node, key, expected);
    const double value = *node->value<double>();
    if (!(value >= low && value <= high))
      return complain(*node, quoted(key) + " is out of range; expected " + expected);
    out = static_cast<T>(std::llround(value * scale));
  }
  // Whole numbers; `T` is constructed from each.
  template <class T>
  void integers(std::string_view key, std::vector<T>& out, std::int64_t low, std::int64_t high,
                std::size_t most) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const std::string expected =
        "a list of whole numbers from " + std::to_string(low) + " to " + std::to_string(high);
    const toml::array* array = node->as_array();
    if (array == nullptr) return wrong_type(*node, key, expected);
    if (array->size() > most)
      return complain(*node, quoted(key) + " has more than " + std::to_string(most) + " items");
    out.clear();
    for (const toml::node& item : *array) {
      const auto value = item.value_exact<std::int64_t>();
      if (!value) return wrong_type(item, key, expected);
      if (*value < low || *value > high)
        return complain(item, quoted(key) + " has " + std::to_string(*value) + "; expected " + expected);
      out.push_back(T(static_cast<std::uint32_t>(*value)));
    }
  }
  void words(std::string_view key, std::vector<std::string>& out, std::size_t most) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) return wrong_type(*node, key, "a list of texts");
    if (array->size() > most)
      return complain(*node, quoted(key) + " has more than " + std::to_string(most) + " items");
    out.clear();
    for (const toml::node& item : *array) {
      const auto value = item.value_exact<std::string>();
      if (!value) return wrong_type(item, key, "a list of texts");
      out.push_back(*value);
    }
  }
  TomlTable table(std::string_view key) {
    const toml::node* node = find(key);
    const toml::table* inner = node == nullptr ? nullptr : node->as_table();
    if (node != nullptr && inner == nullptr) wrong_type(*node, key, "a table");
    return {*file_, inner, std::string(key)};
  }
  std::vector<TomlTable> tables(std::string_view key, std::size_t most) {
    std::vector<TomlTable> out;
    const toml::node* node = find(key);
    if (node == nullptr) return out;
    const toml::array* array = node->as_array();
    if (array == nullptr || !array->is_array_of_tables()) {
      wrong_type(*node, key, "tables, each headed [[" + std::string(key) + "]]");
      return out;
    }
    if (array->size() > most)
      complain(*node, "more than " + std::to_string(most) + " tables [[" + std::string(key) + "]]");
    for (const toml::node& item : *array) out.emplace_back(*file_, item.as_table(), std::string(key));
    return out;
  }

  bool has(std::string_view key) const { return table_ != nullptr && table_->contains(key); }
  // The keys of this table that nobody has asked for yet, in the order of the table.
  std::vector<std::string> other_keys() const {
    std::vector<std::string> keys;
    if (table_ == nullptr) return keys;
    for (const auto& [key, value] : *table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) == known_.end()) keys.emplace_back(key.str());
    }
    return keys;
  }
  // A complaint about the value of `key`, or about the table when there is none.
  void complain_at(std::string_view key, std::string message) {
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    if (node != nullptr) return complain(*node, std::move(message));
    if (table_ != nullptr) return complain(*table_, std::move(message));
    file_->complain({{1, 1}, {1, 1}, nullptr}, std::move(message));
  }
  // Item `index` of the list at `key`.
  void complain_at(std::string_view key, std::size_t index, std::string message) {
    const toml::array* array =
        table_ == nullptr || table_->get(key) == nullptr ? nullptr : table_->get(key)->as_array();
    if (array == nullptr || index >= array->size()) return complain_at(key, std::move(message));
    complain((*array)[index], std::move(message));
  }
  // Refuses the keys that nobody asked for.
  void done() {
    if (table_ == nullptr) return;
    for (const auto& [key, value] : *table_) {
      const std::string_view name = key.str();
      if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
      const std::string in = name_.empty() ? "" : " in [" + name_ + "]";
      return file_->complain(key.source(), "unknown key " + quoted(name) + in + nearest(name, known_));
    }
  }

 private:
  static constexpr std::size_t kTextMax = 1000;
  static std::string quoted(std::string_view key) { return "\"" + std::string(key.substr(0, 80)) + "\""; }

  const toml::node* find(std::string_view key) {
    known_.emplace_back(key);
    return table_ == nullptr || file_->error ? nullptr : table_->get(key);
  }
  void complain(const toml::node& node, std::string message) {
    file_->complain(node.source(), std::move(message));
  }
  void wrong_type(const toml::node& node, std::string_view key, const std::string& expected) {
    complain(node, quoted(key) + ": expected " + expected + ", found " + type_words(node));
  }
  static std::string type_words(const toml::node& node) {
    switch (node.type()) {
      case toml::node_type::string:
        return "text";
      case toml::node_type::integer:
        return "a whole number";
      case toml::node_type::floating_point:
        return "a number with a point";
      case toml::node_type::boolean:
        return "true or false";
      case toml::node_type::array:
        return "a list";
      case toml::node_type::table:
        return "a table";
      default:
        return "a date or time";
    }
  }

  TomlFile* file_;
  const toml::table* table_;
  std::string name_;
  std::vector<std::string> known_;
};

// The table [limits], whole; what it leaves out stays as it is. Body: config.cpp.
void read_limits(TomlTable table, Limits& out);

}  // namespace wn::config
