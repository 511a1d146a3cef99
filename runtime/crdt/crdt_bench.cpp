// Operations a second on one document, as peers are asked for the same: LWW sets one of 1,000 keys of a map
// to a number, OR-Map sets nested keys k1 / k2. "Apply" takes in encoded deltas of another replica; "Write"
// makes the mutation here, with its delta; "Local" without one.
#include <benchmark/benchmark.h>

#include <string>

#include "runtime/base/check.h"
#include "runtime/crdt/document.h"

namespace wn::crdt {
namespace {

constexpr std::size_t kKeys = 1000;
constexpr std::size_t kBatch = 1 << 12;

// Counts what is held.
class Meter : public std::pmr::memory_resource {
 public:
  std::uint64_t held() const { return held_; }

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    held_ += bytes;
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* at, std::size_t bytes, std::size_t alignment) override {
    held_ -= bytes;
    std::pmr::new_delete_resource()->deallocate(at, bytes, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
  std::uint64_t held_ = 0;
};

struct Side {
  explicit Side(std::uint32_t number) : id(number), seen(&meter), doc(options, &meter) {}
  Write write(std::vector<std::uint8_t>* delta) {
    ++clock;
    return {.dot = {ReplicaId{id}, clock},
            .stamp = {.time = causality::HlcTime{(1'700'000'000'000'000'000U) + (clock << 8)},
                      .replica = ReplicaId{id}},
            .seen = &seen,
            .delta = delta};
  }
  std::uint32_t id;
  std::uint64_t clock = 0;
  Options options;
  Meter meter;
  CausalContext seen;
  Document doc;
};

const std::vector<std::string>& keys() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < kKeys; ++i) out.push_back("key" + std::to_string(i));
    return out;
  }();
  return all;
}
std::size_t key_at(std::uint64_t i) { return (i * 7919) % kKeys; }

Errc lww(Side& side, std::uint64_t i, std::vector<std::uint8_t>* delta) {
  const Step path[] = {{Type::lww, keys()[key_at(i)]}};
  return side.doc.set(path, Value::of(static_cast<std::int64_t>(i)), side.write(delta));
}
Errc counter(Side& side, std::uint64_t, std::vector<std::uint8_t>* delta) {
  const Step path[] = {{Type::pn_counter, "hits"}};
  return side.doc.add(path, 1, side.write(delta));
}
// k1 of 30, k2 of 33: about a thousand places.
Errc or_map(Side& side, std::uint64_t i, std::vector<std::uint8_t>* delta) {
  const Step path[] = {{Type::map, keys()[i % 30]}, {Type::lww, keys()[key_at(i) % 33]}};
  return side.doc.set(path, Value::of(static_cast<std::int64_t>(i)), side.write(delta));
}
Errc or_set(Side& side, std::uint64_t i, std::vector<std::uint8_t>* delta) {
  const Step path[] = {{Type::set, "s"}};
  const Value member = Value::of(static_cast<std::int64_t>(key_at(i)));
  return (i / kKeys) % 2 == 0 ? side.doc.insert(path, member, side.write(delta))
                              : side.doc.erase(path, member, side.write(delta));
}

using Operation = Errc (*)(Side&, std::uint64_t, std::vector<std::uint8_t>*);

template <Operation operation>
void write(benchmark::State& state) {
  Side side(1);
  std::vector<std::uint8_t> delta;
  std::uint64_t i = 0;
  std::uint64_t bytes = 0;
  for (auto _ : state) {
    delta.clear();
    WN_CHECK(operation(side, i++, &delta) == Errc::ok);
    bytes += delta.size();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(i));
  state.counters["delta_bytes"] =
      benchmark::Counter(static_cast<double>(bytes), benchmark::Counter::kAvgIterations);
}

// The mutation alone, as a local draft would be: nobody is told.
template <Operation operation>
void local(benchmark::State& state) {
  Side side(1);
  std::uint64_t i = 0;
  for (auto _ : state) WN_CHECK(operation(side, i++, nullptr) == Errc::ok);
  state.SetItemsProcessed(static_cast<std::int64_t>(i));
}

