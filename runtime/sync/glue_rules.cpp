// Rules from claims.
#include "runtime/sync/glue_rules.h"

#include <algorithm>
#include <bit>

namespace wn::sync {
namespace {

using Shape = Rule::Shape;

constexpr std::uint32_t first_of(SectionSet set) { return static_cast<std::uint32_t>(std::countr_zero(set)); }

// A claim of any kind and who makes it; equal claims of several sections are one.
template <class Claim>
struct Made {
  Claim claim;
  SectionSet carriers = 0;
};

template <class Claim, class List>
std::pmr::vector<Made<Claim>> gather(const Cover& cover, List list, std::pmr::memory_resource* memory) {
  std::pmr::vector<Made<Claim>> all(memory);
  for (std::uint32_t i = 0; i < cover.sections.size(); ++i) {
    for (const Claim& claim : cover.sections[i].*list)
      all.push_back({.claim = claim, .carriers = SectionSet{1} << i});
  }
  std::ranges::sort(all, [](const auto& a, const auto& b) {
    return std::tie(a.claim, a.carriers) < std::tie(b.claim, b.carriers);
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (kept > 0 && all[kept - 1].claim == all[i].claim) {
      all[kept - 1].carriers |= all[i].carriers;
    } else {
      all[kept++] = all[i];
    }
  }
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(kept), all.end());
  return all;
}

// Of each worknode the claim with the greatest stamp (then the greatest claim) counts.
template <class Claim>
void keep_latest(std::pmr::vector<Made<Claim>>& all) {
  std::ranges::sort(all, [](const auto& a, const auto& b) {
    return std::tie(a.claim.worknode, b.claim.stamp, b.claim) <
           std::tie(b.claim.worknode, a.claim.stamp, a.claim);
  });
  const auto [first, last] = std::ranges::unique(all, {}, [](const auto& m) { return m.claim.worknode; });
  all.erase(first, last);
}

class Builder {
 public:
  Builder(const Cover& cover, const Nerve& nerve, std::pmr::vector<Rule>& out)
      : cover_(cover), nerve_(nerve), out_(out), memory_(nerve.memory) {}

  void names() {
    auto all = gather<NameClaim>(cover_, &Section::names, memory_);
    keep_latest(all);
    std::ranges::sort(all, {}, [](const auto& m) { return m.claim; });
    for (std::size_t i = 0; i < all.size();) {
      const std::size_t begin = i;
      const NameClaim& name = all[i].claim;
      while (i < all.size() && all[i].claim.parent == name.parent && all[i].claim.name == name.name) ++i;
      if (i - begin < 2) continue;
      Obstruction& o = add(Shape::one_of, ObstructionKind::name, name.parent, name.name);
      for (std::size_t j = begin; j < i; ++j) {
        const NameClaim& claim = all[j].claim;
        o.witnesses.push_back(
            {.dot = claim.dot, .subject = claim.worknode, .value = claim.name, .carriers = all[j].carriers});
      }
    }
  }

  void counters() {
    const auto all = gather<CounterClaim>(cover_, &Section::counters, memory_);
    for (std::size_t i = 0; i < all.size();) {
      const std::size_t begin = i;
      while (i < all.size() && all[i].claim.counter == all[begin].claim.counter) ++i;
      counter(std::span(all).subspan(begin, i - begin));
    }
  }

  // The parents that count, as a graph in which each worknode has at most one: its cycles are apart.
  Errc moves() {
    auto all = gather<MoveClaim>(cover_, &Section::moves, memory_);
    keep_latest(all);
    std::pmr::vector<std::uint32_t> seen(all.size(), 0, memory_);  // in which walk
    std::uint32_t walk = 0;
    for (std::size_t start = 0; start < all.size(); ++start) {
      ++walk;
      std::size_t at = start;
      while (at < all.size() && seen[at] == 0) {
        seen[at] = walk;
        at = above(all, at);
      }
      if (at >= all.size() || seen[at] != walk) continue;
      Obstruction& o = add(Shape::not_all, ObstructionKind::move, {}, 0);
      std::size_t round = at;
      do {
        const MoveClaim& claim = all[round].claim;
        if (o.witnesses.size() == kWitnessesMax) return Errc::too_large;
        o.witnesses.push_back({.dot = claim.dot,
                               .subject = claim.worknode,
                               .other = claim.parent,
                               .value = claim.stamp.time.value,
                               .carriers = all[round].carriers});
        round = above(all, round);
      } while (round != at);
    }
    return Errc::ok;
  }

