// Honest replicas converge with any number of liars; liars are proven, honest nodes never accused.
#include <catch2/catch_test_macros.hpp>

#include "runtime/capability/mint.h"
#include "runtime/chain/chain_log.h"
#include "runtime/chain/proof.h"
#include "runtime/realm/test_cluster.h"
#include "runtime/realm/test_twins.h"

namespace wn::realm {
namespace {

Request drawn(Draw draw, std::int64_t unique, std::uint32_t worknodes) {
  Request r;
  r.worknode = numbered(1 + draw.below(worknodes));
  r.other = numbered(draw.below(worknodes + 1));
  r.value = unique;
  switch (draw.below(10)) {
    case 0:
    case 1:
      r.function = Function::put;
      r.property = Property::title;
      break;
    case 2:
      r.function = Function::add;
      r.property = Property::count;
      break;
    case 3:
      r.function = Function::include;
      r.property = Property::tags;
      break;
    case 4:
      r.function = Function::exclude;
      r.property = Property::tags;
      r.value = 1 + static_cast<std::int64_t>(draw.below(static_cast<std::uint64_t>(unique)));
      break;
    case 5:
      r.function = Function::append;
      r.property = Property::text;
      break;
    case 6:
      r.function = Function::create;
      r.worknode = numbered(1000 + static_cast<std::uint64_t>(unique));
      break;
    case 7:
      r.function = draw.below(2) == 0 ? Function::trash : Function::restore;
      break;
    default:
      r.function = Function::move;
      break;
  }
  return r;
}

// Some rounds of operations at all processes, then quiet.
void play(TwinsCluster& cluster, const TwinsPlan& plan, std::uint32_t rounds, bool liars_stay) {
  const Random random(plan.seed);
  std::int64_t unique = 1;
  for (std::uint32_t round = 0; round < rounds; ++round) {
    Draw draw = random.at("test.round", 0, round);
    for (std::uint64_t k = 1 + draw.below(3); k > 0; --k) {
      const std::size_t at = draw.below(cluster.size());
      const auto key = static_cast<std::uint64_t>(unique);
      cluster.call(at, drawn(random.at("test.op", 0, key), unique, plan.worknodes));
      ++unique;
    }
    cluster.run(milliseconds(30));
  }
  cluster.quiet(liars_stay);
  for (int i = 0; i < 40 && !cluster.honest_converged(); ++i) cluster.run(milliseconds(250));
  cluster.run(milliseconds(500));
}

struct Sum {
  std::uint32_t runs = 0, diverged = 0, accused = 0, bad_proofs = 0, proven = 0, liars = 0;
};

Sum swarm(TwinsPlan plan, std::uint64_t first, std::uint64_t runs, std::uint32_t rounds) {
  Sum sum;
  for (std::uint64_t seed = first; seed < first + runs; ++seed) {
    plan.seed = seed;
    TwinsCluster cluster(plan);
    play(cluster, plan, rounds, seed % 2 == 0);
    ++sum.runs;
    sum.liars += plan.liars;
    sum.proven += static_cast<std::uint32_t>(cluster.proven());
    if (!cluster.honest_converged()) {
      ++sum.diverged;
      UNSCOPED_INFO("seed " << seed << "\n" << cluster.differences());
    }
    if (cluster.honest_accused()) {
      ++sum.accused;
      UNSCOPED_INFO("seed " << seed << " accuses an honest node");
    }
    if (!cluster.proofs_hold()) ++sum.bad_proofs;
    for (std::size_t i = 0; i < cluster.size(); ++i) {
      if (cluster.process(i).honest) CHECK(cluster.process(i).realm->broken_invariant().empty());
    }
  }
  CHECK(sum.diverged == 0);
  CHECK(sum.accused == 0);
  CHECK(sum.bad_proofs == 0);
  return sum;
}

TEST_CASE("realm: signed replicas without liars converge and accuse nobody, whatever crashes") {
  const Sum sum = swarm({.nodes = 4, .liars = 0, .crash_ppm = 100'000}, 1, 25, 20);
  CHECK(sum.proven == 0);
}

TEST_CASE("realm: honest replicas converge with 1 to n - 1 twins, and prove them") {
  for (std::uint32_t nodes = 2; nodes <= 5; ++nodes) {
    for (std::uint32_t liars = 1; liars < nodes; ++liars) {
      INFO(liars << " liars of " << nodes);
      const Sum sum = swarm({.nodes = nodes, .liars = liars}, 100 * nodes + 10 * liars, 8, 12);
      CHECK(sum.proven * 3 > sum.liars);  // one who forks for nobody that is honest is not found
    }
  }
}

TEST_CASE("realm: honest replicas that crash at any step among twins are not accused") {
  for (std::uint32_t liars = 0; liars <= 2; ++liars) {
    const Sum sum = swarm({.nodes = 4, .liars = liars, .twins = 3, .crash_ppm = 150'000}, 5000, 15, 15);
    if (liars != 0) CHECK(sum.proven > 0);
  }
}

TEST_CASE("realm: a twin that hears its twin's blocks while it has updates of its own to seal goes on") {
  std::uint32_t refused = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    TwinsCluster cluster({.nodes = 2, .liars = 1, .loss_ppm = 0, .seed = seed});
    Request put;
    put.function = Function::put;
    put.property = Property::title;
    put.worknode = numbered(1);
    put.value = 1;
    cluster.call(1, put);
    Draw draw = Random(seed).at("test.twin", 0, 0);
    cluster.run(milliseconds(40 + static_cast<std::int64_t>(draw.below(80))));
    put.value = 2;
    cluster.call(2, put);  // not sealed yet, while an answer with its twin's block may be on its way
    cluster.run(milliseconds(300));
    for (const std::size_t twin : {1U, 2U}) {
      for (const Note& note : cluster.process(twin).notes) {
        const bool own = note.kind == TraceKind::block_refused && note.field[1] == 2;
        if (own && note.field[3] == static_cast<std::uint64_t>(chain::Verdict::wrong_writer)) ++refused;
      }
    }
    CHECK(!cluster.honest_accused());
  }
  CHECK(refused > 0);
}

TEST_CASE("realm: what liars alter is refused, and honest replicas converge") {
  swarm({.nodes = 4, .liars = 2, .mutate_ppm = 300'000}, 9000, 15, 15);
}

TEST_CASE(
    "realm: without comparing links honest replicas diverge, without asking for signatures anybody is "
    "framed") {
  std::uint32_t diverged = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const TwinsPlan plan{
        .nodes = 4, .liars = 1, .loss_ppm = 0, .defect = Defect::equivocation_accepted, .seed = seed};
    TwinsCluster cluster(plan);
    play(cluster, plan, 12, false);
    if (!cluster.honest_converged()) ++diverged;
  }
  CHECK(diverged > 0);
  // A liar's frame-up: two headers in the name of node 1, signed with its own key.
  capability::Seed own;
  own.bytes.fill(3);
  const chain::KeyPair liar(own);
  chain::Header header{.realm = 4711, .writer = ReplicaId{1}, .node = NodeId{1}, .first = 1, .count = 1};
  const chain::Sealed one = chain::seal(header, liar);
  header.content.bytes[0] = 1;
  const Bytes framed = chain::encode(*chain::make_proof(one, chain::seal(header, liar)));
  for (const Defect defect : {Defect::none, Defect::accused_without_proof}) {
    TwinsCluster cluster({.nodes = 3, .liars = 1, .defect = defect});
    cluster.run(milliseconds(200));
    cluster.deliver(1, NodeId{3}, MessageKind::chain_proof, framed);
    CHECK(cluster.honest_accused() == (defect != Defect::none));
    CHECK(cluster.happened("realm: a false proof refused") == (defect == Defect::none));
  }
}

TEST_CASE("realm: what was granted to a proven liar, or through it, is refused from then on") {
  using capability::Refusal;
  TwinsCluster cluster({.nodes = 3, .liars = 1, .loss_ppm = 0, .guarded = true});
  const capability::KeyPair root = TwinsCluster::key_of(200), liar = TwinsCluster::key_of(3);
  const capability::Minted minted = capability::grant(
      root, liar.public_key(), 1, {.rights = capability::kAllRights, .subtree = kRealmRoot});
  Request get;
  get.operation = 1;
  get.worknode = numbered(1);
  get.token = Bytes::copy_of(ByteView(capability::encode(minted.token)));
  cluster.run(seconds(1));
  const auto refusal = [&] {
    Effects effects;
    const auto reply = cluster.process(0).realm->authorize(cluster.moment(), NodeId{500}, get, effects);
    return reply ? static_cast<Refusal>(reply->refusal) : Refusal::allowed;
  };
  CHECK(refusal() == Refusal::allowed);
  chain::Header header{.realm = 4711, .writer = ReplicaId{3}, .node = NodeId{3}, .first = 1, .count = 1};
  const chain::Sealed one = chain::seal(header, liar);
  header.content.bytes[0] = 1;
  const Bytes proof = chain::encode(*chain::make_proof(one, chain::seal(header, liar)));
  cluster.deliver(1, NodeId{2}, MessageKind::chain_proof, proof);
  cluster.run(milliseconds(200));
  CHECK(cluster.proven() == 1);  // it went round
  CHECK(refusal() == Refusal::revoked);
  CHECK(cluster.honest_converged());
}

TEST_CASE("realm: the base moves on, and a replica starts again from it") {
  std::uint32_t moved = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const TwinsPlan plan{.nodes = 3, .liars = 0, .history_max = 24, .seed = seed};
    TwinsCluster cluster(plan);
    play(cluster, plan, 40, true);
    CHECK(cluster.honest_converged());
    if (cluster.happened("realm: the base moved on")) ++moved;
    cluster.crash(0);
    cluster.run(milliseconds(500));
    CHECK(cluster.honest_converged());
  }
  CHECK(moved > 0);
}

TEST_CASE(
    "realm: a signed replica that was evicted comes back by an image that it verifies, with what it did") {
  for (const std::uint32_t history_max : {4U, 16'384U}) {
    Options options;
    options.identity.emplace();
    options.identity->history_max = history_max;
    options.limits.gc_eviction_after_ns = 4'000'000'000;
    TestCluster cluster(3, options);
    Request include;
    include.function = Function::include;
    include.worknode = numbered(4);
    for (include.value = 1; include.value <= 9; ++include.value) {
      REQUIRE(cluster.call(0, include)->code == ReplyCode::done);
      cluster.run(seconds(1));
    }
    cluster.isolate(2);
    include.value = 77;
    REQUIRE(cluster.call(2, include)->code == ReplyCode::done);
    cluster.run(seconds(9));
    cluster.heal();
    cluster.run(seconds(6));
    CHECK(cluster.converged());
    CHECK(cluster.node(2).realm->replica() != ReplicaId{3});
    CHECK(cluster.read(0, 4, Property::tags) == cluster.read(2, 4, Property::tags));
    CHECK(cluster.read(0, 4, Property::tags).size() == 10);
    CHECK(cluster.count(TraceKind::liar_proven) == 0);
    cluster.crash(2);
    cluster.run(seconds(2));
    CHECK(cluster.converged());
  }
}

}  // namespace
}  // namespace wn::realm
