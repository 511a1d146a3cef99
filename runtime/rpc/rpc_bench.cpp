// Calls a second between two endpoints in one process, on one core: both ends, with all their books. What
// travels is copied as payload bytes; there is no network and no frame header.
#include <benchmark/benchmark.h>

#include <memory_resource>

#include "runtime/rpc/test_calls.h"

namespace {

using namespace wn;
using namespace wn::rpc;

struct Pair {
  Pair() {
    for (const NodeId node : {kA, kB}) {
      Options o;
      o.node = node;
      o.incarnation = 1;
      o.methods = test_methods();
      o.members = {kA, kB};
      o.window_calls = 256;
      o.window_bytes = 1U << 20;
      o.peer_calls_max = 256;
      o.peer_bytes_max = 4U << 20;
      (node == kA ? a : b) = std::make_unique<Endpoint>(o, &pool);
    }
  }
  // One turn each way. Returns frames.
  std::uint64_t exchange() {
    std::uint64_t sent = 0;
    a->flush(now, from_a);
    for (const Outgoing& out : from_a.sends) {
      ++sent;
      bytes += out.payload.size();
      b->receive(now, kA, out.kind, out.payload.view(), from_b);
    }
    from_a.clear();
    while (!from_b.deliveries.empty()) {
      deliveries.clear();
      deliveries.swap(from_b.deliveries);
      for (const Delivery& d : deliveries) {
        Answer answer;
        answer.result.kind = kKind;
        if (d.method == kMake) answer.result.items = {id};
        b->reply(now, d.call, std::move(answer), from_b);
      }
    }
    b->flush(now, from_b);
    for (const Outgoing& out : from_b.sends) {
      ++sent;
      bytes += out.payload.size();
      a->receive(now, kB, out.kind, out.payload.view(), from_a);
    }
    from_b.clear();
    completed += from_a.completions.size();
    from_a.clear();
    now.now = now.now + microseconds(10);
    return sent;
  }

  std::pmr::unsynchronized_pool_resource pool;
  std::unique_ptr<Endpoint> a, b;
  Effects from_a, from_b;
  std::vector<Delivery> deliveries;
  Moment now{Instant{} + seconds(1)};
  std::uint64_t bytes = 0, completed = 0, key = 0;
  Bytes id = bytes_of({.high = 1, .low = 99});
};

CallSpec small(Pair& pair, std::uint32_t method) {
  CallSpec spec = spec_to(kB, method, ++pair.key, pair.now.now + seconds(1));
  spec.response_bytes = ResponseBytes{64};
  spec.response_items = ResponseItems{1};
  return spec;
}

// Arg: calls in one turn, that share a frame.
void batches(benchmark::State& state) {
  Pair pair;
  const auto batch = static_cast<std::uint64_t>(state.range(0));
  const Bytes argument = Bytes::copy_of("16 bytes of data");
  std::uint64_t calls = 0, refused = 0;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < batch; ++i) {
      CallSpec spec = small(pair, kAdd);
      spec.arguments.emplace_back(argument);
      refused += pair.a->call(pair.now, spec, pair.from_a) ? 0 : 1;
    }
    pair.exchange();
    calls += batch;
  }
  if (refused > 0 || pair.completed + 2 * batch < calls) state.SkipWithError("calls were lost");
  state.SetItemsProcessed(static_cast<std::int64_t>(calls));
  state.counters["bytes/call"] = static_cast<double>(pair.bytes) / static_cast<double>(calls);
}
BENCHMARK(batches)->Arg(1)->Arg(8)->Arg(64)->Arg(200);

// A chain of calls, each on the result of the one before. Round trips for each, by frames.
void chain(benchmark::State& state) {
  Pair pair;
  const auto length = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t frames = 0, chains = 0;
  bool met = false;
  for (auto _ : state) {
    CallId last{};
    for (std::uint64_t i = 0; i < length; ++i) {
      CallSpec spec = small(pair, kMake);
      if (last) spec.target = Promise{.call = last, .field = 0};
      const auto made = pair.a->call(pair.now, spec, pair.from_a);
      if (!made) return state.SkipWithError("refused");
      last = *made;
    }
    frames += pair.exchange();
    ++chains;
    if (met) continue;
    pair.exchange();  // the first meeting takes a round trip more
    met = true;
    frames = chains = 0;
  }
  if (chains > 0) state.counters["rounds"] = static_cast<double>(frames) / 2.0 / static_cast<double>(chains);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(length));
}
BENCHMARK(chain)->Arg(2)->Arg(16);

// What a frame of calls that is refused costs: a stranger's, when the table is full of others.
void refusals(benchmark::State& state) {
  Options o;
  o.node = kB;
  o.incarnation = 1;
  o.methods = test_methods();
  o.peers_max = 1;
  Endpoint endpoint(o, std::pmr::new_delete_resource());
  Options stranger = o;
  stranger.node = kA;
  Endpoint a(stranger, std::pmr::new_delete_resource());
  Effects effects;
  const Moment now{Instant{} + seconds(1)};
  for (std::uint64_t i = 1; i <= 8; ++i)
    static_cast<void>(a.call(now, spec_to(kB, kAdd, i, now.now + seconds(1)), effects));
  a.flush(now, effects);
  const Bytes frame = effects.sends.front().payload;
  endpoint.receive(now, NodeId{7}, MessageKind::calls, frame.view(), effects);
  for (auto _ : state) {
    effects.clear();
    endpoint.receive(now, NodeId{8}, MessageKind::calls, frame.view(), effects);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 8);
}
BENCHMARK(refusals);

}  // namespace
