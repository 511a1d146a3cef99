// The canary: a program whose processes are nondeterministic on purpose, each in one of the classic ways.
// Built for the tests alone; explain() must catch each and name its cause.
//
//   divergence_canary pointers|memory|clock|none plan=… trace=… …   (a probe: scenarios/divergence/probe.h)
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/divergence/probe.h"
#include "sim/world/world.h"

namespace {

using namespace wn;

constexpr std::uint32_t kTick = 0;
constexpr std::uint8_t kType = 42;

struct Thing {
  std::uint8_t number = 0;
  std::array<std::uint8_t, 200> rest{};
};

// As a hash table of pointers would be walked: bucket by bucket.
[[gnu::noinline]] std::vector<std::uint8_t> in_order_of_addresses(
    const std::vector<std::unique_ptr<Thing>>& things) {
  std::vector<std::uint8_t> out;
  for (std::uintptr_t bucket = 0; bucket < 13; ++bucket) {
    for (const auto& thing : things) {
      std::uintptr_t address = 0;
      const Thing* const pointer = thing.get();
      std::memcpy(&address, &pointer, sizeof address);
      if (address / 16 % 13 == bucket) out.push_back(thing->number);
    }
  }
  return out;
}

struct Letter {
  std::uint8_t kind;
  std::uint8_t forgotten[63];
};

[[gnu::noinline]] std::vector<std::uint8_t> never_written() {
  // Volatile: a compiler that sees that nobody has written it may leave the memory out altogether.
  void* volatile block = std::malloc(sizeof(Letter));
  const std::unique_ptr<void, decltype(&std::free)> memory(block, &std::free);
  static_cast<Letter*>(memory.get())->kind = 7;
  std::vector<std::uint8_t> out(sizeof(Letter));
  // The last bytes: the first ones of a freed block hold the allocator's own links.
  std::memcpy(out.data(), memory.get(), sizeof(Letter));
  return {out[0], out[40], out[41]};
}

[[gnu::noinline]] std::vector<std::uint8_t> by_the_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return {static_cast<std::uint8_t>(now >> 30), static_cast<std::uint8_t>(now >> 38)};
}

class Canary final : public Process {
 public:
  Canary(std::string kind, NodeId id, Backend& backend) : kind_(std::move(kind)), id_(id), backend_(backend) {
    for (std::uint8_t i = 0; i < 40; ++i) {
      things_.push_back(std::make_unique<Thing>());
      things_.back()->number = i;
    }
  }
  void on_start() override { arm(); }
  void on_message(NodeId, const Bytes&) override {}
  void on_timer(std::uint32_t) override {
    // Late, so that the first difference has a past.
    if (++ticks_ > 20 && id_ == NodeId{2}) speak();
    static_cast<void>(backend_.network.send(NodeId{id_.value % 3 + 1}, Bytes::copy_of(ByteView{}), kType));
    arm();
  }
  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override {}

 private:
  void arm() { backend_.clock.arm(kTick, backend_.clock.monotonic_now() + milliseconds(5)); }
  [[gnu::noinline]] void speak() {
    std::vector<std::uint8_t> says;
    if (kind_ == "pointers") says = in_order_of_addresses(things_);
    if (kind_ == "memory") says = never_written();
    if (kind_ == "clock") says = by_the_clock();
    static_cast<void>(backend_.network.send(NodeId{3}, Bytes::copy_of(ByteView(says)), kType));
  }

  std::string kind_;
  NodeId id_;
  Backend& backend_;
  std::vector<std::unique_ptr<Thing>> things_;
  std::uint32_t ticks_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  const std::string kind = words.empty() ? "none" : words.front();
  return divergence::probe_main(words, [&](const faults::Plan& plan, sim::TraceSink& sink) {
    sim::World world(
        plan,
        [&](NodeId id, Backend& backend) -> std::unique_ptr<Process> {
          return std::make_unique<Canary>(kind, id, backend);
        },
        &sink);
    world.run_until(SimTime{plan.duration.ns});
  });
}
