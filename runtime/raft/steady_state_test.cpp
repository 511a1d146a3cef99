// After start-up a core allocates nothing of its own: this binary counts allocations.
#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <vector>

#include "runtime/base/testing/heap_counter.h"
#include "runtime/raft/testing_help.h"

namespace wn::raft {
namespace {

using namespace testing;  // NOLINT: test vocabulary

// Two cores that exchange messages through a fixed buffer; nothing in here allocates.
class Pair {
 public:
  Pair() {
    for (std::uint32_t id = 1; id <= 2; ++id) {
      Restored restored;
      restored.snapshot.configuration = voters({1, 2});
      core_[id - 1] = std::make_unique<RaftCore>(Options{.id = NodeId{id}, .compaction_tail_entries = 64},
                                                 std::move(restored), now_);
      effects_[id - 1] = Effects{};
    }
    queue_.resize(64);
    for (Message& m : queue_) m.entries = {};
    entries_.resize(64);
    for (auto& entries : entries_) entries.reserve(64);
    now_ = now_ + seconds(1);
    step(1, Tick{});
    settle();
  }
  void step(std::uint32_t id, const Input& input) {
    Effects& effects = effects_[id - 1];
    core_[id - 1]->step(Moment{.now = now_, .lease_now = now_}, input, effects);
    for (const Outgoing& out : effects.messages) {
      WN_CHECK_LT(count_, queue_.size());
      entries_[count_].assign(out.message.entries.begin(), out.message.entries.end());
      queue_[count_++] = out.message;
    }
    if (effects.persist.ticket != 0) step(id, Persisted{.ticket = effects.persist.ticket});
  }
  void settle() {
    for (std::size_t at = 0; at < count_; ++at) {
      queue_[at].entries = entries_[at];
      step(queue_[at].to.value, Receive{.message = &queue_[at]});
    }
    count_ = 0;
  }
  void beat() {
    now_ = now_ + milliseconds(50);
    step(1, Tick{});
    settle();
  }
  void snapshot() {
    for (std::uint32_t id = 1; id <= 2; ++id) {
      const Status s = core_[id - 1]->status();
      step(id, SnapshotTaken{
                   .meta = {.index = s.commit, .term = s.term, .configuration = voters({1, 2}), .bytes = 1}});
    }
  }
  RaftCore& leader() { return *core_[0]; }

 private:
  Instant now_{};
  std::unique_ptr<RaftCore> core_[2];
  Effects effects_[2];
  std::vector<Message> queue_;
  std::vector<std::vector<Entry>> entries_;
  std::size_t count_ = 0;
};

TEST_CASE("raft: heartbeats, reads, proposals and snapshots allocate nothing in the steady state") {
  Pair pair;
  REQUIRE(pair.leader().status().role == Role::leader);
  const std::vector<Bytes> commands(16, Bytes::copy_of("payload"));
  const auto work = [&] {
    for (int i = 0; i < 200; ++i) {
      pair.step(1, Propose{.commands = commands});
      pair.step(1, RequestRead{.context = 1});
      pair.settle();
      pair.beat();
      if (i % 20 == 19) pair.snapshot();
    }
  };
  work();
  const LogIndex before = pair.leader().status().commit;
  const std::uint64_t so_far = wn::testing::heap_allocations();
  work();
  CHECK(wn::testing::heap_allocations() - so_far == 0);
  CHECK(pair.leader().status().commit >= before + 200 * 16);
  // The counter itself works.
  const std::uint64_t now = wn::testing::heap_allocations();
  const auto one = std::make_unique<int>(1);
  CHECK(wn::testing::heap_allocations() == now + 1);
  CHECK(*one == 1);
}

}  // namespace
}  // namespace wn::raft
