// What the system itself gives: threads that wait on a mutex and a condition variable, pipes, and ucontext. A
// thousand threads in a ring; a thread for each actor of a small skynet (a million threads cannot be had);
// many senders.
#include <pthread.h>
#include <ucontext.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "reports/peers/common/peer.h"

namespace {

constexpr std::size_t kStack = 64 * 1024;
constexpr std::size_t kCapacity = 1024;
constexpr int kRing = 1000;
constexpr std::uint64_t kSenders = 100;

// A thread on a small stack, so that a thousand of them fit anywhere.
class Thread {
 public:
  explicit Thread(std::function<void()> body)
      : body_(std::make_unique<std::function<void()>>(std::move(body))) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStack);
    if (pthread_create(&thread_, &attributes, &Thread::run, body_.get()) != 0) {
      std::fprintf(stderr, "no thread can be made\n");
      std::exit(1);
    }
    pthread_attr_destroy(&attributes);
  }
  Thread(Thread&& other) noexcept = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  Thread& operator=(Thread&&) = delete;
  ~Thread() = default;
  void join() { pthread_join(thread_, nullptr); }

 private:
  static void* run(void* body) {
    (*static_cast<std::function<void()>*>(body))();
    return nullptr;
  }
  std::unique_ptr<std::function<void()>> body_;
  pthread_t thread_{};
};

// A bounded mailbox: the usual one, of a mutex and two condition variables.
class Mailbox {
 public:
  void put(std::uint64_t value) {
    std::unique_lock<std::mutex> lock(mutex_);
    room_.wait(lock, [this] { return values_.size() < kCapacity; });
    values_.push_back(value);
    filled_.notify_one();
  }
  std::uint64_t take() {
    std::unique_lock<std::mutex> lock(mutex_);
    filled_.wait(lock, [this] { return !values_.empty(); });
    const std::uint64_t value = values_.front();
    values_.pop_front();
    room_.notify_one();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable room_;
  std::deque<std::uint64_t> values_;
};

void join_all(std::vector<Thread>& threads) {
  for (Thread& t : threads) t.join();
}

// Each member takes a number and hands on one less; below the ring's length everyone ends in turn.
void ring(std::uint64_t hops) {
  std::vector<Mailbox> boxes(kRing);
  std::vector<Thread> threads;
  for (std::size_t i = 0; i < kRing; ++i) {
    threads.emplace_back([&boxes, i] {
      while (true) {
        const std::uint64_t left = boxes[i].take();
        if (left > 0) boxes[(i + 1) % kRing].put(left - 1);
        if (left < kRing) return;
      }
    });
  }
  boxes[0].put(hops);
  join_all(threads);
}

void many_to_one(std::uint64_t messages) {
  Mailbox box;
  std::vector<Thread> threads;
  for (std::uint64_t s = 0; s < kSenders; ++s) {
    threads.emplace_back([&box, messages] {
      for (std::uint64_t i = 0; i < messages / kSenders; ++i) box.put(i);
    });
  }
  for (std::uint64_t i = 0; i < messages; ++i) box.take();
  join_all(threads);
}

void skynet(Mailbox& up, std::uint64_t number, std::uint64_t size) {
  if (size == 1) {
    up.put(number);
    return;
  }
  Mailbox box;
  std::vector<Thread> children;
  const std::uint64_t part = size / 10;
  for (std::uint64_t i = 0; i < 10; ++i) {
    children.emplace_back([&box, number, i, part] { skynet(box, number + i * part, part); });
  }
  std::uint64_t sum = 0;
  for (int i = 0; i < 10; ++i) sum += box.take();
  join_all(children);
  up.put(sum);
}

ucontext_t here;
ucontext_t there;
std::uint64_t switches_left = 0;

void other_side() {
  while (true) swapcontext(&there, &here);
}

// Two switches a round trip; one of them is counted as one operation.
void ucontext_switches(std::uint64_t count) {
  for (switches_left = count / 2; switches_left > 0; --switches_left) swapcontext(&here, &there);
}

}  // namespace

int main(int argc, char** argv) {
  const peer::Bench bench(argc, argv);
  const std::uint64_t hops = bench.size(100'000);
  bench.nanoseconds("ring", hops, [hops] { ring(hops); });
  const std::uint64_t messages = bench.size(500'000);
  bench.nanoseconds("many_to_one", messages, [messages] { many_to_one(messages); });
  bench.nanoseconds("skynet/1000", 1111, [] {
    Mailbox top;
    skynet(top, 0, 1000);
    if (top.take() != 1000 * 999 / 2) std::exit(1);
  });
  std::vector<char> stack(kStack);
  getcontext(&there);
  there.uc_stack.ss_sp = stack.data();
  there.uc_stack.ss_size = stack.size();
  there.uc_link = nullptr;
  makecontext(&there, other_side, 0);
  const std::uint64_t switches = bench.size(1'000'000);
  bench.nanoseconds("ucontext_switch", switches, [switches] { ucontext_switches(switches); });
}
