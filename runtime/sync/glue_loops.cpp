// Loops that do not close: clocks, lenses, twists.
#include <algorithm>
#include <bit>

#include "runtime/sync/glue_rules.h"

namespace wn::sync {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};

constexpr bool holds(SectionSet set, std::uint32_t section) { return (set >> section & 1) != 0; }
constexpr bool within(SectionSet set, std::uint32_t a, std::uint32_t b) {
  return holds(set, a) && holds(set, b);
}

// From one node of a search tree up to where the other one's way meets it, and down to that.
template <class Parent>
void path_between(std::uint32_t a, std::uint32_t b, Parent&& parent, std::pmr::vector<std::uint32_t>& path) {
  std::pmr::vector<std::uint32_t> up_b(path.get_allocator());
  path.clear();
  for (std::uint32_t n = a; n != kNone; n = parent(n)) path.push_back(n);
  for (std::uint32_t n = b; n != kNone; n = parent(n)) up_b.push_back(n);
  while (path.size() > 1 && up_b.size() > 1 && path[path.size() - 2] == up_b[up_b.size() - 2]) {
    path.pop_back();
    up_b.pop_back();
  }
  for (std::size_t i = up_b.size() - 1; i-- > 0;) path.push_back(up_b[i]);
}

}  // namespace

Obstruction nothing_yet(ObstructionKind kind, std::pmr::memory_resource* memory) {
  return {.kind = kind,
          .witnesses = std::pmr::vector<Witness>(memory),
          .loop = std::pmr::vector<LoopStep>(memory)};
}

// Difference constraints by Bellman and Ford: x[to] - x[from] lies within the error around the offset. A
// negative cycle is a loop whose sum exceeds its errors (Farkas: there is one exactly when no readings fit).
bool clock_loop(const Cover& cover, SectionSet set, Obstruction& out,
                std::pmr::vector<std::int64_t>& readings) {
  const auto count = static_cast<std::uint32_t>(cover.sections.size());
  struct Arc {
    LoopStep step;
    std::int64_t weight;
  };
  std::pmr::vector<Arc> arcs(readings.get_allocator());
  for (const ClockOffset& c : cover.clocks) {
    if (!within(set, c.from, c.to)) continue;
    const auto error = static_cast<std::int64_t>(c.error_ns);
    arcs.push_back(
        {{.from = c.from, .to = c.to, .value = c.offset_ns, .error = c.error_ns}, c.offset_ns + error});
    arcs.push_back(
        {{.from = c.to, .to = c.from, .value = -c.offset_ns, .error = c.error_ns}, error - c.offset_ns});
  }
  readings.clear();
  // Wide enough for whatever a bad loop adds up to before it is found.
  std::array<__int128, kSectionsMax> read{};
  std::array<std::uint32_t, kSectionsMax> came{};  // by which arc
  came.fill(kNone);
  std::uint32_t relaxed = kNone;
  for (std::uint32_t round = 0; round <= count; ++round) {
    relaxed = kNone;
    for (std::uint32_t a = 0; a < arcs.size(); ++a) {
      const LoopStep& s = arcs[a].step;
      if (read[s.from] + arcs[a].weight >= read[s.to]) continue;
      read[s.to] = read[s.from] + arcs[a].weight;
      came[s.to] = a;
      relaxed = s.to;
    }
    if (relaxed != kNone) continue;
    for (std::uint32_t i = 0; i < count; ++i) readings.push_back(static_cast<std::int64_t>(read[i]));
    return false;
  }
  std::uint32_t at = relaxed;
  for (std::uint32_t i = 0; i < count; ++i) at = arcs[came[at]].step.from;  // onto the cycle
  const std::uint32_t begin = at;
  out.loop.clear();
  out.limit = 0;
  do {
    const LoopStep& step = arcs[came[at]].step;
    out.loop.push_back(step);
    out.limit += step.error;
    at = step.from;
  } while (at != begin);
  std::ranges::reverse(out.loop);
  return true;
}

