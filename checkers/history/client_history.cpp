#include "checkers/history/client_history.h"

#include <algorithm>
#include <map>

#include "runtime/base/check.h"

namespace wn::checkers {
namespace {

using Act = ClientStep::Act;

bool reads(Function f) { return f == Function::get || f == Function::read; }
bool may_have_effect(const Operation& op) { return op.outcome != Outcome::fail; }
bool certain(const Operation& op) { return op.outcome == Outcome::ok && op.completed != kNever; }

// What a function does to a property of this shape; nothing: it is none of its functions.
bool act_of(Shape shape, Function f, Act& act) {
  if (reads(f)) {
    act = Act::read;
    return true;
  }
  switch (shape) {
    case Shape::number:
      act = Act::put;
      return f == Function::put || f == Function::write;
    case Shape::set:
      act = f == Function::exclude ? Act::exclude : Act::include;
      return f == Function::include || f == Function::exclude;
    case Shape::map:
      act = Act::include;
      return f == Function::nest;
    case Shape::sequence:
      act = Act::include;
      return f == Function::append;
    case Shape::counter:
    case Shape::bounded:
      act = Act::add;
      return f == Function::add || f == Function::spend || f == Function::increment;
    case Shape::other:
      break;
  }
  return false;
}

class Builder {
 public:
  Builder(const History& history, const ClientRules& rules) : history_(history), rules_(rules) {}

  ClientHistory build() {
    WN_CHECK_LE(history_.operations.size(), std::size_t{kStepsMax});
    name_keys();
    find_writers();
    for (std::uint64_t i = 0; i < history_.operations.size(); ++i) take(i);
    for (ClientStep& step : out_.steps) {
      if (step.act == Act::read) look(step);
    }
    return std::move(out_);
  }

 private:
  struct Writer {
    std::uint64_t operation = 0;
    bool twice = false, seen = false;
    std::uint32_t step = kNoStep;
  };
  using Written = std::pair<std::uint32_t, Element>;  // key, what

  bool is_kept(const Operation& op, std::uint32_t& key, Act& act) const {
    const auto at = key_number_.find(op.key);
    if (at == key_number_.end() || op.function == Function::txn) return false;
    key = at->second;
    return !out_.keys[key].ambiguous && act_of(out_.keys[key].shape, op.function, act);
  }
  std::uint32_t client_of(const Operation& op) const {
    return rules_.process_stride == 0 ? op.process : op.process % rules_.process_stride;
  }
  bool is_read_of_note(const Operation& op, Act act) const {
    return act == Act::read && certain(op) && !rules_.muted.contains(client_of(op));
  }

  void name_keys() {
    const Interner& atoms = history_.atoms;
    for (const Operation& op : history_.operations) {
      if (op.function == Function::txn || (rules_.wanted && !rules_.wanted(atoms, op.key))) continue;
      const auto [at, fresh] = key_number_.try_emplace(op.key, static_cast<std::uint32_t>(out_.keys.size()));
      if (fresh) {
        ClientKey key{.name = op.key};
        if (atoms.kind(op.key) == Interner::Kind::text) key.shape = parse_key(atoms.text_of(op.key)).shape;
        if (key.shape == Shape::other) key.shape = Shape::number;
        out_.keys.push_back(key);
      }
      ClientKey& key = out_.keys[at->second];
      Act act{};
      key.ambiguous |= !act_of(key.shape, op.function, act);
      const bool down = op.function == Function::spend || number_of(op.value) < 0;
      key.shrinks |= act == Act::add && down && may_have_effect(op);
    }
  }

  Element element_of(Shape shape, Atom value) const {
    const Interner& atoms = history_.atoms;
    if (shape != Shape::map) return {value.id, 0};
    if (atoms.kind(value) != Interner::Kind::list || atoms.list_of(value).size() != 2) return {};
    return {atoms.list_of(value)[0].id, atoms.list_of(value)[1].id};
  }
  std::vector<Element> elements_of(Shape shape, Atom shown) const {
    const Interner& atoms = history_.atoms;
    if (shown == kNil) return {};
    if (atoms.kind(shown) != Interner::Kind::list) return {{shown.id, 0}};
    const auto list = atoms.list_of(shown);
    std::vector<Element> out;
    const std::size_t each = shape == Shape::map ? 2 : 1;
    for (std::size_t i = 0; i + each <= list.size(); i += each)
      out.emplace_back(list[i].id, each == 2 ? list[i + 1].id : 0);
    std::ranges::sort(out);
    return out;
  }
  std::int64_t number_of(Atom atom) const {
    const Interner& atoms = history_.atoms;
    if (atoms.kind(atom) == Interner::Kind::list)
      return atoms.list_of(atom).size() == 1 ? number_of(atoms.list_of(atom)[0]) : 0;
    return atoms.kind(atom) == Interner::Kind::number ? atoms.number_of(atom) : 0;
  }

  void find_writers() {
    for (std::uint64_t i = 0; i < history_.operations.size(); ++i) {
      const Operation& op = history_.operations[i];
      std::uint32_t key = 0;
      Act act{};
      if (!is_kept(op, key, act) || !may_have_effect(op)) continue;
      if (act != Act::put && act != Act::include) continue;
      const auto [at, fresh] =
          writers_.try_emplace({key, element_of(out_.keys[key].shape, op.value)}, Writer{.operation = i});
      if (fresh) continue;
      at->second.twice = true;
      if (act == Act::put) out_.keys[key].ambiguous = true;
    }
    for (const Operation& op : history_.operations) {
      std::uint32_t key = 0;
      Act act{};
      if (!is_kept(op, key, act) || !is_read_of_note(op, act)) continue;
      for (const Element& e : elements_of(out_.keys[key].shape, op.result)) {
        if (const auto at = writers_.find({key, e}); at != writers_.end()) at->second.seen = true;
      }
    }
  }

