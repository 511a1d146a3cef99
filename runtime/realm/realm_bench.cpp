// Signed and hash-linked EVENTUAL updates against unsigned ones, in one run: a writer makes a batch, its peer
// pulls and applies it. "apply": the peer's part alone (decode, verify, apply, journal records). "all": the
// writer's operations, sealing, encoding and the peer's part. Time is per update.
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory_resource>

#include "runtime/capability/crypto.h"
#include "runtime/realm/realm.h"

namespace wn::realm {
namespace {

class Pair {
 public:
  explicit Pair(bool with_identity) {
    Options options;
    options.members = {NodeId{1}, NodeId{2}};
    options.worknodes = 64;
    options.fan_out = 8;
    if (with_identity) {
      options.identity.emplace();
      for (std::uint8_t i = 1; i <= 2; ++i) {
        capability::Seed seed;
        seed.bytes.fill(i);
        options.identity->members.emplace_back(NodeId{i}, capability::KeyPair(seed).public_key());
      }
    }
    for (std::uint8_t i = 0; i < 2; ++i) {
      options.node = options.members[i];
      if (with_identity) options.identity->secret.bytes.fill(static_cast<std::uint8_t>(i + 1));
      realm_[i] = std::make_unique<Realm>(options, std::pmr::new_delete_resource());
      realm_[i]->begin(moment(), effects_);
      effects_.clear();
    }
  }

  void write(std::uint32_t batch) {
    for (std::uint32_t i = 0; i < batch; ++i) {
      Request r;
      r.operation = ++operations_;
      r.worknode = numbered(1 + operations_ % 64);
      switch (operations_ % 3) {
        case 0:
          r.function = Function::put;
          r.property = Property::title;
          break;
        case 1:
          r.function = Function::add;
          r.property = Property::count;
          break;
        default:
          r.function = Function::include;
          r.property = Property::tags;
      }
      r.value = static_cast<std::int64_t>(operations_ % 1000);
      static_cast<void>(realm_[0]->execute(moment(), NodeId{100}, r, effects_));
      effects_.clear();
    }
  }

  // One pull of the second replica; the time that its taking took.
  std::chrono::nanoseconds pull() {
    std::chrono::nanoseconds spent{};
    now_ = now_ + milliseconds(500);
    realm_[1]->tick(moment(), 1, effects_);
    bool more = true;
    while (more) {
      more = false;
      const std::vector<Outgoing> asked = std::move(effects_.sends);
      effects_.clear();
      for (const Outgoing& out : asked) {
        if (out.kind == MessageKind::sync_request)
          realm_[0]->receive(moment(), NodeId{2}, out.kind, out.payload.view(), effects_);
      }
      const std::vector<Outgoing> told = std::move(effects_.sends);
      effects_.clear();
      const auto begin = std::chrono::steady_clock::now();
      for (const Outgoing& out : told) {
        realm_[1]->receive(moment(), NodeId{1}, out.kind, out.payload.view(), effects_);
      }
      spent += std::chrono::steady_clock::now() - begin;
      for (const Outgoing& out : effects_.sends) more = more || out.kind == MessageKind::sync_request;
    }
    // The writer asks too, so that both know what the other has and nothing piles up.
    effects_.clear();
    realm_[0]->tick(moment(), 1, effects_);
    for (std::size_t to : {1U, 0U}) {
      const std::vector<Outgoing> sent = std::move(effects_.sends);
      effects_.clear();
      const NodeId from{static_cast<std::uint32_t>(2 - to)};
      for (const Outgoing& out : sent)
        realm_[to]->receive(moment(), from, out.kind, out.payload.view(), effects_);
    }
    effects_.clear();
    return spent;
  }

  bool same() const { return realm_[0]->digest() == realm_[1]->digest(); }

 private:
  Moment moment() const { return {.now = now_, .wall = WallTime{} + seconds(1000) + (now_ - Instant{})}; }
  std::array<std::unique_ptr<Realm>, 2> realm_;
  Effects effects_;
  Instant now_ = Instant{} + seconds(1);
  std::uint64_t operations_ = 0;
};

void run(benchmark::State& state, bool with_identity, bool all) {
  Pair pair(with_identity);
  const auto batch = static_cast<std::uint32_t>(state.range(0));
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    pair.write(batch);
    const std::chrono::nanoseconds apply = pair.pull();
    const std::chrono::nanoseconds whole = std::chrono::steady_clock::now() - begin;
    const std::chrono::nanoseconds counted = all ? whole : apply;
    state.SetIterationTime(std::chrono::duration<double>(counted).count());
  }
  if (!pair.same()) state.SkipWithError("the replicas differ");
  state.SetItemsProcessed(state.iterations() * batch);
}

void apply_unsigned(benchmark::State& state) { run(state, false, false); }
void apply_signed(benchmark::State& state) { run(state, true, false); }
void all_unsigned(benchmark::State& state) { run(state, false, true); }
void all_signed(benchmark::State& state) { run(state, true, true); }
#define WN_BATCHES ->Arg(1)->Arg(16)->Arg(64)->Arg(256)->Arg(1024)->UseManualTime()
BENCHMARK(apply_unsigned) WN_BATCHES;
BENCHMARK(apply_signed) WN_BATCHES;
BENCHMARK(all_unsigned) WN_BATCHES;
BENCHMARK(all_signed) WN_BATCHES;

}  // namespace
}  // namespace wn::realm
