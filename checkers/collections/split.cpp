// From a history to the operations of each object.
#include <algorithm>

#include "checkers/collections/part.h"

namespace wn::checkers::collections {
namespace {

enum class Use : std::uint8_t { keep, drop, refuse };

class Reader {
 public:
  Reader(const History& history, CollectionModel model, const CollectionOptions& options)
      : atoms_(history.atoms), model_(model), options_(options) {}

  Use read(const Operation& from, Op& to) {
    if (from.outcome == Outcome::fail)
      return known(from.function) ? Use::drop : no("its function is unknown");
    const bool ok = from.outcome == Outcome::ok;
    switch (model_) {
      case CollectionModel::set:
        return set(from, ok, to);
      case CollectionModel::queue:
      case CollectionModel::stack:
      case CollectionModel::priority_queue:
        return container(from, ok, to);
      case CollectionModel::lock:
      case CollectionModel::semaphore:
        return permits(from, ok, to);
      case CollectionModel::counter:
        return counter(from, ok, to);
    }
    return no("its model is unknown");
  }
  const std::string& why() const { return why_; }

 private:
  Use no(std::string why) {
    why_ = std::move(why);
    return Use::refuse;
  }
  bool known(Function f) const {
    switch (model_) {
      case CollectionModel::set:
        return f == Function::add || f == Function::remove || f == Function::contains || f == Function::read;
      case CollectionModel::queue:
      case CollectionModel::stack:
      case CollectionModel::priority_queue:
        return f == Function::enqueue || f == Function::push || f == Function::add ||
               f == Function::dequeue || f == Function::pop || f == Function::remove;
      case CollectionModel::lock:
      case CollectionModel::semaphore:
        return f == Function::acquire || f == Function::release;
      case CollectionModel::counter:
        return f == Function::increment || f == Function::add || f == Function::decrement ||
               f == Function::read;
    }
    return false;
  }
  Answer answer_of(Atom result) const {
    if (result == kNil) return Answer::none;
    if (atoms_.kind(result) == Interner::Kind::list) {
      const auto list = atoms_.list_of(result);
      return list.size() == 2 ? answer_of(list[1]) : Answer::none;
    }
    if (atoms_.kind(result) != Interner::Kind::other) return Answer::none;
    const std::string_view text = atoms_.text_of(result);
    return text == "true" ? Answer::yes : text == "false" ? Answer::no : Answer::none;
  }

  Use set(const Operation& from, bool ok, Op& to) {
    to.value = from.value.id;
    if (from.function == Function::read) {
      to.act = Act::read;
      to.value = from.result.id;
      if (!ok) return Use::drop;
      const bool list = from.result == kNil || atoms_.kind(from.result) == Interner::Kind::list;
      return list ? Use::keep : no("a read of a set carries the list of its elements");
    }
    if (!known(from.function)) return no("its function is unknown");
    if (from.value == kNil) return no("it names no element");
    const Answer answer = ok ? answer_of(from.result) : Answer::none;
    to.answer = answer;
    if (from.function == Function::contains) {
      to.act = Act::contains;
      return answer == Answer::none ? Use::drop : Use::keep;
    }
    const bool add = from.function == Function::add;
    to.act = add ? Act::insert : Act::take;
    if (answer == Answer::no) {  // it changed nothing: an observation
      to.act = Act::contains;
      to.answer = add ? Answer::yes : Answer::no;
    } else if (ok && answer == Answer::none && options_.bare_ok_changed) {
      to.answer = Answer::yes;
    }
    return Use::keep;
  }

  Use container(const Operation& from, bool ok, Op& to) {
    switch (from.function) {
      case Function::enqueue:
      case Function::push:
      case Function::add:
        to.act = Act::insert;
        to.value = from.value.id;
        if (from.value == kNil) return no("null is not an element");
        if (model_ == CollectionModel::priority_queue) return number(from.value, to);
        return Use::keep;
      case Function::dequeue:
      case Function::pop:
      case Function::remove:
        to.act = Act::take;
        to.value = ok ? from.result.id : 0;
        if (ok && from.result != kNil && model_ == CollectionModel::priority_queue)
          return number(from.result, to);
        return Use::keep;
      default:
        return no("its function is unknown");
    }
  }
  Use number(Atom atom, Op& to) {
    if (atoms_.kind(atom) != Interner::Kind::number) return no("a priority is a whole number");
    to.amount = atoms_.number_of(atom);
    if (!options_.largest_first) return Use::keep;
    to.amount = to.amount == INT64_MIN ? INT64_MAX : -to.amount;
    return to.amount == INT64_MAX ? no("a priority beyond the range of numbers") : Use::keep;
  }

