#include "checkers/isolation/rw_register.h"

#include <algorithm>

namespace wn::checkers::isolation {

bool RwRegister::prepare(const Budget& budget) {
  if (!read_history() || budget.stopped()) return false;
  sort_by_key();
  if (!number_versions()) return false;
  judge();
  order_versions();
  return !budget.stopped() && gather(budget);
}

bool RwRegister::number_versions() {
  stamp_.assign(h_.atoms.size(), 0);
  stamp_version_.assign(h_.atoms.size(), 0);
  for (std::uint32_t k = 0; k < keys_.size(); ++k) {
    first_version_.push_back(static_cast<std::uint32_t>(versions_.size()));
    if (!number_key(k)) return false;
  }
  first_version_.push_back(static_cast<std::uint32_t>(versions_.size()));
  stamp_ = {};
  stamp_version_ = {};
  return true;
}

std::uint32_t RwRegister::version_of(std::uint32_t key, Atom value) {
  if (stamp_[value.id] != key + 1) {
    stamp_[value.id] = key + 1;
    stamp_version_[value.id] = static_cast<std::uint32_t>(versions_.size());
    Version& v = versions_.emplace_back();
    v.value = value;
    v.key = key;
  }
  return stamp_version_[value.id];
}

bool RwRegister::number_key(std::uint32_t key) {
  version_of(key, kNil);
  if (bad_[key]) return true;
  for (std::uint32_t i = first_entry_[key]; i < first_entry_[key + 1]; ++i) {
    Entry& e = entries_[i];
    if (e.reads) e.read_version = version_of(key, e.read);
    if (e.written != kNil) e.written_version = version_of(key, e.written);
    if (!note(e)) return false;
    if (bad_[key]) return true;
  }
  return true;
}

bool RwRegister::note(const Entry& e) {
  if (e.reads) versions_[e.read_version].reader = e.operation;
  if (e.written_version == kNobody) return true;
  Version& v = versions_[e.written_version];
  const std::uint32_t earlier = std::min({v.writer, v.failed, v.middle});
  if (earlier != kNobody) {
    return refuse(e.key, named(e.written_version) + " was written twice, by " + describe(h_, earlier) +
                             " and by " + describe(h_, e.operation));
  }
  if (e.sort == Sort::touch) v.writer = e.operation;
  if (e.sort == Sort::failed) v.failed = e.operation;
  if (e.sort == Sort::middle) v.middle = e.operation;
  return true;
}

void RwRegister::judge() {
  for (const Entry& e : entries_) {
    if (bad_[e.key]) continue;
    if (e.reads && e.read != kNil) judge_read(e, e.read_version);
    if (e.sort != Sort::touch || !e.reads || !e.writes) continue;
    std::uint32_t& updater = versions_[e.read_version].updater;
    if (updater == kNobody) {
      updater = e.operation;
    } else {
      findings_.add("lost-update",
                    txn_name(updater) + " and " + txn_name(e.operation) + " both read " +
                        named(e.read_version) + " and wrote the key:",
                    {updater, e.operation});
    }
  }
}

void RwRegister::judge_read(const Entry& e, std::uint32_t version) {
  const Version& v = versions_[version];
  const std::string read = txn_name(e.operation) + " read " + named(version);
  if (v.failed != kNobody)
    findings_.add(
        "G1a", read + ", which " + txn_name(v.failed) + " wrote and rolled back:", {v.failed, e.operation});
  if (v.middle != kNobody && v.middle != e.operation)
    findings_.add("G1b",
                  read + ", which " + txn_name(v.middle) + " overwrote itself:", {v.middle, e.operation});
  if (v.writer == kNobody && v.failed == kNobody && v.middle == kNobody)
    findings_.add("garbage-read", read + ", which nobody wrote:", {e.operation});
}

// Readers by version; and whether the edges they give fit.
bool RwRegister::gather(const Budget& budget) {
  first_reader_.assign(versions_.size() + 1, 0);
  const auto each_reader = [&](const auto& f) {
    for (const Entry& e : entries_)
      if (e.sort == Sort::touch && e.reads && !bad_[e.key]) f(e);
  };
  each_reader([&](const Entry& e) { ++first_reader_[e.read_version + 1]; });
  for (std::size_t v = 0; v < versions_.size(); ++v) first_reader_[v + 1] += first_reader_[v];
  readers_.resize(first_reader_.back());
  std::vector<std::uint32_t> at = first_reader_;
  each_reader([&](const Entry& e) { readers_[at[e.read_version]++] = e.operation; });
  std::uint64_t pairs = 0;
  const auto count = [&](std::uint32_t v) { return std::uint64_t{first_reader_[v + 1]} - first_reader_[v]; };
  for (std::uint32_t k = 0; k < keys_.size(); ++k) {
    const std::uint32_t nil = first_version_[k];
    pairs += count(nil) * (first_version_[k + 1] - nil - 1);
  }
  for (const VersionEdge& e : order_) pairs += count(e.from);
  if (pairs <= budget.bytes / sizeof(std::uint32_t)) return true;
  findings_.refusal = std::to_string(pairs) + " pairs of readers and later writers: over budget";
  return false;
}

template <typename Sink>
void RwRegister::each_edge(const Sink& sink) const {
  const auto follow = [&](std::uint32_t from, std::uint32_t to) {
    const std::uint32_t writer = versions_[to].writer;
    if (writer == kNobody) return;
    const std::uint32_t older = versions_[from].writer;
    if (older != kNobody && older != writer) sink(older, writer, Kind::ww);
    for (std::uint32_t r = first_reader_[from]; r < first_reader_[from + 1]; ++r)
      if (readers_[r] != writer) sink(readers_[r], writer, Kind::rw);
  };
  for (std::uint32_t k = 0; k < keys_.size(); ++k) {
    if (bad_[k]) continue;
    for (std::uint32_t v = first_version_[k] + 1; v < first_version_[k + 1]; ++v) {
      follow(first_version_[k], v);
      const std::uint32_t writer = versions_[v].writer;
      if (writer == kNobody) continue;
      for (std::uint32_t r = first_reader_[v]; r < first_reader_[v + 1]; ++r)
        if (readers_[r] != writer) sink(writer, readers_[r], Kind::wr);
    }
  }
  for (const VersionEdge& e : order_) follow(e.from, e.to);
}

void RwRegister::add_edges(DependencyGraph& graph, const std::vector<Edge>& more) const {
  graph.build(static_cast<std::uint32_t>(h_.operations.size()), [&](const auto& sink) {
    each_edge(sink);
    for (const Edge& e : more) sink(e.from, e.to, e.kind);
  });
}

std::string RwRegister::why(const Edge& edge) const {
  const std::string a = txn_name(edge.from);
  const std::string b = txn_name(edge.to);
  for (std::uint32_t v = 0; v < versions_.size(); ++v) {
    const auto reads = [&](std::uint32_t version, std::uint32_t op) {
      const auto begin = readers_.begin() + first_reader_[version];
      return std::find(begin, readers_.begin() + first_reader_[version + 1], op) !=
             readers_.begin() + first_reader_[version + 1];
    };
    if (edge.kind == Kind::wr) {
      if (versions_[v].writer == edge.from && reads(v, edge.to))
        return b + " read " + a + "'s write of " + named(v);
      continue;
    }
    if (versions_[v].writer != edge.to) continue;
    const std::uint32_t nil = first_version_[versions_[v].key];
    for (std::uint32_t older = nil; older < first_version_[versions_[v].key + 1]; ++older) {
      const bool ordered =
          older == nil ? v != nil : std::ranges::binary_search(order_, VersionEdge{older, v});
      if (!ordered) continue;
      if (edge.kind == Kind::ww && versions_[older].writer == edge.from)
        return b + " set " + named(v) + ", a later version than " + a + "'s " +
               h_.atoms.to_json(versions_[older].value);
      if (edge.kind == Kind::rw && reads(older, edge.from))
        return a + " read " + named(older) + ", which " + b + " overwrote with " +
               h_.atoms.to_json(versions_[v].value);
    }
  }
  return b + " depends on " + a;
}

}  // namespace wn::checkers::isolation
