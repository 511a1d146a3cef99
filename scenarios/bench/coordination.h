#pragma once
// The in-memory coordination workload: allocate, switch, pass, merge; done by actors in budgeted memory, and
// by threads with malloc, mutexes and pipes. Both arms do the same work on the same records and must come to
// the same checksum.
//
//   oltp       8 clients ask 8 owners, one small transaction after the other: a record of 128 bytes is
//   allocated, filled,
//              passed, merged into a register and a counter, freed; the register's value comes back
//   analytics  a coordinator hands 8 workers chunks of 4 KiB; each folds its chunk into 16 buckets and passes
//   a partial
//              of 128 bytes back, which is joined
//   streaming  a source, a transformer, an aggregator and a sink: 256 bytes per item, a new record at each
//   stage
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace wn::coordination {

enum class Workload : std::uint8_t { oltp, analytics, streaming };
inline constexpr std::array kWorkloads{Workload::oltp, Workload::analytics, Workload::streaming};
const char* name_of(Workload workload);

// What is measured is coordination, so by default records are cheap to fill and to fold. With `heavy` every
// word takes a hash and the folds are chains: computing that both arms share, and that threads may spread
// over cores.
struct Scale {
  bool heavy = false;
  std::uint32_t transactions = 2000;  // per client
  std::uint32_t rounds = 500;         // of analytics
  std::uint32_t items = 20'000;       // of streaming
};
inline constexpr std::uint32_t kClients = 8;
inline constexpr std::uint32_t kOwners = 8;
inline constexpr std::uint32_t kWorkers = 8;
inline constexpr std::uint32_t kKeys = 256;
inline constexpr std::uint32_t kBuckets = 16;
inline constexpr std::size_t kRecordBytes = 128;
inline constexpr std::size_t kChunkBytes = 4096;
inline constexpr std::size_t kItemBytes = 256;

struct Measured {
  std::int64_t ns = 0;
  std::uint64_t checksum = 0;
};
// Threads or actors are there before the clock starts; it stops when the last answer is in.
Measured run_actors(Workload workload, const Scale& scale);
Measured run_threads(Workload workload, const Scale& scale);

// ---- the work itself, the same for both ----------------------------------------------------------------
inline std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xBF58476D1CE4E5B9ULL;
  x ^= x >> 27;
  x *= 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}
inline void fill(void* record, std::size_t bytes, std::uint64_t seed, bool heavy) {
  auto* words = static_cast<std::uint64_t*>(record);
  for (std::size_t i = 0; i < bytes / 8; ++i) words[i] = heavy ? mix(seed + i) : seed + i;
}
inline std::uint64_t fold(const void* record, std::size_t bytes, bool heavy) {
  const auto* words = static_cast<const std::uint64_t*>(record);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes / 8; ++i) sum += heavy ? words[i] ^ (sum >> 7) : words[i];
  return sum;
}

// A last-writer-wins register and a grow-only counter: what an owner merges records into.
struct Register {
  std::uint64_t stamp = 0;
  std::uint64_t value = 0;
  std::uint64_t applied = 0;
  void merge(std::uint64_t at, const void* record, std::size_t bytes, bool heavy) {
    const std::uint64_t folded = fold(record, bytes, heavy);
    if (at > stamp || (at == stamp && folded > value)) {
      stamp = at;
      value = folded;
    }
    ++applied;
  }
};
struct Buckets {
  std::array<std::uint64_t, kBuckets> most{};  // joined by maximum, bucket by bucket
  void absorb(const void* chunk, std::size_t bytes, bool heavy) {
    const auto* words = static_cast<const std::uint64_t*>(chunk);
    for (std::size_t i = 0; i < bytes / 8; ++i) {
      std::uint64_t& bucket = most[(heavy ? words[i] : i) % kBuckets];
      bucket = std::max(bucket, words[i]);
    }
  }
  void join(const Buckets& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) most[i] = std::max(most[i], other.most[i]);
  }
  std::uint64_t checksum() const { return fold(most.data(), sizeof most, true); }
};
static_assert(sizeof(Buckets) == kRecordBytes);

// A client's n-th transaction. Stamps of different clients differ, so any order of arrival gives the same
// register.
inline std::uint64_t seed_of(std::uint32_t client, std::uint32_t n) {
  return mix(std::uint64_t{client} << 32 | n);
}
inline std::uint64_t stamp_of(std::uint32_t client, std::uint32_t n) {
  return std::uint64_t{n + 1} << 8 | client;
}
inline void transform(void* to, const void* from, std::size_t bytes) {
  const auto* in = static_cast<const std::uint64_t*>(from);
  auto* out = static_cast<std::uint64_t*>(to);
  for (std::size_t i = 0; i < bytes / 8; ++i) out[i] = in[i] * 0x9E3779B97F4A7C15ULL + i;
}

}  // namespace wn::coordination
