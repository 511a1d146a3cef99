#pragma once
// Fault points: places in the real code where something legal but rare can be made common. A batch is cut
// short, a slow path is taken early, a cache forgets, a timer stands at its bound: never anything that could
// not happen without it. Named at compile time, and asked by the code that they stand in:
//
//   if (WN_FAULT_POINT(options.fault_points, "raft.append-one-entry")) limit = 1;
//
// A core gets whom to ask as a pointer in its Options; its driver takes it from the Backend. nullptr: nobody,
// and nothing fires. Only the simulated world offers any, and answers by a keyed draw of (seed, node, point,
// count), so that a core stays a function of what it is told. faults/plan/fault_points.h lists all points
// with what each does.
//
// Built with WN_FAULT_POINTS=OFF a site is the constant `false`: no name, no call, no branch is left of it.
// Thread rule: as the Backend that it comes from.
//
// Source: Zhou et al., "FoundationDB: A Distributed Unbundled Transactional Key Value Store", SIGMOD'21, 4.1
// ("buggification").
#include <cstdint>

namespace wn {

struct FaultPoint {
  const char* name;                                              // "room.what-happens"
  std::uint32_t id;                                              // FNV-1a of the name
  consteval FaultPoint(const char* n) : name(n), id(hash(n)) {}  // NOLINT: implicit on purpose
  static constexpr std::uint32_t hash(const char* n) {
    std::uint32_t h = 2166136261U;
    for (const char* p = n; *p != 0; ++p) h = (h ^ static_cast<unsigned char>(*p)) * 16777619U;
    return h;
  }
};

class FaultPoints {
 public:
  virtual ~FaultPoints() = default;
  // Counts that the point was reached, and says whether it fires now.
  virtual bool fires(FaultPoint point) = 0;
};

}  // namespace wn

#if defined(WN_NO_FAULT_POINTS)
#define WN_FAULT_POINT(offered, name) false
#else
#define WN_FAULT_POINT(offered, name) ((offered) != nullptr && (offered)->fires(::wn::FaultPoint(name)))
#endif
