// coordination_bench [--runs N]: N runs (20 or more, 24 by default) of each workload by actors and by
// threads, turn by turn, after one of each that is not counted. Prints JSON: mean, standard deviation and
// median of the milliseconds, the ratio of the means, the median of the ratios of neighbouring runs,
// and the runs themselves.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "runtime/base/check.h"
#include "scenarios/bench/coordination.h"

namespace wn::coordination {

const char* name_of(Workload workload) {
  switch (workload) {
    case Workload::oltp:
      return "oltp";
    case Workload::analytics:
      return "analytics";
    case Workload::streaming:
      return "streaming";
  }
  return "unknown";
}

namespace {

struct Summary {
  double mean = 0;
  double deviation = 0;
  double median = 0;
};

Summary summarize(std::vector<double> values) {
  Summary s;
  for (const double v : values) s.mean += v / static_cast<double>(values.size());
  for (const double v : values) s.deviation += (v - s.mean) * (v - s.mean);
  s.deviation = std::sqrt(s.deviation / static_cast<double>(values.size() - 1));
  std::sort(values.begin(), values.end());
  s.median = (values[values.size() / 2] + values[(values.size() - 1) / 2]) / 2;
  return s;
}

void print_runs(const char* label, const std::vector<double>& runs) {
  std::printf(", \"%s\": [", label);
  for (std::size_t i = 0; i < runs.size(); ++i) std::printf("%s%.3f", i == 0 ? "" : ", ", runs[i]);
  std::printf("]");
}

void print(const char* label, const Summary& s) {
  std::printf("\"%s\": {\"mean\": %.3f, \"deviation\": %.3f, \"median\": %.3f}", label, s.mean, s.deviation,
              s.median);
}

void measure(Workload workload, bool heavy, int runs, bool last) {
  const Scale scale{.heavy = heavy};
  std::vector<double> actors;
  std::vector<double> threads;
  std::vector<double> ratios;
  for (int run = -1; run < runs; ++run) {
    const Measured a = run_actors(workload, scale);
    const Measured t = run_threads(workload, scale);
    WN_CHECK_EQ(a.checksum, t.checksum);
    if (run < 0) continue;
    actors.push_back(static_cast<double>(a.ns) / 1e6);
    threads.push_back(static_cast<double>(t.ns) / 1e6);
    ratios.push_back(threads.back() / actors.back());
  }
  const Summary a = summarize(actors);
  const Summary t = summarize(threads);
  std::printf("    {\"name\": \"%s%s\", ", name_of(workload), heavy ? "_with_computing" : "");
  print("actors_ms", a);
  std::printf(", ");
  print("threads_ms", t);
  std::printf(", \"ratio_of_means\": %.2f, ", t.mean / a.mean);
  print("ratio", summarize(ratios));
  print_runs("actors_runs", actors);
  print_runs("threads_runs", threads);
  std::printf("}%s\n", last ? "" : ",");
  std::fflush(stdout);
}

}  // namespace
}  // namespace wn::coordination

int main(int argc, char** argv) {
  int runs = 24;
  if (argc == 3 && std::strcmp(argv[1], "--runs") == 0) runs = std::atoi(argv[2]);
  if (argc != 1 && (argc != 3 || runs < 2)) {
    std::fprintf(stderr, "usage: coordination_bench [--runs N]\n");
    return 2;
  }
  std::printf("{\n  \"runs\": %d,\n  \"workloads\": [\n", runs);
  for (const bool heavy : {false, true}) {
    for (const wn::coordination::Workload w : wn::coordination::kWorkloads) {
      wn::coordination::measure(w, heavy, runs, heavy && w == wn::coordination::kWorkloads.back());
    }
  }
  std::printf("  ]\n}\n");
  return 0;
}
