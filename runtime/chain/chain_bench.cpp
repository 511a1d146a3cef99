// What signing, linking, checking and proving cost, by themselves.
#include <benchmark/benchmark.h>

#include <memory_resource>

#include "runtime/chain/chain_log.h"
#include "runtime/chain/proof.h"

namespace wn::chain {
namespace {

const KeyPair& key() {
  static const KeyPair pair = [] {
    capability::Seed seed;
    seed.bytes.fill(3);
    return KeyPair(seed);
  }();
  return pair;
}

Block block_of(std::uint32_t updates, std::size_t bytes, std::uint8_t salt) {
  Block block;
  for (std::uint32_t i = 0; i < updates; ++i) {
    block.updates.push_back(Bytes::copy_of(ByteView(std::vector<std::uint8_t>(bytes, salt))));
  }
  block.seal = seal({.realm = 1,
                     .writer = ReplicaId{3},
                     .node = NodeId{3},
                     .first = 1,
                     .count = updates,
                     .time = 1,
                     .previous = genesis(1, ReplicaId{3}, NodeId{3}),
                     .content = content_of({}, block.updates)},
                    key());
  return block;
}

void seal_block(benchmark::State& state) {
  const auto updates = static_cast<std::uint32_t>(state.range(0));
  const Block block = block_of(updates, 100, 1);
  for (auto _ : state) {
    Header header = block.seal.header;
    header.content = content_of({}, block.updates);
    benchmark::DoNotOptimize(seal(header, key()));
  }
  state.SetItemsProcessed(state.iterations() * updates);
}
BENCHMARK(seal_block)->Arg(1)->Arg(16)->Arg(256)->Arg(1024);

void check_block(benchmark::State& state) {
  const auto updates = static_cast<std::uint32_t>(state.range(0));
  const Block block = block_of(updates, 100, 1);
  for (auto _ : state) {
    const ChainLog log({.counter = 0, .hash = block.seal.header.previous}, std::pmr::new_delete_resource());
    bool good = log.judge(block.seal.header) == Verdict::next && verifies(block.seal, key().public_key());
    good = good && content_of({}, block.updates) == block.seal.header.content;
    benchmark::DoNotOptimize(good);
  }
  state.SetItemsProcessed(state.iterations() * updates);
}
BENCHMARK(check_block)->Arg(1)->Arg(16)->Arg(256)->Arg(1024);

void check_proof(benchmark::State& state) {
  const auto proof = make_proof(block_of(3, 100, 1).seal, block_of(5, 100, 2).seal);
  const Bytes bytes = encode(*proof);
  for (auto _ : state) {
    if (!verify_proof(bytes.view(), 1, key().public_key())) state.SkipWithError("the proof does not hold");
  }
  state.counters["proof_bytes"] = static_cast<double>(bytes.size());
}
BENCHMARK(check_proof);

}  // namespace
}  // namespace wn::chain
