#include "checkers/gluing/violations.h"

#include <algorithm>

namespace wn::checkers::gluing {
namespace {

template <class Rows, class Map>
void gather(const Rows& rows, Set who, Map& out) {
  for (const auto& row : rows) out[row] |= who;
}

// Of each worknode the claim with the greatest stamp, then the greatest claim.
template <std::size_t N>
void keep_latest(std::map<Row<N>, Set>& claims, std::size_t worknode, std::size_t stamp) {
  std::map<Id, std::pair<Row<2>, Row<N>>> latest;
  for (const auto& [row, who] : claims) {
    auto& best = latest[part<Id>(row, worknode)];
    best = std::max(best, {part<Row<2>>(row, stamp), row});
  }
  std::erase_if(claims, [&](const auto& c) { return latest[part<Id>(c.first, worknode)].second != c.first; });
}

constexpr bool within(Set set, Number a, Number b) { return (set >> a & set >> b & 1) != 0; }

}  // namespace

Judge::Judge(const Cover& cover) : cover_(cover) {
  for (std::size_t i = 0; i < cover.sections.size(); ++i) {
    const Section& s = cover.sections[i];
    const Set who = Set{1} << i;
    gather(s.names, who, names);
    gather(s.moves, who, moves);
    gather(s.counters, who, counters);
    gather(s.revocations, who, revocations);
    gather(s.uses, who, uses);
  }
  keep_latest(names, 3, 5);
  keep_latest(moves, 0, 4);
}

Number Judge::rights_of(const Key& counter) const {
  std::map<Number, Number> most;  // by replica
  for (const auto& [row, who] : counters) {
    if (part<Key>(row, 0) == counter) most[row[3]] = std::max(most[row[3]], row[4]);
  }
  unsigned __int128 sum = 0;
  for (const auto& [replica, rights] : most) sum += rights;
  return static_cast<Number>(std::min<unsigned __int128>(sum, ~Number{0}));
}

Issues Judge::violations(Set set) const {
  Issues out;
  std::map<Row<3>, Id> named;  // by parent and name
  for (const auto& [row, who] : names) {
    const auto [at, fresh] = named.emplace(part<Row<3>>(row, 0), part<Id>(row, 3));
    if ((who & set) == 0) {
      if (fresh) named.erase(at);
    } else if (!fresh && at->second != part<Id>(row, 3)) {
      out.emplace(kName, part<Id>(row, 0), row[2]);
    }
  }
  std::map<Key, std::map<Number, Number>> spent;
  for (const auto& [row, who] : counters) {
    Number& most = spent[part<Key>(row, 0)][row[3]];
    if ((who & set) != 0) most = std::max(most, row[5]);
  }
  for (const auto& [counter, by_replica] : spent) {
    unsigned __int128 sum = 0;
    for (const auto& [replica, most] : by_replica) sum += most;
    if (sum > rights_of(counter)) out.emplace(kCounter, part<Id>(counter, 0), counter[2]);
  }
  std::map<Id, Id> parent;
  for (const auto& [row, who] : moves) {
    if ((who & set) != 0) parent[part<Id>(row, 0)] = part<Id>(row, 2);
  }
  for (const auto& [start, first] : parent) {
    Id at = first;
    for (std::size_t steps = 0; at != start && steps < parent.size(); ++steps) {
      const auto next = parent.find(at);
      if (next == parent.end()) break;
      at = next->second;
    }
    if (at == start) out.emplace(kMove, Id{}, 0);
  }
  std::map<Number, Number> revoked;
  for (const auto& [row, who] : revocations) {
    if ((who & set) != 0 && !(revoked.contains(row[0]) && revoked[row[0]] <= row[1]))
      revoked[row[0]] = row[1];
  }
  for (const auto& [row, who] : uses) {
    if ((who & set) != 0 && revoked.contains(row[0]) && row[1] > revoked[row[0]])
      out.emplace(kRevocation, Id{}, row[0]);
  }
  std::map<std::tuple<Key, Dot, Number>, Number> values;  // of a key's dot, in a version
  for (std::size_t i = 0; i < cover_.sections.size(); ++i) {
    if ((set >> i & 1) == 0) continue;
    for (const auto& [key, property] : cover_.sections[i].properties) {
      for (const auto& [dot, value] : property.values) {
        if (values.emplace(std::tuple(key, dot, property.version), value).first->second != value)
          out.emplace(kEquivocation, part<Id>(key, 0), key[2]);
      }
    }
  }
  loops(set, out);
  return out;
}

void Judge::loops(Set set, Issues& out) const {
  if (fields_mixed(set)) out.emplace(kLens, Id{}, 0);
  if (clocks_apart(set)) out.emplace(kClock, Id{}, 0);
  if (choices_turned(set)) out.emplace(kTwist, Id{}, 0);
}

// Fields that stand for each other, as classes: no class may have two fields of one section.
bool Judge::fields_mixed(Set set) const {
  std::map<Row<2>, Row<2>> head;
  const auto find = [&](Row<2> n) {
    while (head.emplace(n, n).first->second != n) n = head[n];
    return n;
  };
  for (const auto& l : cover_.lenses) {
    if (within(set, l[0], l[1])) head[find({l[0], l[2]})] = find({l[1], l[3]});
  }
  std::set<std::pair<Row<2>, Number>> seen;  // class and section
  for (const auto& [node, up] : head) {
    if (!seen.emplace(find(node), node[0]).second) return true;
  }
  return false;
}

// All shortest ways (Floyd and Warshall): one from a section to itself that is below zero lets nothing fit.
bool Judge::clocks_apart(Set set) const {
  using Wide = __int128;
  constexpr Wide kFar = Wide{1} << 100;
  const std::size_t n = cover_.sections.size();
  std::vector<Wide> way(n * n, kFar);
  bool any = false;
  for (const auto& c : cover_.clocks) {
    if (!within(set, c[0], c[1])) continue;
    any = true;
    const Wide offset = static_cast<std::int64_t>(c[2]), error = c[3];
    way[c[0] * n + c[1]] = std::min(way[c[0] * n + c[1]], offset + error);
    way[c[1] * n + c[0]] = std::min(way[c[1] * n + c[0]], error - offset);
  }
  if (!any) return false;
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j)
        way[i * n + j] = std::min(way[i * n + j], way[i * n + k] + way[k * n + j]);
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (way[i * n + i] < 0) return true;
    }
  }
  return false;
}

// Sides spread from section to section until nothing changes; then each twist must fit.
bool Judge::choices_turned(Set set) const {
  std::map<Number, Number> side;
  for (const auto& begin : cover_.twists) {
    if (!within(set, begin[0], begin[1]) || side.contains(begin[0])) continue;
    side[begin[0]] = 0;
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& t : cover_.twists) {
        if (!within(set, t[0], t[1]) || side.contains(t[0]) == side.contains(t[1])) continue;
        if (side.contains(t[0])) {
          side[t[1]] = side[t[0]] ^ t[2];
        } else {
          side[t[0]] = side[t[1]] ^ t[2];
        }
        changed = true;
      }
    }
  }
  return std::ranges::any_of(cover_.twists, [&](const auto& t) {
    return within(set, t[0], t[1]) && (side[t[0]] ^ side[t[1]]) != t[2];
  });
}

}  // namespace wn::checkers::gluing
