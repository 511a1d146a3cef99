#pragma once
// Lens: how the properties of version N-1 become those of version N, and back, as data.
//
// A lens is a list of steps. Each step moves what is stored under one address to another address, and may
// rewrite values on the way; stamps, dots and causal contexts are never touched. What a step cannot express
// in the other version is carried in place (value_map.h), so that the complement of the lens lives inside the
// document: there is nothing beside the document that could be lost.
//
// Both directions are therefore one-to-one on documents in the shape of their version, and they commute with
// merge:
//   GetPut   backward(forward(d)) == d         PutGet   forward(backward(e)) == e
//   merge(forward(a), forward(b)) == forward(merge(a, b)), and the same backward.
// Steps for which that cannot hold are known (LensStep::split_register, join_registers) and refused by
// publish with LensFault::cannot_commute: writes to the two halves of a split register carry two stamps, and
// one register has room for one.
//
// Sources: Foster et al., "Combinators for bidirectional tree transformations" (TOPLAS 2007), for the laws;
// Litt et al., "Cambria" (PaPoC 2021), for lenses over documents that several versions edit at once.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/schema/types.h"

namespace wn::schema {

enum class LensKind : std::uint8_t {
  none = 0,
  rename,             // `from` has another name; nothing moves
  default_fill,       // `from` has another default; nothing moves, absence reads differently
  move,               // all of `from` to the new number `to`
  integer_to_string,  // registers of `from` (integers) to `to` (their decimal text)
  string_to_integer,  // the reverse
  scale,              // registers of `from` (integers) to `to`, times `factor`
  wrap,               // register, counter, set … `from` into the map `to` under `key`
  hoist,              // what map `from` holds under `key` to the field `to`
  split,              // elements of set `from` that begin with `key` to set `to`, without it
  join,               // elements of set `from` into set `to`, with `key` before them
  split_register,     // refused: cannot commute with merge
  join_registers,     // refused: cannot commute with merge
};
inline constexpr std::uint8_t kLensKindsEnd = 13;
std::string_view to_string(LensKind kind);

struct LensStep {
  LensKind kind = LensKind::none;
  FieldNumber from;
  FieldNumber to;   // rename and default_fill: none
  std::string key;  // wrap, hoist: the map's key; split, join: the prefix; split_register: the separator
  std::int64_t factor = 0;  // scale: 2 or more
  friend bool operator==(const LensStep&, const LensStep&) = default;
};

struct Lens {
  std::vector<LensStep> steps;
  bool empty() const { return steps.empty(); }
  friend bool operator==(const Lens&, const Lens&) = default;
};

enum class LensFault : std::uint8_t {
  none = 0,
  malformed,         // a step lacks what it needs, or has what it must not have
  cannot_commute,    // no such step can commute with merge
  unknown_source,    // `from` is not a field of the older version
  unknown_target,    // `to` is not a field of the newer version
  wrong_kind,        // the fields' kinds do not fit the step
  source_survives,   // a field that a step empties is still a field of the newer version
  target_not_fresh,  // a field that a step fills existed in an older version
  used_twice,        // two steps read one address, or fill one
};
std::string_view to_string(LensFault fault);

struct LensRefusal {
  LensFault fault = LensFault::none;
  std::uint32_t step = 0;  // index of the offending step
  std::string to_string() const;
};

struct Schema;
// Whether `newer.lens` leads from `older` to `newer`. Fields in other versions are compare.h's business.
std::optional<LensRefusal> check_lens(const Schema& older, const Schema& newer);

}  // namespace wn::schema
