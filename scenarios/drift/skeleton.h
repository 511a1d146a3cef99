#pragma once
// The skeleton of a run: what it came to, without times and checksums, so that it can be compared with the
// run of the same plan by other code. Stored beside a plan as text (plan.txtpb has `skeleton`, a regression
// NAME.txtpb has NAME.skeleton); old readers and other versions ignore what they do not know.
//
//   signature raft-safety: …        what the run failed with; absent: it passed
//   events message_sent 1204        how many of each kind of event
//   op 17 n6 ok                     how each operation ended: ok, fail, info (2, 3 …), or open
//   step n2 raft_state leader 3     each node's own transitions, in the order of the run; at most kStepsMax
//   target 4 7                      which deviations of the plan found what they mean (their ids)
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/flat_map.h"
#include "runtime/base/result.h"
#include "runtime/base/trace_event.h"

namespace wn::drift {

inline constexpr std::size_t kStepsMax = 20'000;
inline constexpr std::size_t kSkeletonBytesMax = 64U << 20;

struct OperationEnd {
  std::uint64_t operation = 0;
  NodeId process;
  std::string end;
  friend bool operator==(const OperationEnd&, const OperationEnd&) = default;
};

struct Skeleton {
  std::string signature;
  FlatMap<std::string, std::uint64_t> events;
  std::vector<OperationEnd> operations;  // ascending by number
  std::vector<std::string> steps;        // "n2 raft_state leader 3"
  std::vector<std::uint32_t> targets;    // ascending ids of deviations
};

// Of a recorded run of `plan`.
Skeleton skeleton_of(const faults::Plan& plan, std::span<const TraceEvent> trace, std::string_view signature);
std::string to_text(const Skeleton& skeleton);
Result<Skeleton> parse_skeleton(std::string_view text, const std::string& file);

}  // namespace wn::drift
