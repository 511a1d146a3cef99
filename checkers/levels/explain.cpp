#include "checkers/levels/explain.h"

#include <algorithm>

namespace wn::checkers::levels {
namespace {

constexpr std::size_t kToldMax = 20;  // operations and links in prose

}  // namespace

Verdict Explainer::pass() const {
  Verdict v;
  v.claim = "isolation";
  if (unique_.all_reads.empty()) v.explanation = "vacuous: no transaction read what another one wrote";
  return v;
}

Verdict Explainer::unknown(std::string_view why) const {
  Verdict v;
  v.claim = "isolation";
  v.outcome = Outcome3::unknown;
  v.signature = std::string(model_) + ": undecided";
  v.explanation = why;
  return v;
}

Verdict Explainer::fail(Anomaly anomaly) const {
  Verdict v;
  v.claim = "isolation";
  v.outcome = Outcome3::fail;
  v.signature = std::string(model_) + ": " + anomaly.type;
  v.explanation = anomaly.explanation;
  v.operations = anomaly.operations;
  v.ruled_out.emplace_back(model_);
  v.anomalies.push_back(std::move(anomaly));
  return v;
}

Verdict Explainer::flaw(const Anomaly& anomaly) const { return fail(anomaly); }

Verdict Explainer::links(std::string type, std::vector<Link> links) const {
  Anomaly a;
  a.type = std::move(type);
  for (const Link& link : links) {
    if (a.operations.size() == kToldMax) break;
    a.operations.push_back(link.from);
    a.explanation += "T" + std::to_string(link.from) + ": " + describe(history_, link.from) + "\n";
  }
  for (std::size_t i = 0; i < links.size() && i < kToldMax; ++i) {
    const bool last = i + 1 == links.size();
    a.explanation += (last && links.size() > 1 ? "However, " : "") + std::string("T") +
                     std::to_string(links[i].from) + " < T" + std::to_string(links[i].to) + ", because " +
                     links[i].why + (last ? ": a contradiction" : "\n");
  }
  a.links = std::move(links);
  return fail(std::move(a));
}

Verdict Explainer::repeated(std::uint32_t t) const {
  const auto reads = unique_.reads(t);
  for (std::size_t i = 0; i < reads.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (reads[i].key != reads[j].key || reads[i].source == reads[j].source) continue;
      Anomaly a;
      a.type = "non-repeatable-read";
      a.explanation = name(t) + " read key " + key(reads[i].key) + " first from " + name(reads[j].source) +
                      " and then from " + name(reads[i].source);
      for (const std::uint32_t of : {reads[j].source, reads[i].source, t}) {
        if (of == kInitialTxn) continue;
        a.operations.push_back(unique_.txns[of].operation);
        a.explanation += "\n" + name(of) + ": " + describe(history_, unique_.txns[of].operation);
      }
      return fail(std::move(a));
    }
  }
  return unknown("a key was read from two transactions");
}

Link Explainer::so(std::uint32_t from, std::uint32_t to) const {
  const std::uint64_t a = unique_.txns[from].operation;
  const std::uint64_t b = unique_.txns[to].operation;
  return {.from = a,
          .to = b,
          .kind = "process",
          .why = "process " + std::to_string(history_.operations[a].process) + " ran " + name(from) +
                 " before " + name(to)};
}

Link Explainer::wr(std::uint32_t from, std::uint32_t to, std::uint32_t k) const {
  return {.from = unique_.txns[from].operation,
          .to = unique_.txns[to].operation,
          .kind = "wr",
          .why = name(to) + " read " + name(from) + "'s write of key " + key(k)};
}

Link Explainer::known(std::uint32_t from, std::uint32_t to) const {
  for (const auto [k, source] : unique_.reads(to)) {
    if (source == from) return wr(from, to, k);
  }
  return so(from, to);
}

namespace {

// The shortest way from one transaction to another in so and wr, backwards by breadth.
std::vector<std::uint32_t> way(const UniqueHistory& unique, std::uint32_t from, std::uint32_t to) {
  const KnownPreds preds{unique};
  std::vector<std::uint32_t> towards(unique.size(), kNoTxn32);
  std::vector<std::uint32_t> queue{to};
  for (std::size_t i = 0; i < queue.size() && towards[from] == kNoTxn32; ++i) {
    for (std::uint32_t k = 0;; ++k) {
      const std::uint32_t p = preds.at(queue[i], k);
      if (p == kNoTxn32) break;
      if (p == kSkipPred || p == to || towards[p] != kNoTxn32) continue;
      towards[p] = queue[i];
      queue.push_back(p);
    }
  }
  std::vector<std::uint32_t> out{from};
  while (out.back() != to && towards[out.back()] != kNoTxn32) out.push_back(towards[out.back()]);
  return out;
}

}  // namespace

Verdict Explainer::initial(const Inferred& edge) const {
  const std::vector<std::uint32_t> nodes = way(unique_, edge.from, edge.reader);
  std::vector<Link> all;
  for (std::size_t i = 0; i + 1 < nodes.size(); ++i) all.push_back(known(nodes[i], nodes[i + 1]));
  all.push_back({.from = unique_.txns[edge.reader].operation,
                 .to = unique_.txns[edge.from].operation,
                 .kind = "rw",
                 .why = name(edge.reader) + " read nothing from key " + key(edge.key) + ", which " +
                        name(edge.from) + " wrote"});
  return links("initial-state-read", std::move(all));
}

Verdict Explainer::cycle(std::span<const std::uint32_t> nodes, std::span<const Inferred> reasons) const {
  std::vector<Link> all;
  bool inferred = false;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::uint32_t from = nodes[i];
    const std::uint32_t to = nodes[(i + 1) % nodes.size()];
    const bool read =
        std::ranges::any_of(unique_.reads(to), [&](const UniqueRead& r) { return r.source == from; });
    const auto reason =
        std::ranges::find_if(reasons, [&](const Inferred& e) { return e.from == from && e.to == to; });
    if (read || unique_.txns[to].previous == from || reason == reasons.end()) {
      all.push_back(known(from, to));
      continue;
    }
    inferred = true;
    all.push_back({.from = unique_.txns[from].operation,
                   .to = unique_.txns[to].operation,
                   .kind = "co",
                   .why = name(reason->reader) + " read key " + key(reason->key) + " from " + name(to) +
                          " though it had to know " + name(from) + ", which wrote it too"});
  }
  return links(inferred ? "commit-order-cycle" : "causality-cycle", std::move(all));
}

}  // namespace wn::checkers::levels