  Use permits(const Operation& from, bool ok, Op& to) {
    if (!known(from.function)) return no("its function is unknown");
    to.act = from.function == Function::acquire ? Act::acquire : Act::release;
    to.holder = from.process;
    if (model_ == CollectionModel::lock) {
      if (from.value != kNil) to.holder = std::uint64_t{1} << 32 | from.value.id;
      if (ok && to.act == Act::acquire && from.result != kNil && from.result != from.value &&
          atoms_.kind(from.result) == Interner::Kind::number) {
        to.has_token = true;
        to.amount = atoms_.number_of(from.result);
      }
      return Use::keep;
    }
    to.amount = 1;
    if (from.value == kNil) return Use::keep;
    if (atoms_.kind(from.value) != Interner::Kind::number) return no("permits are a whole number");
    to.amount = atoms_.number_of(from.value);
    return to.amount > 0 && to.amount < kAmountMax ? Use::keep : no("its number of permits is out of range");
  }

  Use counter(const Operation& from, bool ok, Op& to) {
    if (!known(from.function)) return no("its function is unknown");
    const bool read = from.function == Function::read;
    if (read && !ok) return Use::drop;
    to.act = read ? Act::read : Act::insert;
    const Atom amount = read ? from.result : from.value;
    to.amount = read ? 0 : 1;
    if (amount != kNil) {
      if (atoms_.kind(amount) != Interner::Kind::number) return no("a counter has whole numbers");
      to.amount = atoms_.number_of(amount);
    }
    if (!read && from.result != kNil && from.result != from.value)
      return no("an increment with an answer is not understood");
    if (to.amount >= kAmountMax || to.amount <= -kAmountMax) return no("its amount is out of range");
    if (from.function == Function::decrement) to.amount = -to.amount;
    return !read && to.amount == 0 ? Use::drop : Use::keep;
  }

  static constexpr std::int64_t kAmountMax = std::int64_t{1} << 32;  // kOperationsMax of these fit in 64 bits

  const Interner& atoms_;
  CollectionModel model_;
  const CollectionOptions& options_;
  std::string why_;
};

// Ranks of the events of a part by sorting; positions may be any. Of one position the invocation is first.
void rank_by_sorting(const History& history, Part& part) {
  struct Event {
    std::uint64_t at;
    std::uint32_t op;
    bool returns;
  };
  std::vector<Event> events;
  for (std::uint32_t i = 0; i < part.ops.size(); ++i) {
    const Operation& from = history.operations[part.ops[i].index];
    events.push_back({from.invoked, i, false});
    if (part.ops[i].returned != kForever) events.push_back({from.completed, i, true});
  }
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return a.at != b.at ? a.at < b.at : a.returns != b.returns ? b.returns : a.op < b.op;
  });
  for (std::uint32_t rank = 0; rank < events.size(); ++rank) {
    Op& op = part.ops[events[rank].op];
    (events[rank].returns ? op.returned : op.invoked) = rank;
  }
  part.ranks = static_cast<std::uint32_t>(events.size());
}

// A position as a rank; one that is too large is none that rank_by_position takes.
std::uint32_t narrow(std::uint64_t position) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(position, kForever - 1));
}

// Positions themselves as ranks, where they are dense and each is used once. False: they are not.
bool rank_by_position(const History& history, Part& part) {
  const std::uint64_t positions = history.positions;
  if (positions == 0 || positions >= kForever / 2 || positions > 4 * part.ops.size() + 1024) return false;
  std::vector<bool> used(positions, false);
  const auto claim = [&](std::uint32_t at) {
    if (at >= positions || used[at]) return false;
    used[at] = true;
    return true;
  };
  for (const Op& op : part.ops) {
    if (!claim(op.invoked)) return false;
    if (op.returned != kForever && (op.returned < op.invoked || !claim(op.returned))) return false;
  }
  part.ranks = static_cast<std::uint32_t>(positions);
  return true;
}

}  // namespace

Split split(const History& history, CollectionModel model, const CollectionOptions& options) {
  Split result;
  Reader reader(history, model, options);
  std::vector<std::uint32_t> part_of(history.atoms.size(), kNone);
  for (std::uint32_t i = 0; i < history.operations.size(); ++i) {
    const Operation& from = history.operations[i];
    Op op;
    op.index = i;
    const Use use = reader.read(from, op);
    if (use == Use::refuse && result.refused.empty()) {
      result.refused = reader.why();
      result.refused_op = i;
    }
    if (use != Use::keep) continue;
    const bool returned = from.outcome == Outcome::ok && from.completed != kNever;
    op.invoked = narrow(from.invoked);
    op.returned = returned ? narrow(from.completed) : kForever;
    std::uint32_t& at = part_of[from.key.id];
    if (at == kNone) {
      at = static_cast<std::uint32_t>(result.parts.size());
      result.parts.push_back({from.key, {}, 0, 0});
      if (at == 0) result.parts[0].ops.reserve(history.operations.size() - i);  // most often the only one
    }
    result.parts[at].ops.push_back(op);
  }
  std::vector<std::uint32_t> local(history.atoms.size(), 0), seen(history.atoms.size(), 0);
  std::uint32_t number = 0;
  for (Part& part : result.parts) {
    ++number;
    for (Op& op : part.ops) {
      if (seen[op.value] != number) local[op.value] = part.values++;
      seen[op.value] = number;
      op.local = local[op.value];
    }
    if (!rank_by_position(history, part)) rank_by_sorting(history, part);
  }
  return result;
}

}  // namespace wn::checkers::collections
