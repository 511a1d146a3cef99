#pragma once
// A realm with liars, for this room's tests: honest nodes are one process each; a liar is two processes or
// more that share its key and its replica id (twins: Bano et al., OPODIS 2021). Who hears which twin is a
// matter of chance. Honest nodes crash in the middle of a step: what was not durable is lost, and nothing of
// that step has left.
#include <deque>
#include <memory>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/capability/crypto.h"
#include "runtime/realm/realm.h"

namespace wn::realm {

struct TwinsPlan {
  std::uint32_t nodes = 4;
  std::uint32_t liars = 1;      // the last ones
  std::uint32_t twins = 2;      // processes of each liar
  std::uint32_t crash_ppm = 0;  // of each step of an honest process
  std::uint32_t loss_ppm = 50'000;
  std::uint32_t mutate_ppm = 0;  // of each message that a liar sends
  std::uint32_t history_max = 16'384;
  std::uint32_t worknodes = 4;
  bool guarded = false;  // capabilities are asked for; client 500 is the last node's own key
  Defect defect = Defect::none;
  std::uint64_t seed = 1;
};

class TwinsCluster {
 public:
  struct Peer {
    NodeId node;
    bool honest = true;
    std::unique_ptr<Realm> realm;
    Effects effects;
    std::vector<Bytes> journal;
    Bytes image;
    std::vector<Note> notes;
    std::vector<Claim> sometimes;
  };

  explicit TwinsCluster(const TwinsPlan& plan);
  // One operation at a process; what becomes of it is chance's affair.
  void call(std::size_t process, Request request);
  void run(Duration time);
  void crash(std::size_t process) { start(processes_[process]); }
  // From now on nothing is lost, nobody crashes, liars are heard no more (or still, when `liars` stay).
  void quiet(bool liars_stay);

  std::size_t size() const { return processes_.size(); }
  Peer& process(std::size_t i) { return processes_[i]; }
  bool honest_converged() const;
  std::string differences() const;
  bool honest_accused() const;  // any proof, note or eviction by proof that names an honest node
  bool proofs_hold() const;     // every proof that an honest process holds verifies, and is small
  std::size_t proven() const;   // liars that all honest processes have proven
  bool happened(std::string_view claim) const;
  // The message as process `to` gets it, at once.
  void deliver(std::size_t to, NodeId from, MessageKind kind, const Bytes& payload);
  Moment moment() const;
  static capability::KeyPair key_of(std::uint32_t node);  // the realm's root: node 200

 private:
  struct InFlight {
    Instant due;
    NodeId from;
    std::size_t to = 0;
    Outgoing message;
  };
  void start(Peer& process);
  void carry_out(Peer& process);
  void send(Peer& from, const Outgoing& out);

  TwinsPlan plan_;
  Options options_;
  Random random_;
  std::vector<Peer> processes_;
  std::deque<InFlight> flying_;
  Instant now_ = Instant{} + seconds(1);
  std::uint64_t draws_ = 0;
  std::uint64_t operations_ = 0;
  bool quiet_ = false;
  bool liars_stay_ = true;
};

}  // namespace wn::realm
