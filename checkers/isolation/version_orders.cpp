// What the database promises about versions of one key, as edges between versions. Each promise is taken or
// left as a whole: when its edges close a cycle with those taken before, the promise is broken (that is
// cyclic-versions) and says nothing about the rest.
//
// linearizable_keys: a touch that ended before another one began met older versions. Real time is an interval
// order, so per key a frontier of ended touches that no later one stands after gives its transitive reduction
// in one sweep over the key's touches, at most as many edges for each as clients were at the key at once.
#include <algorithm>

#include "checkers/isolation/rw_register.h"

namespace wn::checkers::isolation {
namespace {

// The version graph is a dependency graph of versions.
std::vector<std::vector<std::uint32_t>> version_knots(std::uint32_t versions,
                                                      const std::vector<VersionEdge>& edges) {
  DependencyGraph graph;
  graph.build(versions, [&](const auto& sink) {
    for (const VersionEdge& e : edges) sink(e.from, e.to, Kind::ww);
  });
  return find_knots(graph);
}

}  // namespace

// A read of nil by a transaction that then writes tells nothing that its write does not.
std::uint32_t RwRegister::before(const Entry& e) const {
  if (h_.operations[e.operation].outcome != Outcome::ok) return e.written_version;
  if (e.reads && (e.read != kNil || !e.writes)) return e.read_version;
  return e.written_version;
}

std::uint32_t RwRegister::after(const Entry& e) const {
  if (h_.operations[e.operation].outcome != Outcome::ok) return kNobody;
  return e.writes ? e.written_version : e.read_version;
}

std::vector<VersionEdge> RwRegister::writes_follow_reads() const {
  std::vector<VersionEdge> out;
  for (const Entry& e : entries_) {
    if (e.sort == Sort::touch && !bad_[e.key] && e.reads && e.writes && e.read != kNil)
      out.push_back({e.read_version, e.written_version});
  }
  return out;
}

std::vector<VersionEdge> RwRegister::sequential() const {
  std::vector<VersionEdge> out;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> touches;  // process, entry
  for (std::uint32_t k = 0; k < keys_.size(); ++k) {
    touches.clear();
    for (std::uint32_t i = first_entry_[k]; i < first_entry_[k + 1] && !bad_[k]; ++i) {
      const Entry& e = entries_[i];
      if (e.sort == Sort::touch && h_.operations[e.operation].outcome == Outcome::ok)
        touches.emplace_back(h_.operations[e.operation].process, i);
    }
    std::ranges::sort(touches);
    for (std::size_t i = 1; i < touches.size(); ++i) {
      if (touches[i].first != touches[i - 1].first) continue;
      out.push_back({after(entries_[touches[i - 1].second]), before(entries_[touches[i].second])});
    }
  }
  return out;
}

std::vector<VersionEdge> RwRegister::linearizable() const {
  struct Touch {
    std::uint64_t invoked, completed;
    std::uint32_t before, after;
  };
  std::vector<VersionEdge> out;
  std::vector<Touch> touches;
  std::vector<std::uint32_t> ended;
  std::vector<const Touch*> frontier;
  for (std::uint32_t k = 0; k < keys_.size(); ++k) {
    touches.clear();
    ended.clear();
    frontier.clear();
    for (std::uint32_t i = first_entry_[k]; i < first_entry_[k + 1] && !bad_[k]; ++i) {
      const Entry& e = entries_[i];
      if (e.sort != Sort::touch) continue;
      const Operation& op = h_.operations[e.operation];
      if (op.outcome == Outcome::ok) ended.push_back(static_cast<std::uint32_t>(touches.size()));
      touches.push_back({op.invoked, op.completed, before(e), after(e)});
    }
    std::ranges::sort(ended, {}, [&](std::uint32_t t) { return touches[t].completed; });
    std::size_t next = 0;
    for (const Touch& t : touches) {
      for (; next < ended.size() && touches[ended[next]].completed < t.invoked; ++next) {
        const Touch& done = touches[ended[next]];
        std::erase_if(frontier, [&](const Touch* f) { return f->completed < done.invoked; });
        frontier.push_back(&done);
      }
      for (const Touch* f : frontier) out.push_back({f->after, t.before});
    }
  }
  return out;
}

void RwRegister::accept(std::vector<VersionEdge> edges, const std::string& source) {
  std::erase_if(edges, [](const VersionEdge& e) { return e.from == e.to || e.from == kNobody; });
  edges.insert(edges.end(), order_.begin(), order_.end());
  std::ranges::sort(edges);
  edges.erase(std::ranges::unique(edges).begin(), edges.end());
  std::vector<VersionEdge> all = edges;  // with nil before all others
  for (std::uint32_t k = 0; k < keys_.size(); ++k)
    for (std::uint32_t v = first_version_[k] + 1; v < first_version_[k + 1]; ++v)
      all.push_back({first_version_[k], v});
  const auto knots = version_knots(static_cast<std::uint32_t>(versions_.size()), all);
  if (knots.empty()) {
    order_ = std::move(edges);
    return;
  }
  std::string text = "versions of key " + h_.atoms.to_json(keys_[versions_[knots.front().front()].key]) +
                     " come before each other if " + source + ":";
  std::vector<std::uint64_t> operations;
  for (std::size_t i = 0; i < knots.front().size() && i < 8; ++i) {
    const Version& v = versions_[knots.front()[i]];
    text += " " + h_.atoms.to_json(v.value);
    if (v.writer != kNobody) operations.push_back(v.writer);
    if (v.reader != kNobody) operations.push_back(v.reader);
  }
  std::ranges::sort(operations);
  operations.erase(std::ranges::unique(operations).begin(), operations.end());
  findings_.add("cyclic-versions", text, std::move(operations));
}

void RwRegister::order_versions() {
  if (options_.wfr_keys) accept(writes_follow_reads(), "writes follow reads");
  if (options_.sequential_keys) accept(sequential(), "each process sees versions in their order");
  if (options_.linearizable_keys) accept(linearizable(), "real time orders versions");
}

}  // namespace wn::checkers::isolation