// Deltas are made outside the measured time, in batches.
template <Operation operation>
void apply(benchmark::State& state) {
  Side from(1);
  Side to(2);
  std::vector<std::uint8_t> bytes;
  std::vector<std::size_t> ends;
  std::uint64_t made = 0;
  std::size_t at = 0;
  std::size_t next = 0;
  const auto refill = [&] {
    bytes.clear();
    ends.clear();
    for (std::size_t i = 0; i < kBatch; ++i) {
      WN_CHECK(operation(from, made++, &bytes) == Errc::ok);
      ends.push_back(bytes.size());
    }
    at = next = 0;
  };
  refill();
  for (auto _ : state) {
    if (next == ends.size()) {
      state.PauseTiming();
      refill();
      state.ResumeTiming();
    }
    const std::size_t end = ends[next++];
    WN_CHECK(to.doc.merge(ByteView(bytes).subspan(at, end - at), to.seen).has_value());
    at = end;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

void BM_LwwApply(benchmark::State& state) { apply<lww>(state); }
void BM_LwwWrite(benchmark::State& state) { write<lww>(state); }
void BM_CounterApply(benchmark::State& state) { apply<counter>(state); }
void BM_CounterWrite(benchmark::State& state) { write<counter>(state); }
void BM_OrMapApply(benchmark::State& state) { apply<or_map>(state); }
void BM_OrMapWrite(benchmark::State& state) { write<or_map>(state); }
void BM_OrSetApply(benchmark::State& state) { apply<or_set>(state); }
void BM_OrSetWrite(benchmark::State& state) { write<or_set>(state); }
void BM_LwwLocal(benchmark::State& state) { local<lww>(state); }
void BM_CounterLocal(benchmark::State& state) { local<counter>(state); }
void BM_OrMapLocal(benchmark::State& state) { local<or_map>(state); }
BENCHMARK(BM_LwwLocal);
BENCHMARK(BM_CounterLocal);
BENCHMARK(BM_OrMapLocal);
BENCHMARK(BM_LwwApply);
BENCHMARK(BM_LwwWrite);
BENCHMARK(BM_CounterApply);
BENCHMARK(BM_CounterWrite);
BENCHMARK(BM_OrMapApply);
BENCHMARK(BM_OrMapWrite);
BENCHMARK(BM_OrSetApply);
BENCHMARK(BM_OrSetWrite);

// One key a million times: what stays, the document and its context included.
void BM_SameKeyMillion(benchmark::State& state) {
  std::uint64_t retained = 0;
  for (auto _ : state) {
    Side side(1);
    std::vector<std::uint8_t> delta;
    const Step path[] = {{Type::lww, "key"}};
    for (std::int64_t i = 0; i < 1'000'000; ++i) {
      delta.clear();
      WN_CHECK(side.doc.set(path, Value::of(i), side.write(&delta)) == Errc::ok);
    }
    retained = side.meter.held() + sizeof(Document);
  }
  state.SetItemsProcessed(state.iterations() * 1'000'000);
  state.counters["retained_bytes"] = static_cast<double>(retained);
}
BENCHMARK(BM_SameKeyMillion)->Unit(benchmark::kMillisecond);

void BM_TextAppend(benchmark::State& state) {
  Side side(1);
  side.options.text_elements_max = 1U << 30;
  std::vector<std::uint8_t> delta;
  const Step path[] = {{Type::text, "t"}};
  std::uint32_t size = 0;
  for (auto _ : state) {
    delta.clear();
    WN_CHECK(side.doc.insert_text(path, size++, "a", side.write(&delta)) == Errc::ok);
  }
  state.SetItemsProcessed(size);
  state.counters["bytes_per_character"] = static_cast<double>(side.meter.held()) / size;
}
BENCHMARK(BM_TextAppend)->Iterations(260'000);

// At drawn places of a growing text.
void BM_TextInsert(benchmark::State& state) {
  Side side(1);
  std::vector<std::uint8_t> delta;
  const Step path[] = {{Type::text, "t"}};
  std::uint32_t size = 0;
  std::uint64_t draw = 1;
  for (auto _ : state) {
    draw = draw * 6364136223846793005U + 1442695040888963407U;
    delta.clear();
    const auto at = static_cast<std::uint32_t>((draw >> 33) % (size + 1));
    WN_CHECK(side.doc.insert_text(path, at, "a", side.write(&delta)) == Errc::ok);
    ++size;
  }
  state.SetItemsProcessed(size);
}
BENCHMARK(BM_TextInsert)->Iterations(100'000);

}  // namespace
}  // namespace wn::crdt
