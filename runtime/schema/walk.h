#pragma once
// Walk: one address of a document over one step of a lens, forth and back.
#include <string>
#include <string_view>

#include "runtime/base/bounded_vector.h"
#include "runtime/schema/value_map.h"

namespace wn::schema {

// A field, or what a map field holds under a key. What is there in another kind than the schemas say is not
// theirs to move: it stays.
struct Place {
  FieldNumber number;
  Kind kind = Kind::none;  // of what is there
  bool keyed = false;
  std::string_view key;
  friend bool operator==(const Place&, const Place&) = default;
};

struct Route {
  Place place;
  BoundedVector<ValueStep, kVersionsMax> values;  // for registers and siblings, in this order
  bool stays(const Place& from) const { return place == from && values.empty(); }
};

// A step of a lens by view; `key` must outlive what is routed.
struct Hop {
  LensKind kind = LensKind::none;
  FieldNumber from;
  FieldNumber to;
  std::int64_t factor = 0;
  std::string_view key;
};
inline Hop hop_of(const LensStep& step) { return {step.kind, step.from, step.to, step.factor, step.key}; }

// True when the step takes this address; `element`: one string element of the set that is there, or nullptr.
bool step_forward(const Hop& hop, Route& route, std::string* element);
bool step_backward(const Hop& hop, Route& route, std::string* element);

// Whether the step fills this very address, going forth (wrap, join) or back (hoist, split): then the other
// side has it from there alone, and what it writes here itself belongs to the field that the step fills it
// from.
bool claims_forward(const Hop& hop, const Place& place, const std::string* element);
bool claims_backward(const Hop& hop, const Place& place, const std::string* element);

}  // namespace wn::schema
