#include <algorithm>
#include <cstring>

#include "checkers/isolation/list_append.h"

namespace wn::checkers::isolation {
namespace {

constexpr std::uint64_t kMicrosMax = 0xFFFFFFF0ULL;

bool is_prefix(const Atom* a, const Atom* b, std::uint32_t length) {
  return length == 0 || std::memcmp(a, b, std::size_t{length} * sizeof(Atom)) == 0;
}

}  // namespace

std::pair<const Atom*, std::uint32_t> ListAppend::list_of(const MicroOperation& m) {
  if (m.list) return {(*m.list).data(), static_cast<std::uint32_t>((*m.list).size())};
  if (m.seen) return {&*m.seen, 1};
  return {nullptr, 0};
}

std::uint32_t ListAppend::key_of(Atom name) {
  std::uint32_t& slot = key_of_[name.id];
  if (slot == 0) {
    keys_.emplace_back().name = name;
    seen_.emplace_back();
    slot = static_cast<std::uint32_t>(keys_.size());
  }
  return slot - 1;
}

// Strictly: the whole history is refused. Leniently: the key is left out.
bool ListAppend::refuse(std::uint32_t key, const std::string& why) {
  if (lenient_) {
    keys_[key].bad = true;
    return true;
  }
  findings_.refusal = why;
  return false;
}

bool ListAppend::read_history() {
  key_of_.assign(h_.atoms.size(), 0);
  first_.reserve(h_.operations.size() + 1);
  std::uint64_t micros = 0;
  for (const Operation& op : h_.operations) micros += op.function == Function::txn ? op.txn.size() : 1;
  if (micros > kMicrosMax || h_.operations.size() >= DependencyGraph::kNodesMax / 2) {
    findings_.refusal = "more than 4,294,967,280 micro-operations or 536,870,911 operations";
    return false;
  }
  micros_.reserve(micros);
  std::vector<MicroOperation> single;
  for (std::uint32_t i = 0; i < h_.operations.size(); ++i) {
    first_.push_back(static_cast<std::uint32_t>(micros_.size()));
    const Operation& op = h_.operations[i];
    const auto* of = micros_of(h_, op, single);
    if (of == nullptr) {
      if (!refuse(key_of(op.key), "operation " + std::to_string(i) + " is neither an append nor a read"))
        return false;
      continue;
    }
    // What a single read saw lies in `single` only for now.
    const bool stays = of == &op.txn || (!single.front().list && !single.front().seen);
    if (!read_operation(i, stays ? *of : singles_.emplace_back(single))) return false;
  }
  first_.push_back(static_cast<std::uint32_t>(micros_.size()));
  return true;
}

bool ListAppend::read_operation(std::uint32_t op, const std::vector<MicroOperation>& micros) {
  const Outcome outcome = h_.operations[op].outcome;
  for (std::uint32_t i = 0; i < micros.size(); ++i) {
    const MicroOperation& m = micros[i];
    const std::uint32_t key = key_of(m.key);
    if (m.write) {
      if (!refuse(key, "operation " + std::to_string(op) + " writes a register: not a list-append history"))
        return false;
      continue;
    }
    if (m.append) {
      take_append(op, micros, i, key);
      continue;
    }
    if (outcome != Outcome::ok) continue;
    if (m.seen && (!lenient_ || h_.atoms.kind(*m.seen) != Interner::Kind::number)) {
      if (!refuse(key, "operation " + std::to_string(op) + " read what is no list")) return false;
      continue;
    }
    take_read(op, micros, i, key);
  }
  return true;
}

void ListAppend::take_append(std::uint32_t op, const std::vector<MicroOperation>& micros, std::uint32_t i,
                             std::uint32_t key) {
  Seen& seen = seen_[key];
  const auto here = static_cast<std::uint32_t>(micros_.size());
  Micro out;
  out.key = key;
  out.value = micros[i].value.id;
  out.append = true;
  ++keys_[key].appends;
  if (seen.operation != op) {
    seen = {op, here, 0, 0};
  } else {
    if (seen.last_append != 0) micros_[seen.last_append - 1].middle = true;
    if (!micros_[seen.first].append) micros_[seen.first].updates = true;
    if (seen.last_read != 0 && wants("future-read")) {
      for (std::uint32_t j = 0; j < i; ++j) {
        const MicroOperation& earlier = micros[j];
        if (earlier.append || earlier.write || earlier.key != micros[i].key) continue;
        const auto [list, length] = list_of(earlier);
        if (std::find(list, list + length, micros[i].value) == list + length) continue;
        pending_.push_back({"future-read", key, micros[i].value, op, op});
        break;
      }
    }
  }
  seen.last_append = here + 1;
  micros_.push_back(out);
}

void ListAppend::take_read(std::uint32_t op, const std::vector<MicroOperation>& micros, std::uint32_t i,
                           std::uint32_t key) {
  const auto here = static_cast<std::uint32_t>(micros_.size());
  const auto [list, length] = list_of(micros[i]);
  Seen& seen = seen_[key];
  if (seen.operation != op) {
    seen = {op, here, 0, 0};
  } else {
    check_internal(op, micros, i);
  }
  seen.last_read = here + 1;
  Key& k = keys_[key];
  // Each read is a prefix of the longest so far or has it as a prefix: then all of them are prefixes of the
  // last longest, by induction.
  if (length > k.length) {
    if (!is_prefix(k.longest, list, k.length)) clash(key, op);
    k.longest = list;
    k.length = length;
    k.reader = op;
  } else if (!is_prefix(list, k.longest, length)) {
    clash(key, op);
  }
  Micro out;
  out.key = key;
  out.value = length;
  micros_.push_back(out);
}

// A read after other micro-operations on its key in one transaction: it shows the last read's list with what
// the transaction appended since, or, without one, ends with what it appended.
void ListAppend::check_internal(std::uint32_t op, const std::vector<MicroOperation>& micros,
                                std::uint32_t i) {
  if (!wants("internal")) return;
  const auto [list, length] = list_of(micros[i]);
  std::uint32_t left = length;  // elements of the read not yet accounted for, from its end
  bool fits = true;
  for (std::uint32_t j = i; fits && j-- > 0;) {
    const MicroOperation& m = micros[j];
    if (m.key != micros[i].key || m.write) continue;
    if (m.append) {
      fits = left > 0 && list[left - 1] == m.value;
      --left;
      continue;
    }
    const auto [before, size] = list_of(m);
    fits = size == left && is_prefix(before, list, size);
    break;
  }
  if (fits) return;
  pending_.push_back({"internal", key_of_[micros[i].key.id] - 1, kNil, op, op});
}

void ListAppend::clash(std::uint32_t key, std::uint32_t op) {
  Key& k = keys_[key];
  if (!k.odd && wants("incompatible-order"))
    pending_.push_back({"incompatible-order", key, kNil, static_cast<std::uint32_t>(k.reader), op});
  k.odd = true;
}

// Leniently a key may turn out to be left out, and with it what was found on it: keep some more.
bool ListAppend::wants(std::string_view type) const {
  const auto of_type = [&](const Pending& p) { return p.type == type; };
  return lenient_ ? pending_.size() < kPendingMax : std::ranges::none_of(pending_, of_type);
}

void ListAppend::report_pending() {
  for (const Pending& p : pending_) {
    if (keys_[p.key].bad) continue;
    const std::string key = h_.atoms.to_json(keys_[p.key].name);
    if (p.type == "internal") {
      findings_.add("internal", txn_name(p.operation) + " contradicts itself about key " + key + ":",
                    {p.operation});
    } else if (p.type == "future-read") {
      findings_.add("future-read",
                    txn_name(p.operation) + " read element " + element(p.key, p.value) +
                        " before it appended it itself:",
                    {p.operation});
    } else {
      findings_.add("incompatible-order",
                    "two reads of key " + key + " show different orders:", {p.other, p.operation});
    }
  }
}

}  // namespace wn::checkers::isolation
