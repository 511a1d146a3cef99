#pragma once
// The admin host: carries out membership and transfer faults through the service's own interface, as an
// operator would. World hands it commands (on_control); it asks the leader, follows hints, retries until the
// deadline, one command at a time in the order of arrival. No history: what it does is a fault, not an
// operation. Limits: kAdminCommandsMax waiting commands; later ones are dropped and counted by a "sometimes"
// claim.
#include <cstdint>
#include <memory>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/backend/process.h"
#include "runtime/base/result.h"

namespace wn::scenarios {

inline constexpr std::size_t kAdminCommandsMax = 64;

struct AdminHostOptions {
  NodeId id;
  std::vector<NodeId> servers;  // ascending
  Duration attempt = milliseconds(400);
  Duration deadline = seconds(10);
  // How long after its start the admin works at all. Its commands are faults, and no fault outlives
  // freeze_at: a transfer that is still being retried then would make the churn that the run is judged by.
  Duration active = Duration::max();
};

struct AdminCommand {
  bool transfer = false;       // else membership
  std::vector<NodeId> voters;  // membership: the new voters; transfer: the one new leader
  friend bool operator==(const AdminCommand&, const AdminCommand&) = default;
};

// For World::set_fault_command: `fault` is a membership or transfer fault.
Bytes encode_admin_command(const faults::Fault& fault);
Bytes encode(const AdminCommand& command);
Result<AdminCommand> decode_admin_command(ByteView bytes);  // total on hostile bytes

std::unique_ptr<Process> make_admin_process(AdminHostOptions options, Backend& backend);

}  // namespace wn::scenarios
