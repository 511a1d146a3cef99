#pragma once
// What can be asked of a run that stands still, and the answers, for a person (text) or a program (JSON).
#include <cstdint>
#include <string>

#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "scenarios/travel/walker.h"

namespace wn::travel {

enum class Subject : std::uint8_t {
  nodes,       // a line for each
  node,        // one machine and its process, whole or what `path` names
  log,         // the Raft log of a node
  queue,       // what happens next in the world
  waiting,     // what waits for or in one node: messages, timers, disk, its own queues
  messages,    // on their way, in the whole world
  operations,  // what clients have under way
  faults,      // in force now, and the next ones
  recent,      // the last events of the trace
};
inline constexpr std::uint8_t kSubjects = 9;

struct Question {
  Subject subject{};
  bool json = false;
  NodeId node;
  std::string path;
};

// Errors: no such node, or nothing of that name (not_found).
Result<std::string> answer(Walker& walker, const Question& question);

// What the checkers say of the run as it stood after so many events, as if it had ended there. Runs it anew.
Result<std::string> judge_at(const faults::Plan& plan, std::uint64_t events);

}  // namespace wn::travel
