#include "scenarios/cli/realm_words.h"

#include <fmt/format.h>

#include "scenarios/workloads/realm_names.h"

namespace wn::scenarios {

namespace {

// Actors and worknodes are told by the low half of an id.
std::int64_t worknode(std::uint64_t low) { return number_of_id(static_cast<std::int64_t>(low)); }

}  // namespace

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
      return fmt::format("sees the handler of worknode {} fail (restarts: {})", worknode(f[0]), f[2]);
    case TraceKind::actor_stopped:
      if (f[1] == 0) return {};  // its worknode moved
      return fmt::format("stops the actor of worknode {}", worknode(f[0]));
    case TraceKind::mailbox_full:
      return fmt::format("has a full mailbox at worknode {} ({} messages)", worknode(f[0]), f[2]);
    case TraceKind::actor_stalled:
      return fmt::format("sees worknode {} stall for {}ms", worknode(f[0]), f[2] / 1'000'000);
    case TraceKind::handle_used:
      if (f[1] == f[2]) return {};
      return fmt::format("follows a handle of worknode {} to the memory of worknode {}", worknode(f[1]),
                         worknode(f[2]));
    default:
      return {};
  }
}

}  // namespace wn::scenarios
