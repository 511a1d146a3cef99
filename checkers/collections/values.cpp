#include "checkers/collections/values.h"

#include <algorithm>

namespace wn::checkers::collections {
namespace {

Finding wrong(std::string signature, std::string explanation, std::vector<std::uint32_t> ops) {
  return {Finding::Kind::fail, std::move(signature), std::move(explanation), std::move(ops), true};
}

// Life by value, first of inserts, then of takes. Returns false at the first violation.
bool collect(const History& history, const Part& part, std::vector<std::uint32_t>& life_of, Matching& m) {
  for (std::uint32_t i = 0; i < part.ops.size(); ++i) {
    const Op& op = part.ops[i];
    if (op.act != Act::insert) continue;
    std::uint32_t& life = life_of[op.local];
    if (life != kNone) {
      m.unique = false;
      continue;
    }
    life = static_cast<std::uint32_t>(m.lives.size());
    m.lives.push_back({i, kNone, op.invoked, op.returned, kForever, kForever, op.amount});
  }
  for (std::uint32_t i = 0; i < part.ops.size(); ++i) {
    const Op& op = part.ops[i];
    if (op.act != Act::take) continue;
    if (op.pending()) {
      m.pending_takes.push_back(i);
      continue;
    }
    if (op.value == 0) {
      m.empties.push_back(i);
      continue;
    }
    const std::string value = history.atoms.to_json(Atom{op.value});
    if (life_of[op.local] == kNone) {
      m.violation = wrong("value from nowhere", "Nothing put " + value + " in, yet it came out", {i});
      return false;
    }
    Life& life = m.lives[life_of[op.local]];
    if (life.taken() && m.unique) {
      m.violation = wrong("value taken twice", "The value " + value + " went in once and came out twice",
                          {life.insert, life.take, i});
      return false;
    }
    life.take = i;
  }
  return true;
}

}  // namespace

Matching match(const History& history, const Part& part) {
  Matching m;
  std::vector<std::uint32_t> life_of(part.values, kNone);
  m.lives.reserve(part.ops.size() / 2 + 1);
  if (!collect(history, part, life_of, m) || !m.unique) return m;
  std::size_t kept = 0;
  for (Life& life : m.lives) {
    if (life.taken()) {
      const Op& take = part.ops[life.take];
      life.out_from = std::max(take.invoked, life.in_from);
      life.out_to = take.returned;
      life.in_to = std::min(life.in_to, take.returned);
      if (life.in_from >= take.returned) {
        m.violation = wrong("value taken before it was put in",
                            "The value " + history.atoms.to_json(Atom{take.value}) +
                                " had come out before the operation that put it in began",
                            {life.insert, life.take});
        return m;
      }
    } else if (part.ops[life.insert].pending()) {
      continue;
    } else {
      ++m.stayers;
    }
    m.lives[kept++] = life;
  }
  m.lives.resize(kept);
  return m;
}

Finding crowded(const History& history, const Part& part, const Matching& m, std::uint32_t op,
                std::uint32_t from, std::uint32_t to, std::int64_t below, std::string signature,
                std::string why) {
  std::vector<std::uint32_t> near;
  for (std::uint32_t i = 0; i < m.lives.size(); ++i) {
    const Life& life = m.lives[i];
    if (life.priority < below && life.in_to < to && life.out_from > from) near.push_back(i);
  }
  std::sort(near.begin(), near.end(),
            [&m](std::uint32_t a, std::uint32_t b) { return m.lives[a].in_to < m.lives[b].in_to; });
  Finding finding = wrong(std::move(signature), std::move(why), {op});
  std::size_t next = 0, values = 0;
  for (std::uint32_t gap = from; gap < to; ++values) {
    std::uint32_t best = kNone;
    for (; next < near.size() && m.lives[near[next]].in_to <= gap; ++next) {
      if (best == kNone || m.lives[near[next]].out_from > m.lives[best].out_from) best = near[next];
    }
    if (best == kNone || m.lives[best].out_from <= gap) break;  // the rest is for want of unanswered takes
    gap = m.lives[best].out_from;
    finding.ops.push_back(m.lives[best].insert);
    if (m.lives[best].taken()) finding.ops.push_back(m.lives[best].take);
  }
  if (values == 1) {
    const Op& insert = part.ops[finding.ops[1]];
    finding.explanation += ": " + history.atoms.to_json(Atom{insert.value}) + " was certainly inside";
  } else {
    finding.explanation +=
        ": at every moment of it one of " + std::to_string(values) + " values was certainly inside";
  }
  return finding;
}

bool hand_out(const Part& part, Matching& m, const std::vector<std::uint32_t>& due) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < m.lives.size(); ++i) {
    if (m.lives[i].taken()) continue;
    m.lives[i].out_from = kForever;
    if (due[i] != kForever) order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [&due](std::uint32_t a, std::uint32_t b) { return due[a] != due[b] ? due[a] < due[b] : a < b; });
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (k >= m.pending_takes.size()) return false;
    const std::uint32_t called = part.ops[m.pending_takes[k]].invoked;
    if (called > due[order[k]]) return false;
    m.lives[order[k]].out_from = std::max(called, m.lives[order[k]].in_from);
  }
  return true;
}

}  // namespace wn::checkers::collections
