#include <benchmark/benchmark.h>

#include <vector>

#include "runtime/base/crc32c.h"
#include "runtime/wire/raft_codec.h"

namespace wn::wire {
namespace {

raft::Message heartbeat() {
  return {.type = raft::MessageType::heartbeat,
          .from = NodeId{1},
          .to = NodeId{2},
          .term = Term{12},
          .commit = LogIndex{123'456},
          .round = 98'765};
}

void encode_heartbeat(benchmark::State& state) {
  const raft::Message message = heartbeat();
  for (auto _ : state) benchmark::DoNotOptimize(encode(message));
}
BENCHMARK(encode_heartbeat);

void decode_heartbeat(benchmark::State& state) {
  const Bytes frame = encode(heartbeat());
  RaftDecoder decoder;
  raft::Message out;
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode(frame, out));
}
BENCHMARK(decode_heartbeat);

struct Append {
  std::vector<raft::Entry> entries;
  raft::Message message = heartbeat();
  explicit Append(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      raft::Entry& entry = entries.emplace_back();
      entry.term = Term{12};
      entry.data = Bytes::copy_of("a command of some forty bytes, as they come");
      entry.checksum = crc32c(entry.data.view());
    }
    message.type = raft::MessageType::append;
    message.entries = entries;
  }
};

void encode_append(benchmark::State& state) {
  const Append append(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(encode(append.message));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(encode_append)->Arg(1)->Arg(100);

void decode_append(benchmark::State& state) {
  const Append append(state.range(0));
  const Bytes frame = encode(append.message);
  RaftDecoder decoder;
  raft::Message out;
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode(frame, out));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(decode_append)->Arg(1)->Arg(100);

}  // namespace
}  // namespace wn::wire
