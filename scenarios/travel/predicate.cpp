#include "scenarios/travel/predicate.h"

#include <algorithm>
#include <optional>

#include "scenarios/travel/inspection.h"
#include "scenarios/travel/term.h"

namespace wn::travel {
namespace {

using Wide = __int128;  // of 64 bits, with or without a sign

struct Value {
  bool is_text = false;
  Wide number = 0;
  std::string text;
};

std::optional<Value> value_of(const Told& told) {
  switch (told.kind) {
    case Told::Kind::group:
      return std::nullopt;
    case Told::Kind::list:  // its length
      return Value{.number = static_cast<Wide>(told.inside.size() + told.left_out)};
    case Told::Kind::number:
    case Told::Kind::flag:
      return Value{.number = static_cast<Wide>(told.number)};
    case Told::Kind::text:
    case Told::Kind::bytes:
      return Value{.is_text = true, .text = told.text};
    default:
      return Value{.number = told.integer};
  }
}

// Names that the world tells of a machine; all others are its process's.
bool of_world(std::string_view path) {
  constexpr std::string_view kWorlds[] = {"id",       "up",       "paused", "incarnation", "clock", "timers",
                                          "incoming", "outgoing", "held",   "clogged",     "disk",  "state"};
  return std::ranges::find(kWorlds, path.substr(0, path.find('.'))) != std::end(kWorlds);
}

std::optional<Value> node_value(const Operand& operand, const Moment& moment) {
  Inspection inspection;
  if (of_world(operand.path)) {
    moment.world->inspect(operand.node, inspection);
  } else {
    // Const in all but name: the world gives its processes away as they are.
    Process* process = const_cast<sim::World*>(moment.world)->process(operand.node);
    if (process == nullptr) return std::nullopt;
    process->inspect(inspection);
  }
  const Told* told = find(inspection.root(), operand.path);
  return told == nullptr ? std::nullopt : value_of(*told);
}

std::optional<Value> number_of(std::uint64_t number) { return Value{.number = static_cast<Wide>(number)}; }

std::optional<Value> evaluate(const Operand& operand, const Moment& moment, const TraceEvent* event) {
  switch (operand.kind) {
    case Operand::Kind::number:
      return Value{.number = operand.number};
    case Operand::Kind::word:
      return Value{.is_text = true, .text = operand.word};
    case Operand::Kind::event_number:
      return number_of(moment.number);
    case Operand::Kind::node_value:
      return node_value(operand, moment);
    case Operand::Kind::event_node:
      return event == nullptr ? std::nullopt : number_of(event->node.value);
    case Operand::Kind::event_at:
      return Value{.number = moment.world->now().ns};
    case Operand::Kind::field:
      if (event == nullptr || event->kind != operand.event) return std::nullopt;
      return operand.field == kEventItself ? number_of(1) : number_of(event->field[operand.field]);
  }
  return std::nullopt;
}

template <class T>
bool compare(Comparison comparison, const T& left, const T& right) {
  switch (comparison) {
    case Comparison::equal:
      return left == right;
    case Comparison::unequal:
      return left != right;
    case Comparison::less:
      return left < right;
    case Comparison::less_equal:
      return left <= right;
    case Comparison::greater:
      return left > right;
    case Comparison::greater_equal:
      return left >= right;
    case Comparison::holds:
      break;
  }
  return false;
}

bool holds(const Term& term, const Moment& moment, const TraceEvent* event) {
  const auto inner = [&](const std::unique_ptr<Term>& one) { return holds(*one, moment, event); };
  switch (term.kind) {
    case Term::Kind::any_of:
      return std::ranges::any_of(term.inside, inner);
    case Term::Kind::all_of:
      return std::ranges::all_of(term.inside, inner);
    case Term::Kind::none_of:
      return std::ranges::none_of(term.inside, inner);
    case Term::Kind::compared:
      break;
  }
  const auto left = evaluate(term.left, moment, event);
  if (!left) return false;
  if (term.comparison == Comparison::holds)
    return left->is_text ? !left->text.empty() && left->text != "-" : left->number != 0;
  const auto right = evaluate(term.right, moment, event);
  if (!right || left->is_text != right->is_text) return false;
  return left->is_text ? compare(term.comparison, left->text, right->text)
                       : compare(term.comparison, left->number, right->number);
}

}  // namespace

Predicate::Predicate(Predicate&&) noexcept = default;
Predicate& Predicate::operator=(Predicate&&) noexcept = default;
Predicate::~Predicate() = default;

Result<Predicate> Predicate::parse(std::string_view text) {
  if (text.size() > kPredicateBytesMax) return fail(Errc::too_large, "predicate: too long");
  Predicate out;
  auto root = parse_term(text, out.condition_);
  if (!root) return fail(root.error());
  out.root_ = *std::move(root);
  return out;
}

bool Predicate::holds(const Moment& moment) const {
  if (condition_ || moment.events.empty()) return travel::holds(*root_, moment, nullptr);
  return std::ranges::any_of(moment.events,
                             [&](const TraceEvent& event) { return travel::holds(*root_, moment, &event); });
}

}  // namespace wn::travel
