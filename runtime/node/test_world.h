#pragma once
// A small world for this room's tests: an honest network and disk with fixed delays, crashes, partitions and
// disk errors on demand. The real simulator may not be included from here; this one is kept as simple as can
// be.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "runtime/backend/process.h"
#include "runtime/kv/client.h"
#include "runtime/node/node.h"

namespace wn::node {

struct TestFile {
  std::string content;
  std::string synced;
};

class TestWorld {
 public:
  TestWorld(std::uint32_t servers, std::function<void(Options&)> adjust = {});
  ~TestWorld();

  // Runs until nothing is due before `end`, or, with a condition, until it holds. False: it never did.
  bool run_for(Duration length, const std::function<bool()>& until = {});
  Instant now() const { return now_; }

  void crash(NodeId id, bool power_loss);
  void start(NodeId id);
  void isolate(NodeId id, bool cut) { cut ? (void)cut_.insert(id) : (void)cut_.erase(id); }
  void fail_syncs_of(NodeId id) { bad_disks_.insert(id); }
  void wipe(NodeId id);
  void set_sync_time(Duration takes) { sync_time_ = takes; }
  // Every frame on its way from now on arrives with one flipped bit.
  void damage_frames(bool on) { damage_ = on; }
  // The next `count` replies to the client get lost.
  void lose_replies(std::uint64_t count) { replies_to_lose_ = count; }

  NodeId leader() const;  // the up and connected server that last said that it leads in the highest term
  std::vector<NodeId> servers() const;
  bool is_up(NodeId id) const;
  // How often `kind` was emitted by `id`; the last fields of it.
  std::uint64_t count(NodeId id, TraceKind kind) const;
  std::array<std::uint64_t, 5> last(NodeId id, TraceKind kind) const;
  std::uint64_t sometimes(std::string_view claim) const;

  // ---- one client ----
  kv::Client& client() { return client_; }
  // Carries out one operation and returns its result.
  kv::ClientResult call(kv::ClientOperation operation);
  kv::ClientResult put(std::string_view key, std::string_view value);
  kv::ClientResult get(std::string_view key);
  kv::ClientResult append(std::string_view key, std::string_view value);
  void send_raw(NodeId to, Bytes frame) { deliver_later(kClient, to, std::move(frame)); }
  std::uint64_t replies_seen() const { return replies_; }

  static constexpr NodeId kClient{100};

 private:
  friend struct TestBackend;
  struct Host;
  void at(Instant when, std::function<void()> what) {
    events_.emplace(std::pair{when, ++sequence_}, std::move(what));
  }
  void deliver_later(NodeId from, NodeId to, Bytes frame);
  void carry_out(kv::ClientEffects& effects);
  Host& host(NodeId id);
  const Host& host(NodeId id) const { return const_cast<TestWorld*>(this)->host(id); }

  Instant now_;
  std::uint64_t sequence_ = 0;
  std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> events_;
  std::map<NodeId, std::unique_ptr<Host>> hosts_;
  std::set<NodeId> cut_;
  std::set<NodeId> bad_disks_;
  bool damage_ = false;
  Duration sync_time_ = milliseconds(1);
  std::map<std::string, std::uint64_t, std::less<>> claims_;
  Options options_;
  kv::Client client_;
  std::vector<kv::ClientResult> results_;
  std::uint64_t replies_ = 0;
  std::uint64_t replies_to_lose_ = 0;
  std::uint64_t jitter_ = 0;
};

}  // namespace wn::node
