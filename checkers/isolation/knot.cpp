#include "checkers/isolation/knot.h"

#include <algorithm>

#include "checkers/isolation/knot_search.h"

namespace wn::checkers::isolation {
namespace {

constexpr std::size_t kWords = 4;
using Bits = std::array<std::uint64_t, kWords>;
constexpr std::size_t kStarts = 64 * kWords;

// Of this many edges that close a cycle the shortest cycle is shown.
constexpr std::size_t kTriesMax = 8;

}  // namespace

Knot::Knot(const DependencyGraph& graph, const std::vector<std::uint32_t>& nodes,
           std::vector<std::uint32_t>& local)
    : graph_(graph), nodes_(nodes) {
  for (std::uint32_t i = 0; i < size(); ++i) local[nodes[i]] = i;
  first_.assign(nodes.size() + 1, 0);
  std::vector<Step> own;
  for (std::uint32_t i = 0; i < size(); ++i) {
    own.clear();
    graph.out(nodes[i], [&](std::uint32_t to, Kind kind) {
      const std::uint32_t at = local[to];
      if (at < nodes.size() && nodes[at] == to) own.push_back({at, kind});
      return true;
    });
    // Each pair once for each kind; rw beside ww or wr says nothing more, since it may stand in fewer places.
    std::ranges::sort(
        own, [](const Step& a, const Step& b) { return a.to != b.to ? a.to < b.to : a.kind < b.kind; });
    for (std::size_t k = 0; k < own.size(); ++k) {
      const bool again = k > 0 && own[k - 1].to == own[k].to;
      if (again && (own[k - 1].kind == own[k].kind || own[k].kind == Kind::rw)) continue;
      steps_.push_back(own[k]);
    }
    first_[i + 1] = static_cast<std::uint32_t>(steps_.size());
  }
}

// The search for cycles in one knot, kind by kind.
class CycleFinder {
 public:
  CycleFinder(const DependencyGraph& graph, const std::vector<std::uint32_t>& nodes, const Knot& knot,
              const Budget& budget)
      : graph_(graph), nodes_(nodes), knot_(knot), budget_(budget) {}

  void look(Kinds order, const std::string& suffix);
  std::vector<Cycle> found;
  bool stopped = false;

 private:
  struct Candidate {
    Edge edge;           // local
    std::uint32_t from;  // components over X
    std::uint32_t to;
  };
  // The shortest of the first few cycles through an edge of `kind` inside a component.
  bool close(const KnotSearch& search, Kind kind, const std::string& type);
  std::vector<Candidate> candidates(const KnotSearch& nonadjacent, const KnotSearch& written) const;
  bool single(std::vector<Candidate> asked, const KnotSearch& written, const std::string& type);
  bool sweep(const std::vector<Candidate>& asked, std::size_t begin, std::size_t end,
             const KnotSearch& written, std::vector<const Candidate*>& hits);
  void report(const std::string& type, std::vector<Edge> local);

