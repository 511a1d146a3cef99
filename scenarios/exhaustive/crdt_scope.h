#pragma once
// CrdtScope: how small the world of an exhaustive search of the replicated types is. The documents are the
// real ones (runtime/crdt); what is abstracted is told in docs/exhaustive.md.
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "runtime/crdt/types.h"

namespace wn::exhaustive {

inline constexpr std::uint32_t kCrdtReplicasMax = 4;
inline constexpr std::uint32_t kCrdtOperationsMax = 6;
inline constexpr std::uint32_t kCrdtJoinsMax = 6;

inline constexpr std::array<std::pair<std::string_view, crdt::Type>, 8> kCrdtTypes = {{
    {"lww", crdt::Type::lww},
    {"mv", crdt::Type::mv},
    {"set", crdt::Type::set},
    {"map", crdt::Type::map},
    {"g-counter", crdt::Type::g_counter},
    {"pn-counter", crdt::Type::pn_counter},
    {"bounded", crdt::Type::bounded},
    {"text", crdt::Type::text},
}};

struct CrdtScope {
  bool every_type = true;  // one search after the other, in the order above; else only `type`
  crdt::Type type = crdt::Type::set;
  std::uint32_t replicas = 2;
  std::uint32_t operations = 3;  // all replicas together
  std::uint32_t joins = 1;       // anti-entropy: one takes another's whole state, all together
  // Judges also what a replica reads while it lacks something that a delta which it has stands on. Of
  // registers, sets and maps that is not promised: see docs/exhaustive.md.
  bool gaps = false;
  bool symmetry = true;  // states that differ by a renaming of replicas are one, where that is sound
  Defect defect = Defect::none;
};

}  // namespace wn::exhaustive
