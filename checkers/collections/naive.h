#pragma once
// Test support: an exhaustive checker that shares nothing with the ones it is compared to, and random small
// histories. It tries every order: for a dozen operations at most.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "checkers/collections/collections.h"
#include "checkers/history/history.h"
#include "runtime/base/random.h"

namespace wn::checkers::naive {

// Values are small numbers; -1 is "nothing", for answers -2 is "unknown".
struct Call {
  Function function = Function::other;
  std::int64_t value = -1, answer = -2;
  std::uint32_t process = 0;
  int invoked = 0, completed = 0;
  bool info = false;
};

inline constexpr std::int64_t kSumZero = 1000;  // counters: answers are moved, to be no less than 0

struct Object {
  CollectionModel model{};
  std::deque<std::int64_t> in;
  std::map<std::int64_t, int> held;  // by holder
  std::int64_t sum = 0, token = -1, total = 0;

  // The answer that `c` gets here, after taking effect; -3: it cannot happen.
  std::int64_t act(const Call& c, const CollectionOptions& o) {
    switch (model) {
      case CollectionModel::queue:
      case CollectionModel::stack:
      case CollectionModel::priority_queue:
        return container(c, o);
      case CollectionModel::set:
        return set(c);
      case CollectionModel::lock:
        return lock(c, o);
      case CollectionModel::semaphore: {
        const std::int64_t n = c.value < 0 ? 1 : c.value;
        total += c.function == Function::acquire ? n : -n;
        return total < 0 || total > static_cast<std::int64_t>(o.permits) ? -3 : -2;
      }
      case CollectionModel::counter:
        if (c.function == Function::read) return sum + kSumZero;
        sum += c.function == Function::decrement ? -c.value : c.value;
        return -2;
    }
    return -3;
  }

 private:
  std::int64_t container(const Call& c, const CollectionOptions& o) {
    if (c.function == Function::enqueue) {
      in.push_back(c.value);
      return -2;
    }
    if (in.empty()) return -1;
    auto at = in.begin();
    if (model == CollectionModel::stack) at = in.end() - 1;
    if (model == CollectionModel::priority_queue)
      at = o.largest_first ? std::max_element(in.begin(), in.end()) : std::min_element(in.begin(), in.end());
    const std::int64_t out = *at;
    in.erase(at);
    return out;
  }
  std::int64_t set(const Call& c) {
    const auto at = std::find(in.begin(), in.end(), c.value);
    const bool there = at != in.end();
    if (c.function == Function::contains) return there ? 1 : 0;
    if (c.function == Function::add && !there) in.push_back(c.value);
    if (c.function == Function::remove && there) in.erase(at);
    return there == (c.function == Function::remove) ? 1 : 0;
  }
  std::int64_t lock(const Call& c, const CollectionOptions& o) {
    const std::int64_t holder = c.value < 0 ? 1000 + c.process : c.value;
    if (c.function == Function::release) {
      if (held[holder] == 0) return -3;
      if (--held[holder] == 0) --total;
      return -2;
    }
    const bool mine = held[holder] > 0;
    if (total > 0 && !(mine && o.reentrant)) return -3;
    if (!c.info && c.answer >= 0) {
      if (mine ? c.answer < token : c.answer <= token) return -3;
      token = c.answer;
    }
    if (held[holder]++ == 0) ++total;
    return c.info ? -2 : c.answer;
  }
};

inline bool explains(const std::vector<Call>& calls, std::uint32_t done, const Object& object,
                     const CollectionOptions& options) {
  bool all = true;
  int end = 1 << 30;  // a call that begins after this must wait for another
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if ((done >> i & 1) != 0 || calls[i].info) continue;
    all = false;
    end = std::min(end, calls[i].completed);
  }
  if (all) return true;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if ((done >> i & 1) != 0 || calls[i].invoked > end) continue;
    Object after = object;
    const std::int64_t got = after.act(calls[i], options);
    if (got == -3) continue;
    if (!calls[i].info && calls[i].answer != -2 && calls[i].answer != got) continue;
    if (explains(calls, done | 1U << i, after, options)) return true;
  }
  return false;
}

struct Shape {
  CollectionModel model{};
  std::uint32_t clients = 3, calls = 8;
  bool unique = true, infos = true;
  CollectionOptions options = {};
};

inline std::int64_t below(Draw& draw, std::uint64_t n) { return static_cast<std::int64_t>(draw.below(n)); }

