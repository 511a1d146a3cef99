// The nerve, in one pass over all keys.
#include "runtime/sync/glue_nerve.h"

#include <algorithm>
#include <bit>

namespace wn::sync {
namespace {

constexpr SectionSet bit(std::uint32_t section) { return SectionSet{1} << section; }

// What two sections differ by in one key.
struct Difference {
  std::uint32_t dots = 0;
  bool equivocal = false;
};

Difference difference(const Section& a, std::size_t in_a, const Section& b, std::size_t in_b) {
  Difference out;
  const auto x = a.values_of(in_a), y = b.values_of(in_b);
  const bool versions_differ = a.states[in_a].schema_version != b.states[in_b].schema_version;
  std::size_t i = 0, j = 0;
  while (i < x.size() && j < y.size()) {
    if (x[i].dot == y[j].dot) {
      const bool values_differ = x[i].value != y[j].value;
      if (values_differ || versions_differ) ++out.dots;
      if (values_differ && !versions_differ) out.equivocal = true;
      ++i;
      ++j;
    } else {
      ++out.dots;
      x[i].dot < y[j].dot ? ++i : ++j;
    }
  }
  out.dots += static_cast<std::uint32_t>((x.size() - i) + (y.size() - j));
  return out;
}

// One pass over the keys of all sections, smallest first.
class Scan {
 public:
  Scan(const Cover& cover, Nerve& out) : cover_(cover), nerve_(out) {
    for (auto& row : places_) row.fill(~std::uint32_t{0});
  }

  void run() {
    while (next_key()) {
      if ((holders_ & (holders_ - 1)) != 0) {
        count_cell();
        compare();
      }
      for (SectionSet left = holders_; left != 0; left &= left - 1)
        ++at_[static_cast<std::size_t>(std::countr_zero(left))];
    }
    std::ranges::sort(nerve_.cells, {}, &Nerve::Cell::sections);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < nerve_.cells.size(); ++i) {
      if (kept > 0 && nerve_.cells[kept - 1].sections == nerve_.cells[i].sections) {
        nerve_.cells[kept - 1].keys += nerve_.cells[i].keys;
      } else {
        nerve_.cells[kept++] = nerve_.cells[i];
      }
    }
    nerve_.cells.resize(kept);
  }

  struct Edge {
    std::uint32_t distance = 0;
    StatePrint coboundary;
  };
  // Zero for an edge on which nothing differs.
  Edge edge(std::uint32_t i, std::uint32_t j) const {
    const std::uint32_t place = places_[i][j];
    return place == ~std::uint32_t{0} ? Edge{} : differing_[place];
  }

 private:
  // The smallest key that is left, and which sections have it.
  bool next_key() {
    holders_ = 0;
    const PropertyKey* least = nullptr;
    for (std::uint32_t i = 0; i < nerve_.count; ++i) {
      const auto& keys = cover_.sections[i].keys;
      if (at_[i] == keys.size()) continue;
      const PropertyKey& key = keys[at_[i]];
      if (least != nullptr && *least < key) continue;
      if (least == nullptr || key < *least) {
        least = &key;
        holders_ = 0;
      }
      holders_ |= bit(i);
    }
    return least != nullptr;
  }

  void count_cell() {
    if (nerve_.cells.empty() || nerve_.cells.back().sections != holders_)
      nerve_.cells.push_back({.sections = holders_});
    ++nerve_.cells.back().keys;
  }

  const PropertyState& state(std::uint32_t section) const {
    return cover_.sections[section].states[at_[section]];
  }

  // Most keys agree; of those that do not, holders with equal fingerprints count as one.
  void compare() {
    const auto first = static_cast<std::uint32_t>(std::countr_zero(holders_));
    const StatePrint& print = state(first).fingerprint;
    SectionSet other = 0;
    for (SectionSet left = holders_ & (holders_ - 1); left != 0; left &= left - 1) {
      const auto i = static_cast<std::uint32_t>(std::countr_zero(left));
      if (!(state(i).fingerprint == print)) other |= bit(i);
    }
    if (other == 0) return;
    std::array<SectionSet, kSectionsMax> classes{};
    std::size_t count = 0;
    for (SectionSet left = holders_; left != 0;) {
      const auto i = static_cast<std::uint32_t>(std::countr_zero(left));
      SectionSet alike = 0;
      for (SectionSet rest = left; rest != 0; rest &= rest - 1) {
        const auto j = static_cast<std::uint32_t>(std::countr_zero(rest));
        if (state(j).fingerprint == state(i).fingerprint) alike |= bit(j);
      }
      classes[count++] = alike;
      left &= ~alike;
    }
    bool equivocal = false;
    for (std::size_t a = 0; a < count; ++a) {
      for (std::size_t b = a + 1; b < count; ++b) equivocal |= differ(classes[a], classes[b]);
    }
    if (equivocal) tell_equivocations();
  }

