// The workloads on the operating system's means: a thread per party, malloc and free, mutexes about shared
// state, pipes that pass pointers. Readers take all that a pipe holds at once, up to 256 messages.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/base/check.h"
#include "scenarios/bench/coordination.h"

namespace wn::coordination {

namespace {

struct Parcel {
  void* record = nullptr;  // nullptr: the end, where a pipe carries records
  std::uint64_t word[3] = {};
};

class Pipe {
 public:
  Pipe() { WN_CHECK(pipe(ends_) == 0); }
  ~Pipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  // Below PIPE_BUF: whole, however many write.
  void put(const Parcel& p) { WN_CHECK(write(ends_[1], &p, sizeof p) == static_cast<ssize_t>(sizeof p)); }
  Parcel get() {
    if (at_ == held_) {
      const ssize_t got = read(ends_[0], parcels_.data(), sizeof parcels_);
      WN_CHECK(got > 0);
      WN_CHECK(static_cast<std::size_t>(got) % sizeof(Parcel) == 0);
      held_ = static_cast<std::size_t>(got) / sizeof(Parcel);
      at_ = 0;
    }
    return parcels_[at_++];
  }

 private:
  int ends_[2] = {-1, -1};
  std::array<Parcel, 256> parcels_{};
  std::size_t at_ = 0;
  std::size_t held_ = 0;
};

void* take(std::size_t bytes) {
  void* record = std::malloc(bytes);
  WN_CHECK(record != nullptr);
  return record;
}

// All threads are there and wait before the clock starts.
class Start {
 public:
  void wait() { const std::lock_guard lock(gate_); }
  void hold() { gate_.lock(); }
  std::chrono::steady_clock::time_point open() {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const auto now = std::chrono::steady_clock::now();
    gate_.unlock();
    return now;
  }

 private:
  std::mutex gate_;
};

std::int64_t since(std::chrono::steady_clock::time_point start) {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
}

struct Table {
  std::mutex mutex;
  std::vector<Register> registers = std::vector<Register>(kKeys);
};

std::uint64_t oltp(const Scale& scale, std::int64_t& ns) {
  std::vector<Pipe> inbox(kOwners);
  std::vector<Pipe> answers(kClients);
  std::vector<Table> tables(kOwners);
  std::vector<std::uint64_t> seen(kClients);
  std::vector<std::thread> owners;
  std::vector<std::thread> clients;
  Start start;
  start.hold();
  for (std::uint32_t o = 0; o < kOwners; ++o) {
    owners.emplace_back([&, o] {
      for (Parcel p = inbox[o].get(); p.record != nullptr; p = inbox[o].get()) {
        {
          const std::lock_guard lock(tables[o].mutex);
          tables[o].registers[p.word[0]].merge(p.word[1], p.record, kRecordBytes, scale.heavy);
        }
        std::free(p.record);
        answers[p.word[2]].put(p);
      }
    });
  }
  for (std::uint32_t c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      start.wait();
      for (std::uint32_t n = 0; n < scale.transactions; ++n) {
        const std::uint64_t seed = seed_of(c, n);
        void* record = take(kRecordBytes);
        fill(record, kRecordBytes, seed, scale.heavy);
        const std::uint64_t key = (seed >> 8) % kKeys;
        inbox[seed % kOwners].put({.record = record, .word = {key, stamp_of(c, n), c}});
        answers[c].get();
        Table& table = tables[seed % kOwners];
        const std::lock_guard lock(table.mutex);
        seen[c] += table.registers[key].value != 0 ? 1 : 0;
      }
    });
  }
  const auto began = start.open();
  for (std::thread& t : clients) t.join();
  ns = since(began);
  for (Pipe& p : inbox) p.put({});
  for (std::thread& t : owners) t.join();
  std::uint64_t sum = 0;
  for (const std::uint64_t s : seen) sum += s;
  for (const Table& table : tables) {
    for (const Register& r : table.registers) sum = mix(sum ^ r.value) + r.applied;
  }
  return sum;
}

std::uint64_t analytics(const Scale& scale, std::int64_t& ns) {
  std::vector<Pipe> inbox(kWorkers);
  Pipe partials;
  std::vector<std::thread> workers;
  for (std::uint32_t w = 0; w < kWorkers; ++w) {
    workers.emplace_back([&, w] {
      for (Parcel p = inbox[w].get(); p.record != nullptr; p = inbox[w].get()) {
        auto* buckets = new (take(kRecordBytes)) Buckets{};
        buckets->absorb(p.record, kChunkBytes, scale.heavy);
        std::free(p.record);
        partials.put({.record = buckets});
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  Buckets all;
  const auto began = std::chrono::steady_clock::now();
  for (std::uint32_t round = 0; round < scale.rounds; ++round) {
    for (std::uint32_t w = 0; w < kWorkers; ++w) {
      void* chunk = take(kChunkBytes);
      fill(chunk, kChunkBytes, seed_of(w, round), scale.heavy);
      inbox[w].put({.record = chunk});
    }
    for (std::uint32_t w = 0; w < kWorkers; ++w) {
      const Parcel p = partials.get();
      all.join(*static_cast<const Buckets*>(p.record));
      std::free(p.record);
    }
  }
  ns = since(began);
  for (Pipe& p : inbox) p.put({});
  for (std::thread& t : workers) t.join();
  return all.checksum();
}

std::uint64_t streaming(const Scale& scale, std::int64_t& ns) {
  std::array<Pipe, 3> between;
  std::vector<std::uint64_t> windows(64);
  std::mutex windows_mutex;
  Register last;
  Start start;
  start.hold();
  std::thread source([&] {
    start.wait();
    for (std::uint32_t n = 0; n < scale.items; ++n) {
      void* record = take(kItemBytes);
      fill(record, kItemBytes, seed_of(0, n), scale.heavy);
      between[0].put({.record = record, .word = {n}});
    }
    between[0].put({});
  });
  std::thread transformer([&] {
    for (Parcel p = between[0].get(); p.record != nullptr; p = between[0].get()) {
      void* to = take(kItemBytes);
      transform(to, p.record, kItemBytes);
      std::free(p.record);
      between[1].put({.record = to, .word = {p.word[0]}});
    }
    between[1].put({});
  });
  std::thread aggregator([&] {
    for (Parcel p = between[1].get(); p.record != nullptr; p = between[1].get()) {
      {
        const std::lock_guard lock(windows_mutex);
        windows[p.word[0] % windows.size()] += fold(p.record, kItemBytes, scale.heavy);
      }
      between[2].put(p);
    }
    between[2].put({});
  });
  std::thread sink([&] {
    for (Parcel p = between[2].get(); p.record != nullptr; p = between[2].get()) {
      last.merge(p.word[0], p.record, kItemBytes, scale.heavy);
      std::free(p.record);
    }
  });
  const auto began = start.open();
  for (std::thread* t : {&source, &transformer, &aggregator, &sink}) t->join();
  ns = since(began);
  return fold(windows.data(), windows.size() * 8, true) + last.value + last.applied;
}

}  // namespace

Measured run_threads(Workload workload, const Scale& scale) {
  Measured m;
  switch (workload) {
    case Workload::oltp:
      m.checksum = oltp(scale, m.ns);
      break;
    case Workload::analytics:
      m.checksum = analytics(scale, m.ns);
      break;
    case Workload::streaming:
      m.checksum = streaming(scale, m.ns);
      break;
  }
  return m;
}

}  // namespace wn::coordination
