// The workloads on actors: state is owned by its actor, records lie in slabs and travel as handles.
#include <chrono>
#include <memory_resource>
#include <vector>

#include "runtime/actor/system.h"
#include "runtime/base/check.h"
#include "runtime/memory/memory.h"
#include "scenarios/bench/coordination.h"

namespace wn::coordination {

namespace {

using actor::ActorId;
using actor::Behaviour;
using actor::Context;
using actor::done;
using actor::Message;
using actor::Outcome;
using actor::Sent;

enum : std::uint32_t { kGo = 1, kRecord, kAnswer, kPartial, kCredit };

// A system and its memory, both taken before the clock starts.
struct Home {
  explicit Home(bool heavy_given)
      : heavy(heavy_given),
        memory(*memory::Budget::plan({.bytes = 64U << 20, .touch = true}), std::pmr::new_delete_resource()),
        system({.actors_max = 64, .messages_max = 16 * 1024, .timers_max = 16, .parked_max = 16},
               std::pmr::new_delete_resource()) {
    kind = *system.add_kind({.name = "coordination", .mailbox_max = 8192, .starts = false});
  }
  ActorId spawn(Behaviour& behaviour, std::uint64_t state) {
    return *system.spawn({.kind = kind, .behaviour = &behaviour, .state = state});
  }
  void go(ActorId to) { WN_CHECK(system.send(to, {.kind = kGo}) == Sent::queued); }
  void drain() {
    while (!system.idle()) system.run(1'000'000);
    WN_CHECK_EQ(system.stats().failures, 0U);
  }
  memory::Item take(memory::ClassIndex c) {
    const auto item = memory.allocate(c);
    WN_CHECK(item.has_value());
    return *item;
  }
  void* at(memory::RawHandle handle) const {
    const auto found = memory.find(handle);
    WN_CHECK(found.has_value());
    return *found;
  }
  void give(memory::RawHandle handle) { WN_CHECK(memory.free(handle).has_value()); }
  static void must(Sent sent) { WN_CHECK(sent == Sent::queued); }

  bool heavy;
  memory::Memory memory;
  actor::System system;
  actor::KindId kind;
};

class Clients final : public Behaviour {
 public:
  Clients(Home& home, std::uint32_t transactions)
      : home_(home),
        transactions_(transactions),
        class_(home.memory.classes().class_of(kRecordBytes)),
        clients(kClients) {}
  // state: the client's number.
  Outcome on_message(Context& c, const Message& m) override {
    const auto client = static_cast<std::uint32_t>(c.state());
    Client& me = clients[client];
    if (m.kind == kAnswer) me.seen += m.word[0] != 0 ? 1 : 0;
    if (me.next == transactions_) return done();
    const std::uint32_t n = me.next++;
    const std::uint64_t seed = seed_of(client, n);
    const memory::Item item = home_.take(class_);
    fill(item.memory, kRecordBytes, seed, home_.heavy);
    Home::must(
        c.send(owners[seed % kOwners],
               {.kind = kRecord, .word = {item.handle.bits, (seed >> 8) % kKeys, stamp_of(client, n)}}));
    return done();
  }

 private:
  struct Client {
    std::uint32_t next = 0;
    std::uint64_t seen = 0;
  };
  Home& home_;
  std::uint32_t transactions_;
  memory::ClassIndex class_;

 public:
  std::vector<Client> clients;
  std::vector<ActorId> owners;
};

class Owners final : public Behaviour {
 public:
  explicit Owners(Home& home) : tables(kOwners, std::vector<Register>(kKeys)), home_(home) {}
  Outcome on_message(Context& c, const Message& m) override {
    Register& r = tables[c.state()][m.word[1]];
    const memory::RawHandle handle{m.word[0]};
    r.merge(m.word[2], home_.at(handle), kRecordBytes, home_.heavy);
    home_.give(handle);
    Home::must(c.send(m.sender, {.kind = kAnswer, .word = {r.value}}));
    return done();
  }
  std::vector<std::vector<Register>> tables;

 private:
  Home& home_;
};

std::uint64_t oltp(Home& home, const Scale& scale, std::int64_t& ns) {
  Clients clients(home, scale.transactions);
  Owners owners(home);
  for (std::uint32_t i = 0; i < kOwners; ++i) clients.owners.push_back(home.spawn(owners, i));
  std::vector<ActorId> ids;
  for (std::uint32_t i = 0; i < kClients; ++i) ids.push_back(home.spawn(clients, i));
  const auto start = std::chrono::steady_clock::now();
  for (const ActorId id : ids) home.go(id);
  home.drain();
  ns = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
  std::uint64_t sum = 0;
  for (const auto& c : clients.clients) sum += c.seen;
  for (const auto& table : owners.tables) {
    for (const Register& r : table) sum = mix(sum ^ r.value) + r.applied;
  }
  for (const ActorId id : ids) (void)home.system.stop(id);
  for (const ActorId id : clients.owners) (void)home.system.stop(id);
  return sum;
}

class Workers final : public Behaviour {
 public:
  explicit Workers(Home& home) : home_(home), class_(home.memory.classes().class_of(kRecordBytes)) {}
  Outcome on_message(Context& c, const Message& m) override {
    const memory::RawHandle chunk{m.word[0]};
    const memory::Item partial = home_.take(class_);
    auto* buckets = new (partial.memory) Buckets{};
    buckets->absorb(home_.at(chunk), kChunkBytes, home_.heavy);
    home_.give(chunk);
    Home::must(c.send(m.sender, {.kind = kPartial, .word = {partial.handle.bits}}));
    return done();
  }

