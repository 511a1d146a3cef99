#pragma once
// Section: what one partition knows, as gluing sees it: the states of properties, and the claims that
// constraints speak of. Cover: the sections that meet, with what was measured on the edges between them.
//
// A property's state is a set of dotted values beside the partition's causal context, as in causal CRDTs
// (Almeida, Shoker, Baquero 2018): a dot that the context knows and the store lacks is overwritten. The join
// of two states is another one, and a fingerprint adds up over dots in a group (256 bits, four lanes), so
// that whatever is restricted to fewer keys has the difference of the fingerprints. Fingerprints find
// divergence between honest partitions quickly; they do not resist forgery. What a certificate says rests on
// dots and values.
//
// Claims of one section:
//   name        `worknode` is called `name` under `parent`; names are unique among siblings; of one worknode
//               the claim with the greatest stamp counts
//   counter     what replica `replica` may take from a bounded counter and has taken; both only grow, the
//   join
//               takes the greater ones; all that is taken may not exceed all rights
//   move        `worknode` is under `parent`; of one worknode the move with the greatest stamp counts;
//               parents may make no cycle
//   revocation  `token` is revoked from `time` on;  use: it was used at `time`, which may not be later
// A claim's dot is its operation; none: older than anything that a partition may lack.
// On edges: clock offsets (with the error of the measurement: a loop's sum may not exceed its errors), lenses
// (pairs of fields that stand for each other: going round a loop, each field must come back to itself), and
// twists (64 two-way choices, bit 1: the two sections hold the choice the opposite way round).
//
// Limits: below; at each too_large. Decoders are total on hostile bytes and refuse what is not canonical
// (ascending, without duplicates). Thread rule: values.
#include <array>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "runtime/causality/dot.h"
#include "runtime/causality/hlc_time.h"

namespace wn::sync {

inline constexpr std::size_t kSectionsMax = 64;
inline constexpr std::size_t kSectionPropertiesMax = 1U << 14;
inline constexpr std::size_t kDotsPerPropertyMax = 4096;
inline constexpr std::size_t kSectionClaimsMax = 8192;  // of each kind
inline constexpr std::size_t kContextReplicasMax = 1024;
inline constexpr std::size_t kEdgeFactsMax = 8192;  // of each kind

struct PropertyKey {
  WorknodeId worknode;
  std::uint32_t property = 0;
  friend constexpr auto operator<=>(const PropertyKey&, const PropertyKey&) = default;
};

// An element of (Z/2^64)^4.
struct StatePrint {
  std::array<std::uint64_t, 4> lane{};
  constexpr StatePrint& operator+=(const StatePrint& o) {
    for (std::size_t i = 0; i < 4; ++i) lane[i] += o.lane[i];
    return *this;
  }
  constexpr StatePrint& operator-=(const StatePrint& o) {
    for (std::size_t i = 0; i < 4; ++i) lane[i] -= o.lane[i];
    return *this;
  }
  friend constexpr bool operator==(const StatePrint&, const StatePrint&) = default;
};

struct DottedValue {
  causality::Dot dot;
  std::uint64_t value = 0;  // the value, or a hash of it
  friend constexpr auto operator<=>(const DottedValue&, const DottedValue&) = default;
};
StatePrint fingerprint_of(const PropertyKey& key, std::uint32_t schema_version, const DottedValue& value);

struct PropertyState {
  StatePrint fingerprint;  // the sum over its dotted values
  std::uint32_t schema_version = 0;
  std::uint32_t first = 0;  // of its dotted values in Section::values
  std::uint32_t count = 0;
};

struct NameClaim {
  WorknodeId parent;
  std::uint64_t name = 0;  // the name, or a hash of it
  WorknodeId worknode;
  causality::Stamp stamp;  // of the naming, or of the move to this parent, whichever is later
  causality::Dot dot;
  friend constexpr auto operator<=>(const NameClaim&, const NameClaim&) = default;
};
struct CounterClaim {
  PropertyKey counter;
  ReplicaId replica;
  std::uint64_t rights = 0;
  std::uint64_t spent = 0;
  causality::Dot dot;  // the last operation that changed either
  friend constexpr auto operator<=>(const CounterClaim&, const CounterClaim&) = default;
};
struct MoveClaim {
  WorknodeId worknode;
  WorknodeId parent;
  causality::Stamp stamp;
  causality::Dot dot;
  friend constexpr auto operator<=>(const MoveClaim&, const MoveClaim&) = default;
};
struct TokenClaim {  // a revocation, or a use
  std::uint64_t token = 0;
  std::uint64_t time = 0;
  causality::Dot dot;
  friend constexpr auto operator<=>(const TokenClaim&, const TokenClaim&) = default;
};

struct Section {
  explicit Section(std::pmr::memory_resource* memory);

  NodeId node;                               // who gave it
  std::pmr::vector<causality::Dot> context;  // ascending by replica, one each: it knows up to this
  // The properties: keys ascending, states beside them.
  std::pmr::vector<PropertyKey> keys;
  std::pmr::vector<PropertyState> states;
  std::pmr::vector<DottedValue> values;
  // Claims, each list ascending.
  std::pmr::vector<NameClaim> names;
  std::pmr::vector<CounterClaim> counters;
  std::pmr::vector<MoveClaim> moves;
  std::pmr::vector<TokenClaim> revocations;
  std::pmr::vector<TokenClaim> uses;

  // Behind the greatest key so far; values ascending by dot. too_large; invalid_argument: out of order.
  Errc add(const PropertyKey& key, std::uint32_t schema_version, std::span<const DottedValue> dotted);
  std::span<const DottedValue> values_of(std::size_t property) const;
  bool knows(causality::Dot dot) const;
  StatePrint fingerprint() const;  // the sum over all properties
  // Sorts the claims and takes duplicates away. too_large.
  Errc settle();
};

struct ClockOffset {
  std::uint32_t from = 0, to = 0;  // places in Cover::sections
  std::int64_t offset_ns = 0;      // what `to` reads, less what `from` reads, at one moment
  std::uint64_t error_ns = 0;      // of the measurement
  friend constexpr auto operator<=>(const ClockOffset&, const ClockOffset&) = default;
};
struct LensPair {
  std::uint32_t from = 0, to = 0;
  std::uint32_t field_from = 0, field_to = 0;
  friend constexpr auto operator<=>(const LensPair&, const LensPair&) = default;
};
struct Twist {
  std::uint32_t from = 0, to = 0;  // from < to
  std::uint64_t bits = 0;
  friend constexpr auto operator<=>(const Twist&, const Twist&) = default;
};

struct Cover {
  explicit Cover(std::pmr::memory_resource* memory);

  std::pmr::vector<Section> sections;
  std::pmr::vector<ClockOffset> clocks;
  std::pmr::vector<LensPair> lenses;
  std::pmr::vector<Twist> twists;  // one for each pair
};

// The part of a section that `keys` (ascending) show; claims and context stay.
Section restricted(const Section& section, std::span<const PropertyKey> keys);
// The least section that is above both: CRDT data always glues. Of claims the join has both.
// invalid_argument: one dot with two values, or a property in two versions of its schema.
Result<Section> joined(const Section& a, const Section& b);

void encode(const Section& section, std::vector<std::uint8_t>& out);
[[nodiscard]] Errc decode(ByteView bytes, Section& out);
void encode(const Cover& cover, std::vector<std::uint8_t>& out);
[[nodiscard]] Errc decode(ByteView bytes, Cover& out);

}  // namespace wn::sync
