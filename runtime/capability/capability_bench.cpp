// What a check costs. The published workload (BM_Workload): 20,000 tokens in a delegation forest (a root's
// child for each of 200 teams, 9 members under each, 10 tokens narrower still under each member), drawn with
// a skew in which the k-th of n has a weight of 1/k (integers only, keyed by Random), 1% of steps followed by
// a revocation of an unrelated link. The counters say which share of the decisions verified no signature at
// all.
#include <benchmark/benchmark.h>
#include <sodium.h>

#include "runtime/base/random.h"
#include "runtime/capability/audit.h"
#include "runtime/capability/batch.h"
#include "runtime/capability/test_realm.h"

namespace wn::capability {
namespace {

using namespace testing;

constexpr Rights kRead = bit(Right::read);

std::uint8_t person(std::size_t i) { return static_cast<std::uint8_t>(20 + i); }

Minted chain_of(std::size_t depth) {
  Minted m = grant(key(kRootKey), key(person(0)).public_key(), 1, everything());
  for (std::size_t i = 1; i < depth; ++i) {
    m = delegate(m, key(person(i - 1)), key(person(i)).public_key(), i + 1, everything()).value();
  }
  return m;
}

// The program's main() calls sodium_init(); so does each benchmark of signatures and hashes here.
void begin() { benchmark::DoNotOptimize(sodium_init()); }

void BM_CheckHit(benchmark::State& state) {
  begin();
  TestRealm r;
  const Minted m = chain_of(8);
  const PublicKey holder = key(person(7)).public_key();
  Invocation v{.rights = kRead, .operation = 1, .target = node(5)};
  if (!r.decide(present(m), v, person(7))) return state.SkipWithError("refused");
  const LinkId id = m.id();
  std::uint64_t refused = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(v);
    refused += r.guard.check(id, holder, v, r.moment, r.tree) != Refusal::allowed;
  }
  if (refused != 0) state.SkipWithError("refused");
}
BENCHMARK(BM_CheckHit);

// By the pass that the runtime keeps for the channel.
void BM_CheckHitByPass(benchmark::State& state) {
  begin();
  TestRealm r;
  Invocation v{.rights = kRead, .operation = 1, .target = node(5)};
  const Pass pass = r.decide(present(chain_of(8)), v, person(7)).pass;
  std::uint64_t refused = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(v);
    refused += r.guard.check(pass, v, r.moment, r.tree) != Refusal::allowed;
  }
  if (refused != 0) state.SkipWithError("refused");
}
BENCHMARK(BM_CheckHitByPass);

// Each time another target: the oracle is asked (a map of five worknodes here).
void BM_CheckHitOtherTarget(benchmark::State& state) {
  begin();
  TestRealm r;
  const Minted m = chain_of(8);
  const PublicKey holder = key(person(7)).public_key();
  Invocation v{.rights = kRead, .target = node(5)};
  if (!r.decide(present(m), v, person(7))) return state.SkipWithError("refused");
  std::uint64_t refused = 0;
  for (auto _ : state) {
    v.target.low = 9 - v.target.low;  // 4, 5, 4 …
    refused += r.guard.check(m.id(), holder, v, r.moment, r.tree) != Refusal::allowed;
  }
  if (refused != 0) state.SkipWithError("refused");
}
BENCHMARK(BM_CheckHitOtherTarget);

// Tokens that nobody has seen, each one narrowed link under a chain of four that the guard remembers: `proof`
// 0 on a channel that has proven the holder's key, 1 with a keyed hash of the request.
void BM_CheckVerifiedParent(benchmark::State& state) {
  begin();
  TestRealm r(Options{.cache_entries = 1024});
  const Minted m = chain_of(4);
  const Invocation v{.rights = kRead, .target = node(5)};
  const PublicKey holder = key(person(3)).public_key();
  if (!r.decide(present(m), v, person(3))) return state.SkipWithError("refused");
  Mac secret;
  if (!secret_of(m, key(person(3)), r.guard.public_key(), secret)) return state.SkipWithError("no secret");
  std::vector<std::vector<std::uint8_t>> fresh(4096);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    Mac own = secret;
    const Minted child = narrow(m, own, 1000 + i, {.rights = kRead, .subtree = node(2)}).value();
    const Presentation p = state.range(0) == 0 ? present(child) : present_mac(child, own, kSelf, v);
    encode(by_name(p, m.root), fresh[i]);
  }
  const PublicKey channel = state.range(0) == 0 ? holder : PublicKey{};
  std::size_t at = 0;
  std::uint64_t refused = 0;
  for (auto _ : state) {
    refused += r.guard.decide(fresh[at++ % fresh.size()], v, r.moment, r.tree, channel).path != Path::parent;
  }
  if (refused != 0) state.SkipWithError("refused");
}
BENCHMARK(BM_CheckVerifiedParent)->ArgName("proof")->Arg(0)->Arg(1);

