#pragma once
// Our servers as processes of `worknode node` on loopback, and the shipped client as a target.
#include <memory>
#include <string>
#include <vector>

#include "runtime/client/seat.h"
#include "scenarios/cluster_bench/child.h"
#include "scenarios/cluster_bench/load.h"

namespace wn::cluster_bench {

struct OursOptions {
  std::uint32_t servers = 3;
  bool kv = false;
  std::uint32_t worknodes = 2048;
  std::uint32_t groups = 4;
  Duration election_min = milliseconds(300);
  Duration election_max = milliseconds(600);
  Duration heartbeat = milliseconds(50);
};

class Ours {
 public:
  // Waits until all answer.
  static Result<std::unique_ptr<Ours>> start(const std::string& program, const std::string& folder,
                                             const OursOptions& options);

  // `first` comes first: the home of who uses these. From 0.
  std::vector<client::Server> servers(std::uint32_t first = 0) const;
  Duration processor_time() const;
  std::uint64_t resident_bytes() const;
  std::size_t size() const { return children_.size(); }
  Child& child(std::size_t i) { return children_[i]; }
  Result<void> restart(std::size_t i);
  // Of GET /metrics at that server; empty: no answer.
  std::string metrics(std::size_t i) const;
  std::string log(std::size_t i) const;

 private:
  std::string program_, folder_;
  std::vector<std::uint16_t> ports_, metric_ports_;
  std::vector<capability::Seed> seeds_;
  std::vector<Child> children_;
};

enum class Ask : std::uint8_t { put, get };

// Callers on one loop. Each has a client of its own, with its connections, at home at another server, in
// turn; or they share fewer clients, which is how a program is meant to use the library: what a turn of the
// loop asks leaves in few packets.
class OursTarget final : public Target {
 public:
  // none: no connection within ten seconds. `window` operations at a time for each of `callers`.
  static std::unique_ptr<OursTarget> connect(real::Loop& loop, const Ours& ours, std::uint32_t clients,
                                             std::uint32_t callers, std::uint32_t window);
  void of(Mode mode, Ask what, bool kv, std::uint32_t payload) {
    mode_ = mode;
    what_ = what;
    kv_ = kv;
    payload_ = payload;
  }
  void ask(std::uint32_t client, std::uint32_t slot, std::uint64_t number, Done done) override;
  // Both ways, all clients, UDP payloads.
  std::uint64_t wire_bytes() const;
  const std::string& last_failure() const { return last_failure_; }

 private:
  Mode mode_ = Mode::eventual;
  Ask what_ = Ask::get;
  bool kv_ = false;
  std::uint32_t payload_ = 8;
  std::uint32_t window_ = 1;
  std::string last_failure_;
  std::vector<std::unique_ptr<client::Seat>> seats_;
};

}  // namespace wn::cluster_bench
