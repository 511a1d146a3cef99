#include <algorithm>

#include "checkers/isolation/rw_register.h"

namespace wn::checkers::isolation {

std::uint32_t RwRegister::key_of(Atom name) {
  std::uint32_t& slot = key_of_[name.id];
  if (slot == 0) {
    keys_.push_back(name);
    bad_.push_back(false);
    slot = static_cast<std::uint32_t>(keys_.size());
  }
  return slot - 1;
}

bool RwRegister::refuse(std::uint32_t key, const std::string& why) {
  bad_[key] = true;
  if (options_.lenient) return true;
  findings_.refusal = why;
  return false;
}

bool RwRegister::read_history() {
  if (h_.operations.size() >= DependencyGraph::kNodesMax / 2) {
    findings_.refusal = "more than 536,870,911 operations";
    return false;
  }
  key_of_.assign(h_.atoms.size(), 0);
  std::uint64_t micros = 0;
  for (const Operation& op : h_.operations) micros += op.function == Function::txn ? op.txn.size() : 1;
  entries_.reserve(micros);
  std::vector<MicroOperation> single;
  for (std::uint32_t i = 0; i < h_.operations.size(); ++i) {
    const Operation& op = h_.operations[i];
    const auto* micros_here = micros_of(h_, op, single);
    if (micros_here != nullptr) {
      if (!read_operation(i, *micros_here)) return false;
    } else if (!refuse(key_of(op.key), "operation " + std::to_string(i) + " is neither a write nor a read")) {
      return false;
    }
  }
  if (entries_.size() >= kNobody / 2) {
    findings_.refusal = "more than 2,147,483,646 reads and writes";
    return false;
  }
  return true;
}

// The entries of one operation are looked through for each micro-operation: transactions are short.
bool RwRegister::read_operation(std::uint32_t op, const std::vector<MicroOperation>& micros) {
  const Outcome outcome = h_.operations[op].outcome;
  const std::size_t begin = entries_.size();
  for (const MicroOperation& m : micros) {
    const std::uint32_t key = key_of(m.key);
    if (m.append || m.list) {
      if (!refuse(key, "operation " + std::to_string(op) + " holds a list: not an rw-register history"))
        return false;
      continue;
    }
    if (m.write && m.value == kNil) {
      if (!refuse(key, "operation " + std::to_string(op) +
                           " writes nil, which cannot be told from the initial state"))
        return false;
      continue;
    }
    if (!m.write && outcome != Outcome::ok) continue;
    const Entry fresh{.key = key, .operation = op, .sort = Sort::touch};
    if (m.write && outcome == Outcome::fail) {
      entries_.push_back(fresh);
      entries_.back().sort = Sort::failed;
      entries_.back().written = m.value;
      continue;
    }
    std::size_t at = begin;
    while (at < entries_.size() && (entries_[at].key != key || entries_[at].sort != Sort::touch)) ++at;
    const bool first = at == entries_.size();
    if (first) entries_.push_back(fresh);
    if (m.write) {
      if (entries_[at].writes) {  // what it wrote before is overwritten
        entries_.push_back(fresh);
        entries_.back().sort = Sort::middle;
        entries_.back().written = entries_[at].written;
      }
      entries_[at].writes = true;
      entries_[at].written = m.value;
      continue;
    }
    const Atom seen = m.seen.value_or(kNil);
    if (first) {
      entries_[at].reads = true;
      entries_[at].read = seen;
      continue;
    }
    // What a transaction read or wrote last it must read again; a contradiction is kept for other anomalies.
    Atom expected = entries_[at].writes ? entries_[at].written : entries_[at].read;
    for (std::size_t i = begin; i < entries_.size() && !entries_[at].writes; ++i)
      if (entries_[i].key == key && entries_[i].sort == Sort::inner) expected = entries_[i].read;
    if (expected == seen) continue;
    if (!bad_[key]) {
      findings_.add("internal",
                    txn_name(op) + " read " + h_.atoms.to_json(seen) + " from key " +
                        h_.atoms.to_json(m.key) + " where it must have read " + h_.atoms.to_json(expected) +
                        ":",
                    {op});
    }
    entries_.push_back(fresh);
    entries_.back().sort = Sort::inner;
    entries_.back().reads = true;
    entries_.back().read = seen;
  }
  return true;
}

void RwRegister::sort_by_key() {
  first_entry_.assign(keys_.size() + 1, 0);
  for (const Entry& e : entries_) ++first_entry_[e.key + 1];
  for (std::size_t k = 0; k < keys_.size(); ++k) first_entry_[k + 1] += first_entry_[k];
  std::vector<Entry> sorted(entries_.size());
  std::vector<std::uint32_t> at = first_entry_;
  for (const Entry& e : entries_) sorted[at[e.key]++] = e;
  entries_ = std::move(sorted);
}

}  // namespace wn::checkers::isolation