  void tokens() {
    const auto revoked = gather<TokenClaim>(cover_, &Section::revocations, memory_);
    const auto used = gather<TokenClaim>(cover_, &Section::uses, memory_);
    for (std::size_t i = 0, u = 0; i < revoked.size();) {
      const std::uint64_t token = revoked[i].claim.token;
      while (u < used.size() && used[u].claim.token < token) ++u;
      std::size_t last = u;
      while (last < used.size() && used[last].claim.token == token) ++last;
      const bool late = last > u && used[last - 1].claim.time > revoked[i].claim.time;
      if (late) add(Shape::order, ObstructionKind::revocation, {}, token);
      for (; i < revoked.size() && revoked[i].claim.token == token; ++i) {
        if (late) witness(revoked[i], 0);
      }
      for (; late && u < last; ++u) witness(used[u], 1);
    }
  }

  void equivocations() {
    for (const Equivocation& e : nerve_.equivocations)
      add(Shape::one_of, ObstructionKind::equivocation, e.key.worknode, e.key.property).witnesses = e.values;
  }

 private:
  Obstruction& add(Shape shape, ObstructionKind kind, WorknodeId subject, std::uint64_t detail) {
    out_.push_back({.shape = shape,
                    .said = {.kind = kind,
                             .subject = subject,
                             .detail = detail,
                             .witnesses = std::pmr::vector<Witness>(memory_),
                             .loop = std::pmr::vector<LoopStep>(memory_)}});
    return out_.back().said;
  }

  void witness(const Made<TokenClaim>& made, std::uint64_t use) {
    out_.back().said.witnesses.push_back({.dot = made.claim.dot,
                                          .other = {.high = 0, .low = use},
                                          .value = made.claim.time,
                                          .carriers = made.carriers});
  }

  static std::size_t above(const std::pmr::vector<Made<MoveClaim>>& all, std::size_t at) {
    const auto next = std::ranges::lower_bound(all, all[at].claim.parent, {},
                                               [](const auto& m) { return m.claim.worknode; });
    const bool there = next != all.end() && next->claim.worknode == all[at].claim.parent;
    return there ? static_cast<std::size_t>(next - all.begin()) : all.size();
  }

  // Claims of one counter, by replica.
  void counter(std::span<const Made<CounterClaim>> claims) {
    unsigned __int128 rights = 0, spent = 0;
    for (std::size_t i = 0; i < claims.size();) {
      std::uint64_t most_rights = 0, most_spent = 0;
      const ReplicaId replica = claims[i].claim.replica;
      for (; i < claims.size() && claims[i].claim.replica == replica; ++i) {
        most_rights = std::max(most_rights, claims[i].claim.rights);
        most_spent = std::max(most_spent, claims[i].claim.spent);
      }
      rights += most_rights;
      spent += most_spent;
    }
    if (spent <= rights) return;
    const PropertyKey& key = claims.front().claim.counter;
    Obstruction& o = add(Shape::at_most, ObstructionKind::counter, key.worknode, key.property);
    // Less than what is spent: 64 bits hold it, unless replicas lie without measure.
    o.limit = static_cast<std::uint64_t>(std::min<unsigned __int128>(rights, ~std::uint64_t{0}));
    for (const Made<CounterClaim>& m : claims) {
      if (m.claim.spent == 0) continue;
      o.witnesses.push_back({.dot = m.claim.dot,
                             .other = {.high = 0, .low = m.claim.replica.value},
                             .value = m.claim.spent,
                             .carriers = m.carriers});
    }
    std::ranges::sort(o.witnesses, [](const Witness& a, const Witness& b) {
      return std::tie(a.other, b.value, a.dot, a.carriers) < std::tie(b.other, a.value, b.dot, b.carriers);
    });
  }

