#pragma once
// Netem: packet faults done by the kernel, where it has netem: what `tc` is told in the hub's namespace. The
// hub's device towards a node gets a prio qdisc with a band for each sender that is hurt on its way there,
// and under each band a netem with all that is in force on that link. Pure: who runs the commands is
// LocalHands.
//
// Done: loss, duplication, corruption, delay, rate. Not done, and left to the test programs: reordering as
// the model has it (some frames later; netem sends some earlier) and clogs (netem holds nothing back).
// A device is made anew when what is in force there changes; packets that wait in it then are lost.
// Limit: kNetemLinksMax hurt links into one device; beyond: overloaded, and nothing changes.
#include <map>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "scenarios/cluster/command.h"
#include "scenarios/cluster/net_plan.h"

namespace wn::cluster {

inline constexpr std::size_t kNetemLinksMax = 15;  // of 16 bands the first is for all others

class Netem {
 public:
  explicit Netem(NetPlan net) : net_(std::move(net)) {}

  static bool does(faults::FaultKind kind);
  // What to run for a fault that begins or ends. One that is in force already, or is not, changes nothing.
  // REQUIRES does(fault.kind).
  Result<std::vector<Command>> begin(const faults::Fault& fault);
  std::vector<Command> end(std::uint32_t fault);
  bool in_force(std::uint32_t fault) const;

 private:
  struct Path {  // to one device: from whom, and to whom where several share it
    std::string from, to;
    friend auto operator<=>(const Path&, const Path&) = default;
  };
  // What is in force on each path into a device; the empty path: on all others.
  using Device = std::map<Path, std::string>;
  std::map<std::string, Device> devices() const;
  std::string words(const faults::Link* link) const;
  Result<std::vector<Command>> change();

  NetPlan net_;
  std::vector<faults::Fault> faults_;
  std::map<std::string, Device> now_;  // as the kernel has it
};

}  // namespace wn::cluster
