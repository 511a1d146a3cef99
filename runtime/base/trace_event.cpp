#include "runtime/base/trace_event.h"

#include <algorithm>

namespace wn {
namespace {

constexpr auto kKinds = std::to_array<TraceKindInfo>({
#define X(name, number, a, b, c, d, e) {TraceKind::name, #name, {a, b, c, d, e}},
    WN_TRACE_KINDS(X)
#undef X
});
static_assert(std::ranges::is_sorted(kKinds, {}, &TraceKindInfo::kind), "keep kinds in number order");

}  // namespace

const TraceKindInfo* trace_kind_info(TraceKind kind) {
  const auto it = std::ranges::lower_bound(kKinds, kind, {}, &TraceKindInfo::kind);
  return it != kKinds.end() && it->kind == kind ? &*it : nullptr;
}

std::string_view to_string(DropReason reason) {
  switch (reason) {
    case DropReason::loss:
      return "loss";
    case DropReason::partition:
      return "partition";
    case DropReason::receiver_down:
      return "receiver down";
    case DropReason::queue_full:
      return "queue full";
    case DropReason::clogged_out:
      return "clogged";
    case DropReason::corrupted:
      return "corrupted";
    case DropReason::sender_down:
      return "sender down";
  }
  return "unknown";
}

std::string_view to_string(CrashCause cause) {
  switch (cause) {
    case CrashCause::kill:
      return "kill";
    case CrashCause::power_loss:
      return "power loss";
    case CrashCause::wipe:
      return "wipe";
    case CrashCause::shutdown:
      return "shutdown";
    case CrashCause::check_failed:
      return "check failed";
  }
  return "unknown";
}

}  // namespace wn
