#include "checkers/isolation/transactions.h"

#include <algorithm>
#include <set>

namespace wn::checkers {
namespace {

class Reader {
 public:
  explicit Reader(const History& history) : h_(history) {}

  Transactions run() {
    for (std::uint64_t i = 0; i < h_.operations.size(); ++i) {
      take(i, h_.operations[i]);
    }
    for (std::uint32_t t = 0; t < out_.txns.size(); ++t) register_appends(t);
    for (std::uint32_t t = 0; t < out_.txns.size() && !out_.anomaly; ++t) order_versions(t);
    for (auto& [key, order] : out_.keys) {
      if (!out_.anomaly && order.usable) name_writers(key, order);
    }
    for (std::uint32_t t = 0; t < out_.txns.size() && !out_.anomaly; ++t) check_reads(t);
    return std::move(out_);
  }

 private:
  void found(std::string name, std::string why, std::vector<std::uint64_t> operations) {
    if (out_.anomaly) return;
    for (const std::uint64_t i : operations) why += "\n  " + describe(h_, i);
    out_.anomaly = Flaw{std::move(name), std::move(why), std::move(operations)};
  }

  // A single get or append is a transaction of one micro-operation; other writers make a key unusable.
  void take(std::uint64_t i, const Operation& op) {
    std::vector<MicroOperation> single;
    const std::vector<MicroOperation>* micros = &op.txn;
    switch (op.function) {
      case Function::txn:
        break;
      case Function::append:
        single.push_back({.append = true, .key = op.key, .value = op.value});
        micros = &single;
        break;
      case Function::read:
      case Function::get:
        single.push_back({.key = op.key});
        if (op.result != kNil && h_.atoms.kind(op.result) == Interner::Kind::list) {
          const auto list = h_.atoms.list_of(op.result);
          single.back().list = std::vector<Atom>(list.begin(), list.end());
        } else if (op.result != kNil) {
          single.back().seen = op.result;
        }
        micros = &single;
        break;
      default:
        out_.keys[op.key].usable = false;
        return;
    }
    for (const MicroOperation& m : *micros) {
      if (m.write) out_.keys[m.key].usable = false;
      if (m.append && op.outcome == Outcome::fail) out_.keys[m.key].refused.emplace(m.value, i);
    }
    if (op.outcome == Outcome::fail) return;
    Txn txn{.operation = i,
            .begin = op.invoked,
            .end = kNever,
            .ok = op.outcome == Outcome::ok,
            .reads = {},
            .appends = {}};
    if (txn.ok) txn.end = op.completed;
    play(*micros, txn);
    if (txn.appends.empty() && txn.reads.empty()) return;
    out_.txns.push_back(std::move(txn));
  }

  // Inside one transaction each read must show the first one's list and the transaction's own appends since.
  void play(const std::vector<MicroOperation>& micros, Txn& txn) {
    struct Local {
      std::optional<std::vector<Atom>> before;
      std::vector<Atom> own;
    };
    std::map<Atom, Local> local;
    for (const MicroOperation& m : micros) {
      Local& l = local[m.key];
      if (m.append) {
        l.own.push_back(m.value);
        txn.appends.emplace_back(m.key, m.value);
        continue;
      }
      if (m.write || !txn.ok) continue;
      KeyOrder& order = out_.keys[m.key];
      std::vector<Atom> list = m.list.to_vector();
      if (m.seen && h_.atoms.kind(*m.seen) == Interner::Kind::number) {
        list = {*m.seen};
      } else if (m.seen) {
        order.usable = false;  // no list: somebody keeps other things here
      }
      if (!order.usable) continue;
      const bool ends_so =
          list.size() >= l.own.size() && std::equal(l.own.rbegin(), l.own.rend(), list.rbegin());
      if (ends_so) list.resize(list.size() - l.own.size());
      if (!ends_so || (l.before && *l.before != list)) {
        internal_.emplace_back(m.key, txn.operation);
        continue;
      }
      if (!l.before) txn.reads.push_back({m.key, list});
      l.before = std::move(list);
    }
  }

  void register_appends(std::uint32_t t) {
    const Txn& txn = out_.txns[t];
    std::map<Atom, Atom> last;
    for (const auto& [key, element] : txn.appends) {
      KeyOrder& order = out_.keys[key];
      if (order.refused.contains(element) || !order.writers.emplace(element, std::pair(t, false)).second) {
        order.usable = false;  // repeated elements: nothing can be told apart
      }
      last[key] = element;
    }
    for (const auto& [key, element] : last) out_.keys[key].writers[element].second = true;
  }

  void order_versions(std::uint32_t t) {
    const Txn& txn = out_.txns[t];
    for (const Read& r : txn.reads) {
      KeyOrder& order = out_.keys[r.key];
      if (!order.usable) continue;
      const std::size_t common = std::min(order.versions.size(), r.before.size());
      for (std::size_t i = 0; i < common; ++i) {
        if (order.versions[i].element == r.before[i]) continue;
        return found("incompatible order",
                     "two reads of key " + h_.atoms.to_json(r.key) + " show different orders:",
                     {txn.operation, longest_[r.key]});
      }
      if (r.before.size() <= order.versions.size()) continue;
      for (std::size_t i = common; i < r.before.size(); ++i)
        order.versions.push_back({.element = r.before[i]});
      longest_[r.key] = txn.operation;
    }
  }

  void name_writers(Atom key, KeyOrder& order) {
    const std::uint64_t reader = order.versions.empty() ? 0 : longest_[key];
    std::set<Atom> seen;
    for (Version& v : order.versions) {
      const std::string what = "element " + h_.atoms.to_json(v.element) + " of key " + h_.atoms.to_json(key);
      if (!seen.insert(v.element).second) return found("duplicate append", what + " stands twice:", {reader});
      if (const auto it = order.writers.find(v.element); it != order.writers.end()) {
        v.writer = it->second.first;
      } else if (const auto refused = order.refused.find(v.element); refused != order.refused.end()) {
        return found("G1a",
                     what + " was appended by a failed transaction and read:", {refused->second, reader});
      } else {
        return found("value from nowhere", "nobody appended " + what + ":", {reader});
      }
    }
  }

  // Reads of what is not yet there, and intermediate reads (G1b): the last element seen is not the writer's
  // last on the key.
  void check_reads(std::uint32_t t) {
    for (const Read& r : out_.txns[t].reads) {
      const KeyOrder& order = out_.keys[r.key];
      if (!order.usable || r.before.empty()) continue;
      for (const auto& [key, element] : out_.txns[t].appends) {
        if (key == r.key && std::ranges::find(r.before, element) != r.before.end()) {
          return found("internal",
                       "this transaction saw its own append before it made it:", {out_.txns[t].operation});
        }
      }
      const auto [writer, last] = order.writers.at(r.before.back());
      if (last || writer == t) continue;
      return found("G1b", "a transaction saw the middle of another one:",
                   {out_.txns[writer].operation, out_.txns[t].operation});
    }
    for (const auto& [key, operation] : internal_) {
      if (out_.keys[key].usable)
        return found("internal", "this transaction contradicts itself:", {operation});
    }
  }

  const History& h_;
  Transactions out_;
  std::map<Atom, std::uint64_t> longest_;  // key -> operation of its longest read
  std::vector<std::pair<Atom, std::uint64_t>> internal_;
};

}  // namespace

Transactions read_transactions(const History& history) { return Reader(history).run(); }

}  // namespace wn::checkers
