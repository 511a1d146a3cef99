#include <benchmark/benchmark.h>

#include <string>

#include "runtime/base/crc32c.h"
#include "runtime/store/record.h"
#include "runtime/store/replay.h"
#include "runtime/store/store.h"

namespace wn::store {
namespace {

raft::Entry entry_of(std::uint64_t index, std::size_t bytes) {
  raft::Entry entry;
  entry.index = LogIndex{index};
  entry.term = Term{3};
  entry.data = Bytes::copy_of(std::string(bytes, 'x'));
  entry.checksum = crc32c(entry.data.view());
  return entry;
}

void frame_entry(benchmark::State& state) {
  const raft::Entry entry = entry_of(123'456, static_cast<std::size_t>(state.range(0)));
  std::vector<std::uint8_t> payload;
  std::vector<std::uint8_t> out;
  Header header;
  header.type = RecordType::entry;
  header.owner = NodeId{1};
  for (auto _ : state) {
    if (out.size() > (1U << 20)) out.clear();
    encode(entry, payload);
    ++header.sequence;
    header.chain = append_record(out, header, payload);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(frame_entry)->Arg(16)->Arg(128)->Arg(4096);

// A store on a disk that does at once what it is told; batches of `range` entries.
void persist_batch(benchmark::State& state) {
  Options options;
  options.owner = NodeId{1};
  LogStore store(options);
  Effects effects;
  const auto settle = [&] {
    while (!effects.actions.empty()) {
      std::vector<DiskAction> actions;
      actions.swap(effects.actions);
      for (const DiskAction& action : actions) {
        DiskOutcome outcome;
        outcome.ticket = action.ticket;
        store.on_disk(outcome, effects);
      }
    }
    effects.events.clear();
  };
  store.recover(effects);
  settle();
  store.take_recovered();
  const auto batch = static_cast<std::uint64_t>(state.range(0));
  std::vector<raft::Entry> entries(batch, entry_of(0, 64));
  std::uint64_t index = 0;
  std::uint64_t ticket = 0;
  for (auto _ : state) {
    for (raft::Entry& entry : entries) entry.index = LogIndex{++index};
    raft::Persist persist;
    persist.ticket = ++ticket;
    persist.entries = entries;
    store.persist(persist, effects);
    settle();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(persist_batch)->Arg(1)->Arg(64)->Arg(1024);

void replay_log(benchmark::State& state) {
  std::vector<std::uint8_t> log;
  std::vector<std::uint8_t> payload;
  Header header;
  header.type = RecordType::segment;
  header.owner = NodeId{1};
  header.sequence = 1;
  SegmentHead head;
  head.number = 1;
  encode(head, payload);
  header.chain = append_record(log, header, payload);
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    header.type = RecordType::entry;
    ++header.sequence;
    encode(entry_of(i, 64), payload);
    header.chain = append_record(log, header, payload);
  }
  for (auto _ : state) {
    Replay replay(NodeId{1}, std::nullopt, false, false);
    replay.segment(1, log, true);
    benchmark::DoNotOptimize(replay.finish({}));
  }
  state.SetItemsProcessed(state.iterations() * 20'000);
}
BENCHMARK(replay_log);

}  // namespace
}  // namespace wn::store
