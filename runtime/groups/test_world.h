#pragma once
// A few nodes with many groups in memory, for this room's tests and bench: a network with keyed delays,
// losses and cuts; disks that sync late and lose what was not synced; restarts from image and journal. It
// keeps the driver's contract: nothing leaves a node before the record that it rests on is durable. Whatever
// replicas say about what they applied and served is compared as it happens; the first broken claim is kept.
#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/groups/groups.h"

namespace wn::groups {

struct TestNode {
  NodeId id;
  std::unique_ptr<Groups> groups;  // null while it is down
  Effects effects;
  std::uint64_t life = 0;
  Bytes image;                 // durable
  std::deque<Bytes> journal;   // after the image; of this life those from `base` on
  std::uint64_t before = 0;    // records in `journal` from earlier lives
  std::uint64_t dropped = 0;   // records of this life that the image has made superfluous
  std::uint64_t appended = 0;  // records of this life
  std::uint64_t durable = 0;
  std::deque<Outgoing> held;
};

struct NetworkOptions {
  Duration delay_min = microseconds(200);
  Duration delay_max = milliseconds(5);
  std::uint32_t loss_ppm = 0;
  Duration sync_min = microseconds(50);
  Duration sync_max = milliseconds(2);
};

class TestWorld {
 public:
  TestWorld(std::uint32_t nodes, Options options, std::uint64_t seed = 1, NetworkOptions network = {})
      : options_(std::move(options)), network_(network), random_(seed), nodes_(nodes) {
    for (std::uint32_t i = 0; i < nodes; ++i) {
      nodes_[i].id = NodeId{i + 1};
      start(nodes_[i]);
    }
  }

  Instant now() const { return now_; }
  TestNode& node(std::uint32_t id) { return nodes_[id - 1]; }
  bool up(std::uint32_t id) { return node(id).groups != nullptr; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }

  // ---- faults
  void crash(std::uint32_t id) {
    TestNode& n = node(id);
    if (n.groups == nullptr) return;
    // Of what was not synced a part may have reached the disk.
    const std::uint64_t unsynced = n.appended - n.durable;
    const std::uint64_t kept = n.durable + draw("world.kept", unsynced + 1);
    n.journal.resize(n.before + kept - n.dropped);
    n.groups.reset();
    n.held.clear();
    n.effects.clear();
  }
  void restart(std::uint32_t id) {
    if (node(id).groups == nullptr) start(node(id));
  }
  // Writes an image and drops the records that it covers, at once and durably.
  void compact(std::uint32_t id) {
    TestNode& n = node(id);
    if (n.groups == nullptr) return;
    n.image = n.groups->image();
    n.journal.clear();
    n.before = 0;
    n.dropped = n.appended;
    synced(n, n.appended);
  }
  void cut(std::uint32_t a, std::uint32_t b) {
    cuts_.insert({a, b});
    cuts_.insert({b, a});
  }
  void cut_one_way(std::uint32_t from, std::uint32_t to) { cuts_.insert({from, to}); }
  void isolate(std::uint32_t id) {
    for (std::uint32_t other = 1; other <= size(); ++other) {
      if (other != id) cut(id, other);
    }
  }
  void heal() { cuts_.clear(); }
  void set_loss(std::uint32_t ppm) { network_.loss_ppm = ppm; }

  // ---- clients: no way to lose a call but by a crash of the node
  void submit(std::uint32_t id, const Command& command) {
    TestNode& n = node(id);
    if (n.groups == nullptr) return;
    n.groups->submit(moment(), command, n.effects);
    carry_out(n);
  }
  void change(std::uint32_t id, const Change& change) {
    TestNode& n = node(id);
    if (n.groups == nullptr) return;
    n.groups->change(moment(), change, n.effects);
    carry_out(n);
  }
  // Gone through and cleared by the test.
  std::vector<std::pair<NodeId, Answer>> answers;

