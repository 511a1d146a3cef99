#pragma once
// Why do two runs of one plan differ? By experiment: probes (probe.h) run the plan in processes of their own,
// first with everything alike that the outside may differ in (where the loader puts things, what fresh memory
// holds, the clock, the system's random bytes), then with one of these changed at a time. The one that makes
// the runs differ is the cause. Since all else is held still, both sides can be run again to the first event
// that differs, and their stacks there are exact.
//
// What no probe can change: threads, files, memory on the stack that was never written, a processor's own
// random instruction. Then the two runs differ although all is alike, or none does, and the text says that.
#include <optional>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/result.h"
#include "sim/replay/divergence.h"

namespace wn::divergence {

// The program whose command line probe_main() reads, with what comes before: {"/proc/self/exe",
// "divergence-probe"}.
using Subject = std::vector<std::string>;

enum class Suspect : std::uint8_t {
  none,
  addresses,   // order or hash of pointers: iteration over what is keyed by addresses
  memory,      // memory is read that was never written
  clock,       // the time of day, or any clock but the world's
  randomness,  // random numbers that come by no door
  unknown,     // differs with all of these alike
};
const char* to_string(Suspect suspect);   // "addresses"
const char* what_it_is(Suspect suspect);  // one line for people

struct Finding {
  Suspect suspect{};
  sim::Divergence first;           // event, node, field
  std::vector<std::string> here;   // the stack at that event with nothing changed
  std::vector<std::string> there;  // and with the suspect changed
  std::string door;                // of the C library, used just before; empty: none
  std::vector<std::string> door_stack;
};

struct Explanation {
  std::uint64_t events = 0;          // of the run, with everything alike
  std::vector<Finding> findings;     // one for each guilty suspect; empty: no experiment made a difference
  std::vector<std::string> cleared;  // suspects whose experiments changed nothing
};

// About ten runs of the plan. Errors: no process, no folder for what probes write.
Result<Explanation> explain(const Subject& subject, const faults::Plan& plan);
std::string to_text(const Explanation& explanation);

}  // namespace wn::divergence
