// Reads that the longest one does not explain, element by element; and sentences about edges.
#include <algorithm>
#include <set>

#include "checkers/isolation/list_append.h"

namespace wn::checkers::isolation {

void ListAppend::judge_odd() {
  if (std::ranges::none_of(keys_, [](const Key& k) { return k.odd && !k.bad; })) return;
  std::map<std::pair<std::uint32_t, std::vector<Atom>>, std::uint32_t> updaters;
  std::vector<MicroOperation> single;
  for (std::uint32_t op = 0; op + 1 < first_.size(); ++op) {
    if (h_.operations[op].outcome != Outcome::ok) continue;
    const auto* micros = micros_of(h_, h_.operations[op], single);
    if (micros == nullptr) continue;
    std::uint32_t at = first_[op];
    for (const MicroOperation& m : *micros) {
      const std::uint32_t key = key_of_[m.key.id] - 1;
      const bool kept =
          m.append || (!m.write && (!m.seen || h_.atoms.kind(*m.seen) == Interner::Kind::number));
      if (!kept) continue;
      const std::uint32_t micro = at++;
      if (m.append || !keys_[key].odd || keys_[key].bad) continue;
      const auto [list, length] = list_of(m);
      judge_odd_read({op, micro, list, length});
      if (!micros_[micro].updates) continue;
      const auto [it, fresh] = updaters.try_emplace({key, std::vector<Atom>(list, list + length)}, op);
      if (fresh) continue;
      findings_.add("lost-update",
                    txn_name(it->second) + " and " + txn_name(op) + " both read the same version of key " +
                        h_.atoms.to_json(m.key) + " and appended to it:",
                    {it->second, op});
    }
  }
}

void ListAppend::judge_odd_read(const OddRead& read) {
  Micro& m = micros_[read.micro];
  const std::uint32_t key = m.key;
  const std::uint32_t op = read.operation;
  std::set<Atom> before;
  for (std::uint32_t i = 0; i < read.length; ++i) {
    const Atom e = read.list[i];
    if (!before.insert(e).second)
      findings_.add("duplicate-elements",
                    txn_name(op) + " read element " + element(key, e) + " twice:", {op});
    const auto it = odd_writers_.find({key, e.id});
    if (it == odd_writers_.end()) {
      findings_.add("garbage-read",
                    txn_name(op) + " read element " + element(key, e) + ", which nobody appended:", {op});
      continue;
    }
    const auto [writer, middle] = it->second;
    if (!may_count(writer)) {
      findings_.add("G1a",
                    txn_name(op) + " read element " + element(key, e) + ", which " + txn_name(writer) +
                        " appended and rolled back:",
                    {writer, op});
    }
    if (i + 1 == read.length && middle && writer != op) {
      findings_.add("G1b",
                    txn_name(op) + " read element " + element(key, e) + " last, after which " +
                        txn_name(writer) + " appended more:",
                    {writer, op});
    }
  }
  m.value = 0;
  if (read.length == 0) return;
  const Atom last = read.list[read.length - 1];
  const auto place = odd_positions_.find({key, last.id});
  m.value = place == odd_positions_.end() ? kNowhere : place->second + 1;
  const auto it = odd_writers_.find({key, last.id});
  if (m.value == kNowhere && it != odd_writers_.end()) odd_edges_.push_back({it->second.first, op, Kind::wr});
}

std::string ListAppend::why(const Edge& edge) const {
  const std::string a = txn_name(edge.from);
  const std::string b = txn_name(edge.to);
  const auto named = [&](const Key& k, std::uint32_t place) {
    return h_.atoms.to_json(k.longest[place]) + " to key " + h_.atoms.to_json(k.name);
  };
  // The later one's own micro-operation names the key; for rw the reader's does.
  const std::uint32_t teller = edge.kind == Kind::rw ? edge.from : edge.to;
  for (std::uint32_t i = first_[teller]; i < first_[teller + 1]; ++i) {
    const Micro& m = micros_[i];
    const Key& k = keys_[m.key];
    if (k.bad || m.append != (edge.kind == Kind::ww) || (!m.append && m.value == kNowhere)) continue;
    const std::uint32_t place = m.value == kUnread ? k.length : m.value;
    if (edge.kind != Kind::rw) {
      if (place == 0 || writers_[k.base + place - 1] != edge.from) continue;
      if (edge.kind == Kind::wr) return b + " read " + a + "'s append of " + named(k, place - 1);
      return b + " appended to key " + h_.atoms.to_json(k.name) + " after " + a + " had appended " +
             h_.atoms.to_json(k.longest[place - 1]);
    }
    if (place < k.length && writers_[k.base + place] == edge.to)
      return a + " did not see " + b + "'s append of " + named(k, place);
    const auto begin = unread_.begin() + first_unread_[m.key];
    const auto end = unread_.begin() + first_unread_[m.key + 1];
    if (place == k.length && std::find(begin, end, edge.to) != end)
      return a + " did not see " + b + "'s append to key " + h_.atoms.to_json(k.name) + ", which nobody saw";
  }
  return b + " depends on " + a;
}

}  // namespace wn::checkers::isolation
