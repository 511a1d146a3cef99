#include "runtime/schema/router.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/schema/schema.h"

namespace wn::schema {
Router::Router(std::span<const Schema> chain, Version target, std::pmr::memory_resource* memory)
    : target_(target),
      last_(Version{static_cast<std::uint32_t>(chain.size())}),
      hops_(memory),
      begin_(memory),
      births_(memory),
      moving_(memory) {
  WN_CHECK(target_ && target_ <= last_ && last_.value <= kVersionsMax);
  for (const Schema& schema : chain) {
    begin_.push_back(static_cast<std::uint32_t>(hops_.size()));
    for (const LensStep& step : schema.lens.steps) {
      if (!step.to) continue;  // nothing moves
      hops_.push_back(
          {schema.version, step.kind, step.from, step.to, step.factor, std::pmr::string(step.key, memory)});
      moving_.push_back(step.from);
      moving_.push_back(step.to);
    }
    for (const FieldSpec& field : schema.fields) {
      if (field.since == schema.version)
        births_.push_back({field.number, schema.version, field.kind, field.nested});
    }
  }
  begin_.push_back(static_cast<std::uint32_t>(hops_.size()));
  std::sort(births_.begin(), births_.end(),
            [](const Birth& a, const Birth& b) { return a.number < b.number; });
  std::sort(moving_.begin(), moving_.end());
  moving_.erase(std::unique(moving_.begin(), moving_.end()), moving_.end());
}

bool Router::moves(FieldNumber number) const {
  return std::binary_search(moving_.begin(), moving_.end(), number);
}

std::span<const Router::Stored> Router::hops_of(Version version) const {
  const std::uint32_t first = begin_[version.value - 1];
  return {hops_.data() + first, begin_[version.value] - first};
}

// The version in which the number begins. None when nobody knows it as something of this kind.
Version Router::birth_of(const Place& place) const {
  const auto at = std::lower_bound(births_.begin(), births_.end(), place.number,
                                   [](const Birth& b, FieldNumber n) { return b.number < n; });
  if (at == births_.end() || at->number != place.number) return Version{};
  const bool fits = place.keyed ? at->kind == Kind::map && at->nested == place.kind : at->kind == place.kind;
  return fits ? at->version : Version{};
}

// Follows the address to the latest version. When a lens on the way fills the very address that it has
// reached, it belongs to the field that is filled from: gives that version, and leaves the walker there.
// None: nobody does.
Version Router::claimed(Route& route, Version birth, std::string* element) const {
  for (Version v = birth.next(); v <= last_; v = v.next()) {
    for (const Stored& hop : hops_of(v)) {
      if (step_forward(hop.view(), route, element)) break;
      if (claims_forward(hop.view(), route.place, element)) return v;
    }
  }
  return Version{};
}

// The steps of one lens read and fill different addresses (check_lens), so at most one of them takes this
// one.
Route Router::walk(const Place& from, std::string* element) const {
  Route route{from, {}};
  Version home = birth_of(from);
  if (!home) return route;
  const std::string before = element ? *element : std::string();
  if (const Version claim = claimed(route, home, element)) {
    home = claim;
  } else {
    route = {from, {}};
    if (element) *element = before;
  }
  for (Version v = home; v.value > 1; v = v.previous()) {
    for (const Stored& hop : hops_of(v)) {
      if (step_backward(hop.view(), route, element)) break;
    }
  }
  for (Version v{2}; v <= target_; v = v.next()) {
    for (const Stored& hop : hops_of(v)) {
      if (step_forward(hop.view(), route, element)) break;
    }
  }
  return route;
}

Route Router::route(const Place& from) const {
  if (!moves(from.number)) return {from, {}};
  return walk(from, nullptr);
}

Route Router::route_element(const Place& from, std::string& element) const {
  if (!moves(from.number)) return {from, {}};
  return walk(from, &element);
}

}  // namespace wn::schema
