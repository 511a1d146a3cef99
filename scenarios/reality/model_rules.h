#pragma once
// ModelRules: what the simulator's world can do, as rules that a recorded trace keeps or breaks. Feed it the
// events in order of true time.
//
//   first_impossible(plan, trace)   the first event that the model could not have brought about; nothing: all
//   are possible
//
// A run of the simulator keeps all rules. A run on real machines may break one because the model is too
// narrow (a loopback that is faster than NetworkPlan::latency_min) or because a machine did what no machine
// may do (a message that nobody sent); the finding says which event, and which of its fields.
//
// Traces of real runs know less: RulesOptions::real leaves out what needs the node's own clocks, and gives
// the hands that pause a process a little time. Deterministic; one thread; O(log n) an event; memory for
// kLinkMessagesMax messages a link.
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/trace_event.h"
#include "scenarios/reality/durable_rules.h"
#include "scenarios/reality/message_rules.h"
#include "scenarios/reality/node_rules.h"
#include "scenarios/reality/raft_rules.h"
#include "scenarios/reality/rule.h"

namespace wn::reality {

struct RulesOptions {
  bool real = false;
  Duration hands =
      milliseconds(50);  // real: after the word that it is paused a process may go on for so long
};

class ModelRules final : private Findings {
 public:
  explicit ModelRules(const faults::Plan& plan, RulesOptions options = {});
  void on_event(const TraceEvent& event);

  // The first of all rules.
  const std::optional<Impossibility>& first() const { return first_; }
  struct Broken {
    Impossibility first;
    std::uint64_t times = 0;
  };
  const std::map<Rule, Broken>& broken() const { return broken_; }
  // How many events each rule has judged.
  const std::map<Rule, std::uint64_t>& judged() const { return judged_; }
  std::uint64_t events() const { return position_; }

 private:
  void judged(Rule rule) override { ++judged_[rule]; }
  void impossible(Rule rule, const TraceEvent& event, std::string_view field, std::string says) override;

  std::uint64_t position_ = 0;
  SimTime last_;
  NodeRules nodes_;
  MessageRules messages_;
  RaftRules raft_;
  DurableRules durable_;
  std::optional<Impossibility> first_;
  std::map<Rule, Broken> broken_;
  std::map<Rule, std::uint64_t> judged_;
};

std::optional<Impossibility> first_impossible(const faults::Plan& plan, std::span<const TraceEvent> trace,
                                              RulesOptions options = {});

}  // namespace wn::reality
