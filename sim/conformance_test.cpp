// The simulated arm of the Backend's conformance bodies.
#include "sim/conformance_bodies.h"

using namespace wn;
using namespace wn::sim;
using namespace wn::sim::testing;

namespace {

class SimulatedArm {
 public:
  SimulatedArm() : plan_(quiet_plan(2)) {
    plan_.nodes[0].drift_ppm = 300;
    add_fault(plan_, faults::FaultKind::power_loss, seconds(30), seconds(1), {1});
  }
  NodeId peer() const { return NodeId{2}; }
  void done() { done_ = true; }
  void run(const Script& script) {
    world_ = std::make_unique<World>(
        plan_,
        [this](NodeId id, Backend& backend) {
          return std::make_unique<ScriptedProcess>(id == NodeId{1} ? *script_ : echo_, id, backend);
        },
        nullptr);
    echo_.message = [](Script::Self& self, NodeId from, const Bytes& frame) {
      CHECK(self.backend.network.send(from, frame, 1) == Errc::ok);
    };
    go(script, at(seconds(20)));
  }
  void restart(const Script& script) {
    world_->run_until(at(seconds(30)));
    go(script, at(seconds(60)));
  }

 private:
  void go(const Script& script, SimTime until) {
    script_ = &script;
    done_ = false;
    while (!done_ && world_->step(until)) {
    }
    CHECK(done_);
  }
  faults::Plan plan_;
  const Script* script_ = nullptr;
  Script echo_;
  std::unique_ptr<World> world_;
  bool done_ = false;
};

}  // namespace

TEST_CASE("conformance: a disk keeps what was synced over a power loss") {
  SimulatedArm arm;
  disk_keeps_what_was_synced(arm);
}
TEST_CASE("conformance: a disk speaks of missing files and fills holes with zeros") {
  SimulatedArm arm;
  disk_speaks_of_missing_files_and_holes(arm);
}
TEST_CASE("conformance: a disk completes the operations of one file in order") {
  SimulatedArm arm;
  disk_completes_one_file_in_order(arm);
}
TEST_CASE("conformance: timers fire once and not early") {
  SimulatedArm arm;
  timers_fire_once_and_not_early(arm);
}
TEST_CASE("conformance: frames reach a peer and come back whole") {
  SimulatedArm arm;
  frames_reach_a_peer_and_come_back_whole(arm);
}
