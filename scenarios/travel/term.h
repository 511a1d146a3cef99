#pragma once
// The parts of a predicate. Internal to the room.
#include <memory>
#include <string>
#include <vector>

#include "scenarios/travel/predicate.h"

namespace wn::travel {

struct Operand {
  enum class Kind : std::uint8_t { number, word, event_node, event_at, event_number, field, node_value };
  Kind kind = Kind::number;
  std::int64_t number = 0;
  std::string word;
  TraceKind event{};
  std::size_t field = 0;  // of the event; kEventItself: that it happened
  std::string field_name;
  NodeId node;
  std::string path;
};
inline constexpr std::size_t kEventItself = 5;

enum class Comparison : std::uint8_t { holds, equal, unequal, less, less_equal, greater, greater_equal };

struct Term {
  enum class Kind : std::uint8_t { any_of, all_of, none_of, compared };
  Kind kind = Kind::compared;
  std::vector<std::unique_ptr<Term>> inside;
  Comparison comparison = Comparison::holds;
  Operand left;
  Operand right;
};

// The tree of a text; `condition` is cleared when it speaks of events.
Result<std::unique_ptr<Term>> parse_term(std::string_view text, bool& condition);

}  // namespace wn::travel
