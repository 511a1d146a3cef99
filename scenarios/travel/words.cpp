#include "scenarios/travel/words.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "checkers/history/operation.h"
#include "faults/plan/names.h"
#include "runtime/raft/inspect.h"
#include "scenarios/runner/message_names.h"

namespace wn::travel {
namespace {

using Words = std::vector<std::pair<std::uint64_t, std::string>>;
constexpr std::uint16_t kKindsEnd = 1000;

// A word for each of the numbers up to `last` that has one.
template <class Enum, class Name>
Words words_of(std::uint64_t first, std::uint64_t last, Name&& name) {
  Words out;
  for (std::uint64_t number = first; number <= last; ++number) {
    const std::string_view word = name(static_cast<Enum>(number));
    if (!word.empty() && word != "unknown") out.emplace_back(number, word);
  }
  return out;
}

const Words& message_words() {
  static const Words words = scenarios::message_type_names();
  return words;
}

Words words_for(TraceKind kind, std::string_view field) {
  if (kind == TraceKind::raft_state && field == "role")
    return words_of<raft::Role>(0, 3, [](raft::Role role) { return raft::name_of(role); });
  const bool message = kind == TraceKind::message_sent || kind == TraceKind::message_delivered;
  if (message && field == "type") return message_words();
  if (kind == TraceKind::message_dropped && field == "reason")
    return words_of<DropReason>(1, 7, [](DropReason reason) { return to_string(reason); });
  if (kind == TraceKind::node_crashed && field == "cause")
    return words_of<CrashCause>(1, 5, [](CrashCause cause) { return to_string(cause); });
  if ((kind == TraceKind::fault_began || kind == TraceKind::fault_ended) && field == "kind")
    return words_of<faults::FaultKind>(1, 120, [](faults::FaultKind f) { return faults::to_string(f); });
  if (kind == TraceKind::op_invoked && field == "function")
    return words_of<faults::OpFunction>(1, 24, [](faults::OpFunction f) { return faults::to_string(f); });
  if (kind == TraceKind::op_completed && field == "outcome") {
    using checkers::Outcome;
    return {{static_cast<std::uint64_t>(Outcome::ok), "ok"},
            {static_cast<std::uint64_t>(Outcome::fail), "fail"},
            {static_cast<std::uint64_t>(Outcome::info), "info"}};
  }
  return {};
}

// Words may be written with either kind of dash.
std::string plain(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c == '_') c = '-';
  }
  return out;
}

}  // namespace

std::optional<std::uint64_t> number_of_word(TraceKind kind, std::string_view field, std::string_view word) {
  for (const auto& [number, name] : words_for(kind, field)) {
    if (plain(name) == plain(word)) return number;
  }
  return std::nullopt;
}

std::optional<std::string> word_of_number(TraceKind kind, std::string_view field, std::uint64_t number) {
  for (const auto& [value, name] : words_for(kind, field)) {
    if (value == number) return name;
  }
  return std::nullopt;
}

std::optional<TraceKind> kind_named(std::string_view name) {
  for (std::uint16_t number = 0; number < kKindsEnd; ++number) {
    const TraceKindInfo* info = trace_kind_info(static_cast<TraceKind>(number));
    if (info != nullptr && info->name == name) return info->kind;
  }
  return std::nullopt;
}

std::string event_text(const TraceEvent& event) {
  const TraceKindInfo* info = trace_kind_info(event.kind);
  std::string text = event.node ? faults::node_name(event.node) : std::string("world");
  text += " ";
  text += info != nullptr ? info->name : std::string_view("unknown kind");
  for (std::size_t f = 0; info != nullptr && f < info->fields.size(); ++f) {
    const std::string_view field = info->fields[f];
    if (field.empty() || field == "checksum") continue;
    const auto word = word_of_number(event.kind, field, event.field[f]);
    text += fmt::format(" {}={}", field, word ? *word : std::to_string(event.field[f]));
  }
  return text;
}

}  // namespace wn::travel
