#include "runtime/schema/value_map.h"

#include <charconv>

#include "runtime/base/proto_wire.h"

namespace wn::schema {
namespace {

// Bytes of a carried value: the mark, then message { steps = 1 (zigzag); kind = 2; integer = 3 (zigzag); high
// = 4; low = 5; bytes = 6 }. The original is never bytes.
constexpr std::uint8_t kMark[] = {0xFF, 'c', 'a', 'r'};
constexpr std::int32_t kStepsMax = 2 * static_cast<std::int32_t>(kVersionsMax);

std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
std::int64_t unzigzag(std::uint64_t v) { return static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1)); }

Value carry(std::int32_t steps, const ValueView& original) {
  std::vector<std::uint8_t> out(std::begin(kMark), std::end(kMark));
  ProtoWriter w(out);
  w.varint(1, zigzag(steps));
  w.varint(2, static_cast<std::uint64_t>(original.kind));
  w.varint(3, zigzag(original.integer));
  w.varint(4, original.reference.high);
  w.varint(5, original.reference.low);
  w.bytes(6, original.bytes);
  return Value::of_bytes(as_text(out));
}

std::string decimal(std::int64_t number) { return std::to_string(number); }

// The integer whose decimal() this is.
std::optional<std::int64_t> from_decimal(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || decimal(number) != text)
    return std::nullopt;
  return number;
}

std::optional<Value> text_of(const ValueView& v) {
  if (v.kind != ScalarKind::integer) return std::nullopt;
  return Value::of(std::string_view(decimal(v.integer)));
}

std::optional<Value> number_of(const ValueView& v) {
  if (v.kind != ScalarKind::string) return std::nullopt;
  const auto number = from_decimal(as_text(v.bytes));
  return number ? std::optional(Value::of(*number)) : std::nullopt;
}

std::optional<Value> times(const ValueView& v, std::int64_t factor) {
  std::int64_t product = 0;
  if (v.kind != ScalarKind::integer || __builtin_mul_overflow(v.integer, factor, &product))
    return std::nullopt;
  return Value::of(product);
}

std::optional<Value> divided(const ValueView& v, std::int64_t factor) {
  if (v.kind != ScalarKind::integer || v.integer % factor != 0) return std::nullopt;
  return Value::of(v.integer / factor);
}

// The value in the other version, if it has one there.
std::optional<Value> express(LensKind kind, std::int64_t factor, Direction direction, const ValueView& v) {
  const bool forward = direction == Direction::forward;
  switch (kind) {
    case LensKind::integer_to_string:
      return forward ? text_of(v) : number_of(v);
    case LensKind::string_to_integer:
      return forward ? number_of(v) : text_of(v);
    case LensKind::scale:
      return forward ? times(v, factor) : divided(v, factor);
    default:
      return Value::copy_of(v);
  }
}

Direction reverse(Direction direction) {
  return direction == Direction::forward ? Direction::backward : Direction::forward;
}

}  // namespace

std::optional<Carried> carried(const ValueView& value) {
  constexpr std::size_t mark = sizeof kMark;
  if (value.kind != ScalarKind::bytes || value.bytes.size() < mark ||
      !std::equal(std::begin(kMark), std::end(kMark), value.bytes.begin())) {
    return std::nullopt;
  }
  ProtoReader r(value.bytes.subspan(mark));
  std::uint64_t steps = 0;
  std::uint64_t kind = 0;
  std::uint64_t integer = 0;
  Carried out;
  ByteView bytes;
  if (!r.varint(1, steps) || !r.varint(2, kind) || !r.varint(3, integer) ||
      !r.varint(4, out.original.reference.high) || !r.varint(5, out.original.reference.low) ||
      !r.bytes(6, bytes) || !r.done()) {
    return std::nullopt;
  }
  const std::int64_t away = unzigzag(steps);
  if (away == 0 || away > kStepsMax || away < -kStepsMax || kind >= kScalarKindsEnd ||
      kind == static_cast<std::uint64_t>(ScalarKind::bytes) || kind == 0) {
    return std::nullopt;
  }
  out.steps = static_cast<std::int32_t>(away);
  out.original.kind = static_cast<ScalarKind>(kind);
  out.original.integer = unzigzag(integer);
  out.original.bytes = as_text(bytes);
  if (!is_normal(out.original.view())) return std::nullopt;
  return out;
}

// Why this is one-to-one. Let N be the values that are not bytes, C the carried ones, O all other bytes. O
// stays as it is. A value of N that can be expressed goes to what expresses it, and what that is can be
// expressed on the way back. One that cannot goes to C, one step from home, and comes back from there. In C
// the count moves on; a count of one step from home whose original would have been expressed on the way out
// is not what a lens makes: it goes to its like on the other side, instead of pretending to be native. Counts
// go round at their bound, which kVersionsMax keeps out of reach.
Value rewrite(const ValueStep& step, const ValueView& value) {
  const auto away = carried(value);
  if (!away) {
    if (value.kind == ScalarKind::bytes || value.kind == ScalarKind::none) return Value::copy_of(value);
    if (auto there = express(step.kind, step.factor, step.direction, value)) return *there;
    return carry(step.direction == Direction::forward ? 1 : -1, value);
  }
  const std::int32_t one = step.direction == Direction::forward ? 1 : -1;
  if (away->steps != -one) {
    const bool round = away->steps == one * kStepsMax;
    return carry(round ? -one * kStepsMax : away->steps + one, away->original.view());
  }
  const auto native = express(step.kind, step.factor, reverse(step.direction), away->original.view());
  return native ? carry(one, native->view()) : away->original;
}

}  // namespace wn::schema