  const DependencyGraph& graph_;
  const std::vector<std::uint32_t>& nodes_;
  const Knot& knot_;
  const Budget& budget_;
  bool g0_ = false, g1c_ = false, single_ = false, nonadjacent_ = false, g2_ = false;
  // members of each component over X, for sweeps
  std::vector<std::uint32_t> members_, first_member_;
};

std::vector<Cycle> Knot::cycles(const std::string& order, const Budget& budget, bool& stopped) const {
  CycleFinder finder(graph_, nodes_, *this, budget);
  finder.look(0, "");
  if (!order.empty()) finder.look(kOrders, "-" + order);
  stopped = stopped || finder.stopped;
  return std::move(finder.found);
}

void CycleFinder::look(Kinds order, const std::string& suffix) {
  const auto with = [&](Kinds kinds) { return static_cast<Kinds>(kinds | order); };
  if (!g0_) g0_ = close(KnotSearch(knot_, with(kWw), false), Kind::ww, "G0" + suffix);
  const KnotSearch written(knot_, with(kWritten), false);
  if (!g0_ && !g1c_) g1c_ = close(written, Kind::wr, "G1c" + suffix);
  if (single_) return;
  const Kinds data = with(kWritten | set_of(Kind::rw));
  {
    const KnotSearch nonadjacent(knot_, data, true);
    std::vector<Candidate> asked = candidates(nonadjacent, written);
    if (!asked.empty()) {
      const Edge any = asked.front().edge;
      single_ = single(std::move(asked), written, "G-single-item" + suffix);
      if (single_ || stopped) return;
      if (!nonadjacent_) {
        nonadjacent_ = true;
        std::vector<Edge> cycle = nonadjacent.way(2 * any.to + 1, 2 * any.from, false);
        cycle.insert(cycle.begin(), any);
        report("G-nonadjacent-item" + suffix, std::move(cycle));
      }
    }
  }
  if (nonadjacent_ || g2_) return;
  g2_ = close(KnotSearch(knot_, data, false), Kind::rw, "G2-item" + suffix);
}

bool CycleFinder::close(const KnotSearch& search, Kind kind, const std::string& type) {
  std::vector<Edge> best;
  std::size_t tries = 0;
  for (std::uint32_t from = 0; from < nodes_.size() && tries < kTriesMax; ++from) {
    search.each_step(2 * from, [&](std::uint32_t to, Kind k) {
      if (k != kind || search.component(2 * from) != search.component(to) || tries >= kTriesMax) return;
      ++tries;
      std::vector<Edge> cycle = search.way(to, 2 * from, false);
      if (!best.empty() && best.size() <= cycle.size() + 1) return;
      cycle.insert(cycle.begin(), {from, to / 2, kind});
      best = std::move(cycle);
    });
  }
  if (best.empty()) return false;
  report(type, std::move(best));
  return true;
}

std::vector<CycleFinder::Candidate> CycleFinder::candidates(const KnotSearch& nonadjacent,
                                                            const KnotSearch& written) const {
  std::vector<Candidate> out;
  for (std::uint32_t from = 0; from < nodes_.size(); ++from) {
    nonadjacent.each_step(2 * from, [&](std::uint32_t to, Kind k) {
      if (k != Kind::rw || nonadjacent.component(2 * from) != nonadjacent.component(to)) return;
      const std::uint32_t node = to / 2;
      out.push_back({{from, node, Kind::rw}, written.component(2 * from), written.component(2 * node)});
    });
  }
  return out;
}

// A way over X leads to components of lower numbers, so only edges to a higher one, or inside one, can close.
bool CycleFinder::single(std::vector<Candidate> asked, const KnotSearch& written, const std::string& type) {
  std::erase_if(asked, [](const Candidate& c) { return c.to < c.from; });
  if (asked.empty()) return false;
  std::ranges::sort(asked, [](const Candidate& a, const Candidate& b) {
    return a.to != b.to ? a.to > b.to : a.edge.from < b.edge.from;
  });
  first_member_.assign(written.components() + 1, 0);
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) ++first_member_[written.component(2 * i) + 1];
  for (std::uint32_t c = 0; c < written.components(); ++c) first_member_[c + 1] += first_member_[c];
  members_.resize(nodes_.size());
  std::vector<std::uint32_t> at = first_member_;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) members_[at[written.component(2 * i)]++] = i;
  std::vector<const Candidate*> hits;
  for (std::size_t begin = 0; begin < asked.size() && hits.empty();) {
    std::size_t end = begin;
    std::size_t starts = 0;  // different components to start from
    for (; end < asked.size(); ++end) {
      if (end == begin || asked[end].to != asked[end - 1].to) ++starts;
      if (starts > kStarts) break;
    }
    if (budget_.stopped()) {
      stopped = true;
      return false;
    }
    sweep(asked, begin, end, written, hits);
    begin = end;
  }
  if (hits.empty()) return false;
  std::vector<Edge> best;
  for (std::size_t i = 0; i < std::min(hits.size(), kTriesMax); ++i) {
    const Edge e = hits[i]->edge;
    std::vector<Edge> cycle = written.way(2 * e.to, 2 * e.from, true);
    if (!best.empty() && best.size() <= cycle.size() + 1) continue;
    cycle.insert(cycle.begin(), e);
    best = std::move(cycle);
  }
  report(type, std::move(best));
  return true;
}

bool CycleFinder::sweep(const std::vector<Candidate>& asked, std::size_t begin, std::size_t end,
                        const KnotSearch& written, std::vector<const Candidate*>& hits) {
  const std::uint32_t top = asked[begin].to;
  std::uint32_t bottom = top;
  for (std::size_t i = begin; i < end; ++i) bottom = std::min(bottom, asked[i].from);
  std::vector<Bits> reached(top - bottom + 1, Bits{});
  std::size_t bit = 0;
  std::vector<std::size_t> bit_of(end - begin, 0);
  for (std::size_t i = begin; i < end; ++i) {
    if (i > begin && asked[i].to != asked[i - 1].to) ++bit;
    bit_of[i - begin] = bit;
    reached[asked[i].to - bottom][bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  for (std::uint32_t c = top + 1; c-- > bottom;) {
    const Bits bits = reached[c - bottom];
    if (std::ranges::all_of(bits, [](std::uint64_t w) { return w == 0; })) continue;
    for (std::uint32_t m = first_member_[c]; m < first_member_[c + 1]; ++m) {
      written.each_step(2 * members_[m], [&](std::uint32_t to, Kind) {
        const std::uint32_t next = written.component(to);
        if (next >= c || next < bottom) return;
        for (std::size_t w = 0; w < kWords; ++w) reached[next - bottom][w] |= bits[w];
      });
    }
  }
  for (std::size_t i = begin; i < end; ++i) {
    const std::size_t b = bit_of[i - begin];
    if (((reached[asked[i].from - bottom][b / 64] >> (b % 64)) & 1U) != 0) hits.push_back(&asked[i]);
  }
  return !hits.empty();
}

// Back to operations: a run of steps over moments is one step of real time.
void CycleFinder::report(const std::string& type, std::vector<Edge> local) {
  Cycle out{type, {}};
  const std::uint32_t operations = graph_.operations();
  const auto turn = std::ranges::find_if(local, [&](const Edge& e) { return nodes_[e.from] < operations; });
  std::ranges::rotate(local, turn);
  for (const Edge& e : local) {
    const std::uint32_t from = nodes_[e.from];
    const std::uint32_t to = nodes_[e.to];
    if (from < operations) {
      out.edges.push_back({from, to, e.kind});
    } else {
      out.edges.back().to = to;
    }
  }
  found.push_back(std::move(out));
}

}  // namespace wn::checkers::isolation
