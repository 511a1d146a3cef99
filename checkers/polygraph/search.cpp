#include "checkers/polygraph/search.h"

#include <algorithm>

namespace wn::checkers::polygraph {

namespace {
constexpr std::uint64_t kRestartAfter = 512;  // conflicts
}

Search::Search(const Constraints& constraints, const levels::EventGraph& graph, DynamicOrder& order,
               const Budget& budget)
    : constraints_(constraints),
      graph_(graph),
      order_(order),
      budget_(budget),
      variables_(constraints.left().size()),
      watchers_(2 * constraints.left().size()) {
  bytes_ = variables_.size() * (sizeof(Variable) + 2 * sizeof(std::vector<std::uint32_t>));
  for (std::size_t v = variables_.size(); v-- > 0;) link_front(static_cast<std::uint32_t>(v));
  next_ = front_;
}

void Search::link_front(std::uint32_t v) {
  Variable& x = variables_[v];
  x.bumped = ++bumps_;
  x.before = kNone;
  x.after = front_;
  if (front_ != kNone) variables_[front_].before = v;
  front_ = v;
}
void Search::unlink(std::uint32_t v) {
  const Variable& x = variables_[v];
  if (x.before != kNone) variables_[x.before].after = x.after;
  if (x.after != kNone) variables_[x.after].before = x.before;
  if (front_ == v) front_ = x.after;
  if (next_ == v) next_ = x.after != kNone ? x.after : x.before;
}
void Search::bump(std::uint32_t v) {
  if (front_ == v) return;
  unlink(v);
  link_front(v);
  if (variables_[v].value == kOpen) next_ = v;
}

void Search::assign(Literal l, std::uint32_t reason) {
  Variable& x = variables_[l / 2];
  x.value = static_cast<std::uint8_t>(l & 1);
  x.level = level();
  x.reason = reason;
  trail_.push_back(l);
}

bool Search::add_edges(Literal l) {
  const Pair& pair = constraints_.left()[l / 2];
  const bool first = (l & 1) == 0;
  const Chain& a = constraints_.chain(pair.key, first ? pair.a : pair.b);
  const Chain& b = constraints_.chain(pair.key, first ? pair.b : pair.a);
  bool fits = true;
  constraints_.edges(pair.key, a, b, [&](std::uint32_t from, std::uint32_t to) {
    ++steps_;
    fits = fits && order_.add(from, to, l);
  });
  if (fits) return true;
  conflict_.clear();
  for (const std::uint32_t tag : order_.tags()) {
    if (tag != l) conflict_.push_back(tag ^ 1);
  }
  conflict_.push_back(l ^ 1);
  cycle_ = order_.way();
  cycle_ways_ = order_.tags();
  cycle_ways_.push_back(l);
  return false;
}

bool Search::visit_watchers(Literal failed) {
  std::vector<std::uint32_t>& list = watchers_[failed];
  std::size_t kept = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    ++steps_;
    std::vector<Literal>& clause = clauses_[list[i]];
    if (clause[0] == failed) std::swap(clause[0], clause[1]);
    if (holds(clause[0])) {
      list[kept++] = list[i];
      continue;
    }
    const auto other = std::find_if(clause.begin() + 2, clause.end(), [&](Literal l) { return !fails(l); });
    if (other != clause.end()) {
      std::swap(clause[1], *other);
      watchers_[clause[1]].push_back(list[i]);
      continue;
    }
    list[kept++] = list[i];
    if (fails(clause[0])) {
      conflict_ = clause;
      for (++i; i < list.size(); ++i) list[kept++] = list[i];
      list.resize(kept);
      return false;
    }
    assign(clause[0], list[kept - 1]);
  }
  list.resize(kept);
  return true;
}

bool Search::propagate() {
  while (head_ < trail_.size()) {
    const Literal l = trail_[head_++];
    edges_before_.resize(head_);
    edges_before_[head_ - 1] = order_.added();
    if (!add_edges(l)) return false;
    if (!visit_watchers(l ^ 1)) return false;
  }
  return true;
}

void Search::resolve(std::uint32_t& open, const std::vector<Literal>& clause, Literal except) {
  for (const Literal l : clause) {
    if (l == except) continue;
    Variable& x = variables_[l / 2];
    if (x.seen || x.level == 0) continue;
    x.seen = true;
    if (x.level == level())
      ++open;
    else
      learned_.push_back(l);
  }
}

