#include "faults/live/hurt.h"

#include <algorithm>
#include <map>
#include <utility>

#include "faults/live/clock_map.h"
#include "faults/live/links.h"
#include "faults/live/platter.h"
#include "runtime/base/check.h"

namespace wn::live {

using faults::Fault;
using faults::FaultKind;

namespace {

constexpr std::size_t kEarlyControlsMax = 64;  // that come before the inner process has started

bool is_link_fault(FaultKind kind) { return kind >= FaultKind::partition && kind <= FaultKind::packet_rate; }
bool is_clock_fault(FaultKind kind) {
  return kind >= FaultKind::clock_step && kind <= FaultKind::clock_freeze;
}
bool is_disk_fault(FaultKind kind) {
  return kind >= FaultKind::disk_error && kind <= FaultKind::disk_sync_lie;
}

}  // namespace

struct Hurt::State {
  State(HurtOptions given, ProcessFactory factory, Backend& backend);

  Instant now() const { return outer.clock.monotonic_now(); }
  bool alive() const { return inner != nullptr && !powerless; }
  void start_inner();
  void arm_own();
  void run_due();
  void deliver(Parcel parcel);
  void begin_clock(const Fault& fault);
  void end_clock(const Fault& fault);
  void clock_changed(Duration step);

  HurtOptions options;
  HurtStats stats;
  ProcessFactory make;
  Backend& outer;
  ClockMap clock;
  Links links;
  Platter platter;
  std::unique_ptr<Door> door;
  std::unique_ptr<Process> inner;
  std::map<std::uint32_t, Fault> faults;
  std::vector<std::pair<std::uint32_t, std::int32_t>> drifts;  // of the faults in force; the last one counts
  std::uint32_t freezes = 0;
  std::array<std::optional<Instant>, kTimerSlotsMax> deadline;  // by the shown clock
  std::vector<Bytes> early_controls;
  bool powerless = false;
};

// The Backend of the inner process.
class Hurt::Door final : public Clock, public Network, public Disk {
 public:
  explicit Door(State& state)
      : state_(state), backend_{*this, *this, *this, state.outer.entropy, state.outer.probe} {}
  Backend& backend() { return backend_; }

  Instant monotonic_now() const override { return state_.clock.shown(state_.now()); }
  WallTime wall_now() const override {
    return state_.clock.shown_wall(state_.now(), state_.outer.clock.wall_now());
  }
  void arm(std::uint32_t slot, Instant deadline) override {
    WN_CHECK_LT(slot, kTimerSlotsMax);
    state_.deadline[slot] = deadline;
    if (slot == kHurtSlot) return state_.arm_own();
    state_.outer.clock.arm(slot, state_.clock.outer_at(deadline));
  }
  void disarm(std::uint32_t slot) override {
    WN_CHECK_LT(slot, kTimerSlotsMax);
    state_.deadline[slot].reset();
    if (slot == kHurtSlot) return state_.arm_own();
    state_.outer.clock.disarm(slot);
  }
  Errc send(NodeId to, Bytes frame, std::uint8_t type) override {
    if (state_.powerless) return Errc::ok;
    if (frame.size() > kFrameBytesMax) return Errc::too_large;
    if (state_.links.untouched(Way::out, to)) return state_.outer.network.send(to, std::move(frame), type);
    std::vector<Parcel> go;
    const Errc error = state_.links.pass({Way::out, to, std::move(frame), type}, state_.now(), go);
    // What the outer network says of a frame that is on its way is no longer the sender's to hear.
    for (Parcel& parcel : go) (void)state_.outer.network.send(to, std::move(parcel.frame), type);
    state_.arm_own();
    return error;
  }
  Errc submit(DiskRequest request) override {
    if (state_.powerless) return Errc::ok;
    const Errc error = state_.platter.submit(std::move(request), state_.now());
    state_.arm_own();
    return error;
  }