  void take(std::uint64_t number) {
    const Operation& op = history_.operations[number];
    ClientStep step;
    if (!is_kept(op, step.key, step.act)) {
      out_.ambiguous += !rules_.wanted || rules_.wanted(history_.atoms, op.key) ? 1 : 0;
      return;
    }
    if (!may_have_effect(op) || (step.act == Act::read && !is_read_of_note(op, step.act))) return;
    const Shape shape = out_.keys[step.key].shape;
    step.operation = number;
    step.invoked = op.invoked;
    step.completed = op.completed;
    if (step.act == Act::add) {
      step.amount = op.function == Function::spend ? -number_of(op.value) : number_of(op.value);
      if (op.function == Function::increment && op.value == kNil) step.amount = 1;
    } else if (step.act != Act::read) {
      step.element = element_of(shape, op.value);
    } else if (shape == Shape::counter || shape == Shape::bounded) {
      step.amount = number_of(op.result);
    } else {
      step.shown = elements_of(shape, op.result);
    }
    const auto writer = writers_.find({step.key, step.element});
    const bool writes = step.act == Act::put || step.act == Act::include;
    const bool alone = !certain(op);
    if (alone && !(writes && writer->second.seen && !writer->second.twice)) {
      const auto chain = session_of_.find(client_of(op));
      if (chain != session_of_.end()) step.after = out_.sessions[chain->second].back();
      out_.unknown.push_back(std::move(step));
      return;
    }
    const auto id = static_cast<std::uint32_t>(out_.steps.size());
    if (writes) writer->second.step = id;
    place(client_of(op), alone, id, step);
    out_.steps.push_back(std::move(step));
  }

  // Of each other client of its replica, the last step that was over; once for each.
  void follow(std::uint32_t client, ClientStep& step) {
    const auto home = rules_.homes.find(client);
    if (home == rules_.homes.end() || rules_.muted.contains(client)) return;
    std::vector<std::uint32_t>& here = served_[home->second];
    for (const std::uint32_t other : here) {
      if (other == client) continue;
      const std::vector<std::uint32_t>& chain = out_.sessions[session_of_.at(other)];
      // A client has one operation open: only its last step can be later.
      std::size_t known = chain.size();
      if (out_.steps[chain.back()].completed > step.invoked) --known;
      std::size_t& told = told_[{client, other}];
      if (known > told) step.follows.push_back(chain[known - 1]);
      told = std::max(told, known);
    }
    if (std::ranges::find(here, client) == here.end()) here.push_back(client);
  }

  void place(std::uint32_t client, bool alone, std::uint32_t id, ClientStep& step) {
    const auto chain = session_of_.find(client);
    if (alone) {
      if (chain != session_of_.end()) step.after = out_.sessions[chain->second].back();
      step.session = static_cast<std::uint32_t>(out_.sessions.size());
      out_.sessions.push_back({id});
      out_.clients.push_back(client);
      return;
    }
    if (chain == session_of_.end()) {
      step.session = static_cast<std::uint32_t>(out_.sessions.size());
      session_of_[client] = step.session;
      out_.sessions.emplace_back();
      out_.clients.push_back(client);
    } else {
      step.session = chain->second;
    }
    follow(client, step);
    step.index = static_cast<std::uint32_t>(out_.sessions[step.session].size());
    out_.sessions[step.session].push_back(id);
  }

  // Whose effects a read saw.
  void look(ClientStep& step) {
    const Shape shape = out_.keys[step.key].shape;
    if (shape == Shape::counter || shape == Shape::bounded) return;
    if (shape == Shape::number) {
      if (step.shown.empty()) return;
      const auto at = writers_.find({step.key, step.shown.front()});
      step.source = at == writers_.end() || step.shown.size() != 1 ? kThinAir : at->second.step;
      step.shown.clear();
      return;
    }
    std::vector<Element>& before = shown_[{step.session, step.key}];
    std::vector<Element> fresh;
    std::ranges::set_difference(step.shown, before, std::back_inserter(fresh));
    for (const Element& e : fresh) {
      const auto at = writers_.find({step.key, e});
      if (at != writers_.end() && !at->second.twice && at->second.step != kNoStep)
        step.sees.push_back(at->second.step);
    }
    before = step.shown;
  }

  const History& history_;
  const ClientRules& rules_;
  ClientHistory out_;
  std::map<Atom, std::uint32_t> key_number_;
  std::map<Written, Writer> writers_;
  std::map<std::uint32_t, std::uint32_t> session_of_;  // by client
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Element>> shown_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> served_;           // clients, by replica
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> told_;  // steps of the other, followed
};

}  // namespace

ClientHistory client_history(const History& history, const ClientRules& rules) {
  return Builder(history, rules).build();
}

bool is_eventual_key(const Interner& atoms, Atom key) {
  if (atoms.kind(key) != Interner::Kind::text) return false;
  const KeyName name = parse_key(atoms.text_of(key));
  return name.mode == KeyMode::eventual && name.shape != Shape::other;
}

}  // namespace wn::checkers
