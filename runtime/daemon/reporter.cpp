#include "runtime/daemon/reporter.h"

#include "runtime/base/hex.h"
#include "runtime/daemon/knobs.h"
#include "runtime/raft/types.h"
#include "runtime/real/os.h"

namespace wn::daemon {

Reporter::Reporter(const Config& config, FileSink& sink, const Meters& meters, Board& board)
    : config_(config),
      sink_(sink),
      meters_(meters),
      board_(board),
      log_(config.log_level, config.log_format, sink) {}

void Reporter::tell(LogLevel level, std::string_view event, LogFields fields) {
  log_.tell(real::monotonic_now(), real::wall_now(), level, event, fields);
}

void Reporter::started(const std::string& address, const std::string& http,
                       const capability::PublicKey& key) {
  tell(LogLevel::info, "started",
       {{"node", std::uint64_t{config_.id.value}},
        {"service", words_of<Service>()[static_cast<std::size_t>(config_.service)]},
        {"listen", address},
        {"metrics", http},
        {"key", hex_of(key.bytes)},
        {"peers", std::uint64_t{config_.peers.size()}},
        {"data", config_.data}});
}

void Reporter::stopping(int signal) {
  stopping_ = true;
  tell(LogLevel::info, "stopping", {{"signal", static_cast<std::uint64_t>(signal)}});
}

void Reporter::stopped(std::optional<Errc> failure) {
  if (failure) {
    tell(LogLevel::error, "failed", {{"reason", to_string(*failure)}});
  } else {
    tell(LogLevel::info, "stopped", {});
  }
}

void Reporter::differs(const Difference& difference) {
  tell(LogLevel::error, "member_differs",
       {{"peer", std::uint64_t{difference.member.value}},
        {"key", difference.name},
        {"here", difference.here},
        {"there", difference.there}});
}

void Reporter::reopen() {
  if (const auto opened = sink_.reopen(); !opened)
    tell(LogLevel::error, "log_not_reopened", {{"reason", opened.error().message}});
}

// Recovered, and where a leader is needed one is known.
bool Reporter::ready(const Snapshot& now) const {
  if (!meters_.recovered || meters_.failed || stopping_) return false;
  return now.realm ? now.host.groups_without_leader == 0 : meters_.leader != 0;
}

void Reporter::look(const Look& look) {
  auto now = std::make_shared<Snapshot>();
  now->taken = look.now;
  now->realm = config_.service == Service::realm;
  now->log_held_back = log_.held_back();
  now->log_lost = sink_.lost();
  now->meters = meters_;
  if (look.server != nullptr) now->host = look.server->stats();
  if (look.endpoint != nullptr) now->quic = look.endpoint->stats();
  now->loop = look.loop;
  now->udp = look.udp;
  now->ready = ready(*now);
  if (now->ready != was_ready_) {
    was_ready_ = now->ready;
    if (was_ready_) {
      tell(LogLevel::info, "ready", {});
    } else if (!stopping_) {
      tell(LogLevel::warning, "not_ready", {{"reason", unready(now.get(), look.now)}});
    }
  }
  board_.publish(std::move(now));
}

void Reporter::on_event(TraceKind kind, const std::array<std::uint64_t, 5>& field) {
  switch (kind) {
    case TraceKind::raft_restored:
      return tell(LogLevel::info, "recovered",
                  {{"term", field[0]},
                   {"last_index", field[2]},
                   {"commit", field[3]},
                   {"quarantine_until", field[4]}});
    case TraceKind::realm_restored:
      return tell(
          LogLevel::info, "recovered",
          {{"replica", field[0]}, {"epoch", field[1]}, {"updates", field[2]}, {"rebased", field[3] != 0}});
    case TraceKind::raft_state:
      if (field[0] == last_role_ && field[2] == last_leader_) return;
      last_role_ = field[0];
      last_leader_ = field[2];
      return tell(LogLevel::info, "leader", {{"leader", field[2]}, {"term", field[1]}, {"role", field[0]}});
    case TraceKind::store_refused:
      return tell(LogLevel::error, "store_refused", {{"reason", to_string(static_cast<Errc>(field[0]))}});
    case TraceKind::realm_evicted:
      return tell(LogLevel::warning, "evicted", {{"replica", field[0]}, {"epoch", field[1]}});
    case TraceKind::clock_refused:
      return tell(LogLevel::warning, "clock_refused", {{"peer", field[0]}});
    case TraceKind::liar_proven:
      return tell(LogLevel::warning, "liar_proven", {{"replica", field[0]}, {"counter", field[1]}});
    case TraceKind::block_refused:
      return tell(LogLevel::warning, "block_refused", {{"peer", field[0]}, {"writer", field[1]}});
    case TraceKind::sections_glued:
      return tell(LogLevel::info, "sections_glued",
                  {{"sections", field[0]}, {"radius", field[1]}, {"obstructions", field[2]}});
    case TraceKind::actor_failed:
      return tell(LogLevel::warning, "actor_failed", {{"actor", field[0]}, {"reason", field[1]}});
    default:
      return;
  }
}

}  // namespace wn::daemon
