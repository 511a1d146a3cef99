#include "checkers/gluing/gluing.h"

#include <algorithm>
#include <bit>

#include "checkers/gluing/violations.h"
#include "runtime/base/digest.h"

namespace wn::checkers {
namespace {

using namespace gluing;

using Lanes = Row<4>;

constexpr std::size_t kCutFrom = 8;          // obstructions: fewer fit into any certificate
constexpr std::size_t kMaximalCutFrom = 64;  // sets, of few sections

Lanes print_of(const Key& key, const Property& property) {
  Lanes sum{};
  for (const auto& [dot, value] : property.values) {
    for (Number half = 0; half < 2; ++half) {
      Digest digest;
      for (const Number word : {half, key[0], key[1], key[2] << 32 | property.version, dot[0], dot[1], value})
        digest.absorb(word);
      sum[2 * half] += digest.low();
      sum[2 * half + 1] += digest.high();
    }
  }
  return sum;
}

struct Overlap {
  Number properties = 0, distance = 0;
  Lanes coboundary{};
};

Overlap overlap_of(const Section& a, const Section& b) {
  Overlap out;
  for (const auto& [key, mine] : a.properties) {
    const auto at = b.properties.find(key);
    if (at == b.properties.end()) continue;
    const Property& theirs = at->second;
    ++out.properties;
    std::set<Dot> dots;
    for (const auto& [dot, value] : mine.values) {
      const auto other = theirs.values.find(dot);
      if (mine.version != theirs.version || other == theirs.values.end() || other->second != value)
        dots.insert(dot);
    }
    for (const auto& [dot, value] : theirs.values) {
      if (mine.version != theirs.version || !mine.values.contains(dot)) dots.insert(dot);
    }
    out.distance += dots.size();
    if (dots.empty()) continue;
    const Lanes here = print_of(key, mine), there = print_of(key, theirs);
    for (std::size_t lane = 0; lane < 4; ++lane) out.coboundary[lane] += there[lane] - here[lane];
  }
  return out;
}

class Check {
 public:
  Check(const Cover& cover, const Certificate& said)
      : cover_(cover), said_(said), judge_(cover), n_(cover.sections.size()) {}

  std::string run() {
    all_ = n_ == 0 ? 0 : ~Set{0} >> (64 - n_);
    issues_ = judge_.violations(all_);
    if (!edges()) return "wrong edges";
    if (!nerve()) return "wrong nerve";
    if (!std::ranges::all_of(said_.obstructions, [&](const Obstruction& o) { return holds(o); }))
      return "a false obstruction";
    if (!complete()) return "an obstruction is missing";
    if (!maximal()) return "wrong sections to serve";
    return readings() ? "" : "readings do not fit";
  }

 private:
  bool edges() {
    Rows<1> overlaps(n_), apart(n_);
    Number radius = 0, listed = 0, differing = 0;
    with_.assign(n_ * n_, 0);
    for (Number i = 0; i < n_; ++i) {
      for (Number j = i + 1; j < n_; ++j) {
        const Overlap o = overlap_of(cover_.sections[i], cover_.sections[j]);
        const bool meets = o.properties != 0, differs = o.distance != 0;
        weight_.push_back({o.properties, i, j});
        if (meets) overlaps[i][0] |= Set{1} << j, overlaps[j][0] |= Set{1} << i;
        if (differs) apart[i][0] |= Set{1} << j, apart[j][0] |= Set{1} << i;
        radius = std::max(radius, o.distance);
        if (!differs) continue;
        ++differing;
        const Lanes c = o.coboundary;
        const Row<8> row{i, j, o.properties, o.distance, c[0], c[1], c[2], c[3]};
        if (listed < said_.edges.size() && said_.edges[listed] == row) ++listed;
      }
    }
    if (said_.overlaps != overlaps || said_.differing != apart) return false;
    // In their order; without a cut all of them.
    if (listed != said_.edges.size() || (said_.edges_cut == 1) != (listed < differing)) return false;
    return said_.radius == radius;
  }