  bool differ(SectionSet a, SectionSet b) {
    const auto i = static_cast<std::uint32_t>(std::countr_zero(a));
    const auto j = static_cast<std::uint32_t>(std::countr_zero(b));
    const Difference d = difference(cover_.sections[i], at_[i], cover_.sections[j], at_[j]);
    for (SectionSet left = a; left != 0; left &= left - 1) {
      const auto x = static_cast<std::uint32_t>(std::countr_zero(left));
      for (SectionSet rest = b; rest != 0; rest &= rest - 1) {
        const auto y = static_cast<std::uint32_t>(std::countr_zero(rest));
        std::uint32_t& place = places_[std::min(x, y)][std::max(x, y)];
        if (place == ~std::uint32_t{0}) {
          place = static_cast<std::uint32_t>(differing_.size());
          differing_.emplace_back();
        }
        Edge& e = differing_[place];
        e.distance += d.dots;
        e.coboundary += state(std::max(x, y)).fingerprint;
        e.coboundary -= state(std::min(x, y)).fingerprint;
      }
    }
    return d.equivocal;
  }

  // All (dot, value) that the holders have of this key; dots with several values in one version of the schema
  // are told.
  void tell_equivocations() {
    std::pmr::vector<Witness> all(nerve_.memory);
    PropertyKey key;
    for (SectionSet left = holders_; left != 0; left &= left - 1) {
      const auto i = static_cast<std::uint32_t>(std::countr_zero(left));
      key = cover_.sections[i].keys[at_[i]];
      const WorknodeId version{.high = 0, .low = state(i).schema_version};
      for (const DottedValue& v : cover_.sections[i].values_of(at_[i]))
        all.push_back({.dot = v.dot, .other = version, .value = v.value, .carriers = bit(i)});
    }
    std::ranges::sort(all, [](const Witness& a, const Witness& b) {
      return std::tie(a.dot, a.other, a.value, a.carriers) < std::tie(b.dot, b.other, b.value, b.carriers);
    });
    for (std::size_t i = 0; i < all.size();) {
      Equivocation found{.key = key, .values = std::pmr::vector<Witness>(nerve_.memory)};
      const Witness first = all[i];
      for (; i < all.size() && all[i].dot == first.dot && all[i].other == first.other; ++i) {
        if (!found.values.empty() && found.values.back().value == all[i].value) {
          found.values.back().carriers |= all[i].carriers;
        } else {
          found.values.push_back(all[i]);
        }
      }
      if (found.values.size() < 2) continue;
      if (nerve_.equivocations.size() == kObstructionsMax) {
        nerve_.equivocations_cut = true;
        return;
      }
      nerve_.equivocations.push_back(std::move(found));
    }
  }

  const Cover& cover_;
  Nerve& nerve_;
  std::array<std::size_t, kSectionsMax> at_{};  // the next key of each section
  SectionSet holders_ = 0;                      // of the present key
  std::array<std::array<std::uint32_t, kSectionsMax>, kSectionsMax> places_;
  std::pmr::vector<Edge> differing_{nerve_.memory};
};

}  // namespace

Nerve::Nerve(std::pmr::memory_resource* m) : memory(m), cells(m), edges(m), equivocations(m) {}

Errc build_nerve(const Cover& cover, std::uint64_t properties_max, Nerve& out) {
  out.count = static_cast<std::uint32_t>(cover.sections.size());
  Scan scan(cover, out);
  scan.run();
  std::pmr::vector<std::uint64_t> keys(std::size_t{out.count} * out.count, 0, out.memory);
  for (const Nerve::Cell& cell : out.cells) {
    for (SectionSet left = cell.sections; left != 0; left &= left - 1) {
      const auto i = static_cast<std::uint32_t>(std::countr_zero(left));
      for (SectionSet rest = left & (left - 1); rest != 0; rest &= rest - 1) {
        const auto j = static_cast<std::uint32_t>(std::countr_zero(rest));
        out.with[i][j] |= cell.sections;
        keys[i * out.count + j] += cell.keys;
      }
    }
  }
  for (std::uint32_t i = 0; i < out.count; ++i) {
    for (std::uint32_t j = i + 1; j < out.count; ++j) {
      if (out.with[i][j] == 0) continue;
      const std::uint64_t shared = keys[i * out.count + j];
      if (shared > properties_max) return Errc::too_large;
      const auto edge = scan.edge(i, j);
      out.edges.push_back({.from = i,
                           .to = j,
                           .properties = static_cast<std::uint32_t>(shared),
                           .distance = edge.distance,
                           .coboundary = edge.coboundary});
    }
  }
  return Errc::ok;
}