bool Search::learn() {
  ++conflicts_;
  if (level() == 0) return false;
  learned_.assign(1, 0);  // place of the one of this level
  std::uint32_t open = 0;
  resolve(open, conflict_, kNone);
  std::vector<std::uint32_t> met;
  std::size_t at = trail_.size();
  Literal first = 0;
  for (;;) {
    while (!variables_[trail_[at - 1] / 2].seen) --at;
    first = trail_[--at];
    Variable& x = variables_[first / 2];
    met.push_back(first / 2);
    x.seen = false;
    if (--open == 0) break;
    resolve(open, clauses_[x.reason], first);
  }
  learned_[0] = first ^ 1;
  std::uint32_t back = 0;
  for (std::size_t i = 1; i < learned_.size(); ++i) {
    met.push_back(learned_[i] / 2);
    variables_[learned_[i] / 2].seen = false;
    if (variables_[learned_[i] / 2].level <= back) continue;
    back = variables_[learned_[i] / 2].level;
    std::swap(learned_[1], learned_[i]);
  }
  take_back(back);
  std::ranges::sort(met, {}, [&](std::uint32_t v) { return variables_[v].bumped; });
  for (const std::uint32_t v : met) bump(v);
  if (learned_.size() == 1) {
    assign(learned_[0], kNoClause);
    return true;
  }
  const auto number = static_cast<std::uint32_t>(clauses_.size());
  clauses_.push_back(learned_);
  bytes_ += learned_.size() * sizeof(Literal) + sizeof(std::vector<Literal>) + 2 * sizeof(std::uint32_t);
  watchers_[learned_[0]].push_back(number);
  watchers_[learned_[1]].push_back(number);
  assign(learned_[0], number);
  return true;
}

void Search::take_back(std::uint32_t to) {
  if (level() <= to) return;
  const std::size_t length = levels_[to];
  levels_.resize(to);
  const std::size_t edges = length < head_ ? edges_before_[length] : order_.added();
  while (order_.added() > edges) order_.remove_last();
  for (std::size_t i = trail_.size(); i-- > length;) {
    const std::uint32_t v = trail_[i] / 2;
    variables_[v].value = kOpen;
    if (next_ == kNone || variables_[v].bumped > variables_[next_].bumped) next_ = v;
  }
  trail_.resize(length);
  head_ = std::min(head_, length);
}

// The next open pair of the queue, the way that the order has it now.
bool Search::decide() {
  while (next_ != kNone && variables_[next_].value != kOpen) next_ = variables_[next_].after;
  if (next_ == kNone) return false;
  const Pair& pair = constraints_.left()[next_];
  const Chain& a = constraints_.chain(pair.key, pair.a);
  const Chain& b = constraints_.chain(pair.key, pair.b);
  const bool a_first = order_.place(graph_.commit(a.last)) < order_.place(graph_.start(b.first));
  const bool b_first = order_.place(graph_.commit(b.last)) < order_.place(graph_.start(a.first));
  const bool flip = a_first != b_first
                        ? b_first
                        : order_.place(graph_.commit(a.first)) > order_.place(graph_.commit(b.first));
  ++decisions_;
  levels_.push_back(trail_.size());
  assign(2 * next_ + (flip ? 1U : 0U), kNoClause);
  return true;
}

Found Search::run() {
  std::uint64_t restart = kRestartAfter;
  std::uint64_t asked = 0;
  for (;;) {
    if (steps() > budget_.steps || bytes_ > budget_.bytes) return Found::out_of_steps;
    if (++asked % 1024 == 0 && budget_.stopped()) return Found::time_up;
    if (!propagate()) {
      if (!learn()) return Found::contradiction;
      if (conflicts_ >= restart) {
        restart = conflicts_ + kRestartAfter + conflicts_ / 4;
        take_back(0);
      }
      continue;
    }
    if (!decide()) return Found::order;
  }
}

std::vector<Search::Taken> Search::taken() const {
  std::vector<Taken> out;
  for (const Literal l : cycle_ways_) {
    const Pair& pair = constraints_.left()[l / 2];
    const Chain& a = constraints_.chain(pair.key, pair.a);
    const Chain& b = constraints_.chain(pair.key, pair.b);
    const bool first = (l & 1) == 0;
    out.push_back({.key = pair.key, .a = first ? a : b, .b = first ? b : a});
  }
  return out;
}

}  // namespace wn::checkers::polygraph
