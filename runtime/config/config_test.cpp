// Reading, refusing and printing of configurations, and the page of limits.
#include "runtime/config/config.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "runtime/base/random.h"
#include "runtime/config/limit_table.h"

namespace wn::config {
namespace {

std::string error_of(const std::string& text) {
  const Result<Config> config = parse(text, "x.toml");
  return config ? "" : config.error().to_string();
}

TEST_CASE("config: what a file leaves out has its default") {
  const Result<Config> config = parse("", "x.toml");
  REQUIRE(config.has_value());
  CHECK(*config == Config{});
  CHECK(config->limits.max_properties_per_overlap == 2048);
  CHECK(config->limits.max_results == 10'000);
  CHECK(config->limits.max_nesting_depth == 8);
}

TEST_CASE("config: numbers, sizes and times are read") {
  const Result<Config> config = parse(R"([limits]
max_results = 5000
memory_bytes = "256 MiB"
handler_stall_ns = "10ms"
gc_eviction_after_ns = 60000000000
[[memory_share]]
item_bytes = 64
kept_bytes = "1MiB"
[[memory_share]]
item_bytes = "4 KiB"
max_bytes = 8388608
)",
                                      "x.toml");
  INFO((config ? "" : config.error().to_string()));
  REQUIRE(config.has_value());
  CHECK(config->limits.max_results == 5000);
  CHECK(config->limits.memory_bytes == 256ULL << 20);
  CHECK(config->limits.handler_stall_ns == 10'000'000);
  CHECK(config->limits.gc_eviction_after_ns == 60'000'000'000);
  CHECK(config->memory_shares ==
        std::vector<MemoryShare>{{.item_bytes = 64, .kept_bytes = 1 << 20},
                                 {.item_bytes = 4096, .kept_bytes = 0, .max_bytes = 8 << 20}});
}

TEST_CASE("config: what is wrong is told with line, column, a caret and what was expected") {
  CHECK(error_of("[limits]\nmax_results = 0\n") ==
        "x.toml:2:15: \"max_results\" is 0; a whole number from 1 to 1000000 is expected\n"
        "  2 | max_results = 0\n"
        "    |               ^");
  const auto complains = [](const std::string& text, const std::string& start) {
    INFO(text);
    INFO(error_of(text));
    CHECK(error_of(text).starts_with("x.toml:" + start));
  };
  complains("[limits]\nmax_result = 5",
            "2:1: unknown key \"max_result\" in [limits]; did you mean \"max_results\"?");
  complains("[limit]", "1:2: unknown key \"limit\"; did you mean \"limits\"?");
  complains("limits = 5", "1:10: \"limits\": expected a table, found a whole number");
  complains("[limits]\nmax_results = -5", "2:15: \"max_results\": a whole number");
  complains("[limits]\nmax_results = \"5\"", "2:15: \"max_results\": a whole number");
  complains("[limits]\nmax_results = 5.0", "2:15: \"max_results\": a whole number");
  complains("[limits]\nmemory_bytes = \"64 MB\"", "2:16: \"memory_bytes\": a size");
  complains("[limits]\nmemory_bytes = \"1KiB\"", "2:16: \"memory_bytes\" is 1 KiB; a size");
  complains("[limits]\nmemory_bytes = \"99999999999999999999 B\"", "2:16: \"memory_bytes\": a size");
  complains("[limits]\nhandler_stall_ns = \"18446744073709551615d\"", "2:20: \"handler_stall_ns\": a time");
  complains("[limits]\nmax_results = 5\nmax_results = 6", "3:");
  complains("[[memory_share]]\nkept_bytes = 5", "1:1: \"item_bytes\" is missing");
  complains("[[memory_share]]\nitem_bytes = 64\nkept_bytes = \"1 GiB\"", "1:1: the shares keep more");
  complains("[[memory_share]]\nitem_bytes = 64\nkept_bytes = 500\nmax_bytes = 400",
            "1:1: \"max_bytes\" is below");
  complains("[[memory_share]]\nitem_bytes = 64\n[[memory_share]]\nitem_bytes = 64", "3:1: \"item_bytes\"");
  complains(std::string("[limits]\n\0", 10), "2:1: binary junk");
  CHECK(parse(std::string(kTextBytesMax + 1, ' '), "x.toml").error().code == Errc::too_large);
}

TEST_CASE("config: each limit is taken at both ends of its range and refused beyond them") {
  for (const LimitRow& row : limit_table()) {
    INFO(row.name);
    const auto with = [&](std::uint64_t value) {
      return parse("[limits]\n" + std::string(row.name) + " = " + std::to_string(value), "x.toml");
    };
    const auto least = with(row.least);
    REQUIRE(least.has_value());
    CHECK(least->limits.*row.field == row.least);
    const auto most = with(row.most);
    REQUIRE(most.has_value());
    CHECK(most->limits.*row.field == row.most);
    CHECK_FALSE(with(row.most + 1).has_value());
    if (row.least > 0) CHECK_FALSE(with(row.least - 1).has_value());
    CHECK(Limits{}.*row.field >= row.least);
    CHECK(Limits{}.*row.field <= row.most);
  }
}

TEST_CASE("config: the table has every limit, once, and says what happens at it") {
  CHECK(limit_table().size() * sizeof(std::uint64_t) == sizeof(Limits));
  std::set<std::string_view> names;
  Limits marked{};
  for (const LimitRow& row : limit_table()) {
    CHECK(names.insert(row.name).second);
    CHECK(row.at_the_limit.size() > 20);
    CHECK(marked.*row.field != 0xDEAD'BEEF);  // no two rows speak of one field
    marked.*row.field = 0xDEAD'BEEF;
  }
}

TEST_CASE("config: what is printed reads back as the same") {
  const Random random(4);
  for (std::uint32_t i = 0; i < 200; ++i) {
    Config config;
    std::uint32_t n = 0;
    for (const LimitRow& row : limit_table()) {
      Draw draw = random.at("config.value", i, n++);
      const std::uint64_t kind = draw.below(3);
      if (kind == 0) config.limits.*row.field = row.least + draw.below(row.most - row.least + 1);
      if (kind == 1) config.limits.*row.field = row.least;
    }
    config.limits.memory_bytes = 1ULL << 30;
    Draw draw = random.at("config.share", i);
    for (std::uint64_t item = 64; item < 4096; item *= 4) {
      config.memory_shares.push_back(
          {.item_bytes = item, .kept_bytes = draw.below(1 << 20), .max_bytes = 2 << 20});
    }
    const std::string text = print(config);
    const Result<Config> again = parse(text, "x.toml");
    INFO((again ? "" : again.error().to_string()));
    REQUIRE(again.has_value());
    REQUIRE(*again == config);
  }
}

TEST_CASE("config: no damaged text is taken for something else than a configuration or an error") {
  Config config;
  config.memory_shares = {{.item_bytes = 64, .kept_bytes = 4096, .max_bytes = 1 << 20}};
  const std::string good = print(config);
  const Random random(9);
  std::uint32_t refused = 0;
  for (std::uint32_t i = 0; i < 6000; ++i) {
    Draw draw = random.at("config.fuzz", 0, i);
    // A window of the text, so that damage is near what matters.
    const std::size_t from = draw.below(good.size() - 200);
    std::string text = i % 2 == 0 ? good : "[limits]\n" + good.substr(from, 200);
    const std::uint64_t cuts = 1 + draw.below(4);
    for (std::uint64_t c = 0; c < cuts; ++c) {
      const std::size_t at = draw.below(text.size());
      const std::uint64_t kind = draw.below(4);
      const char byte = static_cast<char>(draw.below(256));
      static constexpr std::string_view kSyntax = "[]{}=\"'#.,\n\\ ";
      if (kind == 0) text[at] = byte;
      if (kind == 1) text.erase(at, 1 + draw.below(20));
      if (kind == 2) text.insert(at, 1, kSyntax[draw.below(kSyntax.size())]);
      if (kind == 3) text = text.substr(0, at) + text.substr(draw.below(text.size()));
      if (text.empty()) text = "x";
    }
    const Result<Config> read = parse(text, "x.toml");
    if (!read) {
      ++refused;
      CHECK_FALSE(read.error().message.empty());
      CHECK(read.error().at.line > 0);
      continue;
    }
    for (const LimitRow& row : limit_table()) {
      REQUIRE(read->limits.*row.field >= row.least);
      REQUIRE(read->limits.*row.field <= row.most);
    }
    REQUIRE(parse(print(*read), "y.toml") == *read);
  }
  CHECK(refused > 1000);
  CHECK(refused < 6000);
}

TEST_CASE("config: docs/limits.md is the table") {
  const std::string path = std::string(WN_SOURCE_DIR) + "/docs/limits.md";
  if (std::getenv("WN_REWRITE") != nullptr) std::ofstream(path) << limits_page();
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  CHECK(text.str() == limits_page());
}

}  // namespace
}  // namespace wn::config