// One more signed link under a chain of seven that the guard remembers.
void BM_CheckSignedChild(benchmark::State& state) {
  begin();
  TestRealm r(Options{.cache_entries = 64});
  const Minted parent = chain_of(7);
  const Invocation v{.rights = kRead, .target = node(5)};
  if (!r.decide(present(parent), v, person(6))) return state.SkipWithError("refused");
  std::vector<std::vector<std::uint8_t>> fresh(512);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    fresh[i] = encode(
        delegate(parent, key(person(6)), key(person(7)).public_key(), 50 + i, everything()).value().token);
  }
  std::size_t at = 0;
  const PublicKey channel = key(person(7)).public_key();
  std::uint64_t refused = 0;
  for (auto _ : state) {
    refused += !r.guard.decide(fresh[at++ % fresh.size()], v, r.moment, r.tree, channel);
  }
  if (refused != 0) state.SkipWithError("refused");
}
BENCHMARK(BM_CheckSignedChild);

void BM_CheckColdChain8(benchmark::State& state) {
  begin();
  TestRealm r;
  const std::vector<std::uint8_t> bytes = encode(chain_of(8).token);
  const Invocation v{.rights = kRead, .target = node(5)};
  const PublicKey channel = key(person(7)).public_key();
  std::uint64_t refused = 0;
  for (auto _ : state) {
    r.guard.forget_tokens();
    refused += r.guard.decide(bytes, v, r.moment, r.tree, channel).path != Path::cold;
  }
  if (refused != 0) state.SkipWithError("refused");
}
BENCHMARK(BM_CheckColdChain8)->Unit(benchmark::kMicrosecond);

// The whole token presented again, though it is remembered: a parse and the hashes of its links.
void BM_DecideRemembered8(benchmark::State& state) {
  begin();
  TestRealm r;
  const std::vector<std::uint8_t> bytes = encode(chain_of(8).token);
  const Invocation v{.rights = kRead, .target = node(5)};
  const PublicKey channel = key(person(7)).public_key();
  std::uint64_t refused = 0;
  for (auto _ : state) refused += !r.guard.decide(bytes, v, r.moment, r.tree, channel);
  if (refused != 0) state.SkipWithError("refused");
}
BENCHMARK(BM_DecideRemembered8);

struct Forest {
  struct Item {
    std::vector<std::uint8_t> bytes;
    LinkId id;
    std::uint8_t holder = 0;
  };
  std::vector<Item> items;
};

Forest forest() {
  Forest out;
  const KeyPair root = key(kRootKey);
  std::uint64_t number = 1'000'000;
  for (std::size_t team = 0; team < 200; ++team) {
    const std::uint8_t lead = person(team % 100);
    const Minted top = grant(root, key(lead).public_key(), number++, everything());
    out.items.push_back({encode(top.token), top.id(), lead});
    for (std::size_t member = 0; member < 9; ++member) {
      const std::uint8_t who = person(100 + (team + member) % 100);
      const Minted m = delegate(top, key(lead), key(who).public_key(), number++, everything()).value();
      out.items.push_back({encode(m.token), m.id(), who});
      Mac secret;
      if (!secret_of(m, key(who), key(kGuardKey).public_key(), secret)) continue;
      for (std::size_t i = 0; i < 10; ++i) {
        Mac own = secret;
        const Caveats less{.rights = kRead, .subtree = node(1 + i % 5)};
        const Minted child = narrow(m, own, number++, less).value();
        out.items.push_back({encode(child.token), child.id(), who});
      }
    }
  }
  return out;
}

// The k-th of n with weight 1/k: two uniform draws and a shift. The first says how many halvings, so that
// each range [2^j, 2^(j+1)) is equally likely; the second picks within it.
std::size_t skewed(Draw& draw, std::size_t n) {
  std::uint64_t ranges = 0;
  while ((std::size_t{1} << ranges) <= n) ++ranges;
  for (;;) {
    const std::uint64_t low = std::uint64_t{1} << draw.below(ranges);
    const std::uint64_t at = low + draw.below(low);
    if (at <= n) return at - 1;
  }
}