  bool nerve() {
    std::map<Key, Set> holders;
    for (Number i = 0; i < n_; ++i) {
      for (const auto& [key, property] : cover_.sections[i].properties) holders[key] |= Set{1} << i;
    }
    // Acyclic: a heaviest spanning forest of the overlaps weighs what the keys' holders, less one each, add
    // to.
    std::ranges::stable_sort(weight_, std::ranges::greater{}, [](const Row<3>& w) { return w[0]; });
    std::vector<Number> head(n_);
    for (Number i = 0; i < n_; ++i) head[i] = i;
    const auto find = [&](Number i) {
      while (head[i] != i) i = head[i];
      return i;
    };
    Number heaviest = 0, wanted = 0, trees = 0;
    for (const auto& [weight, i, j] : weight_) {
      if (weight == 0 || find(i) == find(j)) continue;
      head[find(i)] = find(j);
      heaviest += weight;
      ++trees;
    }
    for (const auto& [key, who] : holders) wanted += static_cast<Number>(std::popcount(who)) - 1;
    if ((heaviest == wanted) != (said_.acyclic == 1)) return false;
    if (said_.acyclic == 1) return said_.triangles == 0 && said_.loops == 0;
    for (const auto& [key, who] : holders) {
      if ((who & (who - 1)) == 0 || !cells_.insert(who).second) continue;
      for (Number i = 0; i < n_; ++i) {
        for (Number j = 0; j < n_; ++j) with_[i * n_ + j] |= (who >> i & who >> j & 1) != 0 ? who : 0;
      }
    }
    return loops(trees);
  }

  // dim H^1 = edges - rank(delta1) - rank(delta0), by elimination over all triangles.
  bool loops(Number trees) const {
    std::map<Row<2>, Number> edge;
    for (Number i = 0; i < n_; ++i) {
      for (Number j = i + 1; j < n_; ++j) {
        if (with_[i * n_ + j] != 0) edge.emplace(Row<2>{i, j}, edge.size());
      }
    }
    std::map<Number, std::set<Number>> basis;  // by the greatest edge
    Number triangles = 0;
    for (const auto& [ij, e] : edge) {
      for (Number k = ij[1] + 1; k < n_; ++k) {
        if ((with_[ij[0] * n_ + ij[1]] >> k & 1) == 0) continue;
        ++triangles;
        std::set<Number> row{e, edge[{ij[0], k}], edge[{ij[1], k}]};
        while (!row.empty() && basis.contains(*row.rbegin())) {
          for (const Number other : std::set<Number>(basis[*row.rbegin()])) {
            if (!row.insert(other).second) row.erase(other);
          }
        }
        if (!row.empty()) basis.emplace(*row.rbegin(), row);
      }
    }
    return said_.triangles == triangles && said_.loops == edge.size() - trees - basis.size();
  }

  bool holds(const Obstruction& o) const {
    const auto& w = o.witnesses;
    const std::size_t n = w.size();
    if (o.loop.empty()) return false;
    for (std::size_t i = 0; i + 1 < o.loop.size(); ++i) {
      if (o.loop[i][1] != o.loop[i + 1][0]) return false;
    }
    if (o.loop.back()[1] != o.loop.front()[0]) return false;
    if (o.kind >= kLens && o.kind < kKindEnd) return n == 0 && loop_holds(o);
    if (n == 0 || n != o.loop.size() || (o.kind != kCounter && o.limit != 0)) return false;
    for (std::size_t i = 0; i < n; ++i) {
      const auto first = static_cast<Number>(std::countr_zero(w[i][7]));
      if (o.loop[i][0] != first || o.loop[i][2] != 0 || o.loop[i][3] != 0) return false;
    }
    const bool apart = o.subject == Id{};
    switch (o.kind) {
      case kName:
        return n == 2 && part<Id>(w[0], 2) != part<Id>(w[1], 2) && named(o, w[0]) && named(o, w[1]);
      case kCounter:
        return counted(o);
      case kMove:
        return apart && o.detail == 0 && moved(o);
      case kRevocation:
        return apart && n == 2 && w[1][6] > w[0][6] && token(judge_.revocations, o, w[0], 0) &&
               token(judge_.uses, o, w[1], 1);
      case kEquivocation:
        return equivocal(o);
      default:
        return false;
    }
  }

  static bool token(const std::map<Row<4>, Set>& claims, const Obstruction& o, const Row<8>& w, Number use) {
    const auto at = claims.find({o.detail, w[6], w[0], w[1]});
    return at != claims.end() && at->second == w[7] && part<Row<3>>(w, 2) == Row<3>{} && w[5] == use;
  }

