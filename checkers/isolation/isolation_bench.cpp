// Time to judge, without reading; histories like those on which Elle was measured (perfgen.py: 20 processes,
// 20 active keys, 32 writes a key, 4 micro-operations a transaction, half of them writes). With the
// environment variable WORKNODE_LARGE also 10,000,000 transactions. `history_MB` and `peak_MB` (of the
// process) are memory.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "checkers/isolation/isolation.h"
#include "runtime/base/random.h"

namespace wn::checkers {
namespace {

enum class Database { strict, read_committed };

// Transactions take effect at one moment between invocation and completion (strict), or read key by key what
// is committed by then, and write at their end (read committed).
class Generator {
 public:
  Generator(std::uint64_t transactions, bool lists, Database database)
      : wanted_(transactions),
        lists_(lists),
        database_(database),
        draw_(Random(7).at("bench.isolation", 0)) {}

  History run() {
    for (std::uint32_t i = 0; i < kKeys; ++i) active_.push_back(fresh_key());
    out_.operations.reserve(wanted_);
    std::vector<Client> clients(kClients);
    std::uint64_t live = 0;
    while (out_.operations.size() < wanted_ || live > 0) {
      const auto p = static_cast<std::uint32_t>(draw_.below(kClients));
      Client& c = clients[p];
      if (!c.busy) {
        if (out_.operations.size() == wanted_) continue;
        invoke(p, c);
        ++live;
      } else if (!step(c)) {
        Operation& op = out_.operations[c.operation];
        op.outcome = Outcome::ok;
        op.completed = out_.positions++;
        c.busy = false;
        --live;
      }
    }
    return std::move(out_);
  }

 private:
  static constexpr std::uint32_t kClients = 20, kKeys = 20, kWrites = 32, kMicros = 4;
  struct Client {
    bool busy = false;
    std::uint64_t operation = 0;
    std::uint32_t next = 0;
  };
  struct Slot {
    Atom key;
    std::vector<Atom> list;
  };

  std::uint32_t fresh_key() {
    slots_.push_back({out_.atoms.number(static_cast<std::int64_t>(slots_.size())), {}});
    written_.push_back(0);
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }

  void invoke(std::uint32_t process, Client& c) {
    c = {true, out_.operations.size(), 0};
    Operation& op = out_.operations.emplace_back();
    op.process = process;
    op.function = Function::txn;
    op.invoked = out_.positions++;
    op.txn.reserve(kMicros);
    for (std::uint32_t i = 0; i < kMicros; ++i) {
      const std::uint64_t at = draw_.below(kKeys);
      const std::uint32_t slot = active_[at];
      MicroOperation& m = op.txn.emplace_back();
      m.key = slots_[slot].key;
      if (draw_.below(2) == 0) continue;
      (lists_ ? m.append : m.write) = true;
      m.value = out_.atoms.number(++written_[slot]);
      if (written_[slot] >= kWrites) active_[at] = fresh_key();
    }
    // Reads first, so that nobody has to see what he appended and has not committed.
    if (database_ == Database::read_committed)
      std::ranges::partition(op.txn, [](const MicroOperation& m) { return !m.append && !m.write; });
  }

  void effect(MicroOperation& m) {
    Slot& slot = slots_[static_cast<std::size_t>(out_.atoms.number_of(m.key))];
    if (m.append || m.write) {
      if (!lists_) slot.list.clear();
      slot.list.push_back(m.value);
    } else if (lists_) {
      m.list = AtomList(slot.list);
    } else if (!slot.list.empty()) {
      m.seen = slot.list.back();
    }
  }

  bool step(Client& c) {  // false: it may complete
    std::vector<MicroOperation>& txn = out_.operations[c.operation].txn;
    if (c.next > kMicros) return false;
    if (database_ == Database::strict) {
      for (MicroOperation& m : txn) effect(m);
      c.next = kMicros + 1;
      return true;
    }
    if (c.next < kMicros) {
      MicroOperation& m = txn[c.next];
      if (!m.append && !m.write) effect(m);
    } else {
      for (MicroOperation& m : txn)
        if (m.append || m.write) effect(m);
    }
    ++c.next;
    return true;
  }

  std::uint64_t wanted_;
  bool lists_;
  Database database_;
  Draw draw_;
  History out_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> active_;
  std::vector<std::int64_t> written_;
};

double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  return 0;
}

void judge(benchmark::State& state, bool lists, Database database, bool linearizable_keys,
           const std::string& model) {
  const History history = Generator(static_cast<std::uint64_t>(state.range(0)), lists, database).run();
  IsolationOptions options;
  options.model = lists ? TransactionModel::list_append : TransactionModel::rw_register;
  options.linearizable_keys = linearizable_keys;
  options.consistency_models = {model};
  state.counters["history_MB"] = peak_megabytes();
  IsolationStats stats;
  std::string said;
  for (auto _ : state) {
    const Verdict v = check_isolation(history, options, Budget{}, &stats);
    said = std::string(to_string(v.outcome));
    for (const Anomaly& a : v.anomalies) said += " " + a.type;
  }
  state.counters["peak_MB"] = peak_megabytes();
  state.counters["edges"] = static_cast<double>(stats.edges);
  state.counters["largest_knot"] = static_cast<double>(stats.largest_knot);
  state.SetLabel(said);
}

void all() {
  const auto add = [](const char* name, std::int64_t n, bool lists, Database database, bool linearizable,
                      const char* model) {
    benchmark::RegisterBenchmark(name,
                                 [=](benchmark::State& s) { judge(s, lists, database, linearizable, model); })
        ->Arg(n)
        ->Unit(benchmark::kMillisecond);
  };
  for (const std::int64_t n : {100'000, 500'000})
    add("list-append strict-serializable", n, true, Database::strict, false, "strict-serializable");
  add("list-append serializable", 100'000, true, Database::strict, false, "serializable");
  add("list-append of a read-committed database", 20'000, true, Database::read_committed, false,
      "strict-serializable");
  add("rw-register strict-serializable", 100'000, false, Database::strict, false, "strict-serializable");
  for (const std::int64_t n : {4'000, 100'000})
    add("rw-register linearizable keys", n, false, Database::strict, true, "strict-serializable");
  if (std::getenv("WORKNODE_LARGE") != nullptr)
    add("list-append strict-serializable", 10'000'000, true, Database::strict, false, "strict-serializable");
}

}  // namespace
}  // namespace wn::checkers

int main(int argc, char** argv) {
  wn::checkers::all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
