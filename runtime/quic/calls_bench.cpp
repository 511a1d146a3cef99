// Small calls of runtime/rpc over QUIC on the loopback device, caller and callee on one thread: what a call
// costs both ends together, with all their books, frames with checksums, encryption and the kernel's UDP.
// The peer of this figure is reports/peers/grpc.
#include <benchmark/benchmark.h>

#include <cstring>
#include <memory_resource>

#include "runtime/quic/test_net.h"
#include "runtime/real/node.h"
#include "runtime/real/probes.h"
#include "runtime/rpc/test_calls.h"
#include "runtime/wire/frame.h"

using namespace wn;

namespace {

// One end: an rpc endpoint as a Process, answering what it is asked with eight bytes.
class Caller final : public Process {
 public:
  Caller(NodeId self, NodeId to, Backend& door)
      : other(to), door_(door), endpoint_(options_for(self, to), &pool_) {}
  void on_start() override {}
  void on_message(NodeId from, const Bytes& frame) override {
    wire::FrameView view;
    if (wire::open_frame(frame.view(), view) != Errc::ok) return;
    const auto kind = static_cast<rpc::MessageKind>(view.type);
    endpoint_.receive(moment(), from, kind, frame.view().subspan(wire::kHeaderBytes), effects_);
    for (const rpc::Delivery& asked : effects_.deliveries) {
      rpc::Answer answer;
      answer.result.kind = rpc::kKind;
      answer.result.items = {Bytes::copy_of("answered")};
      static_cast<void>(endpoint_.reply(moment(), asked.call, std::move(answer), effects_));
    }
    carry_out();
  }
  void on_timer(std::uint32_t) override {
    endpoint_.tick(moment(), ++draws_, effects_);
    carry_out();
  }
  void on_disk(DiskCompletion) override {}
  // A turn: as many calls as may be under way.
  void on_control(const Bytes&) override {
    while (under_way_ < window) {
      const rpc::Deadline deadline{moment().now + seconds(5)};
      rpc::CallSpec spec = rpc::spec_to(other, rpc::kEcho, ++keys_, deadline.value);
      spec.arguments = {Bytes::copy_of("sixteen bytes...")};
      spec.response_bytes = rpc::ResponseBytes{64};
      spec.response_items = rpc::ResponseItems{1};
      if (!endpoint_.call(moment(), spec, effects_)) break;
      ++under_way_;
    }
    carry_out();
  }

  NodeId other;
  std::uint64_t window = 0;
  std::uint64_t done = 0;
  std::uint64_t failed = 0;

 private:
  static rpc::Options options_for(NodeId self, NodeId to) {
    rpc::Options o;
    o.node = self;
    o.incarnation = 1;
    o.methods = rpc::test_methods();
    o.members = {std::min(self, to), std::max(self, to)};
    o.window_calls = o.peer_calls_max = 1024;
    o.window_bytes = 1U << 20;
    o.peer_bytes_max = 4U << 20;
    return o;
  }
  rpc::Moment moment() const { return {door_.clock.monotonic_now()}; }
  void carry_out() {
    endpoint_.flush(moment(), effects_);
    for (const rpc::Outgoing& out : effects_.sends) {
      const auto type = static_cast<wire::FrameType>(out.kind);
      Bytes frame = Bytes::build(wire::kHeaderBytes + out.payload.size(), [&](std::uint8_t* to) {
        std::memcpy(to + wire::kHeaderBytes, out.payload.data(), out.payload.size());
        wire::seal_frame(to, type, out.payload.size());
      });
      static_cast<void>(door_.network.send(out.to, std::move(frame), static_cast<std::uint8_t>(out.kind)));
    }
    for (const rpc::Completion& completion : effects_.completions) {
      --under_way_;
      ++(completion.status == rpc::Status::done ? done : failed);
    }
    effects_.clear();
    if (const Instant due = endpoint_.next_deadline(); due != armed_) {
      armed_ = due;
      door_.clock.arm(0, due);
    }
  }

  Backend& door_;
  std::pmr::unsynchronized_pool_resource pool_;
  rpc::Endpoint endpoint_;
  rpc::Effects effects_;
  Instant armed_ = Instant::max();
  std::uint64_t under_way_ = 0;
  std::uint64_t keys_ = 0;
  std::uint64_t draws_ = 0;
};

struct Side {
  std::unique_ptr<real::Node> node;
  quic::Endpoint* quic = nullptr;
  Caller* caller = nullptr;
  void start(quic::Options options, NodeId other) {
    node->start([this, options, other](NodeId id, Backend& backend) {
      auto made = quic::make_quic(
          options,
          [&](NodeId, Backend& door) {
            auto inner = std::make_unique<Caller>(id, other, door);
            caller = inner.get();
            return inner;
          },
          backend);
      quic = made.get();
      return made;
    });
  }
};

void calls_over_udp(benchmark::State& state) {
  auto loop = *real::Loop::make();
  real::NullProbe probe;
  Side server;
  Side client;
  server.node = *real::Node::make(*loop, {.id = NodeId{2}}, probe);
  client.node = *real::Node::make(
      *loop, {.id = NodeId{1}, .peers = {{.id = NodeId{2}, .address = server.node->network().local()}}},
      probe);
  quic::Options options = quic::testing::server_options(2, 2);
  options.peers[0].address = kNobody;
  server.start(options, NodeId{1});
  client.start(quic::testing::server_options(1, 2), NodeId{2});
  const Instant until = loop->now() + seconds(1);
  while (loop->now() < until) loop->turn(milliseconds(10));
  client.caller->window = static_cast<std::uint64_t>(state.range(0));
  const auto turn = [&] {
    client.node->control({});
    loop->turn(milliseconds(1));
  };
  for (int i = 0; i < 1000; ++i) turn();
  const std::uint64_t before = client.caller->done;
  for (auto _ : state) turn();
  if (client.caller->failed != 0) state.SkipWithError("calls failed");
  state.SetItemsProcessed(static_cast<std::int64_t>(client.caller->done - before));
}
BENCHMARK(calls_over_udp)->Arg(1)->Arg(32)->Arg(256);

}  // namespace
