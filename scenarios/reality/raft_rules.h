#pragma once
// Raft, of one group (the key-value service) and of the groups of a realm. Where servers lie nothing of it
// is judged: what honest ones believe then is no affair of the model's. One thread.
#include <array>
#include <map>
#include <utility>

#include "faults/plan/plan.h"
#include "scenarios/reality/rule.h"

namespace wn::reality {

class RaftRules {
 public:
  RaftRules(const faults::Plan& plan, Findings& findings);
  void on_event(const TraceEvent& event);

 private:
  struct Life {
    std::uint64_t term = 0, voted_for = 0, commit = 0;
    std::map<std::uint64_t, std::uint64_t> votes;  // by term
    std::uint64_t applied = 0;                     // 0: not known
  };
  using Values = std::array<std::uint64_t, 2>;
  struct First {
    Values values;
    NodeId node;
  };
  void state(Life& life, const TraceEvent& event);
  void vote(Life& life, const TraceEvent& event);
  void apply(Life& life, const TraceEvent& event);
  void agree(std::map<std::pair<std::uint64_t, std::uint64_t>, First>& all, std::uint64_t group,
             std::uint64_t index, const Values& values, const TraceEvent& event, std::string_view first_field,
             std::string_view second_field);

  bool judged_ = true;
  Findings& findings_;
  std::map<NodeId, Life> lives_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, First> entries_;  // by group and index: term, checksum
  std::map<std::pair<std::uint64_t, std::uint64_t>, First> states_;   // checksum, digest
};

}  // namespace wn::reality
