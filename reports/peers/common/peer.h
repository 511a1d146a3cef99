#pragma once
// What the peer programs in C++ share: arguments, timing, and one JSON line per metric.
//
//     PROGRAM [--runs N] [--only METRIC,METRIC,…] [--quick] [--key VALUE …]
//
// A line reads {"name": …, "value": median, "unit": …, "runs": [one value per repetition]}. Built by
// ci/bench-peers, not by the project's own build. C++17, for the sake of old peers. One thread calls it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace peer {

inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

inline void print(const std::string& name, const char* unit, const std::vector<double>& runs) {
  std::printf("{\"name\": \"%s\", \"value\": %.9g, \"unit\": \"%s\", \"runs\": [", name.c_str(), median(runs),
              unit);
  for (std::size_t i = 0; i < runs.size(); ++i) std::printf("%s%.9g", i == 0 ? "" : ", ", runs[i]);
  std::printf("]}\n");
  std::fflush(stdout);
}

// SplitMix64: the same draws in every peer.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

 private:
  std::uint64_t state_;
};

class Bench {
 public:
  Bench(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      if (word == "--quick") {
        quick_ = true;
      } else if (word.rfind("--", 0) == 0 && i + 1 < argc) {
        options_[word.substr(2)] = argv[++i];
      } else {
        std::fprintf(stderr, "[--runs N] [--only METRIC,METRIC] [--quick] [--key VALUE]\n");
        std::exit(2);
      }
    }
    if (options_.count("runs") != 0) runs_ = std::max(1, std::atoi(options_["runs"].c_str()));
  }

  std::string option(const std::string& name) const {
    const auto found = options_.find(name);
    return found == options_.end() ? std::string() : found->second;
  }
  bool wants(const std::string& name) const {
    const std::string only = option("only");
    return only.empty() || ("," + only + ",").find("," + name + ",") != std::string::npos;
  }
  bool quick() const { return quick_; }
  int runs() const { return runs_; }
  // `full` operations, or a tenth of them when quick.
  std::uint64_t size(std::uint64_t full) const { return quick_ ? full / 10 : full; }

  // Nanoseconds per operation of `body`; the first repetition warms up and is thrown away.
  template <class Body>
  void nanoseconds(const std::string& name, std::uint64_t operations, Body body) const {
    if (wants(name)) print(name, "ns", timed(static_cast<double>(operations) / 1e9, body));
  }
  // Milliseconds of the whole `body`, likewise.
  template <class Body>
  void milliseconds(const std::string& name, Body body) const {
    if (wants(name)) print(name, "ms", timed(1e-3, body));
  }

 private:
  template <class Body>
  std::vector<double> timed(double divisor, Body& body) const {
    std::vector<double> out;
    for (int run = 0; run <= runs_; ++run) {
      const auto start = std::chrono::steady_clock::now();
      body();
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      if (run > 0) out.push_back(took.count() / divisor);
    }
    return out;
  }

  std::map<std::string, std::string> options_;
  bool quick_ = false;
  int runs_ = 5;
};

}  // namespace peer
