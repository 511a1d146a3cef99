#pragma once
// One host on a small world of its own, for this room's tests: a clock that stands still between events, a
// disk that can crash, clients whose frames arrive at once.
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "runtime/host/host.h"
#include "runtime/host/test_disk.h"
#include "runtime/realm/codec.h"
#include "runtime/wire/frame.h"

namespace wn::host {

class TestWorld final : Clock, Network, Disk, Entropy, Probe {
 public:
  explicit TestWorld(const std::function<void(Options&)>& adjust = {}) {
    options_.realm.node = NodeId{1};
    options_.realm.members = {NodeId{1}};
    options_.realm.worknodes = 12;
    options_.realm.fan_out = 3;
    options_.realm.limits.memory_bytes = 2U << 20;
    options_.realm.limits.actors_max = 256;
    options_.realm.limits.messages_max = 1024;
    options_.realm.limits.fiber_stacks = 4;
    options_.realm.limits.fiber_stack_bytes = 64U << 10;
    if (adjust) adjust(options_);
    start();
  }

  void start() {
    ++life_;
    host_ = make_host(options_, backend_);
    host_->on_start();
  }
  void crash(Loss loss) {
    host_.reset();
    due_.fill(Instant::max());
    disk_.crash(loss, life_);
    start();
    run_for(milliseconds(50));
  }
  void run_for(Duration time, const std::function<bool()>& until = {}) {
    const Instant end = now_ + time;
    while (!until || !until()) {
      const auto timer = std::ranges::min_element(due_);
      const Instant next = std::min(disk_.idle() ? Instant::max() : disk_due_, *timer);
      if (next > end) break;
      now_ = std::max(now_, next);
      if (!disk_.idle() && next == disk_due_) {
        disk_due_ = now_ + kDiskTakes;
        host_->on_disk(disk_.step(0));
      } else {
        *timer = Instant::max();
        host_->on_timer(static_cast<std::uint32_t>(timer - due_.begin()));
      }
    }
    if (!until) now_ = end;
  }

  static Bytes frame_of(const realm::Request& request) {
    const Bytes payload = realm::encode(request);
    return Bytes::build(wire::kHeaderBytes + payload.size(), [&](std::uint8_t* bytes) {
      std::copy_n(payload.data(), payload.size(), bytes + wire::kHeaderBytes);
      wire::seal_frame(bytes, wire::FrameType::realm_request, payload.size());
    });
  }
  void deliver(const Bytes& frame) { host_->on_message(kClient, frame); }
  // The operation's number.
  std::uint64_t ask(realm::Request request) {
    request.operation = ++operations_;
    request.attempt = 1;
    deliver(frame_of(request));
    return operations_;
  }
  std::optional<realm::Reply> reply(std::uint64_t operation) const {
    const auto found = replies_.find(operation);
    return found == replies_.end() ? std::nullopt : std::optional(found->second);
  }
  realm::Reply call(realm::Request request) {
    const std::uint64_t operation = ask(std::move(request));
    run_for(seconds(10), [&] { return replies_.contains(operation); });
    return reply(operation).value_or(realm::Reply{});
  }

  struct Told {
    TraceKind kind{};
    std::array<std::uint64_t, 5> field{};
  };
  std::size_t count(TraceKind kind) const {
    return static_cast<std::size_t>(
        std::count_if(told.begin(), told.end(), [&](const Told& t) { return t.kind == kind; }));
  }
  bool claimed(const std::string& claim) const { return claims_.contains(claim); }
  TestDisk& disk() { return disk_; }
  std::uint64_t syncs() const { return syncs_; }  // asked for, of files

  std::vector<Told> told;

 private:
  static constexpr NodeId kClient{100};
  static constexpr Duration kDiskTakes = microseconds(100);

  Instant monotonic_now() const override { return now_; }
  WallTime wall_now() const override { return WallTime{} + seconds(1'000'000) + (now_ - Instant{}); }
  void arm(std::uint32_t slot, Instant deadline) override { due_.at(slot) = std::max(deadline, now_); }
  void disarm(std::uint32_t slot) override { due_.at(slot) = Instant::max(); }
  Errc send(NodeId to, Bytes frame, std::uint8_t) override {
    wire::FrameView view;
    realm::Reply got;
    if (to == kClient && wire::open_frame(frame.view(), view) == Errc::ok &&
        realm::decode(frame.view().subspan(wire::kHeaderBytes, view.payload_bytes), got) == Errc::ok) {
      replies_[got.operation] = got;
    }
    return Errc::ok;
  }
  Errc submit(DiskRequest request) override {
    if (disk_.idle()) disk_due_ = now_ + kDiskTakes;
    if (request.operation == DiskOperation::sync) ++syncs_;
    disk_.submit(std::move(request));
    return Errc::ok;
  }
  Draw draw(Purpose purpose, std::uint64_t count) override { return Random(life_).at(purpose, 1, count); }
  void emit(TraceKind kind, std::array<std::uint64_t, 5> field) override { told.push_back({kind, field}); }
  void sometimes(Claim claim) override { ++claims_[std::string(claim.name)]; }

  Options options_;
  Backend backend_{*this, *this, *this, *this, *this};
  Instant now_ = Instant{} + seconds(1);
  std::array<Instant, 2> due_{Instant::max(), Instant::max()};  // the host's timers
  Instant disk_due_;
  TestDisk disk_;
  std::uint64_t life_ = 0;
  std::uint64_t operations_ = 0;
  std::uint64_t syncs_ = 0;
  std::map<std::uint64_t, realm::Reply> replies_;
  std::map<std::string, std::uint64_t> claims_;
  std::unique_ptr<Process> host_;
};

}  // namespace wn::host
