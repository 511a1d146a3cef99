#pragma once
// What numbers in events mean, as words: "leader" for role 3 of raft_state, "append" for type 5 of
// message_sent.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/trace_event.h"

namespace wn::travel {

// Nothing: this field of this kind has no words, or not this one.
std::optional<std::uint64_t> number_of_word(TraceKind kind, std::string_view field, std::string_view word);
std::optional<std::string> word_of_number(TraceKind kind, std::string_view field, std::uint64_t number);

std::optional<TraceKind> kind_named(std::string_view name);
// "n2 raft_state role=leader term=5 …", without time and number.
std::string event_text(const TraceEvent& event);

}  // namespace wn::travel
