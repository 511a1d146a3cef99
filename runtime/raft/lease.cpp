// Leader leases: [raft] section 8 (end), [diss] 6.4.1.
// Why they are safe: every node that answered round r had, after r was sent, promised on its own clock to
// give no vote and to start no election for election_timeout_min (votes_are_withheld, election_deadline), and
// keeps that promise over a restart (withhold_until). r is confirmed by a quorum, of both configurations
// while joint, so no election can be won before the first of these promises ends. Promises end no earlier
// than r's send time plus election_timeout_min shortened by the drift margin, on the leader's clock. The only
// vote that ignores a promise is one of a leadership transfer, and a leader forfeits its lease for the rest
// of its term before it asks for one.
#include <algorithm>

#include "runtime/raft/rules.h"

namespace wn::raft {

void renew_lease(Turn& t) {
  State& s = t.s;
  const Options& o = s.options;
  if (!o.lease_reads || s.lease_forfeited || s.confirmed_round == 0) return;
  if (s.round - s.confirmed_round >= kRoundsRemembered) return;
  const Instant sent = s.round_sent[s.confirmed_round % kRoundsRemembered];
  // Division first: the product of nanoseconds and parts per million may not fit for absurd timeouts.
  // Defect lease_without_drift_margin: as if all clocks ran at one rate.
  const std::uint32_t margin_ppm =
      o.defect == Defect::lease_without_drift_margin ? 0 : o.clock_drift_margin_ppm;
  const std::int64_t rest_ppm = 1'000'000 - static_cast<std::int64_t>(margin_ppm);
  const Duration length = o.election_timeout_min.ns < (std::int64_t{1} << 40)
                              ? o.election_timeout_min * rest_ppm / 1'000'000
                              : o.election_timeout_min / 1'000'000 * rest_ppm;
  const Instant until = sent + length;
  if (until <= s.lease_until) return;
  s.lease_until = until;
  note(t, TraceKind::raft_lease, s.term.value, static_cast<std::uint64_t>(until.ns),
       static_cast<std::uint64_t>(t.at.lease_now.ns));
}

bool lease_holds(const Turn& t) {
  const State& s = t.s;
  return s.role == Role::leader && s.options.lease_reads && !s.lease_forfeited &&
         t.at.lease_now < s.lease_until;
}

void forfeit_lease(Turn& t) {
  State& s = t.s;
  if (s.lease_forfeited) return;
  s.lease_forfeited = true;
  if (s.lease_until == Instant{}) return;
  s.lease_until = Instant{};
  note(t, TraceKind::raft_lease, s.term.value, 0, static_cast<std::uint64_t>(t.at.lease_now.ns));
}

}  // namespace wn::raft
