#pragma once
// The arms of the conformance suite: two nodes, number 1 runs the script of a test, number 2 answers every
// frame with the same frame. An Arm has
//
//   run(script)       boots node 1 with this Script and lets it run until done() was called, or it gives up
//   restart(script)   the same node again, its process killed before; its disk stays
//   done()            the script is satisfied
//   peer()            the second node
//   command(text)     a command for node 1, given to it when it runs
//   emitted(kind), claimed(claim)   what node 1 has told its probe
//
// SimulatedArm runs them in a simulated world (and takes the power away before a restart), RealArm on
// sockets, files and clocks of this machine. A Layer is what lies between the Backend and the script: nothing
// (Bare), or QUIC, which is a Process over the one and a Backend of the other (OverQuic).
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <string>
#include <vector>

#include "faults/live/hurt.h"
#include "runtime/quic/quic.h"
#include "runtime/real/node.h"
#include "runtime/real/probes.h"
#include "runtime/real/test_folder.h"
#include "sim/world/test_world.h"

namespace wn::conformance {

using sim::testing::Script;
using sim::testing::ScriptedProcess;
using sim::testing::text;

struct Bare {
  static ProcessFactory over(const ProcessFactory& inner) { return inner; }
};

struct OverQuic {
  static quic::Seed seed_of(NodeId id) {
    quic::Seed out;
    for (std::size_t i = 0; i < 32; ++i) out.bytes[i] = static_cast<std::uint8_t>(id.value * 37 + i * 11 + 5);
    return out;
  }
  static ProcessFactory over(const ProcessFactory& inner) {
    return [inner](NodeId id, Backend& backend) -> std::unique_ptr<Process> {
      const NodeId other{3 - id.value};
      quic::Options options;
      options.self = id;
      options.identity = seed_of(id);
      options.peers.push_back({.id = other, .key = quic::key_of(seed_of(other)), .address = other});
      return quic::make_quic(options, inner, backend);
    };
  }
};

// A Hurt that no fault has begun in: nothing of it may be seen.
struct OverHurt {
  static ProcessFactory over(const ProcessFactory& inner) {
    return [inner](NodeId id, Backend& backend) -> std::unique_ptr<Process> {
      live::HurtOptions options;
      options.self = id;
      options.incoming = true;
      return std::make_unique<live::Hurt>(options, inner, backend);
    };
  }
};

// Node 2. What it cannot send back is lost, as on any network.
inline const Script& echo() {
  static const Script script = [] {
    Script out;
    out.message = [](Script::Self& self, NodeId from, const Bytes& frame) {
      (void)self.backend.network.send(from, frame, 1);
    };
    return out;
  }();
  return script;
}

template <class Layer>
class SimulatedArm {
 public:
  SimulatedArm() : plan_(sim::testing::quiet_plan(2)), trace_(1'000'000) {
    plan_.nodes[0].drift_ppm = 300;
    sim::testing::add_fault(plan_, faults::FaultKind::power_loss, seconds(30), seconds(1), {1});
  }
  NodeId peer() const { return NodeId{2}; }
  void done() { done_ = true; }
  void command(const std::string& words) { commands_.push_back(words); }
  void run(const Script& script) {
    const ProcessFactory scripted = [this](NodeId id, Backend& backend) {
      return std::make_unique<ScriptedProcess>(id == NodeId{1} ? *script_ : echo(), id, backend);
    };
    world_ = std::make_unique<sim::World>(plan_, Layer::over(scripted), &trace_);
    for (const std::string& words : commands_)
      world_->schedule_control(sim::testing::at(milliseconds(100)), NodeId{1}, text(words));
    go(script, seconds(20));
  }
  void restart(const Script& script) {
    world_->run_until(sim::testing::at(seconds(30)));
    go(script, seconds(60));
  }
  std::size_t emitted(TraceKind kind) const { return sim::testing::count(trace_, kind, NodeId{1}); }
  std::size_t claimed(Claim claim) const {
    std::size_t n = 0;
    for (std::uint64_t i = 0; i < trace_.size(); ++i)
      n += trace_[i].kind == TraceKind::sometimes && trace_[i].field[0] == claim.id ? 1 : 0;
    return n;
  }

 private:
  void go(const Script& script, Duration until) {
    script_ = &script;
    done_ = false;
    while (!done_ && world_->step(sim::testing::at(until))) {
    }
    CHECK(done_);
  }
  faults::Plan plan_;
  sim::TraceRecorder trace_;
  std::vector<std::string> commands_;
  const Script* script_ = nullptr;
  std::unique_ptr<sim::World> world_;
  bool done_ = false;
};

// A restart takes the node down and opens its folder again in the same program: what the process had in
// memory is gone, what the kernel has in its page cache stays, as after a kill. The power of this machine
// stays on.
template <class Layer>
class RealArm {
 public:
  RealArm() : loop_(std::move(*real::Loop::make())) {
    other_ = std::move(*real::Node::make(*loop_, {.id = NodeId{2}}, silent_));
    other_->start(Layer::over(sim::testing::factory_of(echo())));
  }
  NodeId peer() const { return NodeId{2}; }
  void done() { done_ = true; }
  void command(const std::string& words) { commands_.push_back(words); }
  void run(const Script& script) { go(script); }
  void restart(const Script& script) {
    node_->stop();
    node_.reset();
    go(script);
  }
  std::size_t emitted(TraceKind kind) const { return probe_.count(kind); }
  std::size_t claimed(Claim claim) const {
    const auto at = probe_.claims().find(claim.name);
    return at == probe_.claims().end() ? 0 : at->second;
  }

 private:
  void go(const Script& script) {
    done_ = false;
    node_ = std::move(*real::Node::make(
        *loop_,
        {.id = NodeId{1}, .folder = folder_.path(), .peers = {{NodeId{2}, other_->network().local()}}},
        probe_));
    other_->network().set_peer(NodeId{1}, node_->network().local());
    node_->start(Layer::over(sim::testing::factory_of(script)));
    for (const std::string& words : commands_) node_->control(text(words));
    const Instant until = loop_->now() + seconds(60);
    while (!done_ && loop_->now() < until) loop_->turn(milliseconds(100));
    CHECK(done_);
    node_->stop();  // the script is its caller's
  }
  real::TestFolder folder_;
  std::unique_ptr<real::Loop> loop_;
  real::NullProbe silent_;
  real::CountingProbe probe_;
  std::unique_ptr<real::Node> other_;
  std::unique_ptr<real::Node> node_;
  std::vector<std::string> commands_;
  bool done_ = false;
};

}  // namespace wn::conformance
