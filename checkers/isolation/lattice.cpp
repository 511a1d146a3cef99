#include "checkers/isolation/lattice.h"

#include <algorithm>
#include <array>
#include <bitset>

#include "runtime/base/check.h"

namespace wn::checkers::isolation {
namespace {

struct Row {
  std::string_view name;
  std::string_view others;  // names, blank between them
};

constexpr std::array kSpellings = {
    Row{"PL-1", "read-uncommitted"},
    Row{"PL-2", "read-committed"},
    Row{"PL-2+", "consistent-view"},
    Row{"PL-2.99", "repeatable-read"},
    Row{"PL-2L", "monotonic-view"},
    Row{"PL-3", "serializable"},
    Row{"PL-3U", "update-serializable"},
    Row{"PL-CS", "cursor-stability"},
    Row{"PL-FCV", "forward-consistent-view"},
    Row{"PL-MSR", "monotonic-snapshot-read"},
    Row{"PL-SI", "snapshot-isolation"},
    Row{"PL-SS", "strict-serializable"},
    Row{"conflict-serializable", "serializable"},
    Row{"strong-PL-1", "strong-read-uncommitted"},
    Row{"strong-PL-2", "strong-read-committed"},
    Row{"strong-serializable", "strict-serializable"},
    Row{"strong-session-PL-1", "strong-session-read-uncommitted"},
    Row{"strong-session-PL-2", "strong-session-read-committed"},
};

// A model and the next weaker ones that it guarantees, weakest first.
constexpr std::array kModels = {
    Row{"read-uncommitted", ""},
    Row{"read-committed", "read-uncommitted"},
    Row{"monotonic-view", "read-committed"},
    Row{"monotonic-snapshot-read", "read-committed"},
    Row{"monotonic-atomic-view", "read-committed"},
    Row{"cursor-stability", "read-committed"},
    Row{"repeatable-read", "cursor-stability monotonic-atomic-view"},
    Row{"consistent-view", "cursor-stability monotonic-view"},
    Row{"forward-consistent-view", "consistent-view"},
    Row{"update-serializable", "forward-consistent-view"},
    Row{"read-atomic", "monotonic-atomic-view"},
    Row{"causal-cerone", "read-atomic"},
    Row{"update-atomic", "read-atomic"},
    Row{"prefix", "causal-cerone"},
    Row{"parallel-snapshot-isolation", "causal-cerone update-atomic"},
    Row{"snapshot-isolation",
        "prefix parallel-snapshot-isolation forward-consistent-view monotonic-snapshot-read "
        "monotonic-atomic-view"},
    Row{"view-serializable", ""},
    Row{"serializable", "view-serializable repeatable-read update-serializable snapshot-isolation"},
    Row{"1SR", ""},
    Row{"session-serializable", "1SR"},
    Row{"strong-session-read-uncommitted", "read-uncommitted"},
    Row{"strong-session-read-committed", "read-committed strong-session-read-uncommitted"},
    Row{"strong-session-snapshot-isolation", "snapshot-isolation strong-session-read-committed"},
    Row{"strong-session-serializable", "serializable strong-session-snapshot-isolation"},
    Row{"strong-read-uncommitted", "strong-session-read-uncommitted"},
    Row{"strong-read-committed", "strong-session-read-committed strong-read-uncommitted"},
    Row{"strong-snapshot-isolation", "strong-session-snapshot-isolation strong-read-committed"},
    Row{"strict-serializable",
        "serializable linearizable strong-snapshot-isolation strong-session-serializable "
        "session-serializable"},
    Row{"read-your-writes", ""},
    Row{"monotonic-reads", ""},
    Row{"monotonic-writes", ""},
    Row{"writes-follow-reads", ""},
    Row{"PRAM", "read-your-writes monotonic-reads monotonic-writes"},
    Row{"causal", "PRAM writes-follow-reads"},
    Row{"sequential", "causal"},
    Row{"linearizable", "sequential"},
};

// An anomaly and the next more general ones that it is a case of. A plain cycle is one with process order,
// and that one with real time: processes do one thing at a time.
constexpr std::array kAnomalies = {
    Row{"G0", "G1c G0-process"},
    Row{"G0-process", "G1c-process G0-realtime"},
    Row{"G0-realtime", "G1c-realtime"},
    Row{"G1a", "G1"},
    Row{"G1b", "G1"},
    Row{"G1c", "G1 G1c-process"},
    Row{"G1c-process", "G1-process G1c-realtime"},
    Row{"G1c-realtime", "G1-realtime"},
    Row{"G1", "G1-process"},
    Row{"G1-process", "G1-realtime"},
    Row{"G1-realtime", ""},
    Row{"G-single-item", "G-single G-nonadjacent-item G-single-item-process"},
    Row{"G-single-item-process", "G-single-process G-nonadjacent-item-process G-single-item-realtime"},
    Row{"G-single-item-realtime", "G-single-realtime G-nonadjacent-item-realtime"},
    Row{"G-single", "G-nonadjacent GSIb G-single-process"},
    Row{"G-single-process", "G-nonadjacent-process G-single-realtime"},
    Row{"G-single-realtime", "G-nonadjacent-realtime"},
    Row{"G-nonadjacent-item", "G-nonadjacent G2-item G-nonadjacent-item-process"},
    Row{"G-nonadjacent-item-process", "G-nonadjacent-process G2-item-process G-nonadjacent-item-realtime"},
    Row{"G-nonadjacent-item-realtime", "G-nonadjacent-realtime G2-item-realtime"},
    Row{"G-nonadjacent", "G2 G-nonadjacent-process"},
    Row{"G-nonadjacent-process", "G2-process G-nonadjacent-realtime"},
    Row{"G-nonadjacent-realtime", "G2-realtime"},
    Row{"G2-item", "G2 G2-item-process"},
    Row{"G2-item-process", "G2-process G2-item-realtime"},
    Row{"G2-item-realtime", "G2-realtime"},
    Row{"G2", "G2-process"},
    Row{"G2-process", "G2-realtime"},
    Row{"G2-realtime", ""},
    Row{"GSIa", "GSI"},
    Row{"GSIb", "GSI"},
    Row{"GSI", ""},
    Row{"incompatible-order", "G1a"},
    Row{"dirty-update", "G1a"},
    Row{"garbage-read", "G1a"},
    Row{"future-read", "G1c"},
    Row{"lost-update", "write-skew G2-item"},
    Row{"write-skew", "G2"},
    Row{"internal", ""},
    Row{"duplicate-elements", ""},
    Row{"cyclic-versions", ""},
    Row{"G-cursor", ""},
    Row{"G-monotonic", ""},
    Row{"G-MSR", ""},
    Row{"G-SI", ""},
    Row{"G-SIb", ""},
    Row{"G-update", ""},
    Row{"predicate-read-miss", ""},
};

// What a model forbids beyond the models that it guarantees.
constexpr std::array kForbidden = {
    Row{"read-uncommitted", "G0 duplicate-elements cyclic-versions"},
    Row{"read-committed", "G1"},
    Row{"monotonic-view", "G1 G-monotonic"},
    Row{"monotonic-snapshot-read", "G1 G-MSR"},
    Row{"cursor-stability", "G1 G-cursor lost-update"},
    Row{"repeatable-read", "G1 G2-item lost-update"},
    Row{"consistent-view", "G1 G-single"},
    Row{"forward-consistent-view", "G1 G-SIb"},
    Row{"update-serializable", "G1 G-update"},
    Row{"read-atomic", "internal G1a future-read"},
    Row{"causal-cerone", "internal G1a"},
    Row{"update-atomic", "lost-update"},
    Row{"prefix", "internal G1a"},
    Row{"parallel-snapshot-isolation", "internal G1a"},
    Row{"snapshot-isolation", "internal G1 G-SI G-nonadjacent"},
    Row{"serializable", "internal G1 G2 predicate-read-miss"},
    Row{"strong-session-read-uncommitted", "G0-process"},
    Row{"strong-session-read-committed", "G1c-process"},
    Row{"strong-session-snapshot-isolation", "internal G1-process G-nonadjacent-process"},
    Row{"strong-session-serializable", "G1-process G2-process"},
    Row{"strong-read-uncommitted", "G0-realtime"},
    Row{"strong-read-committed", "G1c-realtime"},
    Row{"strong-snapshot-isolation", "internal G1-realtime G-nonadjacent-realtime"},
    Row{"strict-serializable", "G1 G1c-realtime G2-realtime"},
};

constexpr std::size_t kMany = 64;
static_assert(kModels.size() <= kMany && kAnomalies.size() <= kMany);
using Set = std::bitset<kMany>;
constexpr std::size_t kNone = ~std::size_t{0};

template <std::size_t N>
std::size_t find(const std::array<Row, N>& rows, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (rows[i].name == name) return i;
  return kNone;
}

template <typename F>
void for_each_name(std::string_view names, const F& f) {
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(' '), names.size());
    f(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
}

// Reflexive and transitive closure of a relation of rows among themselves.
template <std::size_t N>
std::array<Set, N> reach(const std::array<Row, N>& rows) {
  std::array<Set, N> out;
  for (std::size_t i = 0; i < N; ++i) {
    out[i].set(i);
    for_each_name(rows[i].others, [&](std::string_view other) {
      const std::size_t j = find(rows, other);
      WN_CHECK(j != kNone);
      out[i].set(j);
    });
  }
  for (std::size_t via = 0; via < N; ++via)
    for (Set& s : out)
      if (s[via]) s |= out[via];
  return out;
}

std::size_t model_index(std::string_view name) { return find(kModels, friendly_model(name)); }

template <std::size_t N>
Names names_of(const std::array<Row, N>& rows, const Set& set) {
  Names out;
  for (std::size_t i = 0; i < N; ++i)
    if (set[i]) out.emplace_back(rows[i].name);
  std::ranges::sort(out);
  return out;
}

}  // namespace

std::string friendly_model(std::string_view name) {
  const std::size_t i = find(kSpellings, name);
  return std::string(i == kNone ? name : kSpellings[i].others);
}

bool is_model(std::string_view name) { return model_index(name) != kNone; }
bool is_anomaly(std::string_view name) { return find(kAnomalies, name) != kNone; }

Names all_models() {
  Names out;
  for (const Row& r : kModels) out.emplace_back(r.name);
  for (const Row& r : kSpellings) out.emplace_back(r.name);
  std::ranges::sort(out);
  return out;
}

Names all_anomalies() { return names_of(kAnomalies, Set{}.set()); }

Names prohibited(const Names& models, const Names& anomalies) {
  const auto weaker = reach(kModels);
  const auto general = reach(kAnomalies);
  Set held;
  for (const std::string& m : models) held |= weaker.at(model_index(m));
  Set forbidden;
  for (const Row& row : kForbidden) {
    if (!held[find(kModels, row.name)]) continue;
    for_each_name(row.others, [&](std::string_view a) { forbidden.set(find(kAnomalies, a)); });
  }
  for (const std::string& a : anomalies) forbidden.set(find(kAnomalies, a));
  Set out;
  for (std::size_t i = 0; i < kAnomalies.size(); ++i) out.set(i, (general[i] & forbidden).any());
  return names_of(kAnomalies, out);
}

Names implied_by(std::string_view anomaly) {
  return names_of(kAnomalies, reach(kAnomalies).at(find(kAnomalies, anomaly)));
}

Boundary ruled_out_by(const Names& anomalies) {
  const auto weaker = reach(kModels);
  const auto general = reach(kAnomalies);
  Set seen;
  for (const std::string& a : anomalies)
    if (is_anomaly(a)) seen |= general[find(kAnomalies, a)];
  Set broken;
  for (const Row& row : kForbidden) {
    for_each_name(row.others, [&](std::string_view a) {
      if (seen[find(kAnomalies, a)]) broken.set(find(kModels, row.name));
    });
  }
  Set out;
  for (std::size_t i = 0; i < kModels.size(); ++i) out.set(i, (weaker[i] & broken).any());
  Set weakest;
  for (std::size_t i = 0; i < kModels.size(); ++i) weakest.set(i, out[i] && (weaker[i] & out).count() == 1);
  return {names_of(kModels, weakest), names_of(kModels, out & ~weakest)};
}

}  // namespace wn::checkers::isolation
