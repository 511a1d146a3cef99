// What QUIC costs: a handshake, small frames, calls there and back, large frames; between two endpoints in
// memory (both ends' work, nothing else) and over loopback UDP. Times are CPU time of both ends together.
#include <benchmark/benchmark.h>

#include "runtime/quic/testing/machine.h"
#include "runtime/real/probes.h"

using namespace wn;
using namespace wn::quic;
using namespace wn::quic::testing;

namespace {

Options tuned(Options options, std::uint32_t packet) {
  options.packet_bytes_max = packet;
  options.limits.queue_frames_max = 1U << 20;
  options.limits.queue_bytes_max = 64U << 20;
  return options;
}

void handshake(benchmark::State& state) {
  for (auto _ : state) {
    Net net(1);
    Node& a = net.add(server_options(1, 2));
    net.add(server_options(2, 2));
    net.run_for(milliseconds(20));
    if (a.stats().dialled != 1) state.SkipWithError("not connected");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(handshake)->Unit(benchmark::kMicrosecond);

// Frames of `size` from one end to the other, so many per turn.
void one_way(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto burst = state.range(1);
  Net net(1);
  Node& a = net.add(tuned(server_options(1, 2), static_cast<std::uint32_t>(state.range(2))));
  Node& b = net.add(tuned(server_options(2, 2), static_cast<std::uint32_t>(state.range(2))));
  net.run_for(seconds(1));
  b.listener().keep = false;
  const Bytes frame = Bytes::copy_of(std::string(size, 'x'));
  std::uint64_t sent = 0;
  for (auto _ : state) {
    for (std::int64_t i = 0; i < burst; ++i)
      sent += a.network().send(NodeId{2}, frame, 56) == Errc::ok ? 1U : 0U;
    a.endpoint->on_control({});
    while (b.listener().frames < sent) net.run_for(milliseconds(1));
    net.sizes.clear();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(sent));
  state.SetBytesProcessed(static_cast<std::int64_t>(sent * size));
}
BENCHMARK(one_way)
    ->Args({64, 1, 1452})
    ->Args({64, 64, 1452})
    ->Args({16'384, 4, 1452})
    ->Args({1 << 20, 1, 1452})
    ->Args({1 << 20, 1, 16'000});

struct Pair {
  explicit Pair(std::uint32_t packet) {
    server.node = *real::Node::make(*loop, {.id = NodeId{1}}, probe);
    client.node = *real::Node::make(
        *loop, {.id = NodeId{500}, .peers = {{.id = NodeId{1}, .address = server.node->network().local()}}},
        probe);
    Options options = tuned(server_options(1, 1), packet);
    options.clients = Clients::any;
    server.start(options);
    client.start(tuned(client_options(500, 1), packet));
    const Instant until = loop->now() + seconds(2);
    while (loop->now() < until) loop->turn(milliseconds(10));
    server.listener().keep = client.listener().keep = false;
    server.listener().answer = true;
  }
  std::unique_ptr<real::Loop> loop = *real::Loop::make();
  real::NullProbe probe;
  Machine server;
  Machine client;
};

// Calls there and back with so many under way, each a frame of its own; client and server share one thread.
void loopback_calls(benchmark::State& state) {
  Pair pair(static_cast<std::uint32_t>(state.range(1)));
  const auto window = static_cast<std::uint64_t>(state.range(0));
  const Bytes frame = Bytes::copy_of(std::string(64, '?'));
  std::uint64_t asked = 0;
  const std::uint64_t before = pair.client.listener().frames;
  for (auto _ : state) {
    while (asked - (pair.client.listener().frames - before) < window) {
      if (pair.client.listener().door.network.send(NodeId{1}, frame, 56) != Errc::ok) break;
      ++asked;
    }
    pair.client.endpoint->on_control({});
    pair.loop->turn(milliseconds(1));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(pair.client.listener().frames - before));
}
BENCHMARK(loopback_calls)->Args({1, 1452})->Args({64, 1452})->Args({1024, 1452})->Args({1024, 16'000});

void loopback_bytes(benchmark::State& state) {
  Pair pair(static_cast<std::uint32_t>(state.range(0)));
  const Bytes frame = Bytes::copy_of(std::string(kFrameBytesMax, 'x'));
  std::uint64_t sent = 0;
  const std::uint64_t before = pair.server.listener().frames;
  for (auto _ : state) {
    if (sent - (pair.server.listener().frames - before) < 4)
      sent += pair.client.listener().door.network.send(NodeId{1}, frame, 45) == Errc::ok ? 1U : 0U;
    pair.client.endpoint->on_control({});
    pair.loop->turn(milliseconds(1));
  }
  state.SetBytesProcessed(
      static_cast<std::int64_t>((pair.server.listener().frames - before) * kFrameBytesMax));
}
BENCHMARK(loopback_bytes)->Arg(1452)->Arg(16'000);

}  // namespace
