#pragma once
// A server that lies: a Process around the honest one, which runs unchanged behind a door of its own. See
// README.md for the ways to lie; faults/plan/plan.h says what `amount` and `amount2` of each mean.
//
// Outside of its faults a liar behaves as its honest process does. It knows true time, which no honest node
// can: lies begin and end by the plan. Deterministic: a pure function of the options and of what the Backend
// says. Thread rule: that of the Backend.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/backend/process.h"
#include "runtime/capability/types.h"

namespace wn::byzantine {

// The honest process uses timer slots below this one only.
inline constexpr std::uint32_t kInnerSlotsMax = 3;

// What a liar signs with where updates are signed (runtime/chain): its own node's key.
struct Signing {
  capability::Seed secret;
  std::uint64_t realm = 0;  // the realm's name
};

struct Options {
  NodeId self;
  std::vector<NodeId> servers;  // all of them, ascending, `self` among them
  std::uint64_t seed = 0;
  std::vector<faults::Fault> faults;  // byzantine ones of this node, in the plan's order
  std::function<SimTime()> now;       // true time
  // What the world was seeded with anew at a branch, by which decisions are then drawn; 0, or no function:
  // not yet.
  std::function<std::uint64_t()> branch;
  std::optional<Signing> signing;  // none: updates are not signed here
};

// The honest process, on the door that it is given; called twice when there are twins.
using Honest = std::function<std::unique_ptr<Process>(Backend& backend)>;

std::unique_ptr<Process> make_liar(Options options, const Honest& honest, Backend& backend);

}  // namespace wn::byzantine
