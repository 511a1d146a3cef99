// What the real backend costs: a turn of the loop with a timer, datagrams over loopback with and without
// segmentation, a write that is made durable (alone, and many at once).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/real/files.h"
#include "runtime/real/loop.h"
#include "runtime/real/test_folder.h"
#include "runtime/real/udp.h"

namespace {

using namespace wn;
using namespace wn::real;

void timer_turn(benchmark::State& state) {
  auto loop = *Loop::make();
  // Others that wait, so that the heap has its depth.
  for (int i = 0; i < state.range(0); ++i) loop->arm(loop->add_timer([] {}), loop->now() + seconds(1000 + i));
  std::uint64_t fired = 0;
  const Loop::Timer timer = loop->add_timer([&] { ++fired; });
  for (auto _ : state) {
    loop->arm(timer, loop->now());
    loop->turn(milliseconds(1));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(fired));
}
BENCHMARK(timer_turn)->Arg(0)->Arg(10'000);

void moving_a_timer(benchmark::State& state) {
  auto loop = *Loop::make();
  std::vector<Loop::Timer> timers;
  const Instant begun = loop->now() + seconds(1000);
  for (int i = 0; i < 10'000; ++i) {
    timers.push_back(loop->add_timer([] {}));
    loop->arm(timers.back(), begun + microseconds(i));
  }
  std::uint64_t n = 0;
  for (auto _ : state) {
    ++n;
    loop->arm(timers[n * 7919 % timers.size()],
              begun + microseconds(static_cast<std::int64_t>(n * 104'729 % 20'000)));
  }
}
BENCHMARK(moving_a_timer);

// One thread sends and receives: datagrams a second is half of what two cores would do.
void datagrams(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0));
  const bool offload = state.range(1) != 0;
  auto loop = *Loop::make();
  std::uint64_t got = 0;
  auto to = *UdpNetwork::open(*loop, {.self = NodeId{2}, .segments = offload, .coalesce = offload},
                              [&](NodeId, const Bytes&) { ++got; });
  auto from = *UdpNetwork::open(
      *loop,
      {.self = NodeId{1}, .peers = {{NodeId{2}, to->local()}}, .segments = offload, .coalesce = offload},
      [](NodeId, const Bytes&) {});
  const Bytes frame = Bytes::build(bytes, [&](std::uint8_t* p) { std::fill_n(p, bytes, std::uint8_t{7}); });
  constexpr std::uint64_t kBurst = 256;
  std::uint64_t sent = 0;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < kBurst; ++i) WN_CHECK(from->send(NodeId{2}, frame, 1) == Errc::ok);
    sent += kBurst;
    for (int i = 0; i < 100 && got < sent; ++i) loop->turn(milliseconds(1));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(got));
  state.SetBytesProcessed(static_cast<std::int64_t>(got * bytes));
  state.counters["lost"] = static_cast<double>(sent - got);
}
BENCHMARK(datagrams)->ArgsProduct({{100, 1200}, {0, 1}})->ArgNames({"bytes", "offload"});

Duration at_share(std::vector<Duration>& sorted, std::size_t per_thousand) {
  return sorted[std::min(sorted.size() - 1, sorted.size() * per_thousand / 1000)];
}

// `range(0)` appends of 512 bytes, each with its own sync, are under way at any time; latency is from
// submit() to completion, by way of the thread and back.
void durable_writes(benchmark::State& state) {
  TestFolder folder;
  auto loop = *Loop::make();
  const Bytes data = Bytes::build(512, [](std::uint8_t* p) { std::fill_n(p, 512, std::uint8_t{7}); });
  std::vector<Instant> begun(4096);
  std::vector<Duration> took;
  std::uint64_t next = 0;
  std::uint64_t done = 0;
  std::unique_ptr<Files> files;
  const auto submit_one = [&] {
    begun[next % begun.size()] = loop->now();
    WN_CHECK(files->submit({.ticket = next,
                            .operation = DiskOperation::write,
                            .file = "log",
                            .offset = next * 512,
                            .data = data}) == Errc::ok);
    WN_CHECK(files->submit({.ticket = next, .operation = DiskOperation::sync, .file = "log"}) == Errc::ok);
    ++next;
  };
  files = *Files::open(*loop, {.folder = folder.path()}, [&](const DiskCompletion& c) {
    WN_CHECK(c.error == Errc::ok);
    if (c.operation != DiskOperation::sync) return;
    took.push_back(loop->now() - begun[c.ticket % begun.size()]);
    ++done;
  });
  const auto window = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    const std::uint64_t before = done;
    while (next < done + window) submit_one();
    while (done == before) loop->turn(seconds(1));
  }
  while (done < next) loop->turn(seconds(1));
  std::sort(took.begin(), took.end());
  state.SetItemsProcessed(static_cast<std::int64_t>(done));
  state.counters["p50_us"] = static_cast<double>(at_share(took, 500).ns) / 1000;
  state.counters["p99_us"] = static_cast<double>(at_share(took, 990).ns) / 1000;
  const FilesStats stats = files->stats();
  state.counters["per_sync"] = static_cast<double>(stats.syncs) / static_cast<double>(stats.sync_calls);
  state.counters["sync_us"] =
      static_cast<double>(stats.sync_time.ns) / 1000 / static_cast<double>(stats.sync_calls);
}
BENCHMARK(durable_writes)->Arg(1)->Arg(16)->Arg(64)->UseRealTime();

}  // namespace