// Fields of sections that stand for each other are one class; two fields of one section in it are a loop that
// does not come back.
bool lens_loop(const Cover& cover, SectionSet set, Obstruction& out) {
  const auto memory = out.loop.get_allocator();
  using Node = std::pair<std::uint32_t, std::uint32_t>;  // section, field
  std::pmr::vector<std::pair<Node, Node>> arcs(memory);
  for (const LensPair& l : cover.lenses) {
    if (!within(set, l.from, l.to)) continue;
    arcs.push_back({{l.from, l.field_from}, {l.to, l.field_to}});
    arcs.push_back({{l.to, l.field_to}, {l.from, l.field_from}});
  }
  std::ranges::sort(arcs);
  std::pmr::vector<Node> nodes(memory);
  std::pmr::vector<std::uint32_t> first(memory);  // arc of each node
  for (std::uint32_t a = 0; a < arcs.size(); ++a) {
    if (!nodes.empty() && nodes.back() == arcs[a].first) continue;
    nodes.push_back(arcs[a].first);
    first.push_back(a);
  }
  first.push_back(static_cast<std::uint32_t>(arcs.size()));
  const auto place = [&](const Node& n) {
    return static_cast<std::uint32_t>(std::ranges::lower_bound(nodes, n) - nodes.begin());
  };
  std::pmr::vector<std::uint32_t> parent(nodes.size(), kNone, memory), queue(memory), path(memory);
  std::pmr::vector<std::uint8_t> seen(nodes.size(), 0, memory);
  for (std::uint32_t root = 0; root < nodes.size(); ++root) {
    if (seen[root] != 0) continue;
    std::array<std::uint32_t, kSectionsMax> of_section{};
    of_section.fill(kNone);
    queue.assign(1, root);
    seen[root] = 1;
    for (std::size_t q = 0; q < queue.size(); ++q) {
      const std::uint32_t here = queue[q];
      std::uint32_t& other = of_section[nodes[here].first];
      if (other != kNone) {
        path_between(other, here, [&](std::uint32_t n) { return parent[n]; }, path);
        out.loop.clear();
        out.detail = nodes[other].second;
        for (std::size_t i = 1; i < path.size(); ++i)
          out.loop.push_back(
              {.from = nodes[path[i - 1]].first, .to = nodes[path[i]].first, .value = nodes[path[i]].second});
        return true;
      }
      other = here;
      for (std::uint32_t a = first[here]; a < first[here + 1]; ++a) {
        const std::uint32_t next = place(arcs[a].second);
        if (seen[next] != 0) continue;
        seen[next] = 1;
        parent[next] = here;
        queue.push_back(next);
      }
    }
  }
  return false;
}

// All choices at once: each section's sides come from a search tree; an edge outside it that does not fit
// closes a loop with its way through the tree.
bool twist_loop(const Cover& cover, SectionSet set, Obstruction& out) {
  const auto count = static_cast<std::uint32_t>(cover.sections.size());
  std::array<std::array<std::uint64_t, kSectionsMax>, kSectionsMax> bits{};
  std::array<SectionSet, kSectionsMax> next{};
  for (const Twist& t : cover.twists) {
    if (!within(set, t.from, t.to)) continue;
    bits[t.from][t.to] = bits[t.to][t.from] = t.bits;
    next[t.from] |= SectionSet{1} << t.to;
    next[t.to] |= SectionSet{1} << t.from;
  }
  std::array<std::uint32_t, kSectionsMax> parent{}, queue{};
  std::array<std::uint64_t, kSectionsMax> side{};
  parent.fill(kNone);
  SectionSet seen = 0;
  for (std::uint32_t root = 0; root < count; ++root) {
    if (holds(seen, root)) continue;
    seen |= SectionSet{1} << root;
    std::size_t end = 0;
    queue[end++] = root;
    for (std::size_t q = 0; q < end; ++q) {
      const std::uint32_t here = queue[q];
      for (SectionSet left = next[here] & ~seen; left != 0; left &= left - 1) {
        const auto there = static_cast<std::uint32_t>(std::countr_zero(left));
        parent[there] = here;
        side[there] = side[here] ^ bits[here][there];
        queue[end++] = there;
      }
      seen |= next[here];
    }
  }
  for (const Twist& t : cover.twists) {
    if (!within(set, t.from, t.to)) continue;
    const std::uint64_t turned = side[t.from] ^ side[t.to] ^ t.bits;
    if (turned == 0) continue;
    out.detail = static_cast<std::uint64_t>(std::countr_zero(turned));
    std::pmr::vector<std::uint32_t> path(out.loop.get_allocator());
    path_between(t.from, t.to, [&](std::uint32_t n) { return parent[n]; }, path);
    path.push_back(t.from);
    out.loop.clear();
    for (std::size_t i = 1; i < path.size(); ++i) {
      const std::uint64_t bit = bits[path[i - 1]][path[i]] >> out.detail & 1;
      out.loop.push_back({.from = path[i - 1], .to = path[i], .value = static_cast<std::int64_t>(bit)});
    }
    return true;
  }
  return false;
}

bool is_cocycle(const Cover& cover, const Nerve& nerve, std::uint64_t choice) {
  std::array<std::array<std::uint8_t, kSectionsMax>, kSectionsMax> value{};  // 1 + the bit; 0: no twist
  for (const Twist& t : cover.twists)
    value[t.from][t.to] = static_cast<std::uint8_t>(1 + (t.bits >> choice & 1));
  for (const EdgeReport& e : nerve.edges) {
    if (value[e.from][e.to] == 0) continue;
    for (SectionSet left = nerve.with[e.from][e.to] >> e.to >> 1; left != 0; left &= left - 1) {
      const std::uint32_t k = e.to + 1 + static_cast<std::uint32_t>(std::countr_zero(left));
      if (value[e.from][k] == 0 || value[e.to][k] == 0) continue;
      if ((value[e.from][e.to] + value[e.from][k] + value[e.to][k]) % 2 == 0) return false;  // 3 + the sum
    }
  }
  return true;
}

}  // namespace wn::sync
