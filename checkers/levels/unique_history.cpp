#include "checkers/levels/unique_history.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::checkers::levels {
namespace {

struct Event {
  std::uint32_t key = 0;
  std::uint32_t value = 0;
  bool write = false;
};

// Every write of the history by its value; values are numbered in order of appearance, so whoever looks one
// up soon after it was written finds it near.
struct Written {
  std::uint32_t key = 0;
  std::uint32_t operation = 0;
  bool final = true;  // the last one of its transaction into the key
};

struct OwnWrite {
  std::uint32_t operation = kNoTxn32;
  std::uint32_t event = 0;
};

class Extractor {
 public:
  explicit Extractor(const History& history) : history_(history) {}

  UniqueHistory run() {
    WN_CHECK_LT(history_.operations.size(), kInitialTxn);
    dense_key_.assign(history_.atoms.size(), kNoTxn32);
    events();
    if (out_.refused != nullptr) return std::move(out_);
    index_writes();
    resolve();
    if (out_.refused == nullptr) number();
    return std::move(out_);
  }

 private:
  std::uint32_t key_of(Atom key) {
    std::uint32_t& dense = dense_key_[key.id];
    if (dense == kNoTxn32) {
      dense = static_cast<std::uint32_t>(out_.keys.size());
      out_.keys.push_back(key);
    }
    return dense;
  }
  void refuse(const char* why) {
    if (out_.refused == nullptr) out_.refused = why;
  }

  // Single reads show lists where the key is one (of a list-append key, or of a realm's register).
  Atom shown(Atom result) const {
    if (history_.atoms.kind(result) != Interner::Kind::list) return result;
    const auto list = history_.atoms.list_of(result);
    return list.empty() ? kNil : list.back();
  }
  void micro(const Operation& op, const MicroOperation& m) {
    if (m.append || m.write) {
      events_.push_back({.key = key_of(m.key), .value = m.value.id, .write = true});
    } else if (op.outcome == Outcome::ok) {
      Atom seen = m.seen.value_or(kNil);
      if (m.list.has_value()) seen = m.list->empty() ? kNil : m.list->back();
      events_.push_back({.key = key_of(m.key), .value = seen.id});
    }
  }
  void single(const Operation& op) {
    switch (op.function) {
      case Function::txn:
        for (const MicroOperation& m : op.txn) micro(op, m);
        return;
      case Function::write:
      case Function::put:
      case Function::append:
        if (history_.atoms.kind(op.value) == Interner::Kind::list) refuse("a list is written as a value");
        events_.push_back({.key = key_of(op.key), .value = op.value.id, .write = true});
        return;
      case Function::read:
      case Function::get:
        if (op.outcome == Outcome::ok)
          events_.push_back({.key = key_of(op.key), .value = shown(op.result).id});
        return;
      default:
        refuse("there are other functions than reads and writes");
    }
  }
  void events() {
    first_event_.reserve(history_.operations.size() + 1);
    for (const Operation& op : history_.operations) {
      first_event_.push_back(events_.size());
      single(op);
    }
    first_event_.push_back(events_.size());
  }

  void index_writes() {
    first_written_.assign(history_.atoms.size() + 1, 0);
    for (const Event& e : events_) {
      if (e.write) ++first_written_[e.value + 1];
    }
    for (std::size_t v = 1; v < first_written_.size(); ++v) first_written_[v] += first_written_[v - 1];
    written_.resize(first_written_.back());
    std::vector<std::uint32_t> at(first_written_.begin(), first_written_.end() - 1);
    std::vector<OwnWrite> last(out_.keys.size());
    for (std::uint32_t o = 0; o + 1 < first_event_.size(); ++o) {
      for (std::size_t i = first_event_[o]; i < first_event_[o + 1]; ++i) {
        const Event& e = events_[i];
        if (!e.write) continue;
        const std::uint32_t place = at[e.value]++;
        written_[place] = {.key = e.key, .operation = o};
        OwnWrite& own = last[e.key];
        if (own.operation == o) written_[own.event].final = false;
        own = {.operation = o, .event = place};
      }
    }
    for (std::size_t v = 0; v + 1 < first_written_.size(); ++v) {
      const auto begin = written_.begin() + first_written_[v];
      const auto end = written_.begin() + first_written_[v + 1];
      if (end - begin > 1) std::ranges::stable_sort(begin, end, {}, &Written::key);
    }
  }
  std::span<const Written> writers_of(std::uint32_t key, std::uint32_t value) const {
    const Written* begin = written_.data() + first_written_[value];
    const Written* end = written_.data() + first_written_[value + 1];
    if (end - begin <= 1) return {begin, begin != end && begin->key == key ? end : begin};
    const auto found = std::ranges::equal_range(begin, end, key, {}, &Written::key);
    return {found.begin(), found.end()};
  }

