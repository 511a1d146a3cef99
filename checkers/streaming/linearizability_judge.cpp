#include <algorithm>
#include <map>

#include "checkers/streaming/key_zones.h"
#include "checkers/streaming/segment.h"
#include "checkers/streaming/stream_judge.h"

namespace wn::checkers {
namespace {

bool reads(Function f) { return f == Function::read || f == Function::get; }
bool sets(Function f) { return f == Function::write || f == Function::put || f == Function::remove; }

bool knows(ModelName model, Function f) {
  if (reads(f) || f == Function::write || f == Function::put) return true;
  if (f == Function::cas) return model != ModelName::reg;
  return model == ModelName::kv && (f == Function::append || f == Function::remove);
}

struct Key {
  Key(const StreamOptions& options)
      : zones(kNil, options.live_max, options.defect == StreamDefect::retires_early) {}
  KeyZones zones;
  bool unique = true;  // zones judge
  bool lost = false;   // neither zones nor segments can: unknown
  Segment segment;
  std::uint64_t next_look = 64;                  // segment size at which an unfinished one is judged
  std::map<std::uint32_t, std::uint32_t> where;  // open place -> number in the segment
  std::uint64_t open = 0, infos = 0;  // infos: operations of unknown outcome since the last cut that change
  bool alone = false;                 // the operation that is open was never beside another one
  Interner::Kind kind = Interner::Kind::nil;  // of all values but nil
  bool appends = false;
};

class Judge final : public StreamJudge {
 public:
  Judge(ModelName model, const StreamOptions& options) : model_(model), options_(options) {
    verdict_.claim = "linearizability";
  }

  void feed(const StreamEvent& event, const Interner& atoms) override {
    if (stopped_) return;
    const Operation& op = *event.operation;
    if (!knows(model_, op.function)) {
      stopped_ = true;
      return doubt("an operation that this model or this judge does not know: " +
                   std::string(to_string(op.function)) + line(event));
    }
    auto it = keys_.find(op.key);
    if (it == keys_.end()) {
      if (keys_.size() >= options_.keys_max) {
        stopped_ = true;
        return doubt("more than " + std::to_string(options_.keys_max) + " keys");
      }
      it = keys_.try_emplace(op.key, options_).first;
    }
    Key& key = it->second;
    if (key.lost) return;
    if (event.kind == StreamEvent::Kind::invoke) {
      invoke(key, event, atoms);
    } else {
      complete(key, event, atoms);
    }
  }

  Outcome3 verdict_so_far() const override { return verdict_.outcome; }

  Verdict finish(const Interner& atoms) override {
    for (auto& [name, key] : keys_) {
      if (stopped_) break;
      if (!key.unique && !key.lost) look(key, atoms, "");
    }
    return verdict_;
  }

  std::uint64_t bytes() const override {
    std::uint64_t sum = 0;
    for (const auto& [name, key] : keys_) {
      sum += sizeof(Key) + 64 + key.zones.bytes() + key.segment.bytes() + key.where.size() * 48;
    }
    return sum;
  }

  void mark(AtomMarks& marks) const override {
    for (const auto& [name, key] : keys_) {
      marks.mark(name);
      key.zones.mark(marks);
      key.segment.mark(marks);
    }
  }

 private:
  static std::string line(const StreamEvent& event) { return " (line " + std::to_string(event.line) + ")"; }
  void doubt(std::string why) {
    if (verdict_.outcome != Outcome3::pass) return;
    verdict_.outcome = Outcome3::unknown;
    verdict_.explanation = std::move(why);
  }
  void refute(std::string_view signature, std::string why) {
    verdict_.outcome = Outcome3::fail;
    verdict_.signature = "linearizability: " + std::string(signature);
    verdict_.explanation = std::move(why);
    stopped_ = true;
  }

  // What the model takes for the value: in kv, nil, "" and [] are one.
  Atom value_of(Atom atom, const Interner& atoms) const {
    if (model_ != ModelName::kv) return atom;
    const Interner::Kind kind = atoms.kind(atom);
    if (kind == Interner::Kind::text && atoms.text_of(atom).empty()) return kNil;
    if (kind == Interner::Kind::list && atoms.list_of(atom).empty()) return kNil;
    return atom;
  }

  // In kv, values of several kinds may be equal without being one atom (5, "5" and [5]), and lists say how
  // all else is to be appended: such keys are not judged here.
  bool plain(Key& key, const StreamEvent& event, const Interner& atoms) {
    if (model_ != ModelName::kv) return true;
    const Operation& op = *event.operation;
    key.appends |= op.function == Function::append;
    for (const Atom a : {op.value, op.expected, op.result}) {
      const Interner::Kind kind = atoms.kind(a);
      if (value_of(a, atoms) == kNil && kind != Interner::Kind::list) continue;
      if (key.kind == Interner::Kind::nil) key.kind = kind;
      if (key.kind != kind || kind == Interner::Kind::list) return false;
    }
    return !key.appends || key.kind == Interner::Kind::text || key.kind == Interner::Kind::nil;
  }

  void give_up(Key& key, std::string why) {
    key.lost = true;
    key.segment.drop();
    key.where.clear();
    doubt(std::move(why));
  }

  // From zones to segments.
  void not_unique(Key& key, const StreamEvent& event) {
    key.unique = false;
    if (!key.segment.whole()) {
      give_up(key,
              "a value is written twice to a key whose earlier operations are no longer held" + line(event));
    }
  }