bool acyclic(const Nerve& nerve) {
  std::pmr::vector<SectionSet> cells(nerve.memory);
  for (const Nerve::Cell& cell : nerve.cells) cells.push_back(cell.sections);
  for (bool changed = true; changed && !cells.empty();) {
    changed = false;
    // Of each section: the sections that have all its keys.
    std::array<SectionSet, kSectionsMax> within;
    within.fill(~SectionSet{0});
    SectionSet alive = 0;
    for (const SectionSet cell : cells) {
      alive |= cell;
      for (SectionSet left = cell; left != 0; left &= left - 1)
        within[static_cast<std::size_t>(std::countr_zero(left))] &= cell;
    }
    // Of sections with the same keys the last one stays.
    SectionSet gone = 0;
    for (std::uint32_t i = 0; i < nerve.count; ++i) {
      if ((alive & bit(i)) != 0 && (within[i] & ~bit(i) & ~gone) != 0) gone |= bit(i);
    }
    if (gone != 0) {
      changed = true;
      for (SectionSet& cell : cells) cell &= ~gone;
      std::erase_if(cells, [](SectionSet cell) { return (cell & (cell - 1)) == 0; });
    }
  }
  return cells.empty();
}

std::uint32_t triangles_of(const Nerve& nerve) {
  std::uint32_t count = 0;
  for (const EdgeReport& e : nerve.edges)
    count += static_cast<std::uint32_t>(std::popcount(nerve.with[e.from][e.to] >> e.to >> 1));
  return count;
}

std::uint32_t loops_of(const Nerve& nerve) {
  const auto edges = static_cast<std::uint32_t>(nerve.edges.size());
  std::array<std::array<std::uint32_t, kSectionsMax>, kSectionsMax> number{};
  std::array<std::uint32_t, kSectionsMax> root{};
  for (std::uint32_t i = 0; i < nerve.count; ++i) root[i] = i;
  const auto find = [&](std::uint32_t i) {
    while (root[i] != i) i = root[i] = root[root[i]];
    return i;
  };
  std::uint32_t tree = 0;  // rank of delta0
  for (std::uint32_t e = 0; e < edges; ++e) {
    const auto& edge = nerve.edges[e];
    number[edge.from][edge.to] = e;
    const std::uint32_t a = find(edge.from), b = find(edge.to);
    if (a != b) ++tree;
    root[a] = b;
  }
  // Triangles are zero on coboundaries, so the rank of delta1 is at most this.
  const std::uint32_t most = edges - tree;
  const std::uint32_t words = (edges + 63) / 64;
  std::pmr::vector<std::uint64_t> rows(nerve.memory);
  std::pmr::vector<std::uint32_t> pivot_row(edges, ~std::uint32_t{0}, nerve.memory);
  std::array<std::uint64_t, kSectionsMax * kSectionsMax / 128 + 1> row{};
  std::uint32_t rank = 0;
  for (std::uint32_t e = 0; e < edges && rank < most; ++e) {
    const std::uint32_t i = nerve.edges[e].from, j = nerve.edges[e].to;
    for (SectionSet thirds = nerve.with[i][j] >> j >> 1; thirds != 0 && rank < most; thirds &= thirds - 1) {
      const auto k = j + 1 + static_cast<std::uint32_t>(std::countr_zero(thirds));
      std::fill_n(row.begin(), words, 0);
      for (const std::uint32_t edge : {e, number[i][k], number[j][k]})
        row[edge / 64] ^= std::uint64_t{1} << (edge % 64);
      for (std::uint32_t word = words; word-- > 0;) {
        while (row[word] != 0) {
          const std::uint32_t top = word * 64 + 63 - static_cast<std::uint32_t>(std::countl_zero(row[word]));
          if (pivot_row[top] == ~std::uint32_t{0}) {
            pivot_row[top] = rank++;
            rows.insert(rows.end(), row.begin(), row.begin() + words);
            word = 0;
            break;
          }
          const std::uint64_t* other = rows.data() + std::size_t{pivot_row[top]} * words;
          for (std::uint32_t w = 0; w <= word; ++w) row[w] ^= other[w];
        }
      }
    }
  }
  return most - rank;
}

}  // namespace wn::sync
