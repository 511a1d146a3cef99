#pragma once
// Door: the Backend of one honest instance inside of a liar. Clocks, randomness and disk are the node's own
// (a twin's files have a prefix, so that it shares nothing); what is sent goes by way of the liar. A twin
// tells the trace nothing: what a liar says of itself proves nothing, and two would contradict each other.
// What it has signed is another matter: that binds the key, whichever of the two used it.
#include "faults/byzantine/liar.h"
#include "runtime/base/check.h"

namespace wn::byzantine {

class Liar::Door final : public Clock, public Network, public Disk, public Entropy, public Probe {
 public:
  Door(Liar& liar, std::size_t instance)
      : liar_(liar),
        instance_(instance),
        backend_{*this, *this, *this, *this, *this, liar.backend_.fault_points} {}
  Backend& backend() { return backend_; }

  Instant monotonic_now() const override { return liar_.backend_.clock.monotonic_now(); }
  WallTime wall_now() const override { return liar_.backend_.clock.wall_now(); }
  void arm(std::uint32_t slot, Instant deadline) override { liar_.backend_.clock.arm(outer(slot), deadline); }
  void disarm(std::uint32_t slot) override { liar_.backend_.clock.disarm(outer(slot)); }
  Errc send(NodeId to, Bytes frame, std::uint8_t type) override {
    return liar_.speak(instance_, to, std::move(frame), type);
  }
  Errc submit(DiskRequest request) override { return liar_.submit(instance_, std::move(request)); }
  Draw draw(Purpose purpose, std::uint64_t count) override {
    return liar_.backend_.entropy.draw(purpose, count);
  }
  void emit(TraceKind kind, std::array<std::uint64_t, 5> field) override {
    if (instance_ == 0 || kind == TraceKind::rpc_signed) liar_.backend_.probe.emit(kind, field);
  }
  void sometimes(Claim claim) override {
    if (instance_ == 0) liar_.backend_.probe.sometimes(claim);
  }

 private:
  std::uint32_t outer(std::uint32_t slot) const {
    WN_CHECK_LT(slot, kInnerSlotsMax);
    return slot + static_cast<std::uint32_t>(instance_) * kInnerSlotsMax;
  }
  Liar& liar_;
  std::size_t instance_;
  Backend backend_;
};

}  // namespace wn::byzantine
