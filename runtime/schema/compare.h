#pragma once
// What lies between two versions of a type, and whether it may be published.
//
// additive    nothing stored needs to move: new fields, dropped fields (carried as unknown), new names,
// advice
//             against writing. Replicas of both versions work side by side as they are
// needs_lens  something that one version stores is elsewhere, or reads otherwise, in the other: another
// default, a
//             name that lives on under another number
// forbidden   a number means two things. No lens can help: documents of both versions meet in one replica
//
// compare_all judges every pair, not only neighbours: a number that is dropped in one version and comes back
// as something else two versions later passes every check of neighbours (Confluent's "transitive"
// compatibility).
#include <span>
#include <string>
#include <vector>

#include "runtime/schema/schema.h"

namespace wn::schema {

enum class Compatibility : std::uint8_t { identical = 0, additive, needs_lens, forbidden };
std::string_view to_string(Compatibility compatibility);

enum class ChangeKind : std::uint8_t {
  none = 0,
  added,
  dropped,
  renamed,
  deprecated,         // or no longer
  default_changed,    // needs_lens (default_fill)
  number_changed,     // needs_lens: one name, another number, one shape (move)
  kind_changed,       // needs_lens: one name, another number, another shape (a conversion, wrap, hoist)
  number_reused,      // forbidden: one number, two shapes
  since_rewritten,    // forbidden: two versions disagree when a field began
  other_type,         // forbidden: two types share a TypeId, or versions of two types are compared
  lens_refused,       // forbidden: the lens of the newer version does not lead there (see `lens`)
  number_retired,     // forbidden: a lens emptied this number in an earlier version, and it is back
  target_existed,     // forbidden: a lens fills this number, which an earlier version had
  address_shared,     // forbidden: two lenses of the type wrap, hoist, split or join at one key of one field
  gap,                // forbidden: versions do not follow one another
  moved,              // needs_lens, and has it: a step of the lens takes something elsewhere
  prefixes_too_long,  // forbidden: kGrowthBytesMax
};
inline constexpr std::uint8_t kChangeKindsEnd = 18;
std::string_view to_string(ChangeKind kind);

struct Change {
  ChangeKind kind = ChangeKind::none;
  FieldNumber number;    // in the older version if it is there, else in the newer
  Version older, newer;  // the pair
  bool by_lens = false;  // a step of the lenses between the two answers for it
  LensRefusal lens;      // lens_refused
  std::string to_string() const;
};

struct Comparison {
  Compatibility verdict = Compatibility::identical;
  std::vector<Change> changes;
  // Nothing forbidden, and every change that needs a lens has one.
  bool publishable() const;
  const Change* first_obstacle() const;  // nullptr when publishable
};

// Any two versions; lenses are judged only between neighbours (newer.version == older.version + 1).
Comparison compare(const Schema& older, const Schema& newer);

// All pairs of a chain 1, 2, 3 … of one type, and its lenses as a whole.
Comparison compare_all(std::span<const Schema> chain);

}  // namespace wn::schema
