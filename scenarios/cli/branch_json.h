#pragma once
// What `worknode branch` and `worknode explain` found, as JSON.
#include <cstdint>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "scenarios/multiverse/explain.h"
#include "scenarios/multiverse/on_sometimes.h"

namespace wn::scenarios {

// A failing future that was stored.
struct KeptFuture {
  std::uint64_t number = 0;
  std::string signature;
  std::string digest;  // empty after a crash
  std::string file;
  bool replays = true;  // to the digest that the child had
};

struct BranchReport {
  std::int64_t at_ns = 0;
  std::uint64_t at_event = 0;
  Outcomes outcomes;
  double wall_seconds = 0;
  std::vector<KeptFuture> kept;
  std::vector<Place> places;  // of --on-sometimes
  bool complete = true;
};

std::string branch_json(const faults::Plan& plan, const BranchReport& report);
std::string explain_json(const faults::Plan& plan, const Explanation& found);

// "partition {n1} | {n2,n3} for 2s": what was left out or held up.
std::string words_of(const faults::Plan& plan, const Influence& influence);
// The events of one handler, one line each.
std::vector<std::string> words_of(const faults::Plan& plan, const CriticalEvent& event);

}  // namespace wn::scenarios
