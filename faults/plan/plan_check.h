#pragma once
// plan_check: is a plan, wherever it came from, whole and sensible, and does it stay inside the fault model
// that it declares? World and shrinker run nothing that this has not accepted. O(n log n) in the plan's size.
//
// What counts against the model (FaultModel in plan.h):
//   crashed_max      distinct servers under kill, power_loss, pause or wipe at one moment, never-healed ones
//   for good.
//                    Power losses that heal do not count where power_loss_of_all is declared.
//   disk_faulty_max  distinct servers with disk_bit_rot, disk_misdirect, disk_sync_lie or wipe in the whole
//   run; of one disk, one misdirected write at a time and kDamageSpacing apart from others and from rot
//   A realm's model has no faulty disks, membership, wipe or lies of sync: it repairs none of them.
//   clock_drift_ppm_max  every node's drift and every clock_drift wall_skew_max    per node: |initial
//   offset| + the |steps| and freezes in force at one moment partitions, membership, wipe, unhealed,
//   sync_lies  whether such faults may occur at all
#include "faults/plan/plan.h"
#include "runtime/base/result.h"

namespace wn::faults {

inline constexpr std::size_t kTxnOpsMax = 64;
inline constexpr std::size_t kLinksPerFaultMax = 65'536;
inline constexpr std::uint32_t kKeysMax = 1'000'000;
inline constexpr std::uint32_t kWorknodesMax = 2'000'000;          // of the first tree
inline constexpr std::uint32_t kWorknodeNumbersMax = 100'000'000;  // created ones too
inline constexpr std::uint32_t kFanOutMax = 10'000;
inline constexpr std::uint32_t kSchemaVersionsMax = 1000;
inline constexpr Duration kPlanDurationMax = seconds(86'400) * 60;
inline constexpr std::size_t kVotersMax = 16;  // of one Raft group
inline constexpr std::size_t kClaimsMax = 256;

Result<void> plan_check(const Plan& plan);

}  // namespace wn::faults