  // ---- time
  // Carries out what happens until `until`.
  void run_until(Instant until) {
    while (step(until)) {
    }
    now_ = until;
  }
  void run(Duration time) { run_until(now_ + time); }
  // The next thing that happens, if it is not after `until`.
  bool step(Instant until) {
    Instant due = Instant::max();
    TestNode* ticks = nullptr;
    for (TestNode& n : nodes_) {
      if (n.groups == nullptr) continue;
      const Instant at = std::max(n.groups->next_deadline(), now_);
      if (at < due) {
        due = at;
        ticks = &n;
      }
    }
    const bool event_first = !events_.empty() && events_.top().due <= due;
    if (event_first) due = events_.top().due;
    if (due > until) return false;
    still_ = due > now_ ? 0 : still_ + 1;
    if (still_ > kStillMax) {
      violation = "time stands still";
      return false;
    }
    now_ = std::max(now_, due);
    if (event_first) {
      const Event event = events_.top();
      events_.pop();
      happen(event);
    } else {
      ++ticked;
      ticks->groups->tick(moment(), draw("world.tick", ~0ULL), ticks->effects);
      carry_out(*ticks);
    }
    return true;
  }

  // ---- looking in
  // Who leads, by the highest term; 0 if nobody.
  std::uint32_t leader(GroupId group) {
    std::uint32_t best = 0;
    Term term;
    for (TestNode& n : nodes_) {
      if (n.groups == nullptr) continue;
      const auto status = n.groups->status_of(group);
      if (!status || status->role != raft::Role::leader || status->term < term) continue;
      best = n.id.value;
      term = status->term;
    }
    return best;
  }
  bool all_asleep() {
    return std::ranges::all_of(
        nodes_, [](const TestNode& n) { return n.groups == nullptr || n.groups->awake() == 0; });
  }
  std::uint64_t sends(MessageKind kind) const { return kind == MessageKind::batch ? batches_ : alives_; }
  std::uint64_t ticked = 0;
  std::string violation;
  bool saw(std::string_view claim) const { return claims_.contains(std::string(claim)); }
  bool judge_notes = true;

  Moment moment() const { return {.now = now_, .lease_now = now_}; }
  std::uint64_t draw(Purpose purpose, std::uint64_t below) {
    return random_.at(purpose, 0, ++draws_).below(below);
  }

 private:
  struct Event {
    Instant due;
    std::uint64_t order = 0;
    NodeId to;
    std::uint64_t life = 0;    // of a sync
    std::uint64_t synced = 0;  // 0: a message
    NodeId from;
    std::shared_ptr<Outgoing> message;
    friend bool operator<(const Event& a, const Event& b) {
      return std::pair(b.due, b.order) < std::pair(a.due, a.order);
    }
  };

  void start(TestNode& n) {
    Options options = options_;
    options.node = n.id;
    n.groups = std::make_unique<Groups>(options, std::pmr::new_delete_resource());
    ++n.life;
    if (!n.image.empty()) fail_unless(n.groups->restore_image(n.image.view()) == Errc::ok, "image refused");
    for (const Bytes& record : n.journal) {
      fail_unless(n.groups->replay(record.view()) == Errc::ok, "journal refused");
    }
    n.before = n.journal.size();
    n.dropped = n.appended = n.durable = 0;
    n.groups->begin(moment(), draw("world.begin", ~0ULL), n.effects);
    carry_out(n);
  }

  void carry_out(TestNode& n) {
    judge(n);
    if (!n.effects.journal.empty()) {
      for (Bytes& record : n.effects.journal) n.journal.push_back(record);
      n.appended += n.effects.journal.size();
      fail_unless(n.appended == n.groups->records(), "records are miscounted");
      events_.push({.due = now_ + between("world.sync", network_.sync_min, network_.sync_max),
                    .order = ++order_,
                    .to = n.id,
                    .life = n.life,
                    .synced = n.appended});
    }
    for (Outgoing& out : n.effects.sends) n.held.push_back(std::move(out));
    for (Answer& a : n.effects.answers) answers.push_back({n.id, a});
    n.effects.clear();
    release(n);
  }

