#include "checkers/isolation/list_append.h"

#include <algorithm>

namespace wn::checkers::isolation {

bool ListAppend::prepare(const Budget& budget) {
  if (!read_history() || budget.stopped()) return false;
  seen_ = {};
  if (!order_versions()) return false;
  report_pending();
  for (std::uint32_t k = 0; k < keys_.size(); ++k)
    if (!keys_[k].bad) judge_key(k);
  judge_odd();
  judge_reads();
  return !budget.stopped() && pairs_fit(budget);
}

// Places of appends in the order of their key, key by key: appends are sorted by key first (by counting),
// then each key's longest read is stamped into a table by element.
bool ListAppend::order_versions() {
  std::vector<std::uint32_t> begin(keys_.size() + 1, 0);
  for (std::size_t k = 0; k < keys_.size(); ++k) begin[k + 1] = begin[k] + keys_[k].appends;
  std::vector<std::uint32_t> slice(begin.back(), 0);
  std::vector<std::uint32_t> operation(begin.back(), 0);
  for (std::uint32_t op = 0; op + 1 < first_.size(); ++op) {
    for (std::uint32_t m = first_[op]; m < first_[op + 1]; ++m) {
      if (!micros_[m].append) continue;
      const std::uint32_t at = begin[micros_[m].key]++;
      slice[at] = m;
      operation[at] = op;
    }
  }
  std::uint64_t places = 0;
  for (Key& k : keys_) {
    k.base = static_cast<std::uint32_t>(places);
    places += std::uint64_t{k.length} + 1;
  }
  if (places >= kNowhere) {
    findings_.refusal = "more than 4,294,967,293 elements in the longest reads";
    return false;
  }
  writers_.assign(places, kNobody);
  middle_.assign(places, false);
  stamp_.assign(h_.atoms.size(), 0);
  stamp_position_.assign(h_.atoms.size(), 0);
  first_unread_.assign(keys_.size() + 1, 0);
  for (std::uint32_t k = 0; k < keys_.size(); ++k) {
    first_unread_[k] = static_cast<std::uint32_t>(unread_.size());
    const std::uint32_t end = begin[k];  // moved there while filling
    if (!keys_[k].bad && !order_key(k, slice, operation, end - keys_[k].appends, end)) return false;
  }
  first_unread_[keys_.size()] = static_cast<std::uint32_t>(unread_.size());
  stamp_ = {};
  stamp_position_ = {};
  return true;
}

bool ListAppend::order_key(std::uint32_t key, const std::vector<std::uint32_t>& slice,
                           const std::vector<std::uint32_t>& operation, std::uint32_t begin,
                           std::uint32_t end) {
  Key& k = keys_[key];
  const std::uint32_t stamp = key + 1;
  std::uint32_t places = 0;
  for (std::uint32_t i = 0; i < k.length; ++i) {
    const std::uint32_t atom = k.longest[i].id;
    if (stamp_[atom] == stamp) continue;  // repeated: counts where it stands first
    stamp_[atom] = stamp;
    stamp_position_[atom] = places++;
  }
  if (places < k.length) {
    k.odd = true;
    std::vector<Atom>& order = orders_.emplace_back();
    for (std::uint32_t i = 0; i < k.length; ++i)
      if (stamp_position_[k.longest[i].id] == order.size()) order.push_back(k.longest[i]);
    k.longest = order.data();
    k.length = places;
  }
  for (std::uint32_t a = begin; a < end; ++a) {
    Micro& m = micros_[slice[a]];
    const std::uint32_t atom = m.value;
    const std::uint32_t op = operation[a];
    const bool read = stamp_[atom] == stamp && stamp_position_[atom] < k.length;
    const bool again = read ? writers_[k.base + stamp_position_[atom]] != kNobody : stamp_[atom] == stamp;
    if (again) {
      return refuse(key, "element " + element(key, Atom{atom}) + " was appended twice, the second time by " +
                             describe(h_, op));
    }
    if (k.odd) odd_writers_[{key, atom}] = {op, m.middle};
    if (read) {
      m.value = stamp_position_[atom];
      writers_[k.base + m.value] = op;
      middle_[k.base + m.value] = m.middle;
      continue;
    }
    stamp_[atom] = stamp;
    stamp_position_[atom] = kUnread;
    m.value = kUnread;
    const bool first = unread_.size() == first_unread_[key] || unread_.back() != op;
    if (first && may_count(op)) unread_.push_back(op);
  }
  if (k.odd)
    for (std::uint32_t i = 0; i < k.length; ++i) odd_positions_[{key, k.longest[i].id}] = i;
  return true;
}

// What the longest read of a key tells: elements that failed transactions appended, elements that nobody
// appended, and committed ones on top of failed ones.
void ListAppend::judge_key(std::uint32_t key) {
  Key& k = keys_[key];
  std::uint32_t failed = kNobody;  // the failed append that no committed one followed yet
  for (std::uint32_t i = 0; i < k.length; ++i) {
    const std::uint32_t op = writers_[k.base + i];
    if (op == kNobody) {
      k.first_garbage = std::min(k.first_garbage, i);
      failed = kNobody;
      continue;
    }
    const Outcome outcome = h_.operations[op].outcome;
    if (outcome == Outcome::fail) {
      k.first_failed = std::min(k.first_failed, i);
      if (failed == kNobody) failed = i;
    } else if (outcome == Outcome::ok && failed != kNobody) {
      const std::uint32_t aborted = writers_[k.base + failed];
      findings_.add("dirty-update",
                    txn_name(op) + " appended " + element(key, k.longest[i]) + " on top of " +
                        h_.atoms.to_json(k.longest[failed]) + ", which " + txn_name(aborted) +
                        " appended and rolled back:",
                    {aborted, op});
      failed = kNobody;
    }
  }
}

void ListAppend::judge_reads() {
  std::vector<std::uint32_t> updaters(writers_.size(), kNobody);  // per version: who read and updated it
  const bool failed = std::ranges::any_of(keys_, [](const Key& k) { return k.first_failed != kUnread; });
  const bool garbage = std::ranges::any_of(keys_, [](const Key& k) { return k.first_garbage != kUnread; });
  for (std::uint32_t op = 0; op + 1 < first_.size(); ++op) {
    for (std::uint32_t i = first_[op]; i < first_[op + 1]; ++i) {
      const Micro& m = micros_[i];
      const Key& k = keys_[m.key];
      if (m.append || k.bad || k.odd) continue;
      if (failed && m.value > k.first_failed) {
        const std::uint32_t writer = writers_[k.base + k.first_failed];
        findings_.add("G1a",
                      txn_name(op) + " read element " + element(m.key, k.longest[k.first_failed]) +
                          ", which " + txn_name(writer) + " appended and rolled back:",
                      {writer, op});
      }
      if (garbage && m.value > k.first_garbage) {
        findings_.add("garbage-read",
                      txn_name(op) + " read element " + element(m.key, k.longest[k.first_garbage]) +
                          ", which nobody appended:",
                      {op});
      }
      if (m.value > 0 && middle_[k.base + m.value - 1] && writers_[k.base + m.value - 1] != op) {
        const std::uint32_t writer = writers_[k.base + m.value - 1];
        findings_.add("G1b",
                      txn_name(op) + " read element " + element(m.key, k.longest[m.value - 1]) +
                          " last, after which " + txn_name(writer) + " appended more:",
                      {writer, op});
      }
      if (!m.updates) continue;
      std::uint32_t& updater = updaters[k.base + m.value];
      if (updater == kNobody) {
        updater = op;
      } else {
        findings_.add("lost-update",
                      txn_name(updater) + " and " + txn_name(op) + " both read the same version of key " +
                          h_.atoms.to_json(k.name) + " and appended to it:",
                      {updater, op});
      }
    }
  }
}

// Pairs of those that read all of a key's order and those whose append nobody read.
bool ListAppend::pairs_fit(const Budget& budget) {
  if (unread_.empty()) return true;
  std::uint64_t pairs = 0;
  for (const Micro& m : micros_) {
    const Key& k = keys_[m.key];
    if (!m.append && !k.bad && m.value == k.length) pairs += first_unread_[m.key + 1] - first_unread_[m.key];
  }
  if (pairs <= budget.bytes / sizeof(std::uint32_t)) return true;
  findings_.refusal = std::to_string(pairs) + " pairs of readers and appends that nobody read: over budget";
  return false;
}

template <typename Sink>
void ListAppend::each_edge(const Sink& sink) const {
  const auto add = [&](std::uint32_t from, std::uint32_t to, Kind kind) {
    if (from != to && from != kNobody && may_count(from) && may_count(to)) sink(from, to, kind);
  };
  for (std::uint32_t op = 0; op + 1 < first_.size(); ++op) {
    if (!may_count(op)) continue;
    for (std::uint32_t i = first_[op]; i < first_[op + 1]; ++i) {
      const Micro& m = micros_[i];
      const Key& k = keys_[m.key];
      if (k.bad || (!m.append && m.value == kNowhere)) continue;
      const std::uint32_t place = m.value == kUnread ? k.length : m.value;
      if (place > 0) add(writers_[k.base + place - 1], op, m.append ? Kind::ww : Kind::wr);
      if (m.append) continue;
      if (place < k.length) {
        const std::uint32_t next = writers_[k.base + place];
        if (next != kNobody) add(op, next, Kind::rw);
      } else {
        for (std::uint32_t u = first_unread_[m.key]; u < first_unread_[m.key + 1]; ++u)
          add(op, unread_[u], Kind::rw);
      }
    }
  }
  for (const Edge& e : odd_edges_) add(e.from, e.to, e.kind);
}

void ListAppend::add_edges(DependencyGraph& graph, const std::vector<Edge>& more) const {
  graph.build(static_cast<std::uint32_t>(h_.operations.size()), [&](const auto& sink) {
    each_edge(sink);
    for (const Edge& e : more) sink(e.from, e.to, e.kind);
  });
}

}  // namespace wn::checkers::isolation
