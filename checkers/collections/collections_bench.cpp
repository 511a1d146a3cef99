// Time of the checker alone (the history is in memory): 1,000,000 operations of a correct set, queue,
// priority queue or stack under 10 or 50 clients; without and with one violation; without and with info
// operations. Name of a benchmark: model/clients/violated/info. Measure with --benchmark_repetitions and take
// the median.
#include <benchmark/benchmark.h>

#include <deque>
#include <set>

#include "checkers/collections/collections.h"
#include "checkers/history/recorder.h"
#include "runtime/base/random.h"

namespace wn::checkers {
namespace {

constexpr std::uint32_t kOperations = 1'000'000;

struct Client {
  HistoryRecorder::Handle handle = 0;
  std::uint32_t process = 0;
  int phase = 0;
  Function function{};
  std::int64_t value = 0;
  Atom answer;
};

// A correct object that takes effect somewhere between invocation and completion.
class World {
 public:
  World(CollectionModel model, std::uint32_t clients, bool info)
      : model_(model),
        info_(info),
        clients_(clients),
        draw_(Random(7).at("bench.collections", clients, info)) {
    for (std::uint32_t i = 0; i < clients; ++i) clients_[i].process = i;
    next_process_ = clients;
  }

  History run(bool violated) {
    while (made_ < kOperations || open_ > 0) step(clients_[draw_.below(clients_.size())]);
    History h = recorder_.take();
    if (violated) spoil(h);
    return h;
  }

 private:
  void step(Client& c) {
    Interner& atoms = recorder_.atoms();
    if (c.phase == 0) {
      if (made_ >= kOperations) return;
      choose(c);
      const bool named = c.function != Function::dequeue;
      c.handle = recorder_.invoke(c.process, c.function, kNil, named ? atoms.number(c.value) : kNil, 0);
      c.phase = 1;
      ++made_;
      ++open_;
    } else if (c.phase == 1) {
      // An info operation took effect or not: one in a thousand of those that change something.
      if (info_ && c.function != Function::contains && draw_.below(1000) == 0) {
        if (draw_.below(2) == 0) act(c);
        recorder_.complete(c.handle, Outcome::info, 0);
        c.process = next_process_++;
        c.phase = 0;
        --open_;
        return;
      }
      act(c);
      c.phase = 2;
    } else {
      recorder_.complete(c.handle, Outcome::ok, 0, c.answer);
      c.phase = 0;
      --open_;
    }
  }

  void choose(Client& c) {
    const std::uint64_t f = draw_.below(10);
    if (model_ == CollectionModel::set) {
      c.function = f < 4 || fresh_ < 2 ? Function::add : f < 8 ? Function::contains : Function::remove;
      const auto known = static_cast<std::uint64_t>(fresh_);
      c.value = c.function == Function::add ? fresh_++ : static_cast<std::int64_t>(draw_.below(known + 1));
      if (c.function == Function::remove) {
        c.value = removed_++;
        if (!in_set_.contains(c.value)) {
          c.function = Function::contains;
          --removed_;
        }
      }
      return;
    }
    c.function = f < 5 ? Function::enqueue : Function::dequeue;
    c.value = model_ == CollectionModel::priority_queue ? fresh_ * 7919 % 1000003 : fresh_;
    if (c.function == Function::enqueue) ++fresh_;
  }

  void act(Client& c) {
    Interner& atoms = recorder_.atoms();
    c.answer = kNil;
    if (model_ == CollectionModel::set) {
      if (c.function == Function::add) in_set_.insert(c.value);
      if (c.function == Function::remove) in_set_.erase(c.value);
      if (c.function == Function::contains)
        c.answer = atoms.other(in_set_.contains(c.value) ? "true" : "false");
    } else if (model_ == CollectionModel::priority_queue) {
      if (c.function == Function::enqueue) {
        in_set_.insert(c.value);
      } else if (!in_set_.empty()) {
        c.answer = atoms.number(*in_set_.rbegin());
        in_set_.erase(--in_set_.end());
      }
    } else if (c.function == Function::enqueue) {
      in_.push_back(c.value);
    } else if (!in_.empty()) {
      const bool stack = model_ == CollectionModel::stack;
      c.answer = atoms.number(stack ? in_.back() : in_.front());
      stack ? in_.pop_back() : in_.pop_front();
    }
  }

  // Two answers far apart change places; of a set, one is turned round.
  void spoil(History& h) const {
    const bool set = model_ == CollectionModel::set;
    Operation* first = nullptr;
    for (std::size_t i = h.operations.size() / 2; i < h.operations.size(); ++i) {
      Operation& op = h.operations[i];
      if (op.outcome != Outcome::ok || op.result == kNil) continue;
      if (set) {
        if (op.function != Function::contains || h.atoms.text_of(op.result) != "true") continue;
        op.result = h.atoms.other("false");
        return;
      }
      if (first == nullptr) {
        first = &op;
      } else if (i > h.operations.size() / 2 + 10'000) {
        std::swap(first->result, op.result);
        return;
      }
    }
  }

  CollectionModel model_;
  bool info_;
  std::vector<Client> clients_;
  Draw draw_;
  HistoryRecorder recorder_;
  std::deque<std::int64_t> in_;
  std::set<std::int64_t> in_set_;
  std::int64_t fresh_ = 1, removed_ = 1;
  std::uint32_t made_ = 0, open_ = 0, next_process_ = 0;
};

void check(benchmark::State& state) {
  const auto model = static_cast<CollectionModel>(state.range(0));
  const bool violated = state.range(2) != 0;
  const bool info = state.range(3) != 0;
  World world(model, static_cast<std::uint32_t>(state.range(1)), info);
  const History history = world.run(violated);
  Verdict verdict;
  CollectionStats stats;
  for (auto _ : state) verdict = check_collection(history, model, {}, {}, &stats);
  state.SetLabel(std::string(collection_models()[static_cast<std::size_t>(model)].name) + " " +
                 std::string(to_string(verdict.outcome)) + " " + verdict.signature +
                 (stats.searched == 0 ? "" : ", searched"));
  state.counters["operations"] = static_cast<double>(history.operations.size());
  state.counters["witness"] = static_cast<double>(verdict.operations.size());
}

void shapes(benchmark::internal::Benchmark* b) {
  for (const auto model : {CollectionModel::set, CollectionModel::queue, CollectionModel::priority_queue,
                           CollectionModel::stack}) {
    for (const int clients : {10, 50}) {
      for (const int violated : {0, 1}) {
        for (const int info : {0, 1}) b->Args({static_cast<int>(model), clients, violated, info});
      }
    }
  }
}
BENCHMARK(check)->Apply(shapes)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

}  // namespace
}  // namespace wn::checkers

BENCHMARK_MAIN();