 private:
  Home& home_;
  memory::ClassIndex class_;
};

class Coordinator final : public Behaviour {
 public:
  Coordinator(Home& home, std::uint32_t rounds)
      : home_(home), rounds_(rounds), class_(home.memory.classes().class_of(kChunkBytes)) {}
  Outcome on_message(Context& c, const Message& m) override {
    if (m.kind == kPartial) {
      const memory::RawHandle handle{m.word[0]};
      all.join(*static_cast<const Buckets*>(home_.at(handle)));
      home_.give(handle);
      if (--left_ != 0) return done();
    }
    if (round_ == rounds_) return done();
    for (std::uint32_t w = 0; w < kWorkers; ++w) {
      const memory::Item chunk = home_.take(class_);
      fill(chunk.memory, kChunkBytes, seed_of(w, round_), home_.heavy);
      Home::must(c.send(workers[w], {.kind = kRecord, .word = {chunk.handle.bits}}));
    }
    ++round_;
    left_ = kWorkers;
    return done();
  }
  Buckets all;
  std::vector<ActorId> workers;

 private:
  Home& home_;
  std::uint32_t rounds_;
  std::uint32_t round_ = 0;
  std::uint32_t left_ = 0;
  memory::ClassIndex class_;
};

std::uint64_t analytics(Home& home, const Scale& scale, std::int64_t& ns) {
  Workers workers(home);
  Coordinator coordinator(home, scale.rounds);
  for (std::uint32_t i = 0; i < kWorkers; ++i) coordinator.workers.push_back(home.spawn(workers, i));
  const ActorId id = home.spawn(coordinator, 0);
  const auto start = std::chrono::steady_clock::now();
  home.go(id);
  home.drain();
  ns = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
  (void)home.system.stop(id);
  for (const ActorId w : coordinator.workers) (void)home.system.stop(w);
  return coordinator.all.checksum();
}

// state: the stage, 0 to 3. The sink gives the source credit for what it took in, batch by batch.
class Stages final : public Behaviour {
 public:
  static constexpr std::uint32_t kBatch = 256;
  Stages(Home& home, std::uint32_t items)
      : windows(64), home_(home), items_(items), class_(home.memory.classes().class_of(kItemBytes)) {}
  Outcome on_message(Context& c, const Message& m) override {
    switch (c.state()) {
      case 0:
        return emit(c);
      case 1: {
        const memory::RawHandle from{m.word[0]};
        const memory::Item to = home_.take(class_);
        transform(to.memory, home_.at(from), kItemBytes);
        home_.give(from);
        Home::must(c.send(stage[2], {.kind = kRecord, .word = {to.handle.bits, m.word[1]}}));
        return done();
      }
      case 2:
        windows[m.word[1] % windows.size()] += fold(home_.at({m.word[0]}), kItemBytes, home_.heavy);
        Home::must(c.send(stage[3], m));
        return done();
      default:
        last.merge(m.word[1], home_.at({m.word[0]}), kItemBytes, home_.heavy);
        home_.give({m.word[0]});
        if (last.applied % kBatch == 0) Home::must(c.send(stage[0], {.kind = kCredit}));
        return done();
    }
  }
  std::vector<std::uint64_t> windows;
  Register last;
  std::array<ActorId, 4> stage{};

 private:
  Outcome emit(Context& c) {
    for (std::uint32_t i = 0; i < kBatch && next_ < items_; ++i, ++next_) {
      const memory::Item item = home_.take(class_);
      fill(item.memory, kItemBytes, seed_of(0, next_), home_.heavy);
      Home::must(c.send(stage[1], {.kind = kRecord, .word = {item.handle.bits, next_}}));
    }
    return done();
  }
  Home& home_;
  std::uint32_t items_;
  std::uint32_t next_ = 0;
  memory::ClassIndex class_;
};

std::uint64_t streaming(Home& home, const Scale& scale, std::int64_t& ns) {
  Stages stages(home, scale.items);
  for (std::uint32_t i = 0; i < 4; ++i) stages.stage[i] = home.spawn(stages, i);
  const auto start = std::chrono::steady_clock::now();
  home.go(stages.stage[0]);
  home.drain();
  ns = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
  for (const ActorId id : stages.stage) (void)home.system.stop(id);
  return fold(stages.windows.data(), stages.windows.size() * 8, true) + stages.last.value +
         stages.last.applied;
}

}  // namespace

Measured run_actors(Workload workload, const Scale& scale) {
  Home home(scale.heavy);
  Measured m;
  // The first pass warms the memory, as the runs before have warmed malloc's; the second one counts.
  for (int pass = 0; pass < 2; ++pass) {
    switch (workload) {
      case Workload::oltp:
        m.checksum = oltp(home, scale, m.ns);
        break;
      case Workload::analytics:
        m.checksum = analytics(home, scale, m.ns);
        break;
      case Workload::streaming:
        m.checksum = streaming(home, scale, m.ns);
        break;
    }
  }
  return m;
}

}  // namespace wn::coordination
