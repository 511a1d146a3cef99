#pragma once
// Client: one client's side of the key-value protocol, a value that steps. No clock, no I/O, no randomness of
// its own.
//
//   client.invoke(now, operation, jitter, effects);   // effects are appended; the driver clears them
//   client.on_reply(now, from, reply, jitter, effects);
//   client.on_tick(now, jitter, effects);             // at or after next_deadline(); an early tick is
//   harmless
//
// One operation is open at a time (WN_CHECK). The client opens a session by itself before its first logged
// command, caches the leader, follows hints, and otherwise goes round its servers with bounded exponential
// backoff. A retry repeats the same (session, sequence), so it takes effect at most once.
//
// What an outcome means (Jepsen's words):
//   ok    the state machine answered; `reply.status` may say cas_mismatch or not_found: it was then executed
//   without effect fail  it never took effect and never will: nothing was sent, or no attempt can be alive,
//   or it only reads info  nobody knows: some attempt may have been applied, or may yet be
// An attempt that was refused (not_leader, overloaded) is dead only where the network delivers a frame at
// most once: Options::frames_may_be_duplicated. `jitter` is any number, keyed by the driver; it spreads the
// backoff.
#include <cstdint>
#include <vector>

#include "runtime/base/inspector.h"
#include "runtime/base/time.h"
#include "runtime/kv/protocol.h"

namespace wn::kv {

enum class Outcome : std::uint8_t { ok = 1, fail, info };

struct ClientOptions {
  std::vector<NodeId> servers;  // 1 … kServersMax
  Duration operation_timeout = seconds(5);
  Duration attempt_timeout = milliseconds(500);  // then another server is tried
  Duration backoff_min = milliseconds(5);        // after a refusal without a hint; doubles
  Duration backoff_max = milliseconds(200);
  std::uint32_t attempts_max = 1000;  // of one operation
  std::uint32_t redirects_max = 4;    // hints followed at once, without backoff, in a row
  bool frames_may_be_duplicated = true;
};

struct ClientOperation {
  RequestKind kind = RequestKind::operation;
  Command command;  // session and sequence are filled in by the client
  std::vector<NodeId> voters;
  std::vector<NodeId> learners;
  NodeId target;
};

struct ClientSend {
  NodeId to;
  ClientRequest request;
};

struct ClientResult {
  std::uint64_t operation = 0;
  Outcome outcome = Outcome::info;
  Reply reply;                 // ok
  std::uint32_t attempts = 0;  // sends of the operation itself, not those that opened a session
};

struct ClientEffects {
  std::vector<ClientSend> sends;
  std::vector<ClientResult> completed;  // at most one
  void clear() {
    sends.clear();
    completed.clear();
  }
};

struct ClientStats {
  std::uint64_t operations = 0;
  std::uint64_t first_try = 0;  // completed ok by the reply to the first attempt
  std::uint64_t attempts = 0;
  std::uint64_t ok = 0, fail = 0, info = 0;
  std::uint64_t sessions_opened = 0;
};

class Client {
 public:
  explicit Client(ClientOptions options);

  // Returns the operation's number. REQUIRES !busy().
  std::uint64_t invoke(Instant now, ClientOperation operation, std::uint64_t jitter, ClientEffects& effects);
  // `reply` is from outside: one that fits no attempt of the open operation is ignored.
  void on_reply(Instant now, NodeId from, const ClientReply& reply, std::uint64_t jitter,
                ClientEffects& effects);
  void on_tick(Instant now, std::uint64_t jitter, ClientEffects& effects);

  bool busy() const { return busy_; }
  Instant next_deadline() const;  // Instant::max() when idle
  NodeId leader() const { return leader_; }
  std::uint64_t session() const { return session_; }
  const ClientStats& stats() const { return stats_; }
  void inspect(Inspector& to) const;

 private:
  enum class Phase : std::uint8_t { opening_session, working };
  void send(Instant now, ClientEffects& effects);
  void retry_later(Instant now, std::uint64_t jitter);
  void rotate();
  void finish(Outcome outcome, Reply reply, ClientEffects& effects);
  void give_up(ClientEffects& effects);
  void on_done(Instant now, NodeId from, const ClientReply& reply, ClientEffects& effects);
  void on_refused(Instant now, NodeId from, const ClientReply& reply, std::uint64_t jitter,
                  ClientEffects& effects);
  bool effect_possible() const;

  ClientOptions options_;
  ClientStats stats_;
  NodeId leader_;  // cached; kNobody: go round the servers
  std::uint32_t next_server_ = 0;
  std::uint64_t session_ = 0;
  std::uint64_t sequence_ = 0;
  // The open operation.
  bool busy_ = false;
  bool waiting_ = false;  // an attempt is out; else backing off until resend_at_
  Phase phase_ = Phase::working;
  std::uint64_t operation_ = 0;
  ClientOperation open_;
  NodeId target_;                         // of the latest attempt
  std::uint32_t attempt_ = 0;             // latest, over both phases
  std::uint32_t first_work_attempt_ = 0;  // attempts before it only opened sessions
  std::uint32_t work_attempts_ = 0;
  std::uint32_t refused_ = 0;  // of work_attempts_, since the present session began
  std::uint32_t sent_in_session_ = 0;
  std::uint32_t redirects_ = 0;
  std::uint32_t backoff_steps_ = 0;
  Instant deadline_;
  Instant resend_at_;
};

}  // namespace wn::kv
