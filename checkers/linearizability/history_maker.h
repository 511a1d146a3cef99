#pragma once
// Test support: small random histories of a correct object; then, most of the time, with some lies.
#include <map>
#include <string>
#include <vector>

#include "checkers/history/recorder.h"
#include "checkers/linearizability/linearizability.h"
#include "checkers/linearizability/naive_checker.h"
#include "runtime/base/random.h"

namespace wn::checkers::naive {

enum class Style : std::uint8_t { reg, cas, kv_list, kv_text };

// A correct object under random clients; then, most of the time, some lies.
class Maker {
 public:
  Maker(std::uint64_t seed, Style style, bool unique, std::uint64_t most = 12)
      : draw_(Random(seed).at("test.history")), style_(style), unique_(unique), most_(most) {}

  History make() {
    const std::uint64_t operations = 4 + draw_.below(most_ - 3);
    const std::uint64_t keys = most_ > 12 ? 1 : 1 + draw_.below(2);
    const bool lies = draw_.below(5) != 0;
    std::map<std::uint32_t, std::uint64_t> open;  // client -> operation
    std::uint32_t clients = 2 + static_cast<std::uint32_t>(draw_.below(most_ > 12 ? 5 : 3));
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
  std::uint64_t most_;  // operations
  std::int64_t last_value_ = 0;
  HistoryRecorder recorder_;
  std::map<std::uint32_t, Value> objects_;
  Value last_seen_;
  std::vector<Pending> pending_;
};

inline ModelName model_of(Style style) {
  return style == Style::reg ? ModelName::reg : style == Style::cas ? ModelName::cas_register : ModelName::kv;
}

}  // namespace wn::checkers::naive
