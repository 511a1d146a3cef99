#pragma once
// Test support: random histories of a register per key under concurrent clients, honest or with a lie now and
// then.
#include <map>
#include <vector>

#include "checkers/history/recorder.h"
#include "runtime/base/random.h"

namespace wn::checkers::streaming {

struct RandomShape {
  std::uint64_t clients = 4, keys = 1, events = 60;
  std::uint64_t values = 0;    // 0: every write is unique
  std::uint64_t lies = 0;      // one read in so many shows another value than it should; 0: never
  std::uint64_t infos = 0;     // one write in so many ends unknown; 0: never
  std::uint64_t refusals = 0;  // one write in so many fails; one in three of those has happened all the same
  bool cas = false, kv = false, hangs = false;
  std::uint64_t idle = 0;  // one event in so many, all clients finish first
};

class RandomHistory {
 public:
  RandomHistory(const RandomShape& shape, Draw draw) : shape_(shape), draw_(draw) {}

  History make() {
    clients_.resize(shape_.clients);
    for (std::uint32_t c = 0; c < shape_.clients; ++c) clients_[c].process = next_process_++;
    for (std::uint64_t e = 0; e < shape_.events; ++e) {
      if (shape_.idle != 0 && draw_.below(shape_.idle) == 0) {
        for (Client& c : clients_) {
          while (c.open) step(c);
        }
      }
      step(clients_[draw_.below(shape_.clients)]);
    }
    for (Client& c : clients_) {
      while (c.open && !shape_.hangs) step(c);
    }
    return recorder_.take();
  }

 private:
  struct Client {
    std::uint32_t process = 0;
    bool open = false, applied = false, refuse = false, failed_cas = false;
    HistoryRecorder::Handle handle = 0;
    Function function = Function::read;
    Atom key, value, expected, result;
  };

  bool one_in(std::uint64_t n) { return n != 0 && draw_.below(n) == 0; }
  Atom number(std::uint64_t n) { return recorder_.atoms().number(static_cast<std::int64_t>(n)); }

  void begin(Client& c) {
    c.open = true;
    c.applied = c.failed_cas = false;
    const std::uint64_t kind = draw_.below(shape_.cas ? 3 : 2);
    c.function = kind == 0   ? (shape_.kv ? Function::get : Function::read)
                 : kind == 1 ? (shape_.kv ? Function::put : Function::write)
                             : Function::cas;
    c.key = shape_.keys > 1 ? number(1'000'000 + draw_.below(shape_.keys)) : kNil;
    c.value = c.expected = c.result = kNil;
    if (kind != 0) c.value = shape_.values == 0 ? number(++written_) : number(1 + draw_.below(shape_.values));
    if (kind == 2) c.expected = shape_.values == 0 ? state_[c.key] : number(1 + draw_.below(shape_.values));
    c.refuse = kind == 1 && one_in(shape_.refusals);
    c.handle = recorder_.invoke(c.process, c.function, c.key, c.value, -1, c.expected);
  }

  void apply(Client& c) {
    c.applied = true;
    Atom& state = state_[c.key];
    if (c.function == Function::cas) {
      c.failed_cas = state != c.expected;
      if (!c.failed_cas) state = c.value;
    } else if (c.value != kNil) {
      if (!c.refuse || one_in(3)) state = c.value;
    } else {
      c.result = state;
      if (one_in(shape_.lies)) c.result = past_.empty() ? kNil : past_[draw_.below(past_.size())];
    }
    past_.push_back(state);
  }

  void end(Client& c) {
    c.open = false;
    if (c.value != kNil && one_in(shape_.infos)) {
      recorder_.complete(c.handle, Outcome::info, -1);
      c.process = next_process_++;
      return;
    }
    const bool bad = c.refuse || c.failed_cas;
    recorder_.complete(c.handle, bad ? Outcome::fail : Outcome::ok, -1, c.result);
  }

  void step(Client& c) {
    if (!c.open) return begin(c);
    if (!c.applied) return apply(c);
    end(c);
  }

  RandomShape shape_;
  Draw draw_;
  HistoryRecorder recorder_;
  std::vector<Client> clients_;
  std::map<Atom, Atom> state_;
  std::vector<Atom> past_;
  std::uint32_t next_process_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace wn::checkers::streaming
