// One TU for TOML. The keys are those of the table of limits.
#include "runtime/config/config.h"

#include <algorithm>
#include <optional>

#include "runtime/base/text_place.h"
#include "runtime/config/limit_table.h"
#include "runtime/config/toml.h"

namespace wn::config {
namespace {

constexpr std::uint64_t kAnyBytes = std::uint64_t{1} << 36;

std::string quoted(std::string_view key) { return "\"" + std::string(key.substr(0, 80)) + "\""; }

class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  std::optional<Error>& error() { return error_; }

  void complain(const toml::source_region& at, std::string message) {
    if (error_) return;
    error_ =
        error_with_caret(Errc::bad_input, std::move(message), text_, {file_, at.begin.line, at.begin.column});
  }

  void number(const toml::table& table, const LimitRow& row, std::uint64_t& out) {
    const toml::node* const node = table.get(row.name);
    if (node == nullptr || error_) return;
    const std::string expected = range_text(row) + " is expected";
    std::optional<std::uint64_t> value;
    if (const auto whole = node->value_exact<std::int64_t>()) {
      if (*whole >= 0) value = static_cast<std::uint64_t>(*whole);
    } else if (const auto words = node->value_exact<std::string>()) {
      value = amount_in(*words, row.unit);
    }
    if (!value) return complain(node->source(), quoted(row.name) + ": " + expected);
    if (*value < row.least || *value > row.most) {
      return complain(node->source(),
                      quoted(row.name) + " is " + amount_text(*value, row.unit) + "; " + expected);
    }
    out = *value;
  }

  void only(const toml::table& table, const std::vector<std::string>& known, std::string_view where) {
    for (const auto& [key, value] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      return complain(key.source(),
                      "unknown key " + quoted(key.str()) + std::string(where) + nearest(key.str(), known));
    }
  }

  void limits(const toml::table& root, Limits& out) {
    const toml::node* const node = root.get("limits");
    if (node == nullptr) return;
    const toml::table* const table = node->as_table();
    if (table == nullptr) return complain(node->source(), "\"limits\": a table is expected");
    std::vector<std::string> known;
    for (const LimitRow& row : limit_table()) {
      known.emplace_back(row.name);
      number(*table, row, out.*row.field);
    }
    only(*table, known, " in [limits]");
  }

  void shares(const toml::table& root, const Limits& limits, std::vector<MemoryShare>& out) {
    const toml::node* const node = root.get("memory_share");
    if (node == nullptr || error_) return;
    const toml::array* const array = node->as_array();
    if (array == nullptr || !array->is_array_of_tables() || array->size() > kSharesMax) {
      return complain(node->source(), "\"memory_share\": at most " + std::to_string(kSharesMax) +
                                          " tables, each headed [[memory_share]], are expected");
    }
    std::uint64_t kept = 0;
    for (const toml::node& item : *array) {
      const MemoryShare share = one_share(*item.as_table());
      kept += share.kept_bytes;
      if (!out.empty() && share.item_bytes <= out.back().item_bytes) {
        complain(item.source(), "\"item_bytes\": shares in ascending order are expected");
      }
      if (share.max_bytes != 0 && share.max_bytes < share.kept_bytes) {
        complain(item.source(), "\"max_bytes\" is below \"kept_bytes\"");
      }
      if (kept > limits.memory_bytes) complain(item.source(), "the shares keep more than \"memory_bytes\"");
      out.push_back(share);
    }
  }

 private:
  MemoryShare one_share(const toml::table& table) {
    MemoryShare share;
    const auto bytes = [&](std::string_view name, std::uint64_t least, std::uint64_t& out) {
      number(table, {"", name, nullptr, least, kAnyBytes, Unit::bytes, ""}, out);
    };
    bytes("item_bytes", 64, share.item_bytes);
    bytes("kept_bytes", 0, share.kept_bytes);
    bytes("max_bytes", 0, share.max_bytes);
    if (share.item_bytes == 0) complain(table.source(), "\"item_bytes\" is missing in [[memory_share]]");
    only(table, {"item_bytes", "kept_bytes", "max_bytes"}, " in [[memory_share]]");
    return share;
  }

  std::string_view text_;
  const std::string& file_;
  std::optional<Error> error_;
};

}  // namespace

Result<Config> parse(std::string_view text, const std::string& file) {
  if (text.size() > kTextBytesMax) {
    return fail(Error{.code = Errc::too_large,
                      .message = "more than " + std::to_string(kTextBytesMax) + " bytes",
                      .at = {.file = file}});
  }
  if (const std::size_t bad = first_bad_byte(text); bad != std::string_view::npos) {
    return fail(Error{.code = Errc::bad_input,
                      .message = "a control byte; a configuration (TOML) was expected",
                      .at = place_in(text, bad, file)});
  }
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    const toml::source_position at = parsed.error().source().begin;
    return fail(error_with_caret(Errc::bad_input, std::string(parsed.error().description()), text,
                                 {file, at.line, at.column}));
  }
  Reader reader(text, file);
  Config config;
  reader.only(parsed.table(), {"limits", "memory_share"}, "");
  reader.limits(parsed.table(), config.limits);
  reader.shares(parsed.table(), config.limits, config.memory_shares);
  if (reader.error()) return fail(std::move(*reader.error()));
  return config;
}

std::string print(const Config& config) {
  const auto value = [](std::uint64_t number, Unit unit) {
    const std::string text = amount_text(number, unit);
    const bool plain = unit == Unit::count || number == 0;
    return plain ? text : "\"" + text + "\"";
  };
  std::string out = "[limits]\n";
  const Limits defaults;
  for (const LimitRow& row : limit_table()) {
    const std::uint64_t number = config.limits.*row.field;
    out += std::string(row.name) + " = " + value(number, row.unit);
    if (number != defaults.*row.field) out += "  # default: " + amount_text(defaults.*row.field, row.unit);
    out += "\n";
  }
  for (const MemoryShare& share : config.memory_shares) {
    out += "\n[[memory_share]]\nitem_bytes = " + value(share.item_bytes, Unit::bytes) +
           "\nkept_bytes = " + value(share.kept_bytes, Unit::bytes) +
           "\nmax_bytes = " + value(share.max_bytes, Unit::bytes) + "\n";
  }
  return out;
}

}  // namespace wn::config
