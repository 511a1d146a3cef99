#include "scenarios/travel/prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "runtime/base/time_text.h"

namespace wn::travel {
namespace {

constexpr std::string_view kHelp =
    "go        step [N] | back [N]         N events on, or back (1)\n"
    "          goto EVENT | #TRACE | TIME  after so many events; after an event of the trace; before a time\n"
    "          until PREDICATE             to the next event at which it holds\n"
    "          rewind PREDICATE            back to the last event at which it held\n"
    "          break PREDICATE | list | delete N, continue\n"
    "look      where, nodes                where the run stands; a line for each node\n"
    "          node N [NAME]               what a node holds, or a part: node 1 raft, node 1 raft.peers.n2\n"
    "          log N | clock [N]           its Raft log; clocks\n"
    "          waiting N                   what waits for it: messages, timers, disk, its own queues\n"
    "          queue, messages             what happens next; what is on its way\n"
    "          ops, faults, recent         open operations; faults; the last events\n"
    "          verdict, story              what the checkers say up to here; what happened up to here\n"
    "end       quit\n"
    "PREDICATE raft_state.role == leader && node == 2,  op_completed.operation == 17,  node 2: raft.term > "
    "5\n";

std::string trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

// The first word, and what is behind it.
std::pair<std::string, std::string> split(std::string_view text) {
  const std::string whole = trimmed(text);
  const std::size_t end = std::min(whole.find_first_of(" \t"), whole.size());
  return {whole.substr(0, end), trimmed(std::string_view(whole).substr(end))};
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || text.empty() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<NodeId> node_in(const std::string& text) {
  const std::string_view digits = text.starts_with('n') ? std::string_view(text).substr(1) : text;
  const auto number = number_in(digits);
  if (!number || *number == 0 || *number > 0xFFFF'FFFF)
    return fail(Errc::bad_input, "expected a node, as in: node 2");
  return NodeId{static_cast<std::uint32_t>(*number)};
}

std::string place_text(const Position& at) {
  return fmt::format("{}  event {}  trace #{}{}", format_moment(at.at), at.event, at.traced,
                     at.end ? "  (the end)" : "");
}

}  // namespace

std::string Prompt::mark() const {
  return fmt::format("{} event {}> ", format_moment(traveller_.where().at), traveller_.where().event);
}

std::string Prompt::obey(std::string_view line) {
  const auto [verb, rest] = split(line);
  if (verb.empty() || verb.starts_with('#')) return {};
  const auto answer = carry_out(verb, rest);
  if (!answer) {
    const std::string text =
        answer.error().message.empty() ? answer.error().to_string() : answer.error().message;
    return "error: " + text.substr(0, text.find('\n')) + "\n";
  }
  return *answer;
}

Result<std::string> Prompt::carry_out(const std::string& verb, const std::string& rest) {
  if (verb == "quit" || verb == "exit" || verb == "q") {
    over_ = true;
    return std::string();
  }
  if (verb == "help") return std::string(kHelp);
  if (verb == "where") return "  " + place_text(traveller_.where()) + "\n";
  if (verb == "break") return breaks(rest);
  if (verb == "continue" || verb == "c") return go_on();
  if (verb == "verdict") return traveller_.judge();
  if (verb == "story") {
    if (!options_.story) return fail(Errc::unsupported, "no story can be told here");
    return options_.story(traveller_.where().at);
  }
  for (const std::string_view moves : {"step", "s", "back", "b", "goto", "until", "rewind"}) {
    if (verb == moves) return move(verb, rest);
  }
  return look(verb, rest);
}

Result<std::string> Prompt::arrived(const Result<Position>& position) {
  if (!position) return fail(position.error());
  auto recent = traveller_.ask({.subject = Subject::recent});
  if (!recent) return recent;
  // Of the last events those that this one of the world has made.
  std::string text = "  " + place_text(*position) + "\n";
  const std::string mine = fmt::format("  {:>8} #", position->event);
  for (std::size_t at = 0; at < recent->size();) {
    const std::size_t end = std::min(recent->find('\n', at), recent->size());
    const std::string_view line = std::string_view(*recent).substr(at, end - at);
    if (line.starts_with(mine)) text += fmt::format("{}\n", line);
    at = end + 1;
  }
  return text;
}

Result<std::string> Prompt::move(const std::string& verb, const std::string& rest) {
  if (verb == "goto") return go_to(rest);
  if (verb == "until" || verb == "rewind") {
    if (rest.empty()) return fail(Errc::bad_input, "expected a predicate; see help");
    return arrived(verb == "until" ? traveller_.until(rest) : traveller_.rewind(rest));
  }
  const auto count = rest.empty() ? std::optional<std::uint64_t>(1) : number_in(rest);
  if (!count) return fail(Errc::bad_input, "expected a number of events");
  return arrived(verb.starts_with('s') ? traveller_.step(*count) : traveller_.back(*count));
}

Result<std::string> Prompt::go_to(const std::string& rest) {
  if (const auto event = number_in(rest)) return arrived(traveller_.go_to_event(*event));
  if (rest.starts_with('#')) {
    if (const auto traced = number_in(std::string_view(rest).substr(1)))
      return arrived(traveller_.go_to_traced(*traced));
  }
  const auto time = parse_duration(rest);
  if (!time || time->ns < 0)
    return fail(Errc::bad_input,
                "expected an event (8121), an event of the trace (#20311) or a time (12.4s)");
  return arrived(traveller_.go_to(SimTime{time->ns}));
}

Result<std::string> Prompt::look(const std::string& verb, const std::string& rest) {
  struct Plain {
    std::string_view verb;
    Subject subject;
  };
  for (const auto& [word, subject] : {Plain{"nodes", Subject::nodes},
                                      {"queue", Subject::queue},
                                      {"messages", Subject::messages},
                                      {"ops", Subject::operations},
                                      {"faults", Subject::faults},
                                      {"recent", Subject::recent}}) {
    if (verb == word) return traveller_.ask({.subject = subject});
  }
  const auto [who, part] = split(rest);
  const bool known = verb == "node" || verb == "log" || verb == "waiting" || verb == "clock";
  if (!known) return fail(Errc::bad_input, "there is no command " + verb + "; try help");
  const auto node = node_in(who);
  if (!node) return fail(node.error());
  if (verb == "log") return traveller_.ask({.subject = Subject::log, .node = *node});
  if (verb == "waiting") return traveller_.ask({.subject = Subject::waiting, .node = *node});
  return traveller_.ask({.subject = Subject::node, .node = *node, .path = verb == "clock" ? "clock" : part});
}

Result<std::string> Prompt::breaks(const std::string& rest) {
  const auto [verb, behind] = split(rest);
  if (rest.empty() || rest == "list") {
    std::string text;
    for (const Breakpoint& one : breakpoints_) text += fmt::format("  {}  {}\n", one.number, one.predicate);
    return text.empty() ? "  none\n" : text;
  }
  if (verb == "delete") {
    const auto number = number_in(behind);
    const auto gone = std::erase_if(breakpoints_, [&](const Breakpoint& one) {
      return number && one.number == static_cast<int>(*number);
    });
    if (gone == 0) return fail(Errc::not_found, "expected the number of a breakpoint");
    return std::string();
  }
  if (breakpoints_.size() == kBreakpointsMax) return fail(Errc::overloaded, "too many breakpoints");
  if (auto parsed = Predicate::parse(rest); !parsed) return fail(parsed.error());
  breakpoints_.push_back({.number = ++last_number_, .predicate = rest});
  return fmt::format("  {}  {}\n", last_number_, rest);
}

Result<std::string> Prompt::go_on() {
  if (breakpoints_.empty()) return arrived(traveller_.go_to_event(kNoEvent));
  std::string any;
  for (const Breakpoint& one : breakpoints_) any += (any.empty() ? "(" : " || (") + one.predicate + ")";
  return arrived(traveller_.until(any));
}

}  // namespace wn::travel
