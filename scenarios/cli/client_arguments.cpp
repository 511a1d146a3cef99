// The lines of `worknode get|put|call|watch`. Sees CLI11, as arguments.cpp does.
#include "scenarios/cli/client_arguments.h"

#include <CLI/CLI.hpp>
#include <charconv>

#include "runtime/client/words.h"
#include "scenarios/cli/arguments.h"

namespace wn::scenarios {
namespace {

constexpr const char* kExits =
    "Exit codes: 0 done, 2 refused, or bad usage, 3 whether it took effect is not known, 5 no such value,\n"
    "            6 no server answered, or it was overloaded.";

struct Raw {
  std::string mode = "eventual", service = "realm", deadline, interval, count;
  std::string worknode;            // or a key
  std::vector<std::string> words;  // behind it
};

std::unexpected<Error> bad(const std::string& message) { return fail(Errc::invalid_argument, message); }

Result<std::int64_t> integer(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return bad(text.substr(0, 60) + ": a value is a whole number");
  return value;
}

// FUNCTION's words: [PROPERTY] and numbers, in the order of `takes`.
struct Shape {
  realm::Function function;
  const char* takes;  // P property, V value, E expected, K key, W other worknode, L limit
};
constexpr Shape kShapes[] = {
    {realm::Function::get, "P"},     {realm::Function::put, "V"},     {realm::Function::append, "V"},
    {realm::Function::add, "PV"},    {realm::Function::spend, "V"},   {realm::Function::include, "V"},
    {realm::Function::exclude, "V"}, {realm::Function::nest, "KV"},   {realm::Function::create, "W"},
    {realm::Function::move, "W"},    {realm::Function::trash, ""},    {realm::Function::restore, ""},
    {realm::Function::query, "L"},   {realm::Function::call, ""},     {realm::Function::crash, ""},
    {realm::Function::revoke, "V"},  {realm::Function::publish, "V"}, {realm::Function::cas, "EV"},
};

realm::Property property_of(realm::Function function) {
  switch (function) {
    case realm::Function::append:
      return realm::Property::text;
    case realm::Function::add:
      return realm::Property::count;
    case realm::Function::spend:
      return realm::Property::budget;
    case realm::Function::include:
    case realm::Function::exclude:
      return realm::Property::tags;
    case realm::Function::nest:
      return realm::Property::groups;
    default:
      return realm::Property::title;
  }
}

Result<void> take(char what, const std::string& word, realm::Request& r) {
  if (what == 'P') {
    const auto property = client::property_from(word);
    if (!property) return fail(property.error());
    r.property = *property;
    return {};
  }
  if (what == 'W') {
    const auto other = client::worknode_from(word);
    if (!other) return fail(other.error());
    r.other = *other;
    return {};
  }
  const auto value = integer(word);
  if (!value) return fail(value.error());
  if (what == 'L') {
    if (*value < 1 || *value > static_cast<std::int64_t>(realm::kReplyItemsMax))
      return bad(word + ": a limit is from 1 to 10000");
    r.limit = static_cast<std::uint32_t>(*value);
  }
  (what == 'V' ? r.value : what == 'E' ? r.expected : r.key) = *value;
  return {};
}

// What `worknode put 3 count 5` and `worknode call 3 add count 5` say behind the worknode.
Result<void> words_of(realm::Function function, const std::vector<std::string>& words, realm::Request& r) {
  r.function = function;
  r.property = property_of(function);
  std::string takes;
  for (const Shape& s : kShapes) {
    if (s.function == function) takes = s.takes;
  }
  const bool optional_property = takes.starts_with('P') && words.size() + 1 == takes.size();
  if (optional_property) takes = takes.substr(1);
  if (words.size() != takes.size()) {
    return bad(std::string(realm::to_string(function)) + ": expected " +
               (takes.empty() ? "nothing" : std::to_string(takes.size()) + " words") + " behind it, got " +
               std::to_string(words.size()));
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (const auto taken = take(takes[i], words[i], r); !taken) return taken;
  }
  return {};
}

Result<void> kv_words(const std::string& command, const Raw& raw, ClientArguments& out) {
  out.kv = true;
  out.command.key = Bytes::copy_of(raw.worknode);
  if (command == "get" && raw.words.empty()) return {};
  if (command == "put" && raw.words.size() == 1) {
    out.command.kind = kv::CommandKind::put;
    out.command.value = Bytes::copy_of(raw.words[0]);
    return {};
  }
  return bad("worknode " + command + " --service kv: expected get KEY or put KEY VALUE");
}

Result<void> realm_words_of(const std::string& command, Raw& raw, ClientArguments& out) {
  const auto worknode = client::worknode_from(raw.worknode);
  if (!worknode) return fail(worknode.error());
  const auto mode = client::mode_from(raw.mode);
  if (!mode) return fail(mode.error());
  out.request.worknode = *worknode;
  out.request.mode = *mode;
  auto function = realm::Function::get;
  if (command == "put") function = realm::Function::put;
  if (command == "call") {
    function = realm::Function::call;
    if (!raw.words.empty()) {
      const auto named = client::function_from(raw.words[0]);
      if (!named) return fail(named.error());
      function = *named;
      raw.words.erase(raw.words.begin());
    }
  }
  if (const auto words = words_of(function, raw.words, out.request); !words) return words;
  out.worknode = raw.worknode;
  if (!realm::has_mode(function, *mode))
    return bad(std::string(realm::to_string(function)) + " has no mode " + raw.mode);
  return {};
}

Result<Arguments> checked(const std::string& command, Raw& raw, ClientArguments& out) {
  if (raw.service != "realm" && raw.service != "kv") return bad("--service: expected realm or kv");
  const auto words = raw.service == "kv" ? kv_words(command, raw, out) : realm_words_of(command, raw, out);
  if (!words) return fail(words.error());
  if (!raw.deadline.empty()) {
    const auto deadline = parse_time_limit(raw.deadline, "--deadline");
    if (!deadline) return fail(deadline.error());
    out.deadline = *deadline;
  }
  if (!raw.interval.empty()) {
    const auto interval = parse_time_limit(raw.interval, "--interval");
    if (!interval) return fail(interval.error());
    out.interval = *interval;
  }
  if (!raw.count.empty()) {
    const auto count = parse_number(raw.count, "--count", 1, 1'000'000'000);
    if (!count) return fail(count.error());
    out.count = *count;
  }
  if (out.servers.empty() && out.config.empty())
    return bad("worknode " + command + ": expected --servers quic://HOST:PORT/KEY or --config FILE");
  out.watch = command == "watch";
  return Arguments(std::move(out));
}

std::string first_line(std::string text) { return text.substr(0, text.find('\n')); }

struct About {
  const char* name;
  const char* summary;
  const char* words;
  const char* example;
};
constexpr About kAbout[] = {
    {"get", "Read a worknode's property", "[PROPERTY]", "worknode get 3 title --mode strong --servers URL"},
    {"put", "Write a worknode's title", "VALUE", "worknode put 3 42 --mode strong --servers URL"},
    {"call", "Ask a worknode: its behaviour, or any function by name", "[FUNCTION [PROPERTY] [NUMBER]…]",
     "worknode call 3 add count 5 --config client.toml"},
    {"watch", "Tell a property's values as they change, until Ctrl-C", "[PROPERTY]",
     "worknode watch 3 count --servers URL"},
};

}  // namespace

Result<Arguments> parse_client_arguments(int argc, const char* const* argv) {
  const std::string command = argv[1];
  const About* about = kAbout;
  while (about->name != command) ++about;
  CLI::App app(about->summary, "worknode " + command);
  app.footer(std::string("Example:\n  ") + about->example + "\n\n" + kExits);
  ClientArguments out;
  Raw raw;
  app.add_option("worknode", raw.worknode, "a number (0 is the root) or 32 hex digits; of kv: a key")
      ->required()
      ->type_name("WORKNODE");
  app.add_option("words", raw.words, about->words)->type_name(about->words);
  app.add_option("--servers", out.servers, "servers, the home first")->type_name("URL,…");
  app.add_option("--config", out.config, "servers, identity, token and deadline from a file (TOML)")
      ->type_name("FILE");
  app.add_option("--identity", out.identity, "this client's secret (default: a fresh one)")
      ->type_name("FILE");
  app.add_option("--token", out.token, "a capability to show")->type_name("FILE");
  app.add_option("--mode", raw.mode, "local, eventual (default) or strong")->type_name("MODE");
  app.add_option("--service", raw.service, "realm (default) or kv")->type_name("S");
  app.add_option("--deadline", raw.deadline, "give up after this long (default 5s)")->type_name("TIME");
  app.add_option("--json", out.json, "write the answer as JSON (- is standard output)")->type_name("FILE");
  if (command == "watch") {
    app.add_option("--interval", raw.interval, "between two looks (default 100ms)")->type_name("TIME");
    app.add_option("--count", raw.count, "end after so many values")->type_name("N");
  }
  try {
    app.parse(argc - 1, argv + 1);
  } catch (const CLI::CallForHelp&) {
    return Arguments(HelpArguments{app.help()});
  } catch (const CLI::ParseError& error) {
    return bad("worknode " + command + ": " + first_line(error.what()));
  }
  return checked(command, raw, out);
}

}  // namespace wn::scenarios
