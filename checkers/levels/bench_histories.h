#pragma once
// Bench support: long histories of a serializable database of registers, and the same as text for other
// checkers ("w(key,value,session,transaction)", a line each, as Plume and AWDIT read it).
#include <cstdint>
#include <string>
#include <vector>

#include "checkers/history/recorder.h"
#include "runtime/base/random.h"

namespace wn::checkers::levels {

struct BenchShape {
  std::uint32_t operations = 1'000'000, sessions = 50, keys = 1'000, length = 8;
  bool mini = false;  // every write has a read of its key right before it
};

struct BenchHistory {
  History history;
  std::string text;  // when asked for
};

// Sessions invoke, run at once at some later step, complete. The first transaction writes every key.
inline BenchHistory bench_history(const BenchShape& shape, bool text) {
  struct Session {
    std::vector<MicroOperation> txn = {};
    HistoryRecorder::Handle handle = 0;
    int phase = 0;
  };
  BenchHistory out;
  HistoryRecorder recorder;
  Interner& atoms = recorder.atoms();
  Draw draw = Random(7).at("levels.bench", shape.sessions, shape.keys);
  std::vector<Atom> state(shape.keys);
  std::vector<Session> sessions(shape.sessions);
  std::int64_t unique = 0;
  std::uint64_t number = 0;
  std::uint64_t made = 0;
  const auto line = [&](char f, Atom key, Atom value, std::uint32_t session) {
    if (!text) return;
    out.text += f;
    out.text += "(" + std::to_string(atoms.number_of(key)) + "," + std::to_string(atoms.number_of(value)) +
                "," + std::to_string(session) + "," + std::to_string(number) + ")\n";
  };
  std::vector<MicroOperation> first;
  for (std::uint32_t k = 0; k < shape.keys; ++k) {
    state[k] = atoms.number(++unique);
    if (shape.mini) first.push_back({.key = atoms.number(k)});
    first.push_back({.key = atoms.number(k), .value = state[k]});
    first.back().write = true;
    line('w', first.back().key, state[k], shape.sessions);
  }
  const auto handle = recorder.invoke_txn(shape.sessions, first, 0);
  recorder.complete_txn(handle, Outcome::ok, 0, std::move(first));
  const auto choose = [&](std::vector<MicroOperation>& txn) {
    while (txn.size() < shape.length && made < shape.operations) {
      const Atom key = atoms.number(static_cast<std::int64_t>(draw.below(shape.keys)));
      const bool write = draw.below(2) == 0;
      if (shape.mini && write) {
        txn.push_back({.key = key});
        ++made;
      }
      txn.push_back({.key = key});
      txn.back().write = write;
      if (write) txn.back().value = atoms.number(++unique);
      ++made;
    }
  };
  const auto run = [&](std::vector<MicroOperation>& txn, std::uint32_t session) {
    ++number;
    for (MicroOperation& m : txn) {
      Atom& now = state[static_cast<std::size_t>(atoms.number_of(m.key))];
      if (m.write)
        now = m.value;
      else
        m.seen = now;
      line(m.write ? 'w' : 'r', m.key, now, session);
    }
  };
  std::uint64_t open = 0;
  while (made < shape.operations || open > 0) {
    const auto s = static_cast<std::uint32_t>(draw.below(shape.sessions));
    Session& session = sessions[s];
    if (session.phase == 0 && made < shape.operations) {
      session.txn.clear();
      choose(session.txn);
      session.handle = recorder.invoke_txn(s, session.txn, 0);
      session.phase = 1;
      ++open;
    } else if (session.phase == 1) {
      run(session.txn, s);
      session.phase = 2;
    } else if (session.phase == 2) {
      recorder.complete_txn(session.handle, Outcome::ok, 0, session.txn);
      session.phase = 0;
      --open;
    }
  }
  out.history = recorder.take();
  return out;
}

}  // namespace wn::checkers::levels
