#include "scenarios/cli/realm_words.h"

#include <fmt/format.h>

namespace wn::scenarios {

// An actor is told by the low half of its worknode's id, which is one more than the worknode's number
// (scenarios/workloads/realm_names.h).
std::string realm_words(const TraceEvent& event) {
  const auto& f = event.field;
  switch (event.kind) {
    case TraceKind::realm_restored:
      // A first start restores nothing.
      if (f[2] == 0 && f[3] == 0) return {};
      return fmt::format("knows {} updates again{}", f[2], f[3] != 0 ? ", from a peer" : "");
    case TraceKind::realm_evicted:
      return fmt::format("evicts replica {} (epoch {})", f[0], f[1]);
    case TraceKind::clock_refused:
      return fmt::format("refuses the clock of n{}: {}ms ahead", f[0],
                         (static_cast<std::int64_t>(f[1]) - static_cast<std::int64_t>(f[2])) / 1'000'000);
    case TraceKind::cap_revoked:
      return fmt::format("knows that token {} is revoked", f[0]);
    case TraceKind::actor_failed:
      return fmt::format("sees the handler of worknode {} fail (restarts: {})", f[0] - 1, f[2]);
    case TraceKind::actor_stopped:
      return fmt::format("stops the actor of worknode {}", f[0] - 1);
    case TraceKind::mailbox_full:
      return fmt::format("has a full mailbox at worknode {} ({} messages)", f[0] - 1, f[2]);
    case TraceKind::actor_stalled:
      return fmt::format("sees worknode {} stall for {}ms", f[0] - 1, f[2] / 1'000'000);
    case TraceKind::handle_used:
      if (f[1] == f[2]) return {};
      return fmt::format("follows a handle of worknode {} to the memory of worknode {}", f[1] - 1, f[2] - 1);
    default:
      return {};
  }
}

}  // namespace wn::scenarios
