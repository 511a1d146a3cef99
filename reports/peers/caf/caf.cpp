// C++ Actor Framework: skynet, a ring, many senders to one receiver, and messages that wander over ever more
// actors. One worker thread, and as many as there are cores.
#include <caf/all.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "reports/peers/common/peer.h"

namespace {

constexpr int kRing = 1000;
constexpr std::uint64_t kSenders = 100;

// Says once that the work is done; the measuring thread waits for it.
class Done {
 public:
  void set(std::uint64_t value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    value_ = value;
    set_ = true;
    changed_.notify_one();
  }
  std::uint64_t wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return set_; });
    set_ = false;
    return value_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
  std::uint64_t value_ = 0;
};

// 1,111,111 actors at `size` 1,000,000: each has ten children and adds up what they send; a leaf sends its
// number.
class Skynet final : public caf::event_based_actor {
 public:
  Skynet(caf::actor_config& config, caf::actor parent, Done* done, std::uint64_t number, std::uint64_t size)
      : caf::event_based_actor(config),
        parent_(std::move(parent)),
        done_(done),
        number_(number),
        size_(size) {}

  caf::behavior make_behavior() override {
    if (size_ == 1) {
      send(parent_, number_);
      return {};
    }
    const std::uint64_t part = size_ / 10;
    for (std::uint64_t i = 0; i < 10; ++i) {
      spawn<Skynet>(caf::actor_cast<caf::actor>(this), nullptr, number_ + i * part, part);
    }
    return {[this](std::uint64_t part_sum) {
      sum_ += part_sum;
      if (++heard_ < 10) return;
      if (done_ != nullptr) {
        done_->set(sum_);
      } else {
        send(parent_, sum_);
      }
      parent_ = nullptr;
      quit();
    }};
  }

 private:
  caf::actor parent_;
  Done* done_;
  std::uint64_t number_;
  std::uint64_t size_;
  std::uint64_t sum_ = 0;
  int heard_ = 0;
};

// Hands on what it gets, one less, to the next; the last hop ends the measurement.
class Hop final : public caf::event_based_actor {
 public:
  Hop(caf::actor_config& config, Done* done, caf::actor next)
      : caf::event_based_actor(config), done_(done), next_(std::move(next)) {}
  caf::behavior make_behavior() override {
    return {[this](std::uint64_t left) {
              if (left == 0) {
                done_->set(0);
              } else {
                send(next_, left - 1);
              }
            },
            [this](const caf::actor& next) { next_ = next; }};
  }
  void on_exit() override { next_ = nullptr; }

 private:
  Done* done_;
  caf::actor next_;
};

void ring(caf::actor_system& system, std::uint64_t hops) {
  Done done;
  caf::scoped_actor self(system);
  const caf::actor last = system.spawn<Hop>(&done, caf::actor());
  caf::actor first = last;
  std::vector<caf::actor> all{last};
  for (int i = 1; i < kRing; ++i) all.push_back(first = system.spawn<Hop>(&done, first));
  self->send(last, first);
  self->send(first, hops);
  done.wait();
  for (const caf::actor& a : all) self->send_exit(a, caf::exit_reason::user_shutdown);
}

void many_to_one(caf::actor_system& system, std::uint64_t messages) {
  Done done;
  const caf::actor receiver = system.spawn([&done, messages](caf::event_based_actor* self) -> caf::behavior {
    auto count = std::make_shared<std::uint64_t>(0);
    return {[self, count, &done, messages](std::uint64_t) {
      if (++*count != messages) return;
      self->quit();
      done.set(*count);
    }};
  });
  for (std::uint64_t s = 0; s < kSenders; ++s) {
    system.spawn([receiver, messages](caf::event_based_actor* self) {
      for (std::uint64_t i = 0; i < messages / kSenders; ++i) self->send(receiver, i);
    });
  }
  done.wait();
}

// What the actors of a field share; one worker thread, so plain numbers do.
struct Field {
  std::vector<caf::actor> actors;
  std::uint64_t left = 0;
  std::uint64_t in_flight = 0;
  Done done;
};

// Sends what it got on to an actor drawn from all, until the field has handed over enough messages.
class Wanderer final : public caf::event_based_actor {
 public:
  Wanderer(caf::actor_config& config, Field* field) : caf::event_based_actor(config), field_(field) {}
  caf::behavior make_behavior() override {
    return {[this](std::uint64_t word) {
      if (field_->left == 0) {
        if (--field_->in_flight == 0) field_->done.set(0);
        return;
      }
      --field_->left;
      word ^= word << 13;
      word ^= word >> 7;
      word ^= word << 17;
      send(field_->actors[word % field_->actors.size()], word);
    }};
  }

 private:
  Field* field_;
};

void wander(const peer::Bench& bench, caf::actor_system& system, const std::string& name,
            std::uint64_t actors, std::uint64_t in_flight) {
  if (!bench.wants(name)) return;
  Field field;
  for (std::uint64_t i = 0; i < actors; ++i) field.actors.push_back(system.spawn<Wanderer>(&field));
  caf::scoped_actor self(system);
  const std::uint64_t messages = std::max(bench.size(500'000), in_flight);
  bench.nanoseconds(name, messages, [&] {
    field.left = messages;
    field.in_flight = in_flight;
    peer::Random random(1);
    for (std::uint64_t i = 0; i < in_flight; ++i) {
      self->send(field.actors[random.below(actors)], random.next() | 1);
    }
    field.done.wait();
  });
  for (const caf::actor& a : field.actors) self->send_exit(a, caf::exit_reason::user_shutdown);
}

void suite(const peer::Bench& bench, const std::string& name, unsigned threads) {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", threads);
  caf::actor_system system(config);
  const std::uint64_t size = bench.size(1'000'000);
  bench.nanoseconds("skynet/" + name, size / 9 * 10 + 1, [&] {
    Done done;
    system.spawn<Skynet>(caf::actor(), &done, std::uint64_t{0}, size);
    if (done.wait() != size * (size - 1) / 2) std::exit(1);
  });
  const std::uint64_t messages = bench.size(1'000'000);
  bench.nanoseconds("ring/" + name, messages, [&] { ring(system, messages); });
  bench.nanoseconds("many_to_one/" + name, messages, [&] { many_to_one(system, messages); });
  if (threads != 1) return;
  wander(bench, system, "dispatch_hot", 2, 1);
  for (const std::uint64_t actors : {100, 1'000, 10'000, 100'000, 1'000'000}) {
    if (bench.quick() && actors > 100'000) continue;
    wander(bench, system, "dispatch_lone/" + std::to_string(actors), actors, 1);
    wander(bench, system, "dispatch_busy/" + std::to_string(actors), actors, actors);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const peer::Bench bench(argc, argv);
  suite(bench, "one_thread", 1);
  suite(bench, "all_cores", std::max(2U, std::thread::hardware_concurrency()));
}
