#include "faults/live/platter.h"

#include <utility>

namespace wn::live {

Platter::Platter(const HurtOptions&, HurtStats& stats, Disk& outer, Deliver deliver)
    : stats_(stats), outer_(outer), deliver_(std::move(deliver)) {}

void Platter::open(Instant, std::function<void()> ready) { ready(); }
Errc Platter::begin(const faults::Fault&, Instant) { return Errc::unsupported; }
void Platter::end(std::uint32_t) {}

Errc Platter::submit(DiskRequest request, Instant) {
  ++stats_.disk_operations;
  return outer_.submit(std::move(request));
}

void Platter::on_disk(DiskCompletion completion, Instant) { deliver_(std::move(completion)); }
std::optional<Instant> Platter::due() const { return std::nullopt; }
void Platter::on_time(Instant) {}
void Platter::lose_power(Instant, std::function<void()> done) { done(); }

}  // namespace wn::live
