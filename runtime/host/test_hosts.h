#pragma once
// Several hosts that can talk, on a small world of their own, for this room's tests: one clock, a disk for
// each, frames that take a while, links that can be cut.
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

class TestHosts {
 public:
  explicit TestHosts(std::uint32_t hosts, const std::function<void(Options&)>& adjust = {}) {
    for (std::uint32_t n = 1; n <= hosts; ++n) {
      auto node = std::make_unique<Node>(*this, NodeId{n});
      Options& o = node->options;
      o.realm.node = NodeId{n};
      for (std::uint32_t m = 1; m <= hosts; ++m) o.realm.members.push_back(NodeId{m});
      o.realm.worknodes = 12;
      o.realm.fan_out = 3;
      o.realm.limits.memory_bytes = 2U << 20;
      o.realm.limits.actors_max = 256;
      o.realm.limits.messages_max = 1024;
      o.realm.limits.fiber_stacks = 4;
      o.realm.limits.fiber_stack_bytes = 64U << 10;
      o.remote_calls = true;
      if (adjust) adjust(o);
      nodes_[NodeId{n}] = std::move(node);
    }
    for (auto& [id, node] : nodes_) node->start();
    run_for(milliseconds(50));
  }
  void restart(NodeId id) {
    Node& node = *nodes_.at(id);
    node.host.reset();
    node.due = Instant::max();
    node.disk.crash(Loss::all, ++node.life);
    node.start();
    run_for(milliseconds(50));
  }
  void run_for(Duration time, const std::function<bool()>& until = {}) {
    const Instant end = now_ + time;
    while (!until || !until()) {
      Instant next = frames_.empty() ? Instant::max() : frames_.begin()->first.first;
      Node* timer = nullptr;
      Node* disk = nullptr;
      for (auto& [id, node] : nodes_) {
        if (node->due < next) {
          next = node->due;
          timer = node.get();
          disk = nullptr;
        }
        if (!node->disk.idle() && node->disk_due < next) {
          next = node->disk_due;
          disk = node.get();
        }
      }
      if (next > end) break;
      now_ = std::max(now_, next);
      step(timer, disk);
    }
    if (!until) now_ = end;
  }

  std::uint64_t ask(NodeId at, realm::Request request, NodeId client = NodeId{100}) {
    request.operation = ++operations_;
    request.attempt = 1;
    again(at, request, client);
    return operations_;
  }
  void again(NodeId at, const realm::Request& request, NodeId client = NodeId{100}) {
    const Bytes payload = realm::encode(request);
    Bytes frame = Bytes::build(wire::kHeaderBytes + payload.size(), [&](std::uint8_t* bytes) {
      std::copy_n(payload.data(), payload.size(), bytes + wire::kHeaderBytes);
      wire::seal_frame(bytes, wire::FrameType::realm_request, payload.size());
    });
    nodes_.at(at)->host->on_message(client, frame);
  }
  std::optional<realm::Reply> reply(std::uint64_t operation) const {
    const auto found = replies_.find(operation);
    return found == replies_.end() ? std::nullopt : std::optional(found->second);
  }
  realm::Reply call(NodeId at, realm::Request request) {
    const std::uint64_t operation = ask(at, std::move(request));
    run_for(seconds(10), [&] { return replies_.contains(operation); });
    return reply(operation).value_or(realm::Reply{});
  }

  bool claimed(const std::string& claim) const { return claims_.contains(claim); }
  std::uint64_t count(std::uint8_t type) const {
    const auto at = sent_.find(type);
    return at == sent_.end() ? 0 : at->second;
  }
  Instant now() const { return now_; }
  std::function<bool(NodeId from, NodeId to)> cut;         // true: lost
  std::function<Bytes(NodeId from, Bytes frame)> altered;  // on its way between hosts

 private:
  static constexpr Duration kDiskTakes = microseconds(100);
  static constexpr Duration kFrameTakes = microseconds(500);

  struct Node final : Clock, Network, Disk, Entropy, Probe {
    Node(TestHosts& w, NodeId i) : world(w), id(i) {}
    void start() {
      host = make_host(options, backend);
      host->on_start();
    }
    Instant monotonic_now() const override { return world.now_; }
    WallTime wall_now() const override { return WallTime{} + seconds(1'000'000) + (world.now_ - Instant{}); }
    void arm(std::uint32_t, Instant deadline) override { due = std::max(deadline, world.now_); }
    void disarm(std::uint32_t) override { due = Instant::max(); }
    Errc send(NodeId to, Bytes frame, std::uint8_t type) override {
      world.sent(id, to, std::move(frame), type);
      return Errc::ok;
    }
    Errc submit(DiskRequest request) override {
      if (disk.idle()) disk_due = world.now_ + kDiskTakes;
      disk.submit(std::move(request));
      return Errc::ok;
    }
    Draw draw(Purpose purpose, std::uint64_t count) override {
      return Random(life).at(purpose, id.value, count);
    }
    void emit(TraceKind, std::array<std::uint64_t, 5>) override {}
    void sometimes(Claim claim) override { ++world.claims_[std::string(claim.name)]; }

    TestHosts& world;
    NodeId id;
    Options options;
    Backend backend{*this, *this, *this, *this, *this};
    TestDisk disk;
    Instant due = Instant::max();
    Instant disk_due;
    std::uint64_t life = 1;
    std::unique_ptr<Process> host;
  };
  struct Frame {
    NodeId from;
    NodeId to;
    Bytes bytes;
  };

  void step(Node* timer, Node* disk) {
    if (disk != nullptr) {
      disk->disk_due = now_ + kDiskTakes;
      disk->host->on_disk(disk->disk.step(0));
    } else if (timer != nullptr) {
      timer->due = Instant::max();
      timer->host->on_timer(0);
    } else {
      const Frame frame = std::move(frames_.begin()->second);
      frames_.erase(frames_.begin());
      nodes_.at(frame.to)->host->on_message(frame.from, frame.bytes);
    }
  }
  void sent(NodeId from, NodeId to, Bytes frame, std::uint8_t type) {
    ++sent_[type];
    wire::FrameView view;
    realm::Reply got;
    if (!nodes_.contains(to)) {
      if (wire::open_frame(frame.view(), view) == Errc::ok &&
          realm::decode(frame.view().subspan(wire::kHeaderBytes, view.payload_bytes), got) == Errc::ok)
        replies_[got.operation] = got;
      return;
    }
    if (cut && cut(from, to)) return;
    if (altered) frame = altered(from, std::move(frame));
    frames_[{now_ + kFrameTakes, ++posted_}] = {from, to, std::move(frame)};
  }

  Instant now_ = Instant{} + seconds(1);
  std::map<NodeId, std::unique_ptr<Node>> nodes_;
  std::map<std::pair<Instant, std::uint64_t>, Frame> frames_;
  std::uint64_t posted_ = 0;
  std::uint64_t operations_ = 0;
  std::map<std::uint64_t, realm::Reply> replies_;
  std::map<std::string, std::uint64_t> claims_;
  std::map<std::uint8_t, std::uint64_t> sent_;
};

}  // namespace wn::host