  void flaw(const char* type, std::uint32_t operation, const Event& read, std::uint32_t writer,
            const char* how) {
    if (out_.flaw.has_value()) return;
    Anomaly a;
    a.type = type;
    a.explanation = "T" + std::to_string(operation) + " read " + history_.atoms.to_json(Atom{read.value}) +
                    " from key " + history_.atoms.to_json(out_.keys[read.key]) + how;
    if (writer != kNoTxn32 && writer != operation) {
      a.explanation += "\nT" + std::to_string(writer) + ": " + describe(history_, writer);
      a.operations.push_back(writer);
    }
    a.explanation += "\nT" + std::to_string(operation) + ": " + describe(history_, operation);
    a.operations.push_back(operation);
    out_.flaw = std::move(a);
  }

  // What the read of operation `o` saw.
  void external(std::uint32_t o, const Event& e) {
    const std::span<const Written> found = writers_of(e.key, e.value);
    if (e.value == kNil.id) {
      if (!found.empty()) refuse("a nil is written and read");
      reads_.push_back({.key = e.key, .source = kInitialTxn});
      return;
    }
    if (found.size() > 1) return refuse("a value is written twice into a key and read");
    if (found.empty()) return flaw("thin-air-read", o, e, kNoTxn32, ", which nobody wrote there");
    const Written& w = found.front();
    if (w.operation == o) return flaw("future-read", o, e, o, " before it wrote that itself");
    if (history_.operations[w.operation].outcome == Outcome::fail)
      return flaw("G1a", o, e, w.operation, ", whose writer was refused");
    if (!w.final) return flaw("G1b", o, e, w.operation, ", which its writer overwrote before it committed");
    if (history_.operations[w.operation].outcome == Outcome::info) observed_[w.operation] = true;
    reads_.push_back({.key = e.key, .source = w.operation});
  }
  void resolve() {
    observed_.assign(history_.operations.size(), false);
    reads_.reserve(events_.size());
    first_resolved_.reserve(history_.operations.size() + 1);
    std::vector<OwnWrite> own(out_.keys.size());
    for (std::uint32_t o = 0; o < history_.operations.size(); ++o) {
      first_resolved_.push_back(static_cast<std::uint32_t>(reads_.size()));
      if (history_.operations[o].outcome != Outcome::ok) continue;
      for (std::size_t i = first_event_[o]; i < first_event_[o + 1]; ++i) {
        const Event& e = events_[i];
        OwnWrite& mine = own[e.key];
        if (e.write) {
          mine = {.operation = o, .event = e.value};
        } else if (mine.operation != o) {
          external(o, e);
        } else if (mine.event != e.value) {
          flaw("internal", o, e, o, ", where its own last write was another value");
        }
      }
    }
    first_resolved_.push_back(static_cast<std::uint32_t>(reads_.size()));
  }

