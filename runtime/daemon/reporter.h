#pragma once
// Reporter: the daemon's voice: what it tells its log, and (metrics.h) what it publishes. It hears events
// from EventMeter and looks at the meters a few times a second. Thread rule: the loop's thread.
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/daemon/agreement.h"
#include "runtime/daemon/config.h"
#include "runtime/daemon/log.h"
#include "runtime/daemon/metrics.h"

namespace wn::daemon {

class Reporter final : public Journalist {
 public:
  Reporter(const Config& config, FileSink& sink, const Meters& meters, Board& board);

  void started(const std::string& address, const std::string& http, const capability::PublicKey& key);
  void stopping(int signal);
  void stopped(std::optional<Errc> failure);
  void reopen();
  // A member that has another value, and is not listened to.
  void differs(const Difference& difference);
  // What the parts say of themselves now; published with the meters. Null: not there.
  struct Look {
    Instant now;
    const host::Server* server = nullptr;
    const quic::Endpoint* endpoint = nullptr;
    real::LoopStats loop;
    real::UdpStats udp;
  };
  void look(const Look& look);
  void on_event(TraceKind kind, const std::array<std::uint64_t, 5>& field) override;

 private:
  bool ready(const Snapshot& now) const;
  void tell(LogLevel level, std::string_view event, LogFields fields);

  const Config& config_;
  FileSink& sink_;
  const Meters& meters_;
  Board& board_;
  Log log_;
  bool was_ready_ = false;
  bool stopping_ = false;
  std::uint64_t last_role_ = 0;
  std::uint64_t last_leader_ = 0;
};

}  // namespace wn::daemon