  const Cover& cover_;
  const Nerve& nerve_;
  std::pmr::vector<Rule>& out_;
  std::pmr::memory_resource* memory_;
};

using Found = std::pmr::vector<std::size_t>;  // places of witnesses

bool one_of(const Rule& rule, SectionSet set, Found& found) {
  const auto& all = rule.said.witnesses;
  for (std::size_t i = 0; i < all.size() && found.size() < 2; ++i) {
    if ((all[i].carriers & set) != 0) found.push_back(i);
  }
  return found.size() == 2;
}

bool not_all(const Rule& rule, SectionSet set, Found& found) {
  const auto& all = rule.said.witnesses;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if ((all[i].carriers & set) == 0) return false;
    found.push_back(i);
  }
  return true;
}

// As few as exceed the limit: the greatest ones.
bool at_most(const Rule& rule, SectionSet set, Found& found) {
  const auto& all = rule.said.witnesses;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if ((all[i].carriers & set) == 0) continue;
    if (found.empty() || all[found.back()].other != all[i].other) found.push_back(i);
  }
  std::ranges::stable_sort(found, std::ranges::greater{}, [&](std::size_t i) { return all[i].value; });
  unsigned __int128 sum = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    sum += all[found[i]].value;
    if (sum <= rule.said.limit) continue;
    found.resize(i + 1);
    return true;
  }
  return false;
}

bool out_of_order(const Rule& rule, SectionSet set, Found& found) {
  const auto& all = rule.said.witnesses;  // revocations and uses, each ascending by time
  std::size_t revoked = all.size(), used = all.size();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if ((all[i].carriers & set) == 0) continue;
    if (all[i].other.low == 1) {
      used = i;
    } else if (revoked == all.size()) {
      revoked = i;
    }
  }
  if (revoked == all.size() || used == all.size() || all[used].value <= all[revoked].value) return false;
  found.assign({revoked, used});
  return true;
}

bool find(const Rule& rule, SectionSet set, Found& found) {
  found.clear();
  switch (rule.shape) {
    case Shape::one_of:
      return one_of(rule, set, found);
    case Shape::not_all:
      return not_all(rule, set, found);
    case Shape::at_most:
      return at_most(rule, set, found);
    case Shape::order:
      return out_of_order(rule, set, found);
  }
  return false;
}

// All sections of `set` whose claim is worth the same as witness `i`: a use as late, a revocation as early.
SectionSet alike(const Rule& rule, std::size_t i, SectionSet set) {
  SectionSet out = 0;
  for (const Witness& w : rule.said.witnesses) {
    const Witness& mine = rule.said.witnesses[i];
    const bool counted = rule.shape == Shape::at_most || rule.shape == Shape::order;
    if (counted ? w.other == mine.other && w.value == mine.value : w == mine) out |= w.carriers;
  }
  return out & set;
}

}  // namespace

Errc rules_of(const Cover& cover, const Nerve& nerve, Defect defect, std::pmr::vector<Rule>& out) {
  Builder build(cover, nerve, out);
  // The planted bug: names of several partitions are not asked to be unique.
  if (defect != Defect::glue_ignores_constraint) build.names();
  build.counters();
  if (const Errc e = build.moves(); e != Errc::ok) return e;
  build.tokens();
  build.equivocations();
  return Errc::ok;
}

bool violates(const Rule& rule, SectionSet set, Drops& drops) {
  Found found(drops.get_allocator().resource());
  if (!find(rule, set, found)) return false;
  drops.clear();
  for (const std::size_t i : found) drops.push_back(alike(rule, i, set));
  return true;
}

Obstruction explained(const Rule& rule) {
  std::pmr::memory_resource* memory = rule.said.witnesses.get_allocator().resource();
  Obstruction out{.kind = rule.said.kind,
                  .subject = rule.said.subject,
                  .detail = rule.said.detail,
                  .limit = rule.said.limit,
                  .witnesses = std::pmr::vector<Witness>(memory),
                  .loop = std::pmr::vector<LoopStep>(memory)};
  Found found(memory);
  find(rule, ~SectionSet{0}, found);
  for (const std::size_t i : found) out.witnesses.push_back(rule.said.witnesses[i]);
  for (std::size_t i = 0; i < out.witnesses.size(); ++i) {
    const SectionSet here = out.witnesses[i].carriers;
    const SectionSet next = out.witnesses[(i + 1) % out.witnesses.size()].carriers;
    out.loop.push_back({.from = first_of(here), .to = first_of(next)});
  }
  return out;
}

}  // namespace wn::sync