  // Sessions: what a process completed, in order. An info transaction is the last one of its process; where
  // the process goes on all the same it stands alone, after what the process had completed.
  void sessions() {
    struct Process {
      std::uint32_t session = kNoTxn32, last = kNoTxn32, length = 0, last_ok = 0;
    };
    std::vector<std::pair<std::uint32_t, std::uint32_t>> names;  // process, transaction
    names.reserve(out_.txns.size());
    std::uint32_t greatest = 0;
    for (const UniqueTxn& t : out_.txns)
      greatest = std::max(greatest, history_.operations[t.operation].process);
    const bool direct = greatest < 4 * out_.txns.size() + 1024;
    std::vector<std::uint32_t> sorted;
    if (!direct) {
      for (const UniqueTxn& t : out_.txns) sorted.push_back(history_.operations[t.operation].process);
      std::ranges::sort(sorted);
      sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
    }
    const auto slot = [&](const UniqueTxn& t) {
      const std::uint32_t p = history_.operations[t.operation].process;
      if (direct) return static_cast<std::size_t>(p);
      return static_cast<std::size_t>(std::ranges::lower_bound(sorted, p) - sorted.begin());
    };
    std::vector<Process> processes(direct ? std::size_t{greatest} + 1 : sorted.size());
    for (std::uint32_t t = 0; t < out_.size(); ++t) {
      if (out_.txns[t].ok) processes[slot(out_.txns[t])].last_ok = t;
    }
    std::uint32_t made = 0;
    std::vector<std::uint32_t> lengths;
    for (std::uint32_t t = 0; t < out_.size(); ++t) {
      UniqueTxn& txn = out_.txns[t];
      Process& p = processes[slot(txn)];
      txn.previous = p.last;
      const bool alone = !txn.ok && p.last_ok > t;
      if (alone || p.session == kNoTxn32) {
        txn.session = made++;
        lengths.push_back(0);
        if (!alone) p.session = txn.session;
      } else {
        txn.session = p.session;
      }
      txn.index = lengths[txn.session]++;
      if (txn.ok) p.last = t;
    }
    out_.first_of_session.assign(made + 1, 0);
    for (std::uint32_t s = 0; s < made; ++s)
      out_.first_of_session[s + 1] = out_.first_of_session[s] + lengths[s];
    out_.of_session.resize(out_.size());
    for (std::uint32_t t = 0; t < out_.size(); ++t)
      out_.of_session[out_.first_of_session[out_.txns[t].session] + out_.txns[t].index] = t;
  }

  void number() {
    std::vector<std::uint32_t> txn_of(history_.operations.size(), kNoTxn32);
    for (std::uint32_t o = 0; o < history_.operations.size(); ++o) {
      const Operation& op = history_.operations[o];
      const bool ok = op.outcome == Outcome::ok;
      if (!ok && !observed_[o]) continue;
      txn_of[o] = out_.size();
      out_.txns.push_back({.operation = o, .begin = op.invoked, .end = ok ? op.completed : kNever, .ok = ok});
    }
    sessions();
    out_.all_reads = std::move(reads_);
    for (UniqueRead& r : out_.all_reads) {
      if (r.source != kInitialTxn) r.source = txn_of[r.source];
    }
    out_.first_read.reserve(out_.txns.size() + 1);
    out_.first_write.reserve(out_.txns.size() + 1);
    for (const UniqueTxn& t : out_.txns) {
      out_.first_read.push_back(first_resolved_[t.operation]);
      out_.first_write.push_back(static_cast<std::uint32_t>(out_.all_writes.size()));
      const auto begin = static_cast<std::ptrdiff_t>(out_.all_writes.size());
      for (std::size_t i = first_event_[t.operation]; i < first_event_[t.operation + 1]; ++i) {
        if (events_[i].write) out_.all_writes.push_back(events_[i].key);
      }
      if (std::ssize(out_.all_writes) - begin > 1) {
        std::sort(out_.all_writes.begin() + begin, out_.all_writes.end());
        out_.all_writes.erase(std::unique(out_.all_writes.begin() + begin, out_.all_writes.end()),
                              out_.all_writes.end());
      }
    }
    out_.first_read.push_back(static_cast<std::uint32_t>(out_.all_reads.size()));
    out_.first_write.push_back(static_cast<std::uint32_t>(out_.all_writes.size()));
  }

  const History& history_;
  UniqueHistory out_;
  std::vector<std::uint32_t> dense_key_;
  std::vector<Event> events_;
  std::vector<std::size_t> first_event_;
  std::vector<std::uint32_t> first_written_;
  std::vector<Written> written_;
  std::vector<UniqueRead> reads_;  // sources are operations
  std::vector<std::uint32_t> first_resolved_;
  std::vector<bool> observed_;
};

}  // namespace

bool UniqueHistory::writes_key(std::uint32_t t, std::uint32_t key) const {
  return std::ranges::binary_search(writes(t), key);
}

UniqueHistory unique_history(const History& history) { return Extractor(history).run(); }

std::string txn_name(const UniqueHistory& unique, std::uint32_t t) {
  if (t == kInitialTxn) return "the initial state";
  return "T" + std::to_string(unique.txns[t].operation);
}

std::string key_text(const History& history, const UniqueHistory& unique, std::uint32_t key) {
  return history.atoms.to_json(unique.keys[key]);
}

}  // namespace wn::checkers::levels
