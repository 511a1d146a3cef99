#include "scenarios/workloads/workload.h"

#include <algorithm>
#include <array>
#include <memory>

#include "scenarios/workloads/realm_workload.h"
#include "scenarios/workloads/token_forest.h"

namespace wn::scenarios {
namespace {

using faults::MicroOp;
using faults::NodeRole;
using faults::Operation;
using faults::OpFunction;
using faults::Service;

// The last operations of a run are asked for early enough to be answered.
constexpr Duration kLastReadsBefore = milliseconds(2000);
constexpr Duration kSilenceBefore = milliseconds(2500);
constexpr std::size_t kRecentMax = 4;

// An operation that is due, before it is known what it does.
struct Arrival {
  SimTime at;
  NodeId process;
  std::uint32_t workload = 0;
  std::uint64_t number = 0;
};

// Values asked for lately on one key, newest last: what a cas may expect.
struct Recent {
  std::array<std::int64_t, kRecentMax> values{};
  std::size_t count = 0;
  void push(std::int64_t value) { values[count++ % kRecentMax] = value; }
  std::int64_t any(Draw& draw) const {
    return count == 0 ? 0 : values[draw.below(std::min(count, kRecentMax))];
  }
};

struct Maker {
  const WorkloadSpec* spec = nullptr;
  std::vector<MixShare> mix;
  std::uint64_t weights = 0;
  std::vector<Recent> recent;
  std::unique_ptr<RealmMaker> realm = {};
};

OpFunction pick(const Maker& maker, Draw& draw) {
  std::uint64_t at = draw.below(maker.weights);
  for (const MixShare& share : maker.mix) {
    if (at < share.weight) return share.function;
    at -= share.weight;
  }
  return OpFunction::get;
}

Operation operation_of(Maker& maker, const Arrival& arrival, Draw draw, std::int64_t& next_value) {
  const WorkloadSpec& spec = *maker.spec;
  Operation op;
  op.process = arrival.process;
  op.at = arrival.at;
  op.function = pick(maker, draw);
  if (maker.realm != nullptr) {
    maker.realm->fill(op, draw, next_value);
    return op;
  }
  const auto drawn_key = [&] { return static_cast<std::uint32_t>(draw.below(spec.keys)); };
  if (op.function == OpFunction::txn) {
    const std::uint64_t parts = 1 + draw.below(spec.txn_ops_max);
    for (std::uint64_t i = 0; i < parts; ++i) {
      const bool append = draw.below(2) == 0;
      op.txn.push_back({append, spec.first_key + drawn_key(), append ? next_value++ : 0});
    }
    return op;
  }
  const std::uint32_t key = drawn_key();
  op.key = spec.first_key + key;
  Recent& recent = maker.recent[key];
  if (op.function == OpFunction::cas) op.expected = recent.any(draw);
  if (op.function == OpFunction::put || op.function == OpFunction::cas || op.function == OpFunction::append) {
    op.value = next_value++;
    recent.push(op.value);
  }
  return op;
}

// Each client asks by its own Poisson process of 1/clients of the rate.
void arrivals_of(std::uint32_t number, const WorkloadSpec& spec, Duration last, const Random& random,
                 const std::vector<NodeId>& clients, std::vector<Arrival>& out) {
  if (spec.rate_millihertz == 0) return;
  const SimTime stop{spec.stop == Duration{} ? last.ns : std::min(spec.stop, last).ns};
  const auto mean = static_cast<std::int64_t>(static_cast<unsigned __int128>(1'000'000'000'000ULL) *
                                              clients.size() / spec.rate_millihertz);
  for (NodeId client : clients) {
    const Random own = random.child("workload.client", client.value, number);
    SimTime at{spec.start.ns};
    for (std::uint64_t k = 0; out.size() < faults::kOperationsMax / 2; ++k) {
      at = at + Duration{1 + own.at("workload.arrival", 0, k).exponential(mean)};
      // Whole microseconds: a plan is read by people.
      const SimTime rounded{at.ns - at.ns % 1000};
      if (rounded >= stop) break;
      out.push_back({rounded, client, number, k});
    }
  }
}

void final_reads(const Maker& maker, const faults::Plan& plan, const std::vector<NodeId>& clients,
                 std::vector<Operation>& out) {
  const WorkloadSpec& spec = *maker.spec;
  if (!spec.final_reads || plan.duration < kLastReadsBefore * 2) return;
  const bool transactional = std::any_of(maker.mix.begin(), maker.mix.end(), [](const MixShare& s) {
    return s.function == OpFunction::txn && s.weight > 0;
  });
  const SimTime at{(plan.duration - kLastReadsBefore).ns};
  for (std::uint32_t key = 0; key < spec.keys; ++key) {
    Operation op;
    op.process = clients[key % clients.size()];
    op.at = at;
    op.function = transactional ? OpFunction::txn : OpFunction::get;
    if (transactional) {
      op.txn.push_back({false, spec.first_key + key, 0});
    } else {
      op.key = spec.first_key + key;
    }
    out.push_back(std::move(op));
  }
}

}  // namespace

std::span<const WorkloadKind> workload_kinds() {
  static const std::vector<WorkloadKind> kKinds = {
      {"register",
       "reads and writes of single keys",
       "register",
       {{OpFunction::get, 1}, {OpFunction::put, 1}}},
      {"cas-register",
       "reads, writes and compare-and-sets of single keys",
       "cas-register",
       {{OpFunction::get, 2}, {OpFunction::put, 1}, {OpFunction::cas, 2}}},
      {"kv",
       "get, put, cas, remove and append of single keys",
       "kv",
       {{OpFunction::get, 8},
        {OpFunction::put, 4},
        {OpFunction::cas, 3},
        {OpFunction::append, 4},
        {OpFunction::remove, 1}}},
      {"list-append",
       "appends to lists, and reads of them",
       "list-append",
       {{OpFunction::get, 1}, {OpFunction::append, 1}}},
      {"txn", "transactions that read and append several lists", "list-append", {{OpFunction::txn, 1}}},
      {"worknode",
       "realm: registers, counters, sets, maps and texts of worknodes",
       "kv",
       {{OpFunction::get, 6},
        {OpFunction::put, 3},
        {OpFunction::add, 2},
        {OpFunction::include, 4},
        {OpFunction::exclude, 1},
        {OpFunction::nest, 2},
        {OpFunction::append, 2},
        {OpFunction::query, 1}},
       Service::realm},
      {"tree",
       "realm: worknodes are created, moved, trashed and restored",
       "kv",
       {{OpFunction::create, 4},
        {OpFunction::move, 5},
        {OpFunction::trash, 1},
        {OpFunction::restore, 1},
        {OpFunction::query, 2},
        {OpFunction::get, 1}},
       Service::realm},
      {"capability",
       "realm: work under narrowed, lent, expiring, revoked and forged tokens",
       "kv",
       {{OpFunction::get, 4},
        {OpFunction::put, 3},
        {OpFunction::include, 3},
        {OpFunction::append, 1},
        {OpFunction::create, 1},
        {OpFunction::query, 1}},
       Service::realm},
      {"actors",
       "realm: calls between actors, failing handlers, bursts on one worknode",
       "kv",
       {{OpFunction::call, 3}, {OpFunction::crash, 1}, {OpFunction::add, 4}, {OpFunction::get, 2}},
       Service::realm},
      {"schema",
       "realm: clients of three versions of the schema while new ones are published",
       "kv",
       {{OpFunction::get, 2}, {OpFunction::put, 3}},
       Service::realm},
      {"rivals",
       "realm: two operators publish different second versions of the schema at one moment",
       "kv",
       {{OpFunction::get, 2}, {OpFunction::put, 3}},
       Service::realm},
      {"nested",
       "realm: sets in maps, created by several clients under few keys at once",
       "kv",
       {{OpFunction::nest, 3}, {OpFunction::get, 1}},
       Service::realm},
      {"bounded",
       "realm: a counter that may not fall below zero, filled and spent",
       "kv",
       {{OpFunction::spend, 3}, {OpFunction::add, 1}, {OpFunction::get, 1}},
       Service::realm},
      {"modes",
       "realm: LOCAL, EVENTUAL and STRONG operations in one program; the mix is that of the EVENTUAL ones",
       "cas-register",
       {{OpFunction::get, 3}, {OpFunction::put, 2}, {OpFunction::include, 2}, {OpFunction::exclude, 1}},
       Service::realm},
  };
  return kKinds;
}

const WorkloadKind* find_workload(std::string_view name) {
  for (const WorkloadKind& kind : workload_kinds()) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

bool model_judges(std::string_view model, faults::OpFunction function) {
  switch (function) {
    case OpFunction::get:
      return true;
    case OpFunction::put:
      return model != "list-append";
    case OpFunction::cas:
      return model == "cas-register" || model == "kv";
    case OpFunction::remove:
      return model == "kv";
    case OpFunction::append:
      return model == "kv" || model == "list-append";
    case OpFunction::txn:
      return false;  // judged by the claim "isolation"
    default:
      return false;  // a realm's claims judge it
  }
}

namespace {

std::vector<Maker> makers_of(std::span<const WorkloadSpec> workloads) {
  std::vector<Maker> makers;
  for (const WorkloadSpec& spec : workloads) {
    Maker maker{.spec = &spec,
                .mix = spec.mix.empty() ? find_workload(spec.kind)->mix : spec.mix,
                .weights = 0,
                .recent = {}};
    for (const MixShare& share : maker.mix) maker.weights += share.weight;
    maker.recent.resize(spec.keys);
    makers.push_back(std::move(maker));
  }
  return makers;
}

// Tokens, publications and revocations, and the makers of the rest. Gives the times of the run.
RealmTimes prepare_realm(faults::Plan& plan, const Random& random, std::vector<Maker>& makers) {
  grant_first_tokens(plan);
  std::uint64_t reads = 0;
  for (const Maker& maker : makers) {
    reads += maker.spec->keys * RealmMaker(*maker.spec, maker.mix, plan).properties().size();
    if (maker.spec->kind == "modes") reads += maker.spec->keys * 3;
  }
  const RealmTimes times = realm_times(plan, reads);
  for (const Maker& maker : makers) {
    if (maker.spec->kind == "capability") grow_forest(plan, *maker.spec, random, times.stop, plan.operations);
    append_publications(*maker.spec, plan, times.stop, plan.operations);
  }
  for (Maker& maker : makers) maker.realm = std::make_unique<RealmMaker>(*maker.spec, maker.mix, plan);
  return times;
}

}  // namespace

void generate_operations(faults::Plan& plan, std::span<const WorkloadSpec> workloads) {
  const Random random = Random(plan.seed).child("workload");
  std::vector<NodeId> clients;
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role == NodeRole::client) clients.push_back(node.id);
  }
  if (clients.empty()) return;
  std::vector<Maker> makers = makers_of(workloads);
  Duration last = std::max(Duration{}, plan.duration - kSilenceBefore);
  RealmTimes times;
  const bool realm = plan.system.service == Service::realm;
  if (realm) {
    times = prepare_realm(plan, random, makers);
    last = times.stop - SimTime{};
  }
  std::vector<Arrival> arrivals;
  for (std::uint32_t i = 0; i < makers.size(); ++i)
    arrivals_of(i, *makers[i].spec, last, random, clients, arrivals);
  std::sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) {
    if (a.at != b.at) return a.at < b.at;
    if (a.process != b.process) return a.process < b.process;
    return a.workload != b.workload ? a.workload < b.workload : a.number < b.number;
  });
  plan.operations.reserve(plan.operations.size() + arrivals.size() + 64);
  std::int64_t next_value = 1;
  for (const Arrival& arrival : arrivals) {
    const Random own = random.child("workload.client", arrival.process.value, arrival.workload);
    plan.operations.push_back(operation_of(makers[arrival.workload], arrival,
                                           own.at("workload.operation", 0, arrival.number), next_value));
  }
  for (const Maker& maker : makers) {
    if (realm) {
      append_final_reads(*maker.realm, *maker.spec, plan, times.final_reads, plan.operations);
      append_final_reads_of_modes(*maker.spec, plan, times.final_reads, plan.operations);
    } else {
      final_reads(maker, plan, clients, plan.operations);
    }
  }
  std::stable_sort(plan.operations.begin(), plan.operations.end(),
                   [](const Operation& a, const Operation& b) { return a.at < b.at; });
  std::uint32_t id = 0;
  for (Operation& op : plan.operations) op.id = ++id;
}

}  // namespace wn::scenarios
