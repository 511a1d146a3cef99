#pragma once
// The line of `worknode bench`, as values, checked.
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/time.h"

namespace wn::scenarios {

// `worknode bench [NAME…]`: simulated scenarios, one core.
struct SimBenchArguments {
  std::vector<std::string> names;  // of scenarios/bench, or scenario files; none: the stock ones
  std::uint32_t rounds = 5;
  Duration time = seconds(1);  // for each scenario in its first round; the others repeat its seeds
  std::string json;
};

// `worknode bench cluster`.
struct BenchArguments {
  std::vector<std::uint32_t> nodes = {1, 3, 5};
  std::uint32_t clients = 64;
  std::uint32_t window = 1;
  std::uint32_t payload = 8;
  std::uint32_t rounds = 1;
  std::uint32_t failovers = 3;
  Duration time = seconds(3);
  std::string folder;
  std::string etcd_load;
  std::string only;
  std::string json;
  bool no_peers = false;
};

}  // namespace wn::scenarios
