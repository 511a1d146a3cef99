#pragma once
// A backend that notes what is asked of it, and an honest process that says the same to everybody again and
// again: for this room's tests.
#include <map>
#include <string>
#include <vector>

#include "faults/byzantine/byzantine.h"
#include "faults/byzantine/letter.h"
#include "runtime/realm/messages.h"
#include "runtime/wire/frame.h"

namespace wn::byzantine {

class TestDoor final : public Clock, public Network, public Disk, public Entropy, public Probe {
 public:
  struct Sent {
    NodeId to;
    Bytes frame;
    SimTime at;
  };
  Backend& backend() { return backend_; }
  std::vector<Sent> sent;
  std::vector<DiskRequest> requests;
  std::map<std::uint32_t, Instant> armed;
  std::size_t acts = 0;
  SimTime now;

  Instant monotonic_now() const override { return Instant{now.ns}; }
  WallTime wall_now() const override { return WallTime{now.ns}; }
  void arm(std::uint32_t slot, Instant deadline) override { armed[slot] = deadline; }
  void disarm(std::uint32_t slot) override { armed.erase(slot); }
  Errc send(NodeId to, Bytes frame, std::uint8_t) override {
    sent.push_back({to, std::move(frame), now});
    return Errc::ok;
  }
  Errc submit(DiskRequest request) override {
    requests.push_back(std::move(request));
    return Errc::ok;
  }
  Draw draw(Purpose purpose, std::uint64_t count) override { return Random(1).at(purpose, 0, count); }
  void emit(TraceKind kind, std::array<std::uint64_t, 5>) override {
    acts += kind == TraceKind::byzantine_act ? 1 : 0;
  }
  void sometimes(Claim) override {}

 private:
  Backend backend_{*this, *this, *this, *this, *this};
};

inline Bytes question(std::uint64_t number) {
  realm::SyncRequest m;
  m.request = number;
  m.replica = ReplicaId{1};
  m.wall = WallTime{1000};
  return letter_of(static_cast<std::uint8_t>(wire::FrameType::realm_sync_request), realm::encode(m).view())
      .frame;
}

// Sends the next question to servers 2 and 3 at each timer; keeps what it hears; writes a file at its start.
class Talker final : public Process {
 public:
  explicit Talker(Backend& backend) : backend_(backend) {}
  void on_start() override {
    static_cast<void>(backend_.disk.submit({.ticket = 7, .operation = DiskOperation::sync, .file = "a.log"}));
    backend_.clock.arm(0, Instant{1});
  }
  void on_message(NodeId from, const Bytes&) override { heard.push_back(from); }
  void on_timer(std::uint32_t) override {
    ++count_;
    for (const std::uint32_t to : {2U, 3U})
      static_cast<void>(backend_.network.send(NodeId{to}, question(count_), 42));
  }
  void on_disk(DiskCompletion completion) override { completions.push_back(std::move(completion)); }
  void on_control(const Bytes&) override {}
  std::vector<NodeId> heard;
  std::vector<DiskCompletion> completions;

 private:
  Backend& backend_;
  std::uint64_t count_ = 0;
};

}  // namespace wn::byzantine