 private:
  State& state_;
  Backend backend_;
};

Hurt::State::State(HurtOptions given, ProcessFactory factory, Backend& backend)
    : options(std::move(given)),
      make(std::move(factory)),
      outer(backend),
      clock(backend.clock.monotonic_now(), options.wall_offset, options.drift_ppm),
      links(options, stats),
      platter(options, stats, backend.disk, [this](DiskCompletion completion) {
        if (alive()) inner->on_disk(std::move(completion));
      }) {}

Hurt::Hurt(HurtOptions options, ProcessFactory inner, Backend& outer)
    : state_(std::make_unique<State>(std::move(options), std::move(inner), outer)) {
  state_->door = std::make_unique<Door>(*state_);
}
Hurt::~Hurt() = default;

HurtStats Hurt::stats() const { return state_->stats; }
Backend& Hurt::backend() { return state_->door->backend(); }

void Hurt::State::start_inner() {
  inner = make(options.self, door->backend());
  inner->on_start();
  for (const Bytes& command : std::exchange(early_controls, {})) {
    if (alive()) inner->on_control(command);
  }
}

void Hurt::on_start() {
  state_->platter.open(state_->now(), [state = state_.get()] { state->start_inner(); });
  state_->arm_own();
}

void Hurt::on_message(NodeId from, const Bytes& frame) {
  State& s = *state_;
  if (!s.alive()) return;
  if (s.links.untouched(Way::in, from)) return s.inner->on_message(from, frame);
  std::vector<Parcel> go;
  (void)s.links.pass({Way::in, from, frame, 0}, s.now(), go);  // refused: lost, as with a full queue
  for (const Parcel& parcel : go) {
    if (s.alive()) s.inner->on_message(from, parcel.frame);
  }
  s.arm_own();
}

void Hurt::on_timer(std::uint32_t slot) {
  State& s = *state_;
  if (slot == kHurtSlot) s.run_due();
  if (!s.alive() || !s.deadline[slot]) return;
  const Instant deadline = *s.deadline[slot];
  if (s.clock.shown(s.now()) < deadline) {  // the rate has changed since
    if (slot != kHurtSlot) s.outer.clock.arm(slot, s.clock.outer_at(deadline));
    return;
  }
  s.deadline[slot].reset();
  if (slot == kHurtSlot) s.arm_own();
  s.inner->on_timer(slot);
}

void Hurt::on_disk(DiskCompletion completion) {
  state_->platter.on_disk(std::move(completion), state_->now());
  state_->arm_own();
}

void Hurt::on_control(const Bytes& command) {
  if (state_->alive()) return state_->inner->on_control(command);
  if (state_->inner == nullptr && state_->early_controls.size() < kEarlyControlsMax)
    state_->early_controls.push_back(command);
}

void Hurt::State::arm_own() {
  std::optional<Instant> next = links.due();
  if (const std::optional<Instant> disk = platter.due(); disk && (!next || *disk < *next)) next = disk;
  if (deadline[kHurtSlot] && !powerless) {  // the inner process's own
    const Instant inner_due = clock.outer_at(*deadline[kHurtSlot]);
    if (!next || inner_due < *next) next = inner_due;
  }
  if (next) {
    outer.clock.arm(kHurtSlot, *next);
  } else {
    outer.clock.disarm(kHurtSlot);
  }
}

void Hurt::State::run_due() {
  const Instant present = now();
  while (std::optional<Parcel> parcel = links.take_due(present)) deliver(std::move(*parcel));
  platter.on_time(present);
  arm_own();
}

void Hurt::State::deliver(Parcel parcel) {
  if (powerless) return;
  if (parcel.way == Way::out) {
    (void)outer.network.send(parcel.peer, std::move(parcel.frame), parcel.type);
  } else if (alive()) {
    inner->on_message(parcel.peer, parcel.frame);
  }
}

Errc Hurt::begin(const Fault& fault) {
  State& s = *state_;
  if (s.faults.contains(fault.id)) return Errc::already_exists;
  const bool here = std::find(fault.nodes.begin(), fault.nodes.end(), s.options.self) != fault.nodes.end();
  if (is_link_fault(fault.kind)) {
    s.links.begin(fault);
  } else if (is_clock_fault(fault.kind)) {
    if (!here) return Errc::ok;
    s.begin_clock(fault);
  } else if (is_disk_fault(fault.kind)) {
    if (!here) return Errc::ok;
    if (const Errc error = s.platter.begin(fault, s.now()); error != Errc::ok) return error;
  } else {
    return Errc::unsupported;
  }
  s.faults.emplace(fault.id, fault);
  s.arm_own();
  return Errc::ok;
}

void Hurt::end(std::uint32_t fault_id) {
  State& s = *state_;
  const auto node = s.faults.extract(fault_id);
  if (!node) return;
  const Fault& fault = node.mapped();
  if (is_link_fault(fault.kind)) {
    s.links.end(fault, s.now());
  } else if (is_clock_fault(fault.kind)) {
    s.end_clock(fault);
  } else {
    s.platter.end(fault_id);
  }
  s.arm_own();
}

void Hurt::freeze() { state_->platter.freeze(); }

void Hurt::lose_power(std::function<void()> done) {
  state_->powerless = true;
  state_->platter.lose_power(std::move(done));
  state_->arm_own();
}

void Hurt::State::begin_clock(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::clock_step:
      return clock_changed(Duration{fault.amount});
    case FaultKind::clock_drift:
      drifts.emplace_back(fault.id, static_cast<std::int32_t>(
                                        std::clamp<std::int64_t>(fault.amount, -kRatePpmMax, kRatePpmMax)));
      return clock_changed({});
    default:
      ++freezes;
      return clock_changed({});
  }
}

void Hurt::State::end_clock(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::clock_step:
      return clock_changed(Duration{} - Duration{fault.amount});
    case FaultKind::clock_drift:
      std::erase_if(drifts, [&](const auto& drift) { return drift.first == fault.id; });
      return clock_changed({});
    default:
      --freezes;
      return clock_changed({});
  }
}

// Brings the clock to what the faults in force say, moves the timers along, and says so in the trace.
void Hurt::State::clock_changed(Duration step) {
  const Instant present = now();
  clock.step_wall(step);
  const std::int32_t drift = drifts.empty() ? options.drift_ppm : drifts.back().second;
  if (drift != clock.drift_ppm()) {
    clock.set_drift(present, drift);
    for (std::uint32_t slot = 0; slot < kTimerSlotsMax; ++slot) {
      if (deadline[slot] && slot != kHurtSlot) outer.clock.arm(slot, clock.outer_at(*deadline[slot]));
    }
  }
  arm_own();
  clock.set_frozen(present, outer.clock.wall_now(), freezes != 0);
  outer.probe.emit(TraceKind::clock_changed, {static_cast<std::uint64_t>(step.ns),
                                              static_cast<std::uint64_t>(std::int64_t{clock.drift_ppm()}),
                                              clock.frozen() ? 1ULL : 0ULL});
}

}  // namespace wn::live
