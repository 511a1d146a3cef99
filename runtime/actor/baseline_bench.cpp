// The same with the operating system's means, for ratios within one run: a ring and many-to-one of threads
// with mutexes and condition variables, skynet with a thread per actor (as many as a machine carries), an
// ucontext switch.
#include <ucontext.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "runtime/actor/bench_help.h"

namespace wn::actor {
namespace {

class Mailbox {
 public:
  explicit Mailbox(std::size_t limit = 1024) : limit_(limit) {}
  void put(std::uint64_t word) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [this] { return queue_.size() < limit_; });
    queue_.push_back(word);
    lock.unlock();
    some_.notify_one();
  }
  std::uint64_t get() {
    std::unique_lock lock(mutex_);
    some_.wait(lock, [this] { return !queue_.empty(); });
    const std::uint64_t word = queue_.front();
    queue_.pop_front();
    lock.unlock();
    room_.notify_one();
    return word;
  }

 private:
  std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable some_;
  std::condition_variable room_;
  std::deque<std::uint64_t> queue_;
};

void thread_ring(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  constexpr std::uint64_t kHops = 20'000;
  std::uint64_t messages = 0;
  for (auto _ : state) {
    std::vector<std::unique_ptr<Mailbox>> boxes;
    for (std::size_t i = 0; i <= size; ++i) boxes.push_back(std::make_unique<Mailbox>());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < size; ++i) {
      threads.emplace_back([&, i] {
        for (;;) {
          const std::uint64_t left = boxes[i]->get();
          if (left == ~std::uint64_t{0}) return;
          if (left == 0) {
            boxes[size]->put(0);
          } else {
            boxes[(i + 1) % size]->put(left - 1);
          }
        }
      });
    }
    const auto start = std::chrono::steady_clock::now();
    boxes[0]->put(kHops);
    boxes[size]->get();
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    for (std::size_t i = 0; i < size; ++i) boxes[i]->put(~std::uint64_t{0});
    for (std::thread& t : threads) t.join();
    messages += kHops;
  }
  bench::per_message(state, messages);
}

void thread_many_to_one(benchmark::State& state) {
  constexpr std::size_t kProducers = 100;
  constexpr std::uint64_t kEach = 1000;
  std::uint64_t total = 0;
  for (auto _ : state) {
    Mailbox sink;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kProducers; ++i) {
      threads.emplace_back([&] {
        for (std::uint64_t n = 0; n < kEach; ++n) sink.put(1);
      });
    }
    for (std::uint64_t n = 0; n < kProducers * kEach; ++n) total += sink.get();
    for (std::thread& t : threads) t.join();
  }
  bench::per_message(state, total);
}

// A thread per actor cannot be had a million times: a tree of 1,111 (1,000 leaves), per actor.
std::uint64_t thread_tree(std::uint64_t first, std::uint64_t size) {  // NOLINT: the tree is the recursion
  if (size == 1) return first;
  Mailbox answers;
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < 10; ++i) {
    threads.emplace_back([&, i] { answers.put(thread_tree(first + i * (size / 10), size / 10)); });
  }
  std::uint64_t sum = 0;
  for (int i = 0; i < 10; ++i) sum += answers.get();
  for (std::thread& t : threads) t.join();
  return sum;
}

void thread_skynet(benchmark::State& state) {
  constexpr std::uint64_t kLeaves = 1000;
  constexpr std::int64_t kActors = 1111;
  for (auto _ : state) WN_CHECK_EQ(thread_tree(0, kLeaves), kLeaves * (kLeaves - 1) / 2);
  state.SetItemsProcessed(state.iterations() * kActors);
  state.counters["per_actor"] = benchmark::Counter(
      kActors, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// One way; swapcontext saves and restores the signal mask by a system call.
void ucontext_switch(benchmark::State& state) {
  struct Pair {
    ucontext_t main;
    ucontext_t other;
  };
  static Pair pair;
  std::vector<char> stack(64 * 1024);
  getcontext(&pair.other);
  pair.other.uc_stack.ss_sp = stack.data();
  pair.other.uc_stack.ss_size = stack.size();
  pair.other.uc_link = &pair.main;
  makecontext(
      &pair.other,
      +[] {
        for (;;) swapcontext(&pair.other, &pair.main);
      },
      0);
  for (auto _ : state) swapcontext(&pair.main, &pair.other);
  bench::per_message(state, static_cast<std::uint64_t>(state.iterations()) * 2);
}

BENCHMARK(thread_ring)->Arg(2)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond)->UseManualTime();
BENCHMARK(thread_many_to_one)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(thread_skynet)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(ucontext_switch);

}  // namespace
}  // namespace wn::actor
