#include "scenarios/travel/serve.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>

#include "runtime/base/time_text.h"

namespace wn::travel {
namespace {

using Json = nlohmann::json;

std::string told(const Error& error) {
  const std::string text = error.message.empty() ? error.to_string() : error.message;
  return Json{{"error", text.substr(0, text.find('\n'))}, {"code", std::string(to_string(error.code))}}
      .dump();
}

std::string told(const Result<Position>& at) {
  if (!at) return told(at.error());
  return Json{{"event", at->event}, {"traced", at->traced}, {"ns", at->at.ns}, {"end", at->end}}.dump();
}

std::optional<Subject> subject_named(const std::string& name) {
  constexpr std::string_view kNames[kSubjects] = {"nodes",    "node",       "log",    "queue", "waiting",
                                                  "messages", "operations", "faults", "recent"};
  for (std::size_t i = 0; i < kSubjects; ++i) {
    if (kNames[i] == name) return static_cast<Subject>(i);
  }
  return std::nullopt;
}

// Where the request begins; nothing to do when the traveller is there already.
Result<void> begin(Traveller& traveller, const Json& request) {
  if (!request.contains("from")) return {};
  const Json& from = request.at("from");
  const auto event = from.at("event").get<std::uint64_t>();
  const SimTime at{from.at("ns").get<std::int64_t>()};
  if (traveller.where().event == event && traveller.where().at == at) return {};
  auto there = traveller.go_to_event(event);
  // A moment between two events.
  if (there && there->at < at) there = traveller.go_to(at);
  if (!there) return fail(there.error());
  return {};
}

std::string ask(Traveller& traveller, const Json& request) {
  const auto subject = subject_named(request.at("about").get<std::string>());
  if (!subject)
    return told(Error{.code = Errc::invalid_argument, .message = "nobody can be asked about that"});
  const auto answer = traveller.ask({.subject = *subject,
                                     .json = true,
                                     .node = NodeId{request.value("node", std::uint32_t{0})},
                                     .path = request.value("path", std::string())});
  return answer ? "{\"told\":" + *answer + "}" : told(answer.error());
}

std::string carry_out(Traveller& traveller, const Json& request) {
  const auto verb = request.at("do").get<std::string>();
  if (auto begun = begin(traveller, request); !begun) return told(begun.error());
  if (verb == "event") return told(traveller.go_to_event(request.at("number").get<std::uint64_t>()));
  if (verb == "traced") return told(traveller.go_to_traced(request.at("number").get<std::uint64_t>()));
  if (verb == "moment" && request.contains("text")) {
    const auto time = parse_duration(request.at("text").get<std::string>());
    if (!time || time->ns < 0)
      return told(Error{.code = Errc::bad_input, .message = "expected a time such as 12.4s or 300ms"});
    return told(traveller.go_to(SimTime{time->ns}));
  }
  if (verb == "moment") return told(traveller.go_to(SimTime{request.at("ns").get<std::int64_t>()}));
  if (verb == "until") return told(traveller.until(request.at("predicate").get<std::string>()));
  if (verb == "rewind") return told(traveller.rewind(request.at("predicate").get<std::string>()));
  if (verb == "ask") return ask(traveller, request);
  if (verb == "judge") {
    const auto text = traveller.judge();
    return text ? Json{{"told", *text}}.dump() : told(text.error());
  }
  return told(Error{.code = Errc::invalid_argument, .message = "unknown request"});
}

bool write_line(int out, std::string line) {
  line += '\n';
  for (std::size_t at = 0; at < line.size();) {
    const ssize_t n = ::write(out, line.data() + at, line.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

std::string serve_line(Traveller& traveller, std::string_view request) {
  try {
    return carry_out(traveller, Json::parse(request));
  } catch (const Json::exception& wrong) {
    return told(Error{.code = Errc::bad_input, .message = wrong.what()});
  }
}

Result<void> serve(const faults::Plan& plan, int in, int out) {
  auto traveller = Traveller::make(plan);
  if (!traveller) return fail(traveller.error());
  if (!write_line(out, told(Result<Position>((*traveller)->where())))) return {};
  std::string waiting;
  char part[65'536];
  for (;;) {
    for (std::size_t end = waiting.find('\n'); end != waiting.npos; end = waiting.find('\n')) {
      if (!write_line(out, serve_line(**traveller, std::string_view(waiting).substr(0, end)))) return {};
      waiting.erase(0, end + 1);
    }
    if (waiting.size() > kRequestBytesMax) return fail(Errc::too_large, "a request is too long");
    const ssize_t n = ::read(in, part, sizeof part);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {};
    waiting.append(part, static_cast<std::size_t>(n));
  }
}

}  // namespace wn::travel
