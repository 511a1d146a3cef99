// The engine's rate on two models that reports/peers/rust/stateright has state for state: both count the same
// states. No symmetry, as there. Two-phase commit (Gray & Lamport, "Consensus on Transaction Commit", 2006);
// Raft, which is the real core here and its rules written down again there, one message a link.
#include <benchmark/benchmark.h>

#include "runtime/base/digest.h"
#include "scenarios/exhaustive/raft_model.h"
#include "scenarios/exhaustive/search.h"

namespace wn::exhaustive {
namespace {

enum Manager : std::uint32_t { kWorking, kPrepared, kCommitted, kAborted };
enum Coordinator : std::uint32_t { kInit, kDecidedCommit, kDecidedAbort };

// One word: two bits a manager, a bit each for "the coordinator knows that it is prepared" and "its message
// is out", two bits of the coordinator. The decision's message is out when the decision is made.
struct State {
  std::uint64_t managers = 0;
  std::uint32_t known = 0;
  std::uint32_t sent = 0;
  std::uint32_t coordinator = kInit;
};

class TwoPhase final : public Model {
 public:
  explicit TwoPhase(std::uint32_t managers) : managers_(managers) {}

  Hash128 start(std::vector<std::uint32_t>& to) override {
    pack(State{}, to);
    return hash(State{});
  }
  void expand(Words words, Sink& sink) override {
    const State s = unpack(words);
    const bool open = s.coordinator == kInit;
    if (open && s.known == (1U << managers_) - 1) offer(s, 0, sink);
    if (open) offer(s, 1, sink);
    for (std::uint32_t n = 0; n < managers_; ++n) {
      if (open && (s.sent >> n & 1U) != 0) offer(s, 8 + n * 8, sink);
      if (manager(s, n) == kWorking) {
        offer(s, 9 + n * 8, sink);
        offer(s, 10 + n * 8, sink);
      }
      if (s.coordinator == kDecidedCommit) offer(s, 11 + n * 8, sink);
      if (s.coordinator == kDecidedAbort) offer(s, 12 + n * 8, sink);
    }
  }
  void apply(Words words, std::uint32_t action, std::vector<std::uint32_t>& to) override {
    pack(after(unpack(words), action), to);
  }
  std::size_t bytes() const override { return 0; }

 private:
  static std::uint32_t manager(const State& s, std::uint32_t n) {
    return static_cast<std::uint32_t>(s.managers >> 2 * n & 3U);
  }
  static void set(State& s, std::uint32_t n, Manager to) {
    s.managers = (s.managers & ~(std::uint64_t{3} << 2 * n)) | std::uint64_t{to} << 2 * n;
  }
  static State after(State s, std::uint32_t action) {
    if (action == 0) s.coordinator = kDecidedCommit;
    if (action == 1) s.coordinator = kDecidedAbort;
    if (action < 8) return s;
    const std::uint32_t n = action / 8 - 1;
    switch (action % 8) {
      case 0:
        s.known |= 1U << n;
        break;
      case 1:
        set(s, n, kPrepared);
        s.sent |= 1U << n;
        break;
      case 3:
        set(s, n, kCommitted);
        break;
      default:
        set(s, n, kAborted);
    }
    return s;
  }
  void offer(const State& s, std::uint32_t action, Sink& sink) const {
    const State next = after(s, action);
    bool committed = false, aborted = false;
    for (std::uint32_t n = 0; n < managers_; ++n) {
      committed = committed || manager(next, n) == kCommitted;
      aborted = aborted || manager(next, n) == kAborted;
    }
    if (committed && aborted) return sink.broken(action, "one commits, another aborts");
    sink.reached(action, hash(next));
  }
  static Hash128 hash(const State& s) {
    Digest digest;
    digest.absorb(s.managers);
    digest.absorb(std::uint64_t{s.known} << 32 | s.sent);
    digest.absorb(s.coordinator);
    return {digest.low(), digest.high()};
  }
  static void pack(const State& s, std::vector<std::uint32_t>& to) {
    to.assign({static_cast<std::uint32_t>(s.managers), static_cast<std::uint32_t>(s.managers >> 32), s.known,
               s.sent, s.coordinator});
  }
  static State unpack(Words w) {
    return {.managers = std::uint64_t{w[1]} << 32 | w[0], .known = w[2], .sent = w[3], .coordinator = w[4]};
  }

  std::uint32_t managers_;
};

void BM_two_phase_commit(benchmark::State& state) {
  Findings found;
  for (auto _ : state) {
    TwoPhase model(static_cast<std::uint32_t>(state.range(0)));
    found = search(model, {});
    if (found.ending != Ending::complete) state.SkipWithError("not complete");
  }
  state.counters["states"] = static_cast<double>(found.states);
  state.counters["transitions"] = static_cast<double>(found.transitions);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(found.states));
}
void run_raft(benchmark::State& state, RaftScope scope) {
  scope.commands = static_cast<std::uint32_t>(state.range(0));
  scope.crashes = static_cast<std::uint32_t>(state.range(1));
  Findings found;
  for (auto _ : state) {
    RaftModel model(scope);
    found = search(model, {});
    if (found.ending != Ending::complete) state.SkipWithError("not complete");
  }
  state.counters["states"] = static_cast<double>(found.states);
  state.counters["transitions"] = static_cast<double>(found.transitions);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(found.states));
}

// Commands, crashes.
void BM_raft(benchmark::State& state) { run_raft(state, {.symmetry = false}); }
BENCHMARK(BM_raft)->Args({1, 1})->Args({2, 1})->Unit(benchmark::kMillisecond);

void BM_raft_symmetry(benchmark::State& state) { run_raft(state, {}); }
BENCHMARK(BM_raft_symmetry)->Args({2, 1})->Unit(benchmark::kMillisecond);

void BM_raft_any_number_a_link(benchmark::State& state) {
  run_raft(state, {.one_a_link = false, .cover = true});
}
BENCHMARK(BM_raft_any_number_a_link)->Args({1, 1})->Unit(benchmark::kMillisecond);

BENCHMARK(BM_two_phase_commit)->Arg(5)->Arg(8)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::exhaustive
