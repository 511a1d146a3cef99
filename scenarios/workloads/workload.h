#pragma once
// Workload: what clients ask for, generated whole into the plan. A workload spec and a seed give operations;
// each is a pure function of (seed, workload, client, number), so that taking one away leaves the others.
//
// Put and append values are unique in the plan, and count from 1: checkers decide unique values nearly in
// linear time. A cas expects a value that was recently asked for on its key, so that some succeed. A last
// read of every key follows when all else is over (Jepsen's final reads), so that what was lost is missed. In
// a realm each replica is asked once for each property in use, so that replicas which differ are seen.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/random.h"

namespace wn::scenarios {

inline constexpr std::uint64_t kRateMillihertzMax = 100'000'000;  // 100,000 operations a second
inline constexpr std::uint32_t kWorkloadKeysMax = 10'000;

struct MixShare {
  faults::OpFunction function{};
  std::uint32_t weight = 0;
};

struct WorkloadSpec {
  std::string kind = "kv";                 // a name of workload_kinds()
  std::uint64_t rate_millihertz = 10'000;  // operations per 1000 s over all clients
  std::uint32_t keys = 5;
  std::uint32_t first_key = 0;  // two workloads can keep apart; in a realm, worknode first_key + 1 on
  std::vector<MixShare> mix;    // empty = the kind's own
  std::uint32_t txn_ops_max = 4;
  // Kind "modes": per cent of the operations in each mode; `mix` is that of the EVENTUAL ones.
  std::uint32_t local = 90;
  std::uint32_t eventual = 9;
  std::uint32_t strong = 1;
  std::uint32_t roam_ppm = 0;  // of EVENTUAL operations that another server than the client's home is asked
  std::uint32_t weak_ppm = 0;  // of STRONG writes that rest on EVENTUAL evidence; every second is endorsed
  Duration start;
  Duration stop;  // 0 = as long as the run allows
  bool final_reads = true;
};

struct WorkloadKind {
  std::string_view name;
  std::string_view words;  // one line for `worknode list workloads`
  std::string_view model;  // that the linearizability claim uses unless the scenario says otherwise
  std::vector<MixShare> mix;
  faults::Service service = faults::Service::kv;
};
std::span<const WorkloadKind> workload_kinds();
const WorkloadKind* find_workload(std::string_view name);
// Whether the model of that name can judge a history with this function in it.
bool model_judges(std::string_view model, faults::OpFunction function);

// Fills plan.operations, and in a realm plan.tokens. REQUIRES plan.nodes, system, freeze_at, duration and
// seed to be set, and every kind to exist and be of the plan's service.
void generate_operations(faults::Plan& plan, std::span<const WorkloadSpec> workloads);

}  // namespace wn::scenarios
