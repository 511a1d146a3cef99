// What one host takes for LOCAL operations in process: a request's frame in, through the codec, admission,
// the store and (of a put) the journal, and the reply's frame out. The disk is memory; a group commit of 64
// requests.
#include <benchmark/benchmark.h>

#include "runtime/host/host.h"
#include "runtime/host/test_disk.h"
#include "runtime/realm/codec.h"
#include "runtime/wire/frame.h"

namespace wn::host {
namespace {

constexpr std::uint32_t kBatch = 64;
constexpr NodeId kClient{100};

class Bench final : Clock, Network, Disk, Entropy, Probe {
 public:
  Bench() {
    Options options;
    options.realm.node = NodeId{1};
    options.realm.members = {NodeId{1}};
    options.realm.worknodes = 1000;
    options.realm.fan_out = 10;
    host_ = make_host(options, backend_);
    host_->on_start();
    drain();
  }
  void ask(const realm::Request& request) {
    const Bytes payload = realm::encode(request);
    host_->on_message(kClient, Bytes::build(wire::kHeaderBytes + payload.size(), [&](std::uint8_t* bytes) {
                        std::copy_n(payload.data(), payload.size(), bytes + wire::kHeaderBytes);
                        wire::seal_frame(bytes, wire::FrameType::realm_request, payload.size());
                      }));
  }
  void drain() {
    while (!disk_.idle()) host_->on_disk(disk_.step(0));
    now_ = now_ + microseconds(100);
    if (due_ > now_) return;
    due_ = Instant::max();
    host_->on_timer(0);
  }
  std::uint64_t replies() const { return replies_; }

 private:
  Instant monotonic_now() const override { return now_; }
  WallTime wall_now() const override { return WallTime{} + seconds(1'000'000) + (now_ - Instant{}); }
  void arm(std::uint32_t, Instant deadline) override { due_ = deadline; }
  void disarm(std::uint32_t) override { due_ = Instant::max(); }
  Errc send(NodeId to, Bytes frame, std::uint8_t) override {
    if (to == kClient) ++replies_;
    benchmark::DoNotOptimize(frame.data());
    return Errc::ok;
  }
  Errc submit(DiskRequest request) override {
    disk_.submit(std::move(request));
    return Errc::ok;
  }
  Draw draw(Purpose purpose, std::uint64_t count) override { return Random(1).at(purpose, 1, count); }
  void emit(TraceKind, std::array<std::uint64_t, 5>) override {}
  void sometimes(Claim) override {}

  Backend backend_{*this, *this, *this, *this, *this};
  Instant now_ = Instant{} + seconds(1);
  Instant due_ = Instant::max();
  TestDisk disk_;
  std::uint64_t replies_ = 0;
  std::unique_ptr<Process> host_;
};

void local(benchmark::State& state, realm::Function function) {
  Bench bench;
  realm::Request request;
  request.mode = Mode::local;
  request.attempt = 1;
  request.property = realm::Property::title;
  for (auto _ : state) {
    for (std::uint32_t i = 0; i < kBatch; ++i) {
      ++request.operation;
      request.function = function;
      request.worknode = realm::numbered(request.operation % 1000);
      request.value = static_cast<std::int64_t>(request.operation);
      bench.ask(request);
    }
    bench.drain();
  }
  if (bench.replies() != request.operation) state.SkipWithError("a request was not answered");
  state.SetItemsProcessed(static_cast<std::int64_t>(request.operation));
}

BENCHMARK_CAPTURE(local, get, realm::Function::get);
BENCHMARK_CAPTURE(local, put, realm::Function::put);

}  // namespace
}  // namespace wn::host
