// Commits per second of three nodes in one process, writes acknowledged at once; and the cost of a heartbeat.
// Nothing is copied between the nodes but references to the payloads.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/raft/raft.h"

namespace wn::raft {
namespace {

constexpr std::uint32_t kNodes = 3;
constexpr std::uint64_t kSnapshotEvery = 8192;

struct Held {
  Message message;
  std::vector<Entry> entries;
};

// A driver without disk or network: persists at once, delivers at once, snapshots now and then.
class Loop {
 public:
  Loop() {
    Configuration configuration;
    for (std::uint32_t id = 1; id <= kNodes; ++id) configuration.voters.push_back(NodeId{id});
    for (std::uint32_t id = 1; id <= kNodes; ++id) {
      Restored restored;
      restored.snapshot.configuration = configuration;
      nodes_[id - 1].core =
          std::make_unique<RaftCore>(Options{.id = NodeId{id}, .jitter_seed = id}, std::move(restored), now_);
      nodes_[id - 1].configuration = configuration;
    }
    now_ = now_ + seconds(1);
    step(1, Tick{});
    settle();
    WN_CHECK(core(1).status().role == Role::leader);
  }
  RaftCore& core(std::uint32_t id) { return *nodes_[id - 1].core; }
  Instant now() const { return now_; }
  void advance(Duration by) { now_ = now_ + by; }
  std::uint64_t committed() const { return nodes_[0].committed; }

  void step(std::uint32_t id, const Input& input) {
    Node& node = nodes_[id - 1];
    node.core->step(Moment{.now = now_, .lease_now = now_}, input, effects_);
    for (const Outgoing& out : effects_.messages) hold(out.message);
    node.committed += effects_.committed.size();
    const std::uint64_t ticket = effects_.persist.ticket;
    if (!effects_.committed.empty()) {
      const Entry& last = effects_.committed.back();
      if (last.index.value >= node.snapshot + kSnapshotEvery) {
        node.snapshot = last.index.value;
        const SnapshotMeta meta{
            .index = last.index, .term = last.term, .configuration = node.configuration, .bytes = 1};
        step(id, SnapshotTaken{.meta = meta});
      }
    }
    if (ticket != 0) step(id, Persisted{.ticket = ticket});
  }
  void settle() {
    while (first_ < count_) {
      Held& held = queue_[first_++];
      // The queue may grow while this one is being delivered: take it out.
      current_.message = held.message;
      current_.entries.swap(held.entries);
      current_.message.entries = current_.entries;
      step(current_.message.to.value, Receive{.message = &current_.message});
    }
    first_ = count_ = 0;
  }

 private:
  struct Node {
    std::unique_ptr<RaftCore> core;
    Configuration configuration;
    std::uint64_t committed = 0;
    std::uint64_t snapshot = 0;
  };
  void hold(const Message& message) {
    if (count_ == queue_.size()) queue_.emplace_back();
    Held& held = queue_[count_++];
    held.message = message;
    held.entries.assign(message.entries.begin(), message.entries.end());
  }

  Instant now_{1'000'000'000};
  std::array<Node, kNodes> nodes_;
  std::vector<Held> queue_;  // reused
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  Held current_;
  Effects effects_;
};

void commits(benchmark::State& state) {
  Loop loop;
  const std::vector<Bytes> commands(static_cast<std::size_t>(state.range(0)),
                                    Bytes::copy_of("sixteen bytes ok"));
  const std::uint64_t before = loop.committed();
  for (auto _ : state) {
    loop.advance(microseconds(10));
    loop.step(1, Propose{.commands = commands});
    loop.settle();
  }
  const std::uint64_t done = loop.committed() - before;
  WN_CHECK_GE(done + commands.size(), static_cast<std::uint64_t>(state.iterations()) * commands.size());
  state.counters["commits_per_second"] =
      benchmark::Counter(static_cast<double>(done), benchmark::Counter::kIsRate);
}
BENCHMARK(commits)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->Arg(1024);

// One step: a follower receives a heartbeat and answers.
void heartbeat(benchmark::State& state) {
  Loop loop;
  Message message{
      .type = MessageType::heartbeat, .from = NodeId{1}, .to = NodeId{2}, .term = loop.core(1).status().term};
  Effects effects;
  for (auto _ : state) {
    ++message.round;
    loop.core(2).step(Moment{.now = loop.now(), .lease_now = loop.now()}, Receive{.message = &message},
                      effects);
    benchmark::DoNotOptimize(effects.messages.data());
  }
}
BENCHMARK(heartbeat);

// One step: the leader ticks and sends a heartbeat to each follower.
void heartbeat_round(benchmark::State& state) {
  Loop loop;
  for (auto _ : state) {
    loop.advance(milliseconds(50));
    loop.step(1, Tick{});
    loop.settle();
  }
}
BENCHMARK(heartbeat_round);

}  // namespace
}  // namespace wn::raft
