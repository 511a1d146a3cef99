#pragma once
// Edits of a plan: pure functions that take something away. The result may fail plan_check (then the caller
// drops it); an edit never adds, and of `plan.system` touches knobs alone: each goes back to the runtime's
// default.
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "faults/plan/plan.h"

namespace wn::scenarios {

enum class Axis : std::uint8_t { faults, operations, deviations, fault_points };
std::size_t count_on(const faults::Plan& plan, Axis axis);
// Without the items [begin, end) of that axis.
faults::Plan without(const faults::Plan& plan, Axis axis, std::size_t begin, std::size_t end);

// Without the a-th and the b-th of all faults, operations and deviations, counted in that order. REQUIRES a
// != b.
faults::Plan without_pair(const faults::Plan& plan, std::size_t a, std::size_t b);

// Without that node: its operations, its part in faults, its deviations, tokens that nobody else needs go
// too. A fault that loses its last node or link goes. The model shrinks with the servers: a minority of those
// that are left may be down.
faults::Plan without_node(const faults::Plan& plan, NodeId node);
// Nodes that may be tried, the cheapest first: clients without operations, other clients, admins that no
// fault needs, spares, servers.
std::vector<NodeId> removable_nodes(const faults::Plan& plan);
// Without all clients that have no operation, and without an admin that no fault needs.
faults::Plan without_idle_nodes(const faults::Plan& plan);

// The run ends at `end`: what would begin later goes, what would last longer is cut.
faults::Plan cut_at(const faults::Plan& plan, SimTime end);
// Faults freeze at `freeze`, and the fault-free end of the run keeps its length.
faults::Plan freeze_at(const faults::Plan& plan, SimTime freeze);

// One edit for each knob of the system that [randomise] may have drawn and that is not at its default.
std::vector<std::function<faults::Plan(const faults::Plan&)>> plainer_systems(const faults::Plan& plan);

// Simpler forms of the whole plan and of one fault.
using Edit = std::function<faults::Plan(const faults::Plan&)>;
std::vector<Edit> quieter_worlds();
std::vector<faults::Fault> simpler_forms(const faults::Fault& fault);

// Another seed, and that share of the faults and operations left out, by key: used when a plan is stuck above
// the target, because another roll of the small dice (delays, timeouts) often needs less help.
// `together`: what stays or goes as one: each by itself; all faults of a kind and all operations of a client;
// all that lies in one slice of time.
enum class Together : std::uint8_t { none, sort, slice };
faults::Plan reseeded(const faults::Plan& plan, std::uint32_t attempt, std::uint32_t share_ppm,
                      Together together = Together::none);

// Another seed, without the items [begin, end) of all faults and operations, counted in that order: a removal
// that shifts everything else may still do under other small dice.
faults::Plan thinned(const faults::Plan& plan, std::uint32_t attempt, std::size_t begin, std::size_t end);

}  // namespace wn::scenarios
