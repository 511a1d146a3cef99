// The checker against a naive one that tries every order, on random small histories, about half of them
// illegal. The naive one shares nothing with the checker: it works on operations and plain values.
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "checkers/history/history_io.h"
#include "checkers/history/recorder.h"
#include "checkers/linearizability/linearizability.h"
#include "runtime/base/random.h"

namespace wn::checkers {
namespace {

using Value = std::vector<std::int64_t>;  // empty: nothing

Value value_of(const Interner& atoms, Atom a) {
  if (a == kNil) return {};
  if (atoms.kind(a) == Interner::Kind::number) return {atoms.number_of(a)};
  Value out;
  if (atoms.kind(a) == Interner::Kind::text) {
    for (const char c : atoms.text_of(a)) out.push_back(c);
  } else {
    for (const Atom e : atoms.list_of(a)) out.push_back(atoms.number_of(e));
  }
  return out;
}

class Naive {
 public:
  explicit Naive(const History& h) : h_(h) {}
  bool linearizable() {
    std::set<std::uint32_t> keys;
    for (const Operation& op : h_.operations) keys.insert(op.key.id);
    for (const std::uint32_t key : keys) {
      ops_.clear();
      for (const Operation& op : h_.operations) {
        if (op.key.id == key) ops_.push_back(&op);
      }
      seen_.clear();
      if (!place(0, {})) return false;
    }
    return true;
  }

 private:
  static bool must(const Operation& op) { return op.outcome != Outcome::info; }
  static std::uint64_t end(const Operation& op) { return must(op) ? op.completed : kNever; }

  // The state after the operation, or nothing when it cannot take effect here.
  std::optional<Value> apply(const Operation& op, const Value& state) const {
    const Interner& atoms = h_.atoms;
    const Value argument = value_of(atoms, op.value);
    switch (op.function) {
      case Function::read:
      case Function::get:
        if (op.outcome == Outcome::ok && value_of(atoms, op.result) != state) return {};
        return state;
      case Function::cas: {
        const bool matches = value_of(atoms, op.expected) == state;
        if (op.outcome == Outcome::fail) return matches ? std::nullopt : std::optional(state);
        if (op.outcome == Outcome::ok && !matches) return {};
        return matches ? argument : state;
      }
      case Function::append: {
        if (op.outcome == Outcome::fail) return state;
        Value longer = state;
        longer.insert(longer.end(), argument.begin(), argument.end());
        return longer;
      }
      case Function::remove:
        return op.outcome == Outcome::fail ? state : Value{};
      default:
        return op.outcome == Outcome::fail ? state : argument;
    }
  }

  bool place(std::uint32_t done, const Value& state) {
    std::uint64_t first_end = kNever;
    bool all = true;
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if ((done >> i & 1) != 0) continue;
      all &= !must(*ops_[i]);
      first_end = std::min(first_end, end(*ops_[i]));
    }
    if (all) return true;
    if (!seen_.emplace(done, state).second) return false;
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if ((done >> i & 1) != 0 || ops_[i]->invoked > first_end) continue;
      const auto next = apply(*ops_[i], state);
      if (next && place(done | 1U << i, *next)) return true;
    }
    return false;
  }

  const History& h_;
  std::vector<const Operation*> ops_;
  std::set<std::pair<std::uint32_t, Value>> seen_;
};

enum class Style : std::uint8_t { reg, cas, kv_list, kv_text };

// A correct object under random clients; then, most of the time, some lies.
class Maker {
 public:
  Maker(std::uint64_t seed, Style style, bool unique)
      : draw_(Random(seed).at("test.history")), style_(style), unique_(unique) {}

  History make() {
    const std::uint64_t operations = 4 + draw_.below(9);
    const std::uint64_t keys = 1 + draw_.below(2);
    const bool lies = draw_.below(5) != 0;
    std::map<std::uint32_t, std::uint64_t> open;  // client -> operation
    std::uint32_t clients = 2 + static_cast<std::uint32_t>(draw_.below(3));
    std::vector<std::uint32_t> process(clients);
    for (std::uint32_t i = 0; i < clients; ++i) process[i] = i;
    std::uint32_t next_process = clients;
    for (std::uint64_t made = 0; made < operations || !open.empty();) {
      const auto c = static_cast<std::uint32_t>(draw_.below(clients));
      const auto it = open.find(c);
      if (it == open.end()) {
        if (made == operations) continue;
        ++made;
        open[c] = invoke(process[c], recorder_.atoms().number(static_cast<std::int64_t>(draw_.below(keys))));
        continue;
      }
      Pending& p = pending_[it->second];
      if (!p.applied && draw_.below(2) == 0) {
        apply(p);
        continue;
      }
      if (!p.applied && !p.refused && p.function != Function::cas && draw_.below(10) == 0) p.refused = true;
      if (draw_.below(8) == 0 && !is_read(p.function)) {
        recorder_.complete(p.handle, Outcome::info, 0);
        process[c] = next_process++;
        open.erase(it);
        continue;
      }
      if (!p.applied && !p.refused) apply(p);
      finish(p, lies);
      open.erase(it);
    }
    return recorder_.take();
  }

 private:
  struct Pending {
    HistoryRecorder::Handle handle = 0;
    Function function{};
    Atom key;
    Value argument, expected, seen;
    bool applied = false, refused = false;
  };
  static bool is_read(Function f) { return f == Function::read; }

