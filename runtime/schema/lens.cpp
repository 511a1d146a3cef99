#include "runtime/schema/lens.h"

#include <algorithm>

#include "runtime/schema/schema.h"

namespace wn::schema {
namespace {

// What a step of this kind needs.
struct Needs {
  bool target = false;
  bool key = false;
  bool factor = false;
};

Needs needs_of(LensKind kind) {
  switch (kind) {
    case LensKind::none:
    case LensKind::rename:
    case LensKind::default_fill:
      return {};
    case LensKind::move:
    case LensKind::integer_to_string:
    case LensKind::string_to_integer:
      return {.target = true};
    case LensKind::scale:
      return {.target = true, .factor = true};
    case LensKind::wrap:
    case LensKind::hoist:
    case LensKind::split:
    case LensKind::join:
    case LensKind::split_register:
    case LensKind::join_registers:
      return {.target = true, .key = true};
  }
  return {};
}

bool well_formed(const LensStep& step) {
  const Needs needs = needs_of(step.kind);
  if (step.kind == LensKind::none || !step.from) return false;
  if (static_cast<bool>(step.to) != needs.target || step.key.empty() == needs.key) return false;
  return needs.factor ? step.factor >= 2 : step.factor == 0;
}

bool is_register(const FieldSpec& field) {
  return field.kind == Kind::last_writer || field.kind == Kind::multi_value;
}

bool same_shape(const FieldSpec& a, const FieldSpec& b) {
  return a.kind == b.kind && a.element == b.element && a.nested == b.nested;
}

bool values_of(const FieldSpec& map, const FieldSpec& field) {
  return map.kind == Kind::map && map.nested == field.kind && map.element == field.element;
}

bool converts(const FieldSpec& from, const FieldSpec& to, ScalarKind a, ScalarKind b) {
  return is_register(from) && from.kind == to.kind && from.element == a && to.element == b;
}

bool kinds_fit(LensKind kind, const FieldSpec& from, const FieldSpec& to) {
  switch (kind) {
    case LensKind::move:
      return same_shape(from, to);
    case LensKind::integer_to_string:
      return converts(from, to, ScalarKind::integer, ScalarKind::string);
    case LensKind::string_to_integer:
      return converts(from, to, ScalarKind::string, ScalarKind::integer);
    case LensKind::scale:
      return converts(from, to, ScalarKind::integer, ScalarKind::integer);
    // A map within a map would give the lens addresses of more than two steps.
    case LensKind::wrap:
      return values_of(to, from) && from.kind != Kind::map;
    case LensKind::hoist:
      return values_of(from, to) && to.kind != Kind::map;
    case LensKind::split:
    case LensKind::join:
      return from.kind == Kind::set && same_shape(from, to) && from.element == ScalarKind::string;
    default:
      return false;
  }
}

// Whether a step takes all of `from`, so that the newer version cannot have it; and whether it fills all of
// `to`, so that the older version cannot have it.
bool empties_source(LensKind kind) { return kind != LensKind::hoist && kind != LensKind::split; }
bool fills_target(LensKind kind) { return kind != LensKind::wrap && kind != LensKind::join; }

LensFault fault_of(const LensStep& step, const Schema& older, const Schema& newer) {
  if (step.kind == LensKind::split_register || step.kind == LensKind::join_registers) {
    return LensFault::cannot_commute;
  }
  if (!well_formed(step)) return LensFault::malformed;
  const FieldSpec* from = older.find(step.from);
  if (from == nullptr) return LensFault::unknown_source;
  if (step.kind == LensKind::rename || step.kind == LensKind::default_fill) {
    const FieldSpec* same = newer.find(step.from);
    if (same == nullptr) return LensFault::unknown_target;
    const bool changed =
        step.kind == LensKind::rename ? same->name != from->name : same->default_value != from->default_value;
    return changed ? LensFault::none : LensFault::malformed;
  }
  const FieldSpec* to = newer.find(step.to);
  if (to == nullptr) return LensFault::unknown_target;
  if (!kinds_fit(step.kind, *from, *to)) return LensFault::wrong_kind;
  if (empties_source(step.kind) && newer.find(step.from) != nullptr) return LensFault::source_survives;
  if (fills_target(step.kind) && older.find(step.to) != nullptr) return LensFault::target_not_fresh;
  // A set that is split must live on, or the rest of it would have no home; the same for what is joined to.
  if (step.kind == LensKind::split && newer.find(step.from) == nullptr) return LensFault::unknown_target;
  if (step.kind == LensKind::join && older.find(step.to) == nullptr) return LensFault::unknown_source;
  return LensFault::none;
}

bool begins_with(std::string_view text, std::string_view prefix) { return text.starts_with(prefix); }

// Whether two steps of one lens read one address or fill one. Steps with a key share a container as long as
// their keys (prefixes) tell them apart.
bool collide(const LensStep& a, const LensStep& b) {
  if (a.kind == LensKind::rename || a.kind == LensKind::default_fill)
    return a.kind == b.kind && a.from == b.from;
  if (b.kind == LensKind::rename || b.kind == LensKind::default_fill) return false;
  const bool prefixes = a.kind == LensKind::split || a.kind == LensKind::join;
  const bool apart = prefixes ? !begins_with(a.key, b.key) && !begins_with(b.key, a.key) : a.key != b.key;
  if (a.from == b.from) {
    const bool partial = !empties_source(a.kind) && a.kind == b.kind;
    if (!partial || !apart) return true;
  }
  if (a.to == b.to) {
    const bool partial = !fills_target(a.kind) && a.kind == b.kind;
    if (!partial || !apart) return true;
  }
  // What one step fills another may not read in the same breath.
  return a.from == b.to || a.to == b.from;
}

}  // namespace

std::string_view to_string(LensKind kind) {
  static constexpr std::string_view kNames[] = {
      "none", "rename", "default-fill", "move", "integer-to-string", "string-to-integer", "scale",
      "wrap", "hoist",  "split",        "join", "split-register",    "join-registers"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(LensFault fault) {
  static constexpr std::string_view kNames[] = {
      "none",       "malformed",       "cannot-commute",   "unknown-source", "unknown-target",
      "wrong-kind", "source-survives", "target-not-fresh", "used-twice"};
  return kNames[static_cast<std::size_t>(fault)];
}

std::string LensRefusal::to_string() const {
  return "step " + std::to_string(step) + " of the lens: " + std::string(schema::to_string(fault));
}

std::optional<LensRefusal> check_lens(const Schema& older, const Schema& newer) {
  const auto& steps = newer.lens.steps;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    if (const LensFault fault = fault_of(steps[i], older, newer); fault != LensFault::none) {
      return LensRefusal{fault, i};
    }
    for (std::uint32_t j = 0; j < i; ++j) {
      if (collide(steps[j], steps[i])) return LensRefusal{LensFault::used_twice, i};
    }
  }
  return std::nullopt;
}

}  // namespace wn::schema
