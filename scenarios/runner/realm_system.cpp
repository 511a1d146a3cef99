#include "scenarios/runner/realm_system.h"

namespace wn::scenarios {

bool can_serve_realms() { return false; }
std::unique_ptr<Process> make_realm_server(const faults::Plan&, NodeId, Backend&) { return nullptr; }

}  // namespace wn::scenarios
