#include "runtime/schema/walk.h"

namespace wn::schema {
namespace {

// A rewriting that undoes the one before it is no rewriting (value_map.h).
void push_value(Route& route, const Hop& hop, Direction direction) {
  auto& values = route.values;
  if (!values.empty()) {
    const ValueStep last = values[values.size() - 1];
    if (last.kind == hop.kind && last.factor == hop.factor && last.direction != direction) {
      decltype(route.values) shorter;
      for (std::size_t i = 0; i + 1 < values.size(); ++i) shorter.push_back(values[i]);
      values = shorter;
      return;
    }
  }
  values.push_back({hop.kind, hop.factor, direction});
}

}  // namespace

bool step_forward(const Hop& hop, Route& route, std::string* element) {
  Place& place = route.place;
  if (place.number != hop.from) return false;
  switch (hop.kind) {
    case LensKind::move:
      place.number = hop.to;
      return true;
    case LensKind::integer_to_string:
    case LensKind::string_to_integer:
    case LensKind::scale:
      place.number = hop.to;
      push_value(route, hop, Direction::forward);
      return true;
    case LensKind::wrap:
      place = {hop.to, place.kind, true, hop.key};
      return true;
    case LensKind::hoist:
      if (!place.keyed || place.key != hop.key) return false;
      place = {hop.to, place.kind, false, {}};
      return true;
    case LensKind::split:
      if (!element || !element->starts_with(hop.key)) return false;
      place.number = hop.to;
      element->erase(0, hop.key.size());
      return true;
    case LensKind::join:
      if (!element) return false;
      place.number = hop.to;
      element->insert(0, hop.key);
      return true;
    default:
      return false;
  }
}

bool step_backward(const Hop& hop, Route& route, std::string* element) {
  Place& place = route.place;
  if (place.number != hop.to) return false;
  switch (hop.kind) {
    case LensKind::move:
      place.number = hop.from;
      return true;
    case LensKind::integer_to_string:
    case LensKind::string_to_integer:
    case LensKind::scale:
      place.number = hop.from;
      push_value(route, hop, Direction::backward);
      return true;
    case LensKind::wrap:
      if (!place.keyed || place.key != hop.key) return false;
      place = {hop.from, place.kind, false, {}};
      return true;
    case LensKind::hoist:
      place = {hop.from, place.kind, true, hop.key};
      return true;
    case LensKind::split:
      if (!element) return false;
      place.number = hop.from;
      element->insert(0, hop.key);
      return true;
    case LensKind::join:
      if (!element || !element->starts_with(hop.key)) return false;
      place.number = hop.from;
      element->erase(0, hop.key.size());
      return true;
    default:
      return false;
  }
}

bool claims_forward(const Hop& hop, const Place& place, const std::string* element) {
  if (place.number != hop.to) return false;
  if (hop.kind == LensKind::wrap) return place.keyed && place.key == hop.key;
  return hop.kind == LensKind::join && !place.keyed && element && element->starts_with(hop.key);
}

bool claims_backward(const Hop& hop, const Place& place, const std::string* element) {
  if (place.number != hop.from) return false;
  if (hop.kind == LensKind::hoist) return place.keyed && place.key == hop.key;
  return hop.kind == LensKind::split && !place.keyed && element && element->starts_with(hop.key);
}

}  // namespace wn::schema
