#pragma once
// Test support: small transactional histories by hand and at random, and the models by their definitions:
// every commit order is tried, on the values themselves. Shares nothing with the checkers.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "checkers/history/recorder.h"
#include "checkers/levels/levels.h"
#include "runtime/base/random.h"

namespace wn::checkers::levels {

struct SmallOp {
  bool write = false;
  std::uint32_t key = 0;
  std::uint32_t value = 0;  // 0: nil
};
struct SmallTxnSpec {
  std::uint32_t process = 0;
  std::vector<SmallOp> ops;
  Outcome outcome = Outcome::ok;
  std::uint32_t begin = 0, end = 0;  // distinct; both 0: one after the other
};
using SmallTxns = std::vector<SmallTxnSpec>;

inline SmallOp r(std::uint32_t key, std::uint32_t value) { return {.key = key, .value = value}; }
inline SmallOp w(std::uint32_t key, std::uint32_t value) {
  return {.write = true, .key = key, .value = value};
}

// As transactions of registers.
inline History txn_history(const SmallTxns& txns) {
  struct Moment {
    std::uint32_t at = 0, txn = 0;
    bool begins = false;
  };
  std::vector<Moment> moments;
  for (std::uint32_t t = 0; t < txns.size(); ++t) {
    const bool timed = txns[t].begin != txns[t].end;
    moments.push_back({.at = timed ? txns[t].begin : 2 * t, .txn = t, .begins = true});
    moments.push_back({.at = timed ? txns[t].end : 2 * t + 1, .txn = t});
  }
  std::ranges::sort(moments, {}, &Moment::at);
  HistoryRecorder recorder;
  std::vector<HistoryRecorder::Handle> handles(txns.size());
  std::int64_t now = 0;
  for (const Moment& m : moments) {
    const SmallTxnSpec& spec = txns[m.txn];
    std::vector<MicroOperation> mops;
    for (const SmallOp& op : spec.ops) {
      MicroOperation mop{.key = recorder.atoms().number(op.key)};
      mop.write = op.write;
      const Atom value = op.value == 0 ? kNil : recorder.atoms().number(op.value);
      if (op.write) mop.value = value;
      if (!op.write && !m.begins && spec.outcome == Outcome::ok) mop.seen = value;
      mops.push_back(mop);
    }
    if (m.begins)
      handles[m.txn] = recorder.invoke_txn(spec.process, std::move(mops), ++now);
    else
      recorder.complete_txn(handles[m.txn], spec.outcome, ++now, std::move(mops));
  }
  return recorder.take();
}

struct RandomShape {
  std::uint32_t txns_max = 5, ops_max = 3, keys = 2, processes = 3;
  std::uint32_t odd_ppm = 60'000;  // chance that a read shows just any value of its key
  std::uint32_t repeat_in = 8;     // a key that is read again shows the same in all cases but one of so many
  bool reads_before_writes = false;  // mini-transactions
  bool faults = true;                // info, fail, intermediate writes
};

// Mostly plausible: a read shows what some writer of its key committed, by choice the newest.
inline SmallTxns random_txns(Draw& draw, const RandomShape& shape) {
  SmallTxns out;
  const std::uint64_t count = 2 + draw.below(shape.txns_max - 1);
  std::vector<std::vector<std::uint32_t>> written(shape.keys);
  std::uint32_t unique = 0;
  std::vector<std::uint32_t> open(shape.processes, ~0U);
  std::uint32_t now = 0;
  // First what each writes, so that reads may show what comes later, too.
  for (std::uint64_t i = 0; i < count; ++i) {
    SmallTxnSpec t;
    const std::uint64_t ops = 1 + draw.below(shape.ops_max);
    for (std::uint64_t o = 0; o < ops; ++o) {
      const auto key = static_cast<std::uint32_t>(draw.below(shape.keys));
      const bool write = draw.below(2) == 0;
      const bool again =
          std::ranges::any_of(t.ops, [&](const SmallOp& p) { return p.write && p.key == key; });
      if (write && again && !shape.faults) continue;
      if (shape.reads_before_writes && write &&
          std::ranges::none_of(t.ops, [&](const SmallOp& p) { return p.key == key; }))
        t.ops.push_back(r(key, 0));
      t.ops.push_back(write ? w(key, ++unique) : r(key, 0));
      if (write) written[key].push_back(unique);
    }
    const std::uint64_t fate = draw.below(20);
    if (shape.faults && fate < 2) t.outcome = fate == 0 ? Outcome::fail : Outcome::info;
    out.push_back(std::move(t));
  }
  for (SmallTxnSpec& t : out) {
    std::vector<std::uint32_t> own(shape.keys, 0);
    std::vector<std::uint32_t> saw(shape.keys, ~0U);
    for (SmallOp& op : t.ops) {
      if (op.write) {
        own[op.key] = op.value;
        continue;
      }
      const bool odd = draw.chance_ppm(shape.odd_ppm);
      const std::uint64_t pick = draw.below(written[op.key].size() + 1);
      const bool repeat = saw[op.key] != ~0U && draw.below(shape.repeat_in) != 0;
      op.value = pick == 0 ? 0 : written[op.key][pick - 1];
      if (!odd && repeat) op.value = saw[op.key];
      if (!odd && own[op.key] != 0) op.value = own[op.key];
      if (own[op.key] == 0) saw[op.key] = op.value;
    }
  }
  for (std::uint32_t next = 0;
       next < out.size() || std::ranges::any_of(open, [](auto t) { return t != ~0U; });) {
    const auto p = static_cast<std::uint32_t>(draw.below(shape.processes));
    if (open[p] != ~0U) {
      out[open[p]].end = ++now;
      open[p] = ~0U;
    } else if (next < out.size()) {
      out[next].process = p;
      out[next].begin = ++now;
      open[p] = next++;
    }
  }
  std::vector<std::uint32_t> generation(shape.processes, 0);
  std::vector<std::uint32_t> in_time(out.size());
  for (std::uint32_t i = 0; i < out.size(); ++i) in_time[i] = i;
  for (const std::uint32_t i : in_time) {
    const std::uint32_t p = out[i].process;
    out[i].process = p + generation[p] * shape.processes;
    if (out[i].outcome == Outcome::info) ++generation[p];
  }
  return out;
}

inline std::uint64_t fuzz_rounds(std::uint64_t otherwise) {
  const char* asked = std::getenv("WORKNODE_FUZZ");
  return asked == nullptr ? otherwise : std::strtoull(asked, nullptr, 10);
}

inline std::string told(const History& history) {
  std::string out;
  for (std::uint64_t i = 0; i < history.operations.size(); ++i) out += describe(history, i) + "\n";
  return out;
}

}  // namespace wn::checkers::levels