void BM_Workload(benchmark::State& state) {
  begin();
  static const Forest all = forest();
  TestRealm r(
      Options{.cache_entries = static_cast<std::uint32_t>(state.range(0)), .revocations_max = 1U << 20});
  const Random random(2026);
  std::uint64_t step = 0, hits = 0, hashed = 0, signatures = 0, refused = 0;
  std::array<PublicKey, 256> keys;
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = key(static_cast<std::uint8_t>(i)).public_key();
  for (auto _ : state) {
    Draw draw = random.at("workload", 0, step++);
    const Forest::Item& item = all.items[skewed(draw, all.items.size())];
    if (draw.below(100) == 0) (void)r.guard.revoke(RevocationKey::link(step));
    const Invocation v{.rights = kRead, .target = node(5)};
    const Refusal fast = r.guard.check(item.id, keys[item.holder], v, r.moment, r.tree);
    if (fast != Refusal::unknown_token) {
      ++hits;
      continue;
    }
    const Decision d = r.guard.decide(item.bytes, v, r.moment, r.tree, keys[item.holder]);
    refused += !d && d.refusal != Refusal::out_of_subtree;
    ++(d.public_key_operations == 0 ? hashed : signatures);
  }
  if (refused != 0) state.SkipWithError("refused");
  const auto share = [&](std::uint64_t n) { return static_cast<double>(n) / static_cast<double>(step); };
  state.counters["hit"] = share(hits);
  state.counters["by_hash"] = share(hashed);
  state.counters["by_signature"] = share(signatures);
}
BENCHMARK(BM_Workload)->ArgName("entries")->Arg(2048)->Arg(4096)->Arg(16384)->Iterations(300'000);

void BM_AuditAppend(benchmark::State& state) {
  begin();
  TestRealm r;
  AuditLog log(1024, std::pmr::new_delete_resource());
  const Minted m = chain_of(8);
  const Invocation v{.rights = kRead, .target = node(5)};
  const Decision d = r.decide(present(m), v, person(7));
  const Facts* facts = r.guard.facts_of(d.token);
  for (auto _ : state) benchmark::DoNotOptimize(log.append(r.moment, d, v, facts));
}
BENCHMARK(BM_AuditAppend);

// Rows of a query's result; nine columns of `rows` numbers.
void batch(benchmark::State& state, BatchKind kind) {
  const BatchCheck check = batch_check(kind);
  if (check == nullptr) return state.SkipWithError("this machine cannot run it");
  const auto n = static_cast<std::size_t>(state.range(0));
  std::vector<std::uint64_t> held(n), needed(n), epoch(n), floor(n), position(n), first(n), end(n);
  std::vector<std::int64_t> not_before(n), expires(n);
  for (std::uint64_t i = 0; i < n; ++i) {
    Draw draw = Random(1).at("rows", 0, i);
    held[i] = draw.below(1024) | 1;
    needed[i] = std::uint64_t{1} << draw.below(2);
    expires[i] = static_cast<std::int64_t>(draw.below(2000));
    epoch[i] = draw.below(8);
    floor[i] = draw.below(3);
    position[i] = draw.below(10'000);
    end[i] = 9'000;
  }
  const BatchRows rows{.held = held,
                       .needed = needed,
                       .not_before = not_before,
                       .expires = expires,
                       .epoch = epoch,
                       .floor = floor,
                       .position = position,
                       .first = first,
                       .end = end,
                       .wall = WallTime{1000}};
  std::vector<std::uint64_t> allowed((n + 63) / 64);
  for (auto _ : state) {
    check(rows, allowed);
    benchmark::DoNotOptimize(allowed.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(n));
}
void BM_BatchScalar(benchmark::State& state) { batch(state, BatchKind::scalar); }
void BM_BatchAvx2(benchmark::State& state) { batch(state, BatchKind::avx2); }
void BM_BatchAvx512(benchmark::State& state) { batch(state, BatchKind::avx512); }
BENCHMARK(BM_BatchScalar)->ArgName("rows")->Arg(256)->Arg(10'000);
BENCHMARK(BM_BatchAvx2)->ArgName("rows")->Arg(256)->Arg(10'000);
BENCHMARK(BM_BatchAvx512)->ArgName("rows")->Arg(256)->Arg(10'000);

}  // namespace
}  // namespace wn::capability
