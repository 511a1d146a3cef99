#include "scenarios/cluster_bench/load.h"

#include "runtime/real/os.h"

namespace wn::cluster_bench {
namespace {

constexpr Duration kDrain = seconds(10);
constexpr Duration kTurn = milliseconds(20);

class Run {
 public:
  Run(real::Loop& loop, Target& target, const LoadOptions& options)
      : loop_(loop), target_(target), options_(options) {}

  LoadResult run(const std::function<void()>& begun, const std::function<void()>& ended) {
    const Instant start = loop_.now();
    counted_from_ = start + options_.warm;
    end_ = counted_from_ + options_.time;
    for (std::uint32_t c = 0; c < options_.clients; ++c) {
      for (std::uint32_t s = 0; s < options_.window; ++s) ask(c, s);
    }
    while (loop_.now() < counted_from_) loop_.turn(kTurn);
    if (begun) begun();
    counting_ = true;
    const Instant from = loop_.now();
    const Duration processor = real::thread_time();
    while (loop_.now() < end_) loop_.turn(kTurn);
    counting_ = false;
    result_.took = loop_.now() - from;
    result_.client_processor = real::thread_time() - processor;
    if (ended) ended();
    const Instant give_up = loop_.now() + kDrain;
    while (under_way_ > 0 && loop_.now() < give_up) loop_.turn(kTurn);
    return std::move(result_);
  }

 private:
  void ask(std::uint32_t client, std::uint32_t slot) {
    const Instant asked = loop_.now();
    if (asked >= end_) return;
    ++under_way_;
    target_.ask(client, slot, ++number_, [this, client, slot, asked](bool ok) {
      --under_way_;
      if (counting_) {
        ++(ok ? result_.done : result_.failed);
        if (ok) result_.latency.add((loop_.now() - asked).ns);
      }
      loop_.soon([this, client, slot] { ask(client, slot); });
    });
  }

  real::Loop& loop_;
  Target& target_;
  LoadOptions options_;
  LoadResult result_;
  Instant counted_from_, end_;
  std::uint64_t number_ = 0;
  std::uint64_t under_way_ = 0;
  bool counting_ = false;
};

}  // namespace

LoadResult run_load(real::Loop& loop, Target& target, const LoadOptions& options,
                    const std::function<void()>& begun, const std::function<void()>& ended) {
  return Run(loop, target, options).run(begun, ended);
}

}  // namespace wn::cluster_bench
