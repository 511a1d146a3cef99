#pragma once
// Shared by the room's tests: behaviours from lambdas, a listener that writes down, a system that is easy to
// make.
#include <functional>
#include <memory>
#include <memory_resource>
#include <string>
#include <vector>

#include "runtime/actor/system.h"
#include "runtime/base/check.h"

namespace wn::actor::testing {

class Scripted final : public Behaviour {
 public:
  using OnMessage = std::function<Outcome(Context&, const Message&)>;
  using OnStart = std::function<Outcome(Context&)>;
  explicit Scripted(OnMessage on_message_body, OnStart on_start_body = {}, OnStart on_restart_body = {})
      : message_(std::move(on_message_body)),
        start_(std::move(on_start_body)),
        restart_(std::move(on_restart_body)) {}
  Outcome on_message(Context& c, const Message& m) override { return message_ ? message_(c, m) : done(); }
  Outcome on_start(Context& c) override { return start_ ? start_(c) : done(); }
  Outcome on_restart(Context& c) override { return restart_ ? restart_(c) : on_start(c); }
  void on_stop(ActorId id, std::uint64_t) override { stopped.push_back(id); }
  const char* handler_name(std::uint32_t kind) const override {
    return kind == 77 ? "seventy-seven" : nullptr;
  }
  std::vector<ActorId> stopped;

 private:
  OnMessage message_;
  OnStart start_;
  OnStart restart_;
};

class Notes final : public Listener {
 public:
  void on_spawned(ActorId id, ActorId, const char* kind) override { spawned.push_back({id, kind}); }
  void on_failed(const Failure& f) override { failed.push_back(f); }
  void on_restarted(ActorId id) override { restarted.push_back(id); }
  void on_stopped(ActorId id) override { stopped.push_back(id); }
  void on_escalated(ActorId from, ActorId to, const Outcome&) override { escalated.push_back({from, to}); }
  void on_stalled(const Stall& s) override { stalled.push_back(s); }
  void on_shed(ActorId, const Message& m) override { shed.push_back(m); }
  void on_outside(const Message& m, const Bytes& body) override {
    outside.push_back(m);
    bodies.push_back(body);
  }
  std::vector<std::pair<ActorId, std::string>> spawned;
  std::vector<Failure> failed;
  std::vector<ActorId> restarted;
  std::vector<ActorId> stopped;
  std::vector<std::pair<ActorId, ActorId>> escalated;
  std::vector<Stall> stalled;
  std::vector<Message> shed;
  std::vector<Message> outside;
  std::vector<Bytes> bodies;
};

// A system with its memory, stacks and notes.
struct World {
  explicit World(const Options& options = {}, Order* order = nullptr, Meter* meter = nullptr,
                 std::uint32_t stack_count = 8, std::size_t stack_bytes = 64 * 1024)
      : stacks(stack_count, stack_bytes, std::pmr::new_delete_resource()),
        system(options, std::pmr::new_delete_resource(),
               {.stacks = &stacks, .listener = &notes, .order = order, .meter = meter}) {}
  ActorId spawn(const Kind& kind, Behaviour& behaviour, ActorId parent = kOutside, std::uint64_t state = 0) {
    const auto k = system.add_kind(kind);
    WN_CHECK(k.has_value());
    const auto id = system.spawn({.kind = *k, .behaviour = &behaviour, .state = state}, parent);
    WN_CHECK(id.has_value());
    return *id;
  }
  // Owned here, since behaviours outlive the system.
  template <class... Bodies>
  Scripted& script(Bodies&&... bodies) {
    scripts.push_back(std::make_unique<Scripted>(std::forward<Bodies>(bodies)...));
    return *scripts.back();
  }
  // Until nobody is ready; a livelock fails the test.
  void settle() {
    constexpr std::uint64_t kStepsMax = 1'000'000;
    WN_CHECK(system.run(kStepsMax) < kStepsMax);
  }
  void pass(Duration time) {
    const Instant until = system.now() + time;
    settle();
    while (system.next_deadline() <= until) {
      system.advance(system.next_deadline());
      settle();
    }
    system.advance(until);
    settle();
  }

  std::vector<std::unique_ptr<Scripted>> scripts;
  PlainStacks stacks;
  Notes notes;
  System system;
};

inline Message message(std::uint32_t kind, std::uint64_t word = 0) { return {.kind = kind, .word = {word}}; }

}  // namespace wn::actor::testing
