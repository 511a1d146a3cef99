// Kinds of cycles in small random graphs, against closures of relations written from the definitions.
#include "checkers/isolation/knot.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "runtime/base/random.h"

namespace wn::checkers::isolation {
namespace {

constexpr std::size_t kNodes = 7;
using Relation = std::array<std::array<bool, kNodes>, kNodes>;

Relation either(const Relation& a, const Relation& b) {
  Relation out{};
  for (std::size_t i = 0; i < kNodes; ++i)
    for (std::size_t j = 0; j < kNodes; ++j) out[i][j] = a[i][j] || b[i][j];
  return out;
}
Relation then(const Relation& a, const Relation& b) {
  Relation out{};
  for (std::size_t i = 0; i < kNodes; ++i)
    for (std::size_t k = 0; k < kNodes; ++k)
      for (std::size_t j = 0; j < kNodes; ++j) out[i][j] = out[i][j] || (a[i][k] && b[k][j]);
  return out;
}
Relation closure(Relation r) {  // reflexive, transitive
  for (std::size_t i = 0; i < kNodes; ++i) r[i][i] = true;
  for (int round = 0; round < 3; ++round) r = then(r, r);
  return r;
}
// Some step that a way leads back from.
bool closes(const Relation& step, const Relation& way) {
  for (std::size_t i = 0; i < kNodes; ++i)
    for (std::size_t j = 0; j < kNodes; ++j)
      if (step[i][j] && way[j][i]) return true;
  return false;
}

using Relations = std::array<Relation, 4>;  // by Kind, without real time

// What is there, without what something else there implies.
std::set<std::string> expected(const Relations& all) {
  std::set<std::string> out;
  bool g0 = false, g1c = false, single = false, nonadjacent = false, g2 = false;
  for (const bool order : {false, true}) {
    const std::string suffix = order ? "-process" : "";
    const Relation none{};
    const Relation& extra = order ? all[3] : none;
    const Relation written = either(either(all[0], all[1]), extra);
    const Relation data = either(written, all[2]);
    const Relation apart = either(written, then(all[2], written));
    if (!g0 && closes(all[0], closure(either(all[0], extra)))) g0 = out.insert("G0" + suffix).second;
    if (!g0 && !g1c && closes(all[1], closure(written))) g1c = out.insert("G1c" + suffix).second;
    if (!single && closes(all[2], closure(written))) single = out.insert("G-single-item" + suffix).second;
    if (!single && !nonadjacent && closes(then(all[2], written), closure(apart)))
      nonadjacent = out.insert("G-nonadjacent-item" + suffix).second;
    if (!single && !nonadjacent && !g2 && closes(all[2], closure(data)))
      g2 = out.insert("G2-item" + suffix).second;
  }
  return out;
}

bool is_closed_walk(const Cycle& c, const Relations& all) {
  for (std::size_t i = 0; i < c.edges.size(); ++i) {
    const Edge& e = c.edges[i];
    if (e.to != c.edges[(i + 1) % c.edges.size()].from) return false;
    if (!all[static_cast<std::size_t>(e.kind)][e.from][e.to]) return false;
  }
  const auto of = [&](Kind k) { return std::ranges::count(c.edges, k, &Edge::kind); };
  const auto rws = of(Kind::rw);
  bool adjacent = false;
  for (std::size_t i = 0; i < c.edges.size(); ++i)
    adjacent |= c.edges[i].kind == Kind::rw && c.edges[(i + 1) % c.edges.size()].kind == Kind::rw;
  if (c.type.ends_with("-process") != (of(Kind::process) > 0)) return false;
  if (c.type.starts_with("G0")) return rws == 0 && of(Kind::wr) == 0;
  if (c.type.starts_with("G1c")) return rws == 0 && of(Kind::wr) > 0;
  if (c.type.starts_with("G-single")) return rws == 1;
  if (c.type.starts_with("G-nonadjacent")) return rws > 1 && !adjacent;
  return rws > 1;
}

}  // namespace

TEST_CASE("isolation: the kinds of cycles of a knot are those that the relations have") {
  int found = 0;
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    Draw draw = Random(31).at("test.knot", seed);
    std::vector<Edge> edges;
    for (std::uint64_t n = 4 + draw.below(12); n > 0; --n) {
      const auto from = static_cast<std::uint32_t>(draw.below(kNodes));
      const auto to = static_cast<std::uint32_t>(draw.below(kNodes));
      const std::uint64_t rare = draw.below(8);  // mostly rw, or hardly anything else is ever found
      const std::uint64_t kind = rare < 4 ? rare : 2;
      if (from != to) edges.push_back({from, to, static_cast<Kind>(kind)});
    }
    DependencyGraph graph;
    graph.build(kNodes, [&](const auto& sink) {
      for (const Edge& e : edges) sink(e.from, e.to, e.kind);
    });
    std::vector<std::uint32_t> local(kNodes, 0);
    for (const auto& nodes : find_knots(graph)) {
      Relations all{};
      const auto inside = [&](std::uint32_t n) { return std::ranges::binary_search(nodes, n); };
      for (const Edge& e : edges)
        if (inside(e.from) && inside(e.to)) all[static_cast<std::size_t>(e.kind)][e.from][e.to] = true;
      for (std::size_t i = 0; i < kNodes; ++i)  // rw beside ww or wr says nothing more
        for (std::size_t j = 0; j < kNodes; ++j)
          all[2][i][j] = all[2][i][j] && !all[0][i][j] && !all[1][i][j];
      bool stopped = false;
      std::set<std::string> types;
      for (const Cycle& c : Knot(graph, nodes, local).cycles("process", Budget{}, stopped)) {
        types.insert(c.type);
        INFO("seed " << seed << " " << c.type);
        REQUIRE(is_closed_walk(c, all));
      }
      found += static_cast<int>(types.size());
      INFO("seed " << seed);
      // Process order alone may close a cycle in such a graph; it is none of any kind.
      REQUIRE(types == expected(all));
    }
  }
  CHECK(found > 4'000);
}

}  // namespace wn::checkers::isolation