  bool named(const Obstruction& o, const Row<8>& w) const {
    return std::ranges::any_of(judge_.names, [&](const auto& claim) {
      const Row<9>& row = claim.first;
      return part<Id>(row, 0) == o.subject && row[2] == o.detail && part<Id>(row, 3) == part<Id>(w, 2) &&
             part<Dot>(row, 7) == part<Dot>(w, 0) && claim.second == w[7] && part<Id>(w, 4) == Id{} &&
             w[6] == o.detail;
    });
  }

  bool counted(const Obstruction& o) const {
    const Key key{o.subject[0], o.subject[1], o.detail};
    std::set<Number> replicas;
    unsigned __int128 sum = 0;
    for (const Row<8>& w : o.witnesses) {
      const bool there = std::ranges::any_of(judge_.counters, [&](const auto& claim) {
        const Row<8>& row = claim.first;
        return part<Key>(row, 0) == key && row[3] == w[5] && row[5] == w[6] &&
               part<Dot>(row, 6) == part<Dot>(w, 0) && claim.second == w[7];
      });
      if (!there || part<Row<3>>(w, 2) != Row<3>{} || !replicas.insert(w[5]).second) return false;
      sum += w[6];
    }
    return o.limit == judge_.rights_of(key) && sum > o.limit;
  }

  bool moved(const Obstruction& o) const {
    for (std::size_t i = 0; i < o.witnesses.size(); ++i) {
      const Row<8>& w = o.witnesses[i];
      const Row<8>& above = o.witnesses[(i + 1) % o.witnesses.size()];
      const bool there = std::ranges::any_of(judge_.moves, [&](const auto& claim) {
        const Row<8>& row = claim.first;
        return part<Row<4>>(row, 0) == part<Row<4>>(w, 2) && row[4] == w[6] &&
               part<Dot>(row, 6) == part<Dot>(w, 0) && claim.second == w[7];
      });
      if (!there || part<Id>(w, 4) != part<Id>(above, 2)) return false;
    }
    return true;
  }

  bool equivocal(const Obstruction& o) const {
    const Key key{o.subject[0], o.subject[1], o.detail};
    const auto& w = o.witnesses;
    for (const Row<8>& each : w) {
      Set who = 0;
      for (Number i = 0; i < n_; ++i) {
        const auto at = cover_.sections[i].properties.find(key);
        if (at == cover_.sections[i].properties.end() || at->second.version != each[5]) continue;
        const auto value = at->second.values.find(part<Dot>(each, 0));
        if (value != at->second.values.end() && value->second == each[6]) who |= Set{1} << i;
      }
      if (part<Row<3>>(each, 2) != Row<3>{} || who == 0 || who != each[7] ||
          part<Dot>(each, 0) != part<Dot>(w[0], 0) || each[5] != w[0][5])
        return false;
    }
    return w.size() == 2 && w[0][6] != w[1][6];
  }

  // The loop is closed; its steps are what was measured, and it does not come back to where it began.
  bool loop_holds(const Obstruction& o) const {
    if (o.subject != Id{} || (o.kind == kLens && o.limit != 0) || (o.kind == kClock && o.detail != 0))
      return false;
    Number field = o.detail, turned = 0, errors = 0;
    __int128 sum = 0;
    for (const Row<4>& step : o.loop) {
      const auto& [from, to, value, error] = step;
      const auto is = [&](const auto& rows, const auto& forth, const auto& back) {
        return std::ranges::find(rows, forth) != rows.end() || std::ranges::find(rows, back) != rows.end();
      };
      const Number bit = value << (o.detail & 63);
      if (o.kind == kLens &&
          !is(cover_.lenses, Row<4>{from, to, field, value}, Row<4>{to, from, value, field}))
        return false;
      if (o.kind == kClock && !is(cover_.clocks, step, Row<4>{to, from, Number{0} - value, error}))
        return false;
      if (o.kind == kTwist &&
          (value > 1 || o.detail > 63 || !std::ranges::any_of(cover_.twists, [&](const auto& t) {
             return t[0] == std::min(from, to) && t[1] == std::max(from, to) &&
                    (t[2] & Number{1} << o.detail) == bit;
           })))
        return false;
      field = value;
      turned ^= value;
      errors += error;
      sum += static_cast<std::int64_t>(value);
    }
    if (o.kind == kClock) return o.limit == errors && (sum < 0 ? -sum : sum) > errors;
    if (errors != 0) return false;
    if (o.kind == kLens) return field != o.detail;
    return turned == 1 && o.limit == (cocycle(o.detail) ? 1 : 0);
  }