  std::int64_t fresh() { return unique_ ? ++last_value_ : 1 + static_cast<std::int64_t>(draw_.below(3)); }
  Atom atom(const Value& v) {
    Interner& atoms = recorder_.atoms();
    if (style_ == Style::kv_text) {
      std::string text;
      for (const std::int64_t e : v) text += static_cast<char>(e);
      return atoms.text(text);
    }
    if (style_ == Style::kv_list && v.size() != 1) {
      std::vector<Atom> list;
      for (const std::int64_t e : v) list.push_back(atoms.number(e));
      return atoms.list(list);
    }
    return v.empty() ? kNil : atoms.number(v[0]);
  }

  std::uint64_t invoke(std::uint32_t process, Atom key) {
    Pending p;
    p.key = key;
    const std::uint64_t kind = draw_.below(10);
    p.function = kind < 4 ? Function::read : Function::write;
    const bool kv = style_ == Style::kv_list || style_ == Style::kv_text;
    if (kv && kind >= 5) p.function = kind == 9 && !unique_ ? Function::remove : Function::append;
    if (style_ != Style::reg && kind == 4) p.function = Function::cas;
    if (style_ == Style::cas && kind > 6) p.function = Function::cas;
    if (p.function != Function::read && p.function != Function::remove) {
      p.argument = {style_ == Style::kv_text ? 96 + fresh() : fresh()};
      if (style_ == Style::kv_text && draw_.below(3) == 0) p.argument.push_back('z');
    }
    if (p.function == Function::cas) {
      p.expected = draw_.below(3) == 0 ? Value{1} : objects_[key.id];
      if (style_ == Style::kv_text && p.expected == Value{1}) p.expected = {97};
    }
    p.handle = recorder_.invoke(process, p.function, key, atom(p.argument), 0,
                                p.function == Function::cas ? atom(p.expected) : kNil);
    pending_.push_back(p);
    return pending_.size() - 1;
  }

  void apply(Pending& p) {
    p.applied = true;
    Value& object = objects_[p.key.id];
    p.seen = object;
    if (p.function == Function::cas) {
      p.refused = object != p.expected;
      if (!p.refused) object = p.argument;
    } else if (p.function == Function::append) {
      object.insert(object.end(), p.argument.begin(), p.argument.end());
    } else if (!is_read(p.function)) {
      object = p.argument;
    }
  }

  void finish(Pending& p, bool lies) {
    const bool lie = lies && draw_.below(3) != 0;
    if (is_read(p.function)) {
      if (lie) {
        const Value& other = objects_[p.key.id];
        p.seen = draw_.below(2) == 0 ? last_seen_ : other;
        if (draw_.below(4) == 0 && !p.seen.empty()) p.seen.pop_back();
      }
      last_seen_ = p.seen;
      recorder_.complete(p.handle, p.refused ? Outcome::fail : Outcome::ok, 0,
                         p.refused ? kNil : atom(p.seen));
    } else {
      recorder_.complete(p.handle, p.refused != (lie && draw_.below(2) == 0) ? Outcome::fail : Outcome::ok,
                         0);
    }
  }

  Draw draw_;
  Style style_;
  bool unique_;
  std::int64_t last_value_ = 0;
  HistoryRecorder recorder_;
  std::map<std::uint32_t, Value> objects_;
  Value last_seen_;
  std::vector<Pending> pending_;
};

ModelName model_of(Style style) {
  return style == Style::reg ? ModelName::reg : style == Style::cas ? ModelName::cas_register : ModelName::kv;
}

}  // namespace

TEST_CASE("linearizability: the same verdict as a naive checker on 32,000 random histories") {
  int illegal = 0;
  int rounds = 0;
  LinearizabilityStats stats;
  for (const Style style : {Style::reg, Style::cas, Style::kv_list, Style::kv_text}) {
    for (const bool unique : {false, true}) {
      for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
        const History h = Maker(seed, style, unique).make();
        const bool legal = Naive(h).linearizable();
        ++rounds;
        illegal += legal ? 0 : 1;
        for (const bool zones : {true, false}) {
          const Verdict v = check_linearizable(h, model_of(style), {},
                                               {.failed_cas_observes = true, .zones = zones}, &stats);
          if ((v.outcome == Outcome3::pass) == legal && v.outcome != Outcome3::unknown) continue;
          FAIL("seed " << seed << " style " << static_cast<int>(style) << " unique " << unique << " zones "
                       << zones << ": naive says " << (legal ? "legal" : "illegal") << "\n"
                       << v.signature << "\n"
                       << v.explanation << "\n"
                       << write_jsonl(h));
        }
      }
    }
  }
  CHECK(rounds == 32'000);
  CHECK(illegal > rounds / 4);
  CHECK(illegal < rounds * 3 / 4);
  CHECK(stats.zoned > 1'000);
  CHECK(stats.searched > 1'000);
  CHECK(stats.refuted > 100);
  INFO(illegal << " of " << rounds << " illegal, " << stats.zoned << " zoned, " << stats.searched
               << " searched, " << stats.refuted << " refuted cheaply");
  CHECK(stats.steps > 10'000);
}

TEST_CASE("linearizability: the witness of a refutation is itself not linearizable") {
  int judged = 0;
  for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
    const History h = Maker(seed, Style::reg, true).make();
    const Verdict v = check_linearizable(h, ModelName::reg);
    if (v.outcome != Outcome3::fail || v.signature == "linearizability: value from nowhere") continue;
    History part = h;
    part.operations.clear();
    for (const std::uint64_t i : v.operations) part.operations.push_back(h.operations[i]);
    CHECK(!Naive(part).linearizable());
    CHECK(v.operations.size() <= 6);
    ++judged;
  }
  CHECK(judged > 500);
}

}  // namespace wn::checkers