  void invoke(Key& key, const StreamEvent& event, const Interner& atoms) {
    const Operation& op = *event.operation;
    if (!plain(key, event, atoms)) return give_up(key, "values of several kinds in one key" + line(event));
    key.alone = key.open == 0;
    ++key.open;
    if (key.segment.whole()) key.where[event.place] = key.segment.invoke(op);
    if (!key.unique) return;
    if (reads(op.function)) return key.zones.invoke_read(op.invoked + 1);
    if (!sets(op.function)) return not_unique(key, event);
    const auto answer = key.zones.invoke_write(value_of(op.value, atoms), op.invoked + 1);
    if (answer == KeyZones::Answer::not_unique) not_unique(key, event);
  }

  void complete(Key& key, const StreamEvent& event, const Interner& atoms) {
    const Operation& op = *event.operation;
    if (!plain(key, event, atoms)) return give_up(key, "values of several kinds in one key" + line(event));
    --key.open;
    if (op.outcome == Outcome::info && !reads(op.function)) ++key.infos;
    if (const auto it = key.where.find(event.place); it != key.where.end()) {
      if (key.segment.whole()) key.segment.complete(it->second, op);
      key.where.erase(it);
    }
    if (key.unique) zones(key, event, atoms);
    if (stopped_ || key.lost) return;
    cut(key, event, atoms);
    if (stopped_ || key.lost) return;
    if (key.segment.size() > options_.segment_max) {
      if (!key.unique)
        return give_up(key, "one key has more than " + std::to_string(options_.segment_max) +
                                " operations without a moment at which it is idle" + line(event));
      key.segment.drop();
      key.where.clear();
    }
    if (!key.unique && key.segment.size() >= key.next_look) {
      key.next_look = key.segment.size() * 2;
      look(key, atoms, line(event));
    }
  }

  void zones(Key& key, const StreamEvent& event, const Interner& atoms) {
    const Operation& op = *event.operation;
    const bool read = reads(op.function);
    const Atom value = value_of(read ? op.result : op.value, atoms);
    KeyZones::Answer answer = KeyZones::Answer::fine;
    if (read) {
      answer = key.zones.complete_read(value, op.outcome, op.invoked + 1, op.completed + 1);
    } else if (options_.defect != StreamDefect::forgets_refusals || op.outcome != Outcome::fail) {
      answer = key.zones.complete_write(value, op.outcome, op.completed + 1);
    }
    const std::string of = (op.key == kNil ? "" : "key " + atoms.to_json(op.key) + ": ");
    const std::string what = atoms.to_json(value);
    switch (answer) {
      case KeyZones::Answer::fine:
        return;
      case KeyZones::Answer::not_unique:
        return not_unique(key, event);
      case KeyZones::Answer::too_late:
        return give_up(key, of + "a read ended after more than " + std::to_string(options_.live_max) +
                                " other values came and went" + line(event));
      case KeyZones::Answer::not_held:
        return refute("stale read",
                      of + "the read that ends here shows " + what +
                          ", which nobody has written or which had been overwritten before it began" +
                          line(event));
      case KeyZones::Answer::refused:
        return refute("refused write appeared",
                      of + "a write of " + what + " failed, and a read has shown it" + line(event));
      case KeyZones::Answer::conflict:
        return refute("stale read",
                      of + "the read that ends here shows " + what + ", which must come before " +
                          (key.zones.other() == kNil ? "a later value" : atoms.to_json(key.zones.other())) +
                          " and after it" + line(event));
    }
  }

  // The key is idle, and what ended last was alone and so was last in every order: it tells the value.
  void cut(Key& key, const StreamEvent& event, const Interner& atoms) {
    const Operation& op = *event.operation;
    const bool anywhere = options_.defect == StreamDefect::cuts_anywhere;
    if (key.open != 0 || key.infos != 0 || (!key.alone && !anywhere) || op.outcome != Outcome::ok) return;
    if (!reads(op.function) && !sets(op.function) && op.function != Function::cas) return;
    if (!key.unique) {
      if (key.segment.size() < options_.cut_min) return;
      look(key, atoms, line(event));
      if (stopped_ || key.lost) return;
      key.next_look = 64;
    }
    const Atom state = op.function == Function::remove ? kNil : reads(op.function) ? op.result : op.value;
    key.segment.restart(value_of(state, atoms));
    key.where.clear();
  }

  void look(Key& key, const Interner& atoms, const std::string& where) {
    if (key.segment.size() == 0) return;
    const Function write = model_ == ModelName::kv ? Function::put : Function::write;
    const History segment = key.segment.history(atoms, write);
    LinearizabilityOptions options;
    options.minimal = false;
    const Verdict found = check_linearizable(segment, model_, options_.budget, options);
    if (found.outcome == Outcome3::unknown) return give_up(key, found.explanation + where);
    if (found.outcome == Outcome3::pass) return;
    refute(found.signature.substr(std::string_view("linearizability: ").size()), found.explanation + where);
  }

  ModelName model_;
  StreamOptions options_;
  Verdict verdict_;
  bool stopped_ = false;
  std::map<Atom, Key> keys_;
};

}  // namespace

std::unique_ptr<StreamJudge> linearizability_judge(ModelName model, const StreamOptions& options) {
  return std::make_unique<Judge>(model, options);
}

}  // namespace wn::checkers
