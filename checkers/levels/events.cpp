#include "checkers/levels/events.h"

#include <algorithm>

namespace wn::checkers::levels {

EventGraph::EventGraph(const UniqueHistory& unique, TxnModel model, TxnOrder order)
    : unique_(unique), order_(order), points_(model == TxnModel::snapshot_isolation ? 2 : 1) {
  events_ = points_ * unique.size();
  edges_.reserve(unique.all_reads.size() + 2 * std::size_t{events_});
  for (std::uint32_t t = 0; t < unique.size(); ++t) {
    if (points_ == 2) edges_.push_back({start(t), commit(t)});
    if (order == TxnOrder::session && unique.txns[t].previous != kNoTxn32)
      edges_.push_back({commit(unique.txns[t].previous), start(t)});
    std::uint32_t last = kInitialTxn;
    for (const auto [key, source] : unique.reads(t)) {
      if (source != kInitialTxn && source != last) edges_.push_back({commit(source), start(t)});
      last = source;
    }
  }
  if (order == TxnOrder::real_time) real_time();
}

// Moment i: the first i + 1 completions are over.
void EventGraph::real_time() {
  std::vector<std::uint32_t> by_end;
  for (std::uint32_t t = 0; t < unique_.size(); ++t) {
    if (unique_.txns[t].ok) by_end.push_back(t);
  }
  std::ranges::sort(by_end, {}, [&](std::uint32_t t) { return unique_.txns[t].end; });
  std::uint32_t over = 0;
  const std::uint32_t first = events_;
  for (std::uint32_t t = 0; t < unique_.size(); ++t) {  // ascending by begin
    for (; over < by_end.size() && unique_.txns[by_end[over]].end < unique_.txns[t].begin; ++over) {
      edges_.push_back({commit(by_end[over]), first + over});
      if (over > 0) edges_.push_back({first + over - 1, first + over});
    }
    if (over > 0) edges_.push_back({first + over - 1, start(t)});
  }
  events_ += over;
}

Link EventGraph::step(const Explainer& explain, std::uint32_t from, std::uint32_t to,
                      const VersionOrder& follows) const {
  const std::uint32_t a = txn(from);
  const std::uint32_t b = txn(to);
  const bool point = points_ == 1;
  if (point || from == commit(a)) {
    for (const auto [key, source] : unique_.reads(b)) {
      if (source == a) return explain.wr(a, b, key);
    }
    if (order_ == TxnOrder::session && unique_.txns[b].previous == a) return explain.so(a, b);
  }
  Link link{.from = unique_.txns[a].operation, .to = unique_.txns[b].operation, .kind = "ww", .why = {}};
  if (point || from == start(a)) {
    for (const auto [key, source] : unique_.reads(a)) {
      if (source == b || !unique_.writes_key(b, key) || !follows(source, b, key)) continue;
      link.kind = "rw";
      link.why = source == kInitialTxn
                     ? explain.name(a) + " read nothing from key " + explain.key(key) + ", which " +
                           explain.name(b) + " wrote"
                     : explain.name(a) + " read key " + explain.key(key) + " from " + explain.name(source) +
                           ", whose write " + explain.name(b) + " overwrote";
      return link;
    }
  }
  for (const std::uint32_t key : unique_.writes(a)) {
    if (!unique_.writes_key(b, key) || !(link.why.empty() || follows(a, b, key))) continue;
    link.why = explain.name(b) + " overwrote " + explain.name(a) + "'s write of key " + explain.key(key);
  }
  return link;
}

std::vector<Link> EventGraph::links(const Explainer& explain, const std::vector<std::uint32_t>& cycle,
                                    const VersionOrder& follows) const {
  std::vector<std::uint32_t> events = cycle;
  const auto first = std::ranges::find_if(events, [&](std::uint32_t e) { return !is_moment(e); });
  std::ranges::rotate(events, first);
  std::vector<Link> out;
  for (std::size_t i = 0; i < events.size();) {
    std::size_t next = i + 1;
    while (next < events.size() && is_moment(events[next])) ++next;
    const std::uint32_t from = events[i];
    const std::uint32_t to = events[next % events.size()];
    if (next > i + 1) {
      const std::uint32_t a = txn(from);
      const std::uint32_t b = txn(to);
      out.push_back({.from = unique_.txns[a].operation,
                     .to = unique_.txns[b].operation,
                     .kind = "realtime",
                     .why = explain.name(a) + " was over before " + explain.name(b) + " began"});
    } else if (txn(from) != txn(to)) {
      out.push_back(step(explain, from, to, follows));
    }
    i = next;
  }
  return out;
}

std::string cycle_name(const std::vector<Link>& links) {
  const auto of = [&](std::string_view kind) { return std::ranges::count(links, kind, &Link::kind); };
  const std::ptrdiff_t rw = of("rw");
  std::string name = rw > 1 ? "G2" : rw == 1 ? "G-single" : of("wr") > 0 ? "G1c" : "G0";
  if (of("realtime") > 0)
    name += "-realtime";
  else if (of("process") > 0)
    name += "-process";
  return name;
}

}  // namespace wn::checkers::levels
