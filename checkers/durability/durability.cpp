#include "checkers/durability/durability.h"

#include <algorithm>
#include <map>
#include <optional>

namespace wn::checkers {
namespace {

struct Append {
  std::uint64_t operation = 0;
  Atom element;
};

struct Overwrite {
  std::uint64_t operation = 0;
  std::optional<Atom> value;  // nothing: a remove
};

struct Read {
  std::uint64_t operation = 0;
  Atom result;
  const AtomList* list = nullptr;  // of a transaction
};

struct Carriers {
  std::uint32_t refused = 0, others = 0;
};

struct Key {
  Atom name;
  std::vector<Append> appends;        // acknowledged; ascending invocation
  std::vector<Overwrite> overwrites;  // all that may have happened; ascending invocation
  std::vector<Read> reads;
  std::map<Atom, Carriers> carriers;  // of each value that anyone tried to write
};

bool overwrites(Function f) {
  return f == Function::put || f == Function::write || f == Function::cas || f == Function::remove;
}

class Judge {
 public:
  explicit Judge(const History& history) : h_(history), shown_(history.atoms.size(), 0) {}

  Verdict run() {
    verdict_.claim = "durability";
    for (std::uint64_t i = 0; i < h_.operations.size(); ++i) collect(i);
    for (auto& [atom, key] : keys_) {
      if (!judge(key)) break;
    }
    return std::move(verdict_);
  }

 private:
  const Operation& op(std::uint64_t i) const { return h_.operations[i]; }

  Key& at(Atom name) {
    Key& key = keys_[name];
    key.name = name;
    return key;
  }

  void carry(Key& key, Atom value, Outcome outcome) {
    Carriers& c = key.carriers[value];
    ++(outcome == Outcome::fail ? c.refused : c.others);
  }

  void collect(std::uint64_t i) {
    const Operation& o = op(i);
    if (o.function == Function::txn) return collect_txn(i, o);
    const bool reads = o.function == Function::read || o.function == Function::get;
    if (!reads && !overwrites(o.function) && o.function != Function::append) return;
    Key& key = at(o.key);
    if (reads) {
      if (o.outcome == Outcome::ok) key.reads.push_back({.operation = i, .result = o.result});
      return;
    }
    if (o.function != Function::remove) carry(key, o.value, o.outcome);
    if (o.outcome == Outcome::fail) return;
    if (o.function == Function::append) {
      if (o.outcome == Outcome::ok) key.appends.push_back({i, o.value});
    } else {
      key.overwrites.push_back({i, o.function == Function::remove ? std::nullopt : std::optional(o.value)});
    }
  }

  void collect_txn(std::uint64_t i, const Operation& o) {
    for (const MicroOperation& m : o.txn) {
      Key& key = at(m.key);
      if (m.append || m.write) carry(key, m.value, o.outcome);
      if (m.append && o.outcome == Outcome::ok) key.appends.push_back({i, m.value});
      if (m.write && o.outcome != Outcome::fail) key.overwrites.push_back({i, m.value});
      if (m.append || m.write || o.outcome != Outcome::ok) continue;
      key.reads.push_back(
          {.operation = i, .result = m.seen.value_or(kNil), .list = m.list ? &m.list : nullptr});
    }
  }

  std::span<const Atom> elements(const Read& r) const {
    if (r.list != nullptr) return r.list->get();
    if (r.result == kNil) return {};
    if (h_.atoms.kind(r.result) == Interner::Kind::list) return h_.atoms.list_of(r.result);
    return {&r.result, 1};
  }

  bool violation(std::string_view what, std::string why, std::uint64_t writer, std::uint64_t reader) {
    verdict_.outcome = Outcome3::fail;
    verdict_.signature = "durability: " + std::string(what);
    verdict_.explanation = std::move(why) + "\n  " + describe(h_, writer) + "\n  " + describe(h_, reader);
    verdict_.operations = {writer, reader};
    verdict_.at_ns = op(reader).completed_ns;
    return false;
  }

