#pragma once
// LiveRun: the time in which a cluster runs: the clients' child, the servers, the executor, one loop that
// waits for whatever comes first. Ends when the clients say that they are done, or early with an Error.
#include <memory>
#include <string>
#include <vector>

#include "scenarios/cluster/cluster.h"
#include "scenarios/cluster/local_hands.h"
#include "scenarios/cluster/site.h"
#include "scenarios/cluster/true_time.h"

namespace wn::cluster {

// SIGINT, SIGTERM and SIGHUP while it lives: noted instead of deadly.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  static int caught();  // the signal; 0: none yet
};

class LiveRun {
 public:
  LiveRun(const ClusterOptions& options, Site& site);
  ~LiveRun();

  Result<void> run();

  const std::vector<TraceEvent>& world_events() const { return world_; }
  const std::vector<Death>& deaths() const { return deaths_; }
  const ExecutorStats& executor() const { return executor_->stats(); }
  const Servers& servers() const { return *hands_; }
  std::filesystem::path clients_folder() const { return site_.scratch() / "clients"; }

 private:
  std::unique_ptr<Servers> make_servers();
  Result<void> start_driver();
  Result<void> wait_ready();
  Result<void> go_through();
  Result<bool> hear_driver();  // true: it is done
  void note_deaths();
  void wait_until(SimTime time);
  void tell_progress();

  const ClusterOptions& options_;
  const faults::Plan& plan_;
  Site& site_;
  TrueClock clock_{0};
  int channel_ = -1;
  pid_t driver_ = -1;
  std::unique_ptr<Servers> hands_;
  std::unique_ptr<Executor> executor_;
  std::vector<TraceEvent> world_;
  std::vector<Death> deaths_;
  std::string driver_words_;
  std::int64_t progress_due_ns_ = 0;
};

}  // namespace wn::cluster
