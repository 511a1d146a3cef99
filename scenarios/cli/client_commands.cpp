// worknode get, put, call and watch: one operation of the client library, and its answer as a line.
#include <fmt/format.h>

#include <future>
#include <nlohmann/json.hpp>

#include "runtime/client/client.h"
#include "runtime/config/toml_reader.h"
#include "runtime/daemon/identity.h"
#include "scenarios/cli/commands.h"

namespace wn::scenarios {
namespace {

using client::Problem;

constexpr std::size_t kFileBytesMax = 64U << 10;

// What --config says: servers = ["quic://…"], identity = "FILE", token = "FILE", deadline = "5s"
Result<void> take_config(ClientArguments& a) {
  const auto text = read_input(a.config, kFileBytesMax);
  if (!text) return fail(text.error());
  const auto table = config::table_of(*text, a.config, "a client's configuration (TOML)");
  if (!table) return fail(table.error());
  for (const auto& [key, node] : *table) {
    const auto at = node.source().begin;
    const auto wrong = [&](std::string message) {
      return fail(Error{
          .code = Errc::bad_input,
          .message = std::move(message),
          .at = {a.config, static_cast<std::uint32_t>(at.line), static_cast<std::uint32_t>(at.column)}});
    };
    const auto word = node.value<std::string>();
    if (key.str() == "servers" && node.is_array()) {
      for (const auto& one : *node.as_array()) {
        if (!one.is_string()) return wrong("servers: expected a list of quic:// URLs");
        a.servers.push_back(*one.value<std::string>());
      }
    } else if (!word) {
      return wrong(fmt::format("{}: expected servers, identity, token or deadline", key.str()));
    } else if (key.str() == "servers") {
      a.servers.push_back(*word);
    } else if (key.str() == "identity") {
      if (a.identity.empty()) a.identity = *word;
    } else if (key.str() == "token") {
      if (a.token.empty()) a.token = *word;
    } else if (key.str() == "deadline") {
      const auto deadline = parse_time_limit(*word, "deadline");
      if (!deadline) return wrong(deadline.error().message);
      a.deadline = *deadline;
    } else {
      return wrong(fmt::format("{}: expected servers, identity, token or deadline", key.str()));
    }
  }
  return {};
}

Result<client::Options> options_of(ClientArguments& a) {
  if (!a.config.empty()) {
    if (const auto taken = take_config(a); !taken) return fail(taken.error());
  }
  client::Options out;
  const auto servers = client::servers_from(a.servers);
  if (!servers) return fail(servers.error());
  out.servers = *servers;
  out.timeout = a.deadline;
  if (!a.identity.empty()) {
    const auto seed = daemon::read_identity(a.identity);
    if (!seed) return fail(seed.error());
    out.identity = *seed;
  }
  if (!a.token.empty()) {
    const auto text = read_input(a.token, realm::kTokenBytesMax);
    if (!text) return fail(text.error());
    out.token = Bytes::copy_of(*text);
  }
  return out;
}

ExitCode exit_code_of(Problem problem) {
  switch (problem) {
    case Problem::invalid:
    case Problem::refused:
    case Problem::denied:
    case Problem::failed:
      return ExitCode::bad_input;
    case Problem::unknown_outcome:
      return ExitCode::inconclusive;
    case Problem::overloaded:
    case Problem::timed_out:
    case Problem::unreachable:
    case Problem::closed:
      return ExitCode::own_error;
  }
  return ExitCode::own_error;
}

bool reads(const ClientArguments& a) {
  return a.kv ? kv::is_read(a.command) : a.request.function == realm::Function::get;
}

nlohmann::ordered_json json_of(const ClientArguments& a) {
  nlohmann::ordered_json out;
  if (a.kv) {
    out["key"] = std::string(a.command.key.text());
    return out;
  }
  out["worknode"] = client::to_text(a.request.worknode);
  out["function"] = realm::to_string(a.request.function);
  out["mode"] = to_string(a.request.mode);
  return out;
}

std::string line_of(const client::Value& value) {
  std::string out;
  for (const std::int64_t item : value.items) out += fmt::format("{}{}", out.empty() ? "" : " ", item);
  return out;
}

Result<ExitCode> tell_failure(Console& console, const ClientArguments& a, const client::Failure& failure) {
  console.complain(fmt::format("worknode: {}", failure.message));
  if (!a.json.empty()) {
    auto json = json_of(a);
    json["problem"] = client::to_string(failure.problem);
    json["error"] = to_string(failure.code);
    json["message"] = failure.message;
    if (const auto written = write_output(console, a.json, json.dump() + "\n"); !written)
      return fail(written.error());
  }
  return exit_code_of(failure.problem);
}

Result<ExitCode> tell(Console& console, const ClientArguments& a, const client::Value& value) {
  if (!a.json.empty()) {
    auto json = json_of(a);
    json["found"] = value.found;
    json["items"] = value.items;
    if (value.more) json["more"] = true;
    json["attempts"] = value.attempts;
    if (const auto written = write_output(console, a.json, json.dump() + "\n"); !written)
      return fail(written.error());
  }
  if (reads(a) && !value.found) return ExitCode::nothing_selected;
  if (a.json != "-" && !value.items.empty()) console.print(line_of(value) + "\n");
  return ExitCode::pass;
}

Result<ExitCode> tell(Console& console, const ClientArguments& a, const client::KvValue& value) {
  if (!a.json.empty()) {
    auto json = json_of(a);
    json["found"] = value.found;
    if (reads(a)) json["value"] = std::string(value.value.text());
    json["attempts"] = value.attempts;
    const std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (const auto written = write_output(console, a.json, text + "\n"); !written)
      return fail(written.error());
  }
  if (reads(a) && !value.found) return ExitCode::nothing_selected;
  if (a.json != "-" && reads(a)) console.print(std::string(value.value.text()) + "\n");
  return ExitCode::pass;
}

// Until so many values, or a failure, or for ever.
Result<ExitCode> watch(Console& console, const ClientArguments& a, client::Client& client) {
  std::promise<std::optional<client::Failure>> ended;
  std::uint64_t told = 0;
  bool over = false;
  const client::WatchSpec spec{.worknode = a.request.worknode,
                               .property = a.request.property,
                               .mode = a.request.mode,
                               .token = {},
                               .interval = a.interval};
  const auto id = client.watch(spec, [&](const client::Answer<client::Value>& value) {
    if (over) return;
    if (!value) {
      over = true;
      return ended.set_value(value.error());
    }
    if (a.json.empty()) {
      console.print(value->found ? line_of(*value) + "\n" : "(no value)\n");
    } else {
      auto json = json_of(a);
      json["found"] = value->found;
      json["items"] = value->items;
      if (!write_output(console, a.json, json.dump() + "\n")) told = a.count;
    }
    static_cast<void>(console.finish());  // each value at once
    if (a.count == 0 || ++told < a.count) return;
    over = true;
    ended.set_value(std::nullopt);
  });
  const std::optional<client::Failure> failure = ended.get_future().get();
  client.unwatch(id);
  if (failure) return tell_failure(console, a, *failure);
  return ExitCode::pass;
}

}  // namespace

Result<ExitCode> client_command(Console& console, const ClientArguments& arguments) {
  ClientArguments a = arguments;
  if (const auto usable = check_output_path(a.json); !usable) return fail(usable.error());
  auto options = options_of(a);
  if (!options) return fail(options.error());
  auto client = client::Client::connect(std::move(*options));
  if (!client) return tell_failure(console, a, client.error());
  if (a.watch) return watch(console, a, **client);
  if (a.kv) {
    const auto answer = (*client)->run(a.command);
    return answer ? tell(console, a, *answer) : tell_failure(console, a, answer.error());
  }
  const auto answer = (*client)->run(a.request);
  return answer ? tell(console, a, *answer) : tell_failure(console, a, answer.error());
}

}  // namespace wn::scenarios
