#pragma once
// A few replicas of one realm in memory, for this room's tests: messages are delivered, lost, repeated and
// delayed by keyed chance, nodes crash and come back from their journals, links are cut.
#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/realm/realm.h"

namespace wn::realm {

struct TestNode {
  NodeId id;
  std::unique_ptr<Realm> realm;
  Effects effects;
  std::vector<Bytes> journal;
  Bytes image;
  Duration wall_offset;  // of its wall clock
  std::vector<Answer> answers;
  std::vector<Note> notes;
  std::vector<Glued> glued;
};

class TestCluster {
 public:
  explicit TestCluster(std::uint32_t nodes, Options options = {}, std::uint64_t seed = 1);

  // One client's operation at one replica; no value: the answer comes later (see answers).
  std::optional<Reply> call(std::uint32_t node, Request request, std::uint32_t client = 100);
  void crash(std::uint32_t node);       // forgets everything but journal and image
  void take_image(std::uint32_t node);  // compaction
  void cut(std::uint32_t a, std::uint32_t b) {
    cut_one_way(a, b);
    cut_one_way(b, a);
  }
  void cut_one_way(std::uint32_t from, std::uint32_t to) { cuts_.insert({from, to}); }
  void join(std::uint32_t a, std::uint32_t b) {
    cuts_.erase({a, b});
    cuts_.erase({b, a});
  }
  void heal() { cuts_.clear(); }
  void isolate(std::uint32_t node);

  // Time passes; what is due happens.
  void run(Duration time, std::uint32_t loss_ppm = 0);
  // The same from event to event, for long stretches in which little happens.
  void skip(Duration time);
  bool converged() const;

  TestNode& node(std::uint32_t i) { return nodes_[i]; }
  std::vector<std::int64_t> read(std::uint32_t node, std::uint64_t worknode, Property property);
  Moment moment(const TestNode& node) const;
  std::size_t count(TraceKind kind) const;
  // Payload bytes that were handed to the network so far.
  std::uint64_t sent_bytes(MessageKind kind) const { return sent_bytes_[static_cast<std::size_t>(kind)]; }

  // What a liar does to what leaves it.
  std::function<void(NodeId from, Outgoing& message)> tamper;

 private:
  struct InFlight {
    Instant due;
    NodeId from;
    Outgoing message;
  };
  void start(TestNode& node);
  void carry_out(TestNode& node);
  void deliver_due();
  void tick_due();

  Options options_;
  Random random_;
  std::vector<TestNode> nodes_;
  std::deque<InFlight> flying_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> cuts_;  // directed
  Instant now_ = Instant{} + seconds(1);
  std::uint64_t draws_ = 0;
  std::uint32_t loss_ppm_ = 0;
  std::uint64_t operations_ = 0;
  std::array<std::uint64_t, 256> sent_bytes_{};
};

}  // namespace wn::realm
