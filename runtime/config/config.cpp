// One TU for TOML. The keys are those of the table of limits.
#include "runtime/config/config.h"

#include <optional>

#include "runtime/config/limit_table.h"
#include "runtime/config/toml_reader.h"

namespace wn::config {
namespace {

constexpr std::uint64_t kAnyBytes = std::uint64_t{1} << 36;

MemoryShare read_share(TomlTable& table) {
  MemoryShare share;
  const auto bytes = [&](std::string_view name, std::uint64_t least, std::uint64_t& out) {
    table.limit({"", name, nullptr, least, kAnyBytes, Unit::bytes, ""}, out);
  };
  bytes("item_bytes", 64, share.item_bytes);
  bytes("kept_bytes", 0, share.kept_bytes);
  bytes("max_bytes", 0, share.max_bytes);
  if (share.item_bytes == 0) table.complain_at("", "\"item_bytes\" is missing in [[memory_share]]");
  table.done();
  return share;
}

void read_shares(TomlTable& root, const Limits& limits, std::vector<MemoryShare>& out) {
  std::uint64_t kept = 0;
  for (TomlTable& table : root.tables("memory_share", kSharesMax)) {
    const MemoryShare share = read_share(table);
    kept += share.kept_bytes;
    if (!out.empty() && share.item_bytes <= out.back().item_bytes)
      table.complain_at("", "\"item_bytes\": shares in ascending order are expected");
    if (share.max_bytes != 0 && share.max_bytes < share.kept_bytes)
      table.complain_at("", "\"max_bytes\" is below \"kept_bytes\"");
    if (kept > limits.memory_bytes) table.complain_at("", "the shares keep more than \"memory_bytes\"");
    out.push_back(share);
  }
}

std::string value_text(std::uint64_t number, Unit unit) {
  const std::string text = amount_text(number, unit);
  return unit == Unit::count || number == 0 ? text : "\"" + text + "\"";
}

}  // namespace

void read_limits(TomlTable table, Limits& out) {
  for (const LimitRow& row : limit_table()) table.limit(row, out.*row.field);
  table.done();
}

Result<Config> parse(std::string_view text, const std::string& file) {
  if (text.size() > kTextBytesMax) {
    return fail(Error{.code = Errc::too_large,
                      .message = "more than " + std::to_string(kTextBytesMax) + " bytes",
                      .at = {.file = file}});
  }
  const Result<toml::table> parsed = table_of(text, file, "a configuration (TOML)");
  if (!parsed) return fail(parsed.error());
  TomlFile source{.text = text, .file = file, .error = std::nullopt};
  TomlTable root(source, &*parsed, "");
  Config config;
  read_limits(root.table("limits"), config.limits);
  read_shares(root, config.limits, config.memory_shares);
  root.done();
  if (source.error) return fail(std::move(*source.error));
  return config;
}

std::string print(const Limits& limits) {
  std::string out = "[limits]\n";
  const Limits defaults;
  for (const LimitRow& row : limit_table()) {
    const std::uint64_t number = limits.*row.field;
    out += std::string(row.name) + " = " + value_text(number, row.unit);
    if (number != defaults.*row.field) out += "  # default: " + amount_text(defaults.*row.field, row.unit);
    out += "\n";
  }
  return out;
}

std::string print(const Config& config) {
  std::string out = print(config.limits);
  for (const MemoryShare& share : config.memory_shares) {
    out += "\n[[memory_share]]\nitem_bytes = " + value_text(share.item_bytes, Unit::bytes) +
           "\nkept_bytes = " + value_text(share.kept_bytes, Unit::bytes) +
           "\nmax_bytes = " + value_text(share.max_bytes, Unit::bytes) + "\n";
  }
  return out;
}

}  // namespace wn::config
