// malloc and free of whichever allocator is preloaded: 64 bytes in pairs, each pair's cycles, a random
// working set.
#include <x86intrin.h>

#include <cmath>

#include "reports/peers/common/peer.h"

namespace {

constexpr std::size_t kBytes = 64;
constexpr std::size_t kSlots = 10'000;

// Hides a pointer from the optimiser, which would else drop the pair.
void keep(void* p) { asm volatile("" : : "g"(p) : "memory"); }

void pairs(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    void* p = std::malloc(kBytes);
    keep(p);
    std::free(p);
  }
}

// Each step frees one slot drawn from all and fills it again: the blocks lie all over the heap. Sizes of 16
// to 272 bytes when mixed.
void working_set(std::uint64_t count, bool mixed) {
  std::vector<void*> slots(kSlots, nullptr);
  peer::Random random(1);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t draw = random.next();
    void*& slot = slots[(draw >> 32) % kSlots];
    std::free(slot);
    slot = std::malloc(mixed ? 16 + (draw & 255) : kBytes);
    keep(slot);
  }
  for (void* p : slots) std::free(p);
}

double nanoseconds_per_cycle() {
  const auto start = std::chrono::steady_clock::now();
  const std::uint64_t cycles = __rdtsc();
  while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(20)) {
  }
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
  return took.count() / static_cast<double>(__rdtsc() - cycles);
}

std::uint64_t at_share(const std::vector<std::uint64_t>& histogram, std::uint64_t total, double share) {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(total) * share));
  std::uint64_t seen = 0;
  for (std::size_t cycles = 0; cycles < histogram.size(); ++cycles) {
    if ((seen += histogram[cycles]) >= wanted) return cycles;
  }
  return histogram.size();
}

// The cycles of each pair by rdtsc, the cost of an empty reading taken off; interrupts of the machine are in
// the tail.
void tail(const peer::Bench& bench) {
  if (!bench.wants("pair_64/p99.99")) return;
  const double ns = nanoseconds_per_cycle();
  const std::uint64_t count = bench.size(4'000'000);
  std::vector<double> runs;
  std::vector<std::uint64_t> histogram(1 << 20);
  for (int run = 0; run <= bench.runs(); ++run) {
    std::fill(histogram.begin(), histogram.end(), 0);
    std::uint64_t empty = ~0ULL;
    unsigned core = 0;
    for (int i = 0; i < 10'000; ++i) {
      const std::uint64_t before = __rdtscp(&core);
      empty = std::min<std::uint64_t>(empty, __rdtscp(&core) - before);
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t before = __rdtscp(&core);
      void* p = std::malloc(kBytes);
      keep(p);
      std::free(p);
      const std::uint64_t took = __rdtscp(&core) - before;
      ++histogram[std::min<std::uint64_t>(took - std::min(took, empty), histogram.size() - 1)];
    }
    if (run > 0) runs.push_back(static_cast<double>(at_share(histogram, count, 0.9999)) * ns);
  }
  peer::print("pair_64/p99.99", "ns", runs);
}

}  // namespace

int main(int argc, char** argv) {
  const peer::Bench bench(argc, argv);
  const std::uint64_t count = bench.size(10'000'000);
  bench.nanoseconds("pair_64", count, [count] { pairs(count); });
  tail(bench);
  const std::uint64_t steps = bench.size(4'000'000);
  bench.nanoseconds("working_set_64", steps, [steps] { working_set(steps, false); });
  bench.nanoseconds("working_set_mixed", steps, [steps] { working_set(steps, true); });
}
