#include "runtime/schema/laws.h"

#include <algorithm>
#include <limits>
#include <memory_resource>
#include <string>
#include <tuple>

#include "runtime/schema/router.h"

namespace wn::schema {
namespace {

// Something that a document may hold: an address and, in a set of strings, one element.
struct Probe {
  Place place;
  bool is_element = false;
  std::string element;
  std::vector<ValueStep> values;
  friend bool operator==(const Probe&, const Probe&) = default;
  auto order() const {
    return std::tuple(place.number, place.kind, place.keyed, place.key, is_element,
                      std::string_view(element));
  }
};

Probe routed(const Router& router, const Probe& probe) {
  Probe out = probe;
  Route route = probe.is_element ? router.route_element(probe.place, out.element) : router.route(probe.place);
  out.place = route.place;
  out.values.insert(out.values.end(), route.values.begin(), route.values.end());
  return out;
}

bool same_address(const Probe& a, const Probe& b) { return a.order() == b.order(); }

void add_probes(const FieldSpec& field, std::span<const std::string> keys, std::vector<Probe>& out) {
  const auto put = [&](const Place& place, Kind kind) {
    out.push_back({place, false, {}, {}});
    if (kind != Kind::set || field.element != ScalarKind::string) return;
    for (const std::string& key : keys) {
      out.push_back({place, true, key, {}});
      out.push_back({place, true, key + "x", {}});
    }
  };
  if (field.kind != Kind::map) {
    put({field.number, field.kind, false, {}}, field.kind);
    return;
  }
  for (const std::string& key : keys) put({field.number, field.nested, true, key}, field.nested);
}

// A key that no lens claims, nor a prefix of it. Were every first byte taken, the last resort may be claimed,
// and a good chain refused.
std::string neutral(std::span<const std::string> keys) {
  for (int first = '~'; first > 0; --first) {
    const std::string out(1, static_cast<char>(first));
    if (std::ranges::none_of(keys, [&](const std::string& k) { return k.starts_with(out); })) return out;
  }
  return std::string(kKeyBytesMax + 1, '~');
}

class Laws {
 public:
  explicit Laws(std::span<const Schema> chain) : chain_(chain) {
    for (const Schema& schema : chain) {
      for (const LensStep& step : schema.lens.steps) {
        if (!step.key.empty()) keys_.push_back(step.key);
      }
    }
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
    neutral_ = neutral(keys_);
    keys_.push_back(neutral_);
    for (const Schema& schema : chain)
      routers_.emplace_back(chain, schema.version, std::pmr::new_delete_resource());
  }

  std::optional<LawFault> run() {
    for (std::size_t u = 0; u < chain_.size(); ++u) {
      std::vector<Probe> shape;
      if (const auto fault = shape_of(u, shape)) return fault;
      for (std::size_t v = 0; v < chain_.size(); ++v) {
        if (v == u) continue;
        if (const auto fault = between(u, v, shape)) return fault;
      }
    }
    return std::nullopt;
  }

 private:
  LawFault fault(std::size_t u, std::size_t v, const Probe& probe) const {
    return {probe.place.number, chain_[u].version, chain_[v].version};
  }

  // Addresses of version u that are in its shape. Those with a key that a lens claims need not be.
  std::optional<LawFault> shape_of(std::size_t u, std::vector<Probe>& shape) const {
    std::vector<Probe> probes;
    for (const FieldSpec& field : chain_[u].fields) {
      if (routers_[u].moves(field.number)) add_probes(field, keys_, probes);
    }
    for (const Probe& probe : probes) {
      const Probe there = routed(routers_[u], probe);
      if (there == probe) {
        shape.push_back(probe);
        continue;
      }
      const bool plain = (!probe.place.keyed || probe.place.key == neutral_) &&
                         (!probe.is_element || probe.element.starts_with(neutral_));
      if (plain || routed(routers_[u], there) != there) return fault(u, u, probe);
    }
    return std::nullopt;
  }

  std::optional<LawFault> between(std::size_t u, std::size_t v, const std::vector<Probe>& shape) const {
    std::vector<Probe> images;
    for (const Probe& probe : shape) {
      Probe there = routed(routers_[v], probe);
      const Probe back = routed(routers_[u], there);
      if (!same_address(back, probe) || !same_address(routed(routers_[v], back), there))
        return fault(u, v, probe);
      images.push_back(std::move(there));
    }
    std::sort(images.begin(), images.end(),
              [](const Probe& a, const Probe& b) { return a.order() < b.order(); });
    const auto twins = std::adjacent_find(images.begin(), images.end(), same_address);
    if (twins != images.end()) return fault(u, v, *twins);
    return std::nullopt;
  }

  std::span<const Schema> chain_;
  std::vector<std::string> keys_;
  std::string neutral_;
  std::vector<Router> routers_;
};

std::vector<Value> probe_values() {
  constexpr auto high = std::numeric_limits<std::int64_t>::max();
  std::vector<Value> out;
  for (const std::int64_t i :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-7}, std::int64_t{60}, high / 2, high}) {
    out.push_back(Value::of(i));
  }
  for (const char* text : {"", "7", "07", "soon"}) out.push_back(Value::of(std::string_view(text)));
  return out;
}

bool harmless(const Route& route) {
  if (route.values.empty()) return true;
  for (const Value& value : probe_values()) {
    Value now = value;
    for (const ValueStep& step : route.values.span()) now = rewrite(step, now.view());
    if (now != value) return false;
  }
  return true;
}

// Addresses that a lens of the loop fills are not in the shape of the start.
bool claimed_on(std::span<const LoopStep> loop, const Place& place, const std::string* element) {
  for (const LoopStep& turn : loop) {
    for (const LensStep& step : turn.lens->steps) {
      const bool claims = turn.direction == Direction::forward
                              ? claims_forward(hop_of(step), place, element)
                              : claims_backward(hop_of(step), place, element);
      if (claims) return true;
    }
  }
  return false;
}

}  // namespace

std::optional<LawFault> check_laws(std::span<const Schema> chain) { return Laws(chain).run(); }

std::optional<FieldNumber> holonomy(const Schema& start, std::span<const LoopStep> loop) {
  std::vector<std::string> keys{"~"};
  for (const LoopStep& turn : loop) {
    for (const LensStep& step : turn.lens->steps) {
      if (!step.key.empty()) keys.push_back(step.key);
    }
  }
  std::vector<Probe> probes;
  for (const FieldSpec& field : start.fields) add_probes(field, keys, probes);
  for (const Probe& probe : probes) {
    Route route{probe.place, {}};
    std::string element = probe.element;
    std::string* one = probe.is_element ? &element : nullptr;
    if (claimed_on(loop, probe.place, one)) continue;
    for (const LoopStep& turn : loop) {
      for (const LensStep& step : turn.lens->steps) {
        if (!step.to) continue;
        const bool taken = turn.direction == Direction::forward ? step_forward(hop_of(step), route, one)
                                                                : step_backward(hop_of(step), route, one);
        if (taken) break;
      }
    }
    if (route.place != probe.place || element != probe.element || !harmless(route)) return probe.place.number;
  }
  return std::nullopt;
}

}  // namespace wn::schema
