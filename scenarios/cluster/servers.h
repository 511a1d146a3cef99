#pragma once
// Servers: the hands of a run and what it asks of its servers besides.
#include <string>
#include <vector>

#include "scenarios/cluster/executor.h"

namespace wn::cluster {

struct Death {
  NodeId node;
  std::string words;  // how, and the last lines of its log
};

class Servers : public Hands {
 public:
  // Before anything runs.
  virtual Result<void> prepare() = 0;
  // What CLOCK_MONOTONIC shows at the run's true time 0.
  virtual void begin_at(std::int64_t epoch_ns) = 0;
  // Called often while the run goes on.
  virtual void attend() = 0;
  // Servers that ended though nobody asked them to, since the last call.
  virtual std::vector<Death> deaths() = 0;
  // All end in good order, or are made to.
  virtual void end_all() = 0;
  // Powers lost of servers that were down already: nothing is left that could be undone.
  virtual std::uint64_t powerless_downs() const = 0;
};

}  // namespace wn::cluster