// What a client does next.
inline Call choose(const Shape& s, Draw& draw, std::int64_t& fresh) {
  Call c;
  const std::uint64_t f = draw.below(10);
  switch (s.model) {
    case CollectionModel::set:
      c.function = f < 3 ? Function::add : f < 5 ? Function::remove : Function::contains;
      c.value = below(draw, 2);
      if (s.unique && c.function == Function::add) c.value = fresh++;
      break;
    case CollectionModel::lock:
      c.function = f < 5 ? Function::acquire : Function::release;
      if (draw.below(3) == 0 && !s.unique) c.value = below(draw, 2);
      break;
    case CollectionModel::semaphore:
      c.function = f < 5 ? Function::acquire : Function::release;
      if (!s.unique) c.value = 1 + below(draw, 2);
      break;
    case CollectionModel::counter:
      c.function = f < 5 ? Function::read : f < 9 || s.unique ? Function::increment : Function::decrement;
      if (c.function != Function::read) c.value = s.unique ? 1 : 1 + below(draw, 2);
      break;
    default:
      c.function = f < 5 ? Function::enqueue : Function::dequeue;
      if (c.function == Function::enqueue) {
        c.value = s.unique ? fresh++ : below(draw, 3);
        if (s.unique && s.model == CollectionModel::priority_queue) c.value = (c.value * 7 + 3) % 16;
      }
      break;
  }
  return c;
}

inline bool answers(Function f) {
  return f == Function::dequeue || f == Function::contains || f == Function::read || f == Function::remove ||
         f == Function::add || f == Function::acquire;
}

// Calls of a correct object, of which some answers were then changed.
inline std::vector<Call> random_calls(const Shape& s, Draw& draw) {
  struct Client {
    int call = -1;
    bool done = false, gone = false;
  };
  std::vector<Call> calls;
  std::vector<Client> clients(s.clients);
  Object object{s.model, {}, {}, 0, -1, 0};
  std::int64_t fresh = 0, token = 100;  // an answer that repeats the holder's name is no token
  int now = 0;
  for (int guard = 0; guard < 200; ++guard) {
    const auto p = static_cast<std::uint32_t>(draw.below(s.clients));
    Client& client = clients[p];
    if (client.gone) continue;
    if (client.call < 0) {
      if (calls.size() >= s.calls) continue;
      Call c = choose(s, draw, fresh);
      c.process = p;
      c.invoked = now++;
      client.call = static_cast<int>(calls.size());
      client.done = false;
      calls.push_back(c);
      continue;
    }
    Call& c = calls[static_cast<std::size_t>(client.call)];
    if (!client.done) {
      Object before = object;
      if (s.model == CollectionModel::lock && c.function == Function::acquire && draw.below(2) == 0)
        c.answer = ++token;
      const std::int64_t got = object.act(c, s.options);
      client.done = got != -3 || draw.below(30) == 0;
      if (got == -3) object = before;
      if (got >= -1 && answers(c.function) && s.model != CollectionModel::lock) c.answer = got;
      if (s.infos && draw.below(12) == 0) {
        c.info = client.gone = true;
        if (draw.below(2) == 0) object = before;
      }
      continue;
    }
    c.completed = now++;
    client.call = -1;
  }
  for (Call& c : calls) {
    if (c.completed == 0 && !c.info) c.info = true;
  }
  const bool container = s.model == CollectionModel::queue || s.model == CollectionModel::stack ||
                         s.model == CollectionModel::priority_queue;
  const std::uint64_t changes = draw.below(container ? 7 : 3);
  for (std::uint64_t k = 0; k < changes && !calls.empty(); ++k) {
    Call& c = calls[draw.below(calls.size())];
    if (c.answer >= 0 && s.model == CollectionModel::set) c.answer = 1 - c.answer;
    if (c.answer >= -1 && s.model == CollectionModel::counter) c.answer += below(draw, 5) - 2;
    if (c.answer >= -1 && s.model != CollectionModel::set && s.model != CollectionModel::counter) {
      const std::uint64_t other = draw.below(calls.size());
      c.answer = calls[other].answer >= -1 ? calls[other].answer : c.answer - (c.answer > 0 ? 1 : 0);
    }
  }
  return calls;
}

inline History to_history(const std::vector<Call>& calls, CollectionModel model) {
  History h;
  for (const Call& c : calls) {
    Operation& op = h.operations.emplace_back();
    op.process = c.process;
    op.function = c.function;
    op.outcome = c.info ? Outcome::info : Outcome::ok;
    op.invoked = static_cast<std::uint64_t>(c.invoked);
    op.completed = c.info ? kNever : static_cast<std::uint64_t>(c.completed);
    if (c.value >= 0) op.value = h.atoms.number(c.value);
    h.positions = std::max({h.positions, op.invoked + 1, c.info ? 0 : op.completed + 1});
    if (c.info || c.answer < 0) continue;
    op.result = model == CollectionModel::set
                    ? h.atoms.other(c.answer == 1 ? "true" : "false")
                    : h.atoms.number(c.answer - (model == CollectionModel::counter ? kSumZero : 0));
  }
  return h;
}

inline bool linearizable(const std::vector<Call>& calls, const Shape& s) {
  return explains(calls, 0, Object{s.model, {}, {}, 0, -1, 0}, s.options);
}

}  // namespace wn::checkers::naive