  void release(TestNode& n) {
    std::deque<Outgoing> waiting;
    for (Outgoing& out : std::exchange(n.held, {})) {
      if (out.after > n.durable) {
        waiting.push_back(std::move(out));
      } else {
        post(n.id, std::move(out));
      }
    }
    n.held = std::move(waiting);
  }

  void post(NodeId from, Outgoing out) {
    ++(out.kind == MessageKind::batch ? batches_ : alives_);
    if (out.to.value > nodes_.size()) return;
    if (random_.at("world.loss", 0, ++draws_).chance_ppm(network_.loss_ppm)) return;
    if (cuts_.contains({from.value, out.to.value})) return;
    events_.push({.due = now_ + between("world.delay", network_.delay_min, network_.delay_max),
                  .order = ++order_,
                  .to = out.to,
                  .from = from,
                  .message = std::make_shared<Outgoing>(std::move(out))});
  }

  void happen(const Event& event) {
    TestNode& n = node(event.to.value);
    if (n.groups == nullptr) return;
    if (event.synced != 0) {
      if (event.life == n.life) synced(n, event.synced);
      return;
    }
    if (cuts_.contains({event.from.value, event.to.value})) return;
    n.groups->receive(moment(), event.from, event.message->kind, event.message->payload.view(), n.effects);
    carry_out(n);
  }

  void synced(TestNode& n, std::uint64_t records) {
    n.durable = std::max(n.durable, records);
    n.groups->durable(moment(), n.durable, n.effects);
    carry_out(n);
  }

  Duration between(Purpose purpose, Duration low, Duration high) {
    return {random_.at(purpose, 0, ++draws_).between(low.ns, high.ns)};
  }

  void fail_unless(bool ok, const char* what) {
    if (!ok && violation.empty()) violation = what;
  }

  void judge(TestNode& n) {
    for (const Claim claim : n.effects.sometimes) claims_.insert(claim.name);
    if (!judge_notes) return;
    for (const Note& note : n.effects.notes) {
      const auto& f = note.field;
      if (note.kind == TraceKind::group_applied) {
        const auto [at, fresh] = applied_.try_emplace({f[0], f[1]}, std::pair(f[2], f[3]));
        fail_unless(at->second == std::pair(f[2], f[3]), "two replicas applied differently");
      } else if (note.kind == TraceKind::group_asked) {
        asked_[{n.id.value, f[1]}] = served_epoch_[f[2]];
      } else if (note.kind == TraceKind::group_served) {
        const auto asked = asked_.find({n.id.value, f[4]});
        fail_unless(asked != asked_.end() && f[1] >= asked->second, "a former owner serves a worknode");
        std::uint64_t& epoch = served_epoch_[f[2]];
        epoch = std::max(epoch, f[1]);
      } else if (note.kind == TraceKind::group_owns && f[3] == 1) {
        const auto [at, fresh] = owner_.try_emplace({f[2], f[1]}, f[0]);
        fail_unless(at->second == f[0], "two groups own a worknode in one epoch");
      }
    }
    const std::string broken = n.groups->broken_invariant();
    if (!broken.empty() && violation.empty()) violation = broken;
  }

  static constexpr std::uint64_t kStillMax = 100'000;  // things that happen at one moment
  std::uint64_t still_ = 0;
  Options options_;
  NetworkOptions network_;
  Random random_;
  std::vector<TestNode> nodes_;
  std::priority_queue<Event> events_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> cuts_;
  Instant now_ = Instant{} + seconds(1);
  std::uint64_t draws_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t batches_ = 0;
  std::uint64_t alives_ = 0;
  std::set<std::string> claims_;
  // What the replicas have said.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::pair<std::uint64_t, std::uint64_t>> applied_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t>
      asked_;  // the epoch that was served before
  std::map<std::uint64_t, std::uint64_t> served_epoch_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> owner_;  // by worknode and epoch
};

}  // namespace wn::groups