  bool cocycle(Number choice) const {
    std::map<Row<2>, Number> bit;
    for (const auto& t : cover_.twists) bit[{t[0], t[1]}] = t[2] >> choice & 1;
    for (const auto& [ij, one] : bit) {
      for (Number k = ij[1] + 1; k < n_; ++k) {
        const auto ik = bit.find({ij[0], k}), jk = bit.find({ij[1], k});
        if (ik == bit.end() || jk == bit.end() || !share(ij[0], ij[1], k)) continue;
        if ((one ^ ik->second ^ jk->second) != 0) return false;
      }
    }
    return true;
  }
  bool share(Number i, Number j, Number k) const {
    return std::ranges::any_of(cover_.sections[i].properties, [&](const auto& p) {
      return cover_.sections[j].properties.contains(p.first) &&
             cover_.sections[k].properties.contains(p.first);
    });
  }

  bool complete() const {
    Issues told;
    for (const Obstruction& o : said_.obstructions) {
      const bool whole = o.kind == kMove || o.kind >= kLens;
      told.emplace(o.kind, whole ? Id{} : o.subject, whole ? 0 : o.detail);
    }
    const bool cut = said_.obstructions_cut == 1;
    if (cut && said_.obstructions.size() < kCutFrom) return false;
    if (said_.glued != (issues_.empty() && !cut ? 1U : 0U)) return false;
    return cut ? std::ranges::includes(issues_, told) : issues_ == told;
  }

  bool consistent(Set set) const { return judge_.violations(set).empty(); }

  bool maximal() const {
    std::set<Set> sets;
    for (const auto& [set] : said_.maximal) {
      if (!sets.insert(set).second || (set & ~all_) != 0 || !consistent(set)) return false;
      for (Number i = 0; i < n_; ++i) {
        if ((set >> i & 1) == 0 && consistent(set | Set{1} << i)) return false;
      }
    }
    if (said_.serve != (said_.maximal.empty() ? 0 : said_.maximal.front()[0])) return false;
    if (n_ > 0 && sets.empty()) return false;
    if (n_ > kExhaustiveMax) return true;
    if (said_.maximal_cut == 1) return said_.maximal.size() >= kMaximalCutFrom;
    // What is consistent lies within one that was told.
    for (Set set = 0; set <= all_; ++set) {
      const bool within = std::ranges::any_of(sets, [&](Set s) { return (set & ~s) == 0; });
      if (!within && consistent(set)) return false;
    }
    return true;
  }

  bool readings() const {
    if (issues_.contains({kClock, Id{}, 0})) return said_.clocks.empty();
    if (said_.clocks.size() != n_) return false;
    if (cover_.clocks.empty()) return said_.clocks == Rows<1>(n_);
    return std::ranges::all_of(cover_.clocks, [&](const Row<4>& c) {
      const auto read = [&](Number i) { return __int128{static_cast<std::int64_t>(said_.clocks[i][0])}; };
      const __int128 off = read(c[1]) - read(c[0]) - static_cast<std::int64_t>(c[2]);
      return (off < 0 ? -off : off) <= c[3];
    });
  }

  const Cover& cover_;
  const Certificate& said_;
  Judge judge_;
  Number n_;
  Set all_ = 0;
  Issues issues_;
  Rows<3> weight_;  // of pairs: keys shared, and the two
  std::vector<Set> with_;
  std::set<Set> cells_;
};

}  // namespace

CertificateCheck check_certificate(ByteView cover, ByteView certificate) {
  CertificateCheck out{.wrong = "bytes"};
  Cover sections;
  Certificate said;
  Digest digest;
  digest.absorb(cover);
  if (!decode(cover, sections) || !decode(certificate, said) || said.low != digest.low() ||
      said.high != digest.high() || said.sections != sections.sections.size())
    return out;
  out.wrong = Check(sections, said).run();
  out.glued = said.glued == 1;
  out.sections = said.sections;
  out.radius = said.radius;
  out.obstructions = said.obstructions.size();
  return out;
}

}  // namespace wn::checkers
