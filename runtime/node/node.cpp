#include "runtime/node/node.h"

#include <utility>

#include "runtime/node/rules.h"

namespace wn::node {

State::State(const Options& o, Backend& b)
    : options(o),
      backend(b),
      log(store::Options{.owner = o.id, .defect = o.defect, .fault_points = b.fault_points}),
      machine(kv::Options{.defect = o.defect}) {
  options.raft.id = o.id;
  options.raft.defect = o.defect;
  options.raft.fault_points = b.fault_points;
}

namespace {

class Node final : public Process {
 public:
  Node(const Options& options, Backend& backend) : s_(options, backend) {}

  void on_start() override {
    begin_recovery(s_);
    settle(s_);
  }

  void on_message(NodeId from, const Bytes& frame) override {
    if (s_.phase != Phase::serving) return;
    wire::FrameView view;
    if (wire::open_frame(frame.view(), view) != Errc::ok) {
      s_.backend.probe.sometimes("node: damaged frame dropped");
      return;
    }
    if (wire::is_raft(view.type)) {
      receive_raft(s_, from, frame, view);
    } else if (view.type == wire::FrameType::client_request) {
      receive_request(s_, from, frame, view);
    }
    settle(s_);
  }

  void on_timer(std::uint32_t slot) override {
    if (s_.phase != Phase::serving || slot != kRaftTimer) return;
    s_.armed = Instant::max();
    if (s_.backend.clock.monotonic_now() >= s_.core->next_deadline()) {
      step(s_, raft::Tick{});
      // A disk that stalls must not keep proposals from the followers for ever.
      if (s_.phase == Phase::serving) propose_queued(s_, true);
    }
    settle(s_);
  }

  void on_disk(DiskCompletion completion) override {
    if (s_.phase == Phase::failed) return;
    node::on_disk(s_, std::move(completion));
    settle(s_);
  }

  void on_control(const Bytes&) override {}  // servers take orders through the service's own interface

  void inspect(Inspector& to) const override { node::inspect(s_, to); }

 private:
  State s_;
};

}  // namespace

std::unique_ptr<Process> make_node(const Options& options, Backend& backend) {
  return std::make_unique<Node>(options, backend);
}

}  // namespace wn::node