  bool judge(Key& key) {
    // Latest completions of what was overwritten, over all overwrites up to each in order of invocation.
    struct Latest {
      std::uint64_t first = 0, second = 0;  // the two latest completions
      std::uint32_t which = 0;
    };
    std::vector<Latest> latest;
    latest.reserve(key.overwrites.size());
    Latest now;
    for (std::uint32_t i = 0; i < key.overwrites.size(); ++i) {
      const std::uint64_t end = end_of(op(key.overwrites[i].operation));
      if (end > now.first || i == 0) {
        now = {.first = end, .second = now.first, .which = i};
      } else {
        now.second = std::max(now.second, end);
      }
      latest.push_back(now);
    }
    for (const Read& r : key.reads) {
      const std::uint64_t end = op(r.operation).completed;
      const auto seen = std::ranges::partition_point(
          key.overwrites, [&](const Overwrite& w) { return op(w.operation).invoked < end; });
      const auto count = static_cast<std::size_t>(seen - key.overwrites.begin());
      const Latest before = count == 0 ? Latest{} : latest[count - 1];
      if (!nothing_refused(key, r) || !appends_kept(key, r, count == 0 ? 0 : before.first)) return false;
      if (count == 0) continue;
      const Overwrite& last = key.overwrites[before.which];
      const bool alone = count == 1 || before.second < op(last.operation).invoked;
      if (!alone || !last.value || before.first >= op(r.operation).invoked || begins_with(r, *last.value))
        continue;
      return violation("an acknowledged write is missing from a later read",
                       "nothing else wrote this key in between, and the read does not show it:",
                       last.operation, r.operation);
    }
    return true;
  }

  static std::uint64_t end_of(const Operation& o) { return o.outcome == Outcome::ok ? o.completed : kNever; }

  bool nothing_refused(const Key& key, const Read& r) {
    for (const Atom e : elements(r)) {
      const auto it = key.carriers.find(e);
      if (it == key.carriers.end() || it->second.others != 0) continue;
      for (std::uint64_t i = 0; i < h_.operations.size(); ++i) {
        if (op(i).outcome != Outcome::fail || !carries(op(i), key.name, e)) continue;
        return violation("a refused write appeared", "this write was refused, and a read shows its value:", i,
                         r.operation);
      }
    }
    return true;
  }

  static bool carries(const Operation& o, Atom key, Atom value) {
    if (o.function != Function::txn) return o.key == key && o.value == value;
    return std::ranges::any_of(o.txn,
                               [&](const MicroOperation& m) { return m.key == key && m.value == value; });
  }

  // Appends invoked after `safe_from` (or any, when it is 0) cannot have been overwritten before the read.
  bool appends_kept(const Key& key, const Read& r, std::uint64_t safe_from) {
    const std::uint64_t begin = op(r.operation).invoked;
    if (safe_from >= begin || key.appends.empty()) return true;
    const auto kind = h_.atoms.kind(r.result);
    if (kind == Interner::Kind::text || kind == Interner::Kind::other) return true;  // may be a concatenation
    ++round_;
    for (const Atom e : elements(r)) shown_[e.id] = round_;
    auto it = std::ranges::partition_point(key.appends,
                                           [&](const Append& a) { return op(a.operation).invoked < begin; });
    while (it != key.appends.begin()) {
      const Append& a = *--it;
      if (safe_from != 0 && op(a.operation).invoked <= safe_from) break;
      if (op(a.operation).completed >= begin || shown_[a.element.id] == round_) continue;
      const Carriers& c = key.carriers.at(a.element);
      if (c.others != 1 || c.refused != 0) continue;
      return violation(
          "an acknowledged write is missing from a later read",
          "this append was acknowledged, nothing overwrote it, and a later read does not show it:",
          a.operation, r.operation);
    }
    return true;
  }

  bool begins_with(const Read& r, Atom value) const {
    const Interner& atoms = h_.atoms;
    if (r.list == nullptr && (r.result == value)) return true;
    const auto shown = elements(r);
    if (value == kNil || atoms.kind(value) == Interner::Kind::list) {
      const auto wanted = value == kNil ? std::span<const Atom>{} : atoms.list_of(value);
      return shown.size() >= wanted.size() && std::equal(wanted.begin(), wanted.end(), shown.begin());
    }
    if (shown.empty()) return atoms.kind(value) == Interner::Kind::text && atoms.text_of(value).empty();
    if (shown.front() == value) return true;
    const bool texts =
        atoms.kind(value) == Interner::Kind::text && atoms.kind(shown.front()) == Interner::Kind::text;
    return texts && atoms.text_of(shown.front()).starts_with(atoms.text_of(value));
  }

  const History& h_;
  std::map<Atom, Key> keys_;
  std::vector<std::uint32_t> shown_;  // atom -> round in which a read showed it
  std::uint32_t round_ = 0;
  Verdict verdict_;
};

}  // namespace

Verdict check_durability(const History& history) { return Judge(history).run(); }

}  // namespace wn::checkers
