#pragma once
// A probe: one run of a plan in a process of its own, under stated circumstances, that writes its events
// aside, or holds them against those that another probe wrote and stops at the first difference, with the
// stack there. explain.h starts probes; a program that has them hands its own command line over.
//
//   PROGRAM … plan=FILE trace=FILE out=FILE mode=record|compare|stack [at=N] [time=NS] [random=N]
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "sim/world/world.h"

namespace wn::divergence {

// Runs the plan in this process, every event into the sink.
using Runner = std::function<void(const faults::Plan&, sim::TraceSink&)>;

// `arguments`: what stands behind PROGRAM …. Gives the process's exit code.
int probe_main(const std::vector<std::string>& arguments, const Runner& runner);

// What a probe has said (the file `out`).
struct ProbeSaid {
  bool finished = false;  // else it crashed, or never wrote
  std::uint64_t events = 0;
  bool differs = false;
  std::uint64_t position = 0;
  std::vector<std::string> stack;  // of the event at `position`
  std::string door;                // of the C library that was used since the event before; empty: none
  std::vector<std::string> door_stack;
  TraceEvent expected, got;
  bool expected_ended = false;  // the other run was over
  bool got_ended = false;       // this one was
};
ProbeSaid read_said(const std::string& path);

}  // namespace wn::divergence
