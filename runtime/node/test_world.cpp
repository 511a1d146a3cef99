#include "runtime/node/test_world.h"

#include <algorithm>

#include "runtime/wire/client_codec.h"

namespace wn::node {

// What one server stands on: all five parts of a Backend, and the process.
struct TestWorld::Host : Clock, Network, Disk, Entropy, Probe {
  Host(TestWorld& w, NodeId i) : world(w), id(i) {}

  // Clock
  Instant monotonic_now() const override { return world.now_; }
  WallTime wall_now() const override { return {world.now_.ns}; }
  void arm(std::uint32_t slot, Instant deadline) override {
    const std::uint64_t armed = ++timer_number[slot];
    world.at(std::max(deadline, world.now_), [this, slot, armed, life = incarnation] {
      if (process && life == incarnation && timer_number[slot] == armed) process->on_timer(slot);
    });
  }
  void disarm(std::uint32_t slot) override { ++timer_number[slot]; }

  // Network
  Errc send(NodeId to, Bytes frame, std::uint8_t) override {
    world.deliver_later(id, to, std::move(frame));
    return Errc::ok;
  }

  // Disk
  Errc submit(DiskRequest request) override {
    Duration takes = microseconds(20);
    if (request.operation == DiskOperation::sync || request.operation == DiskOperation::sync_directory) {
      takes = world.sync_time_;
    }
    Instant& free_at = file_free_at[request.file];
    free_at = std::max(free_at, world.now_ + takes);
    world.at(free_at, [this, request = std::move(request), life = incarnation] {
      if (!process || life != incarnation) return;
      process->on_disk(carry_out(request));
    });
    return Errc::ok;
  }
  DiskCompletion carry_out(const DiskRequest& r) {
    DiskCompletion done{.ticket = r.ticket, .operation = r.operation};
    if (world.bad_disks_.contains(id) && r.operation == DiskOperation::sync) {
      done.error = Errc::io_error;
      return done;
    }
    const auto file = files.find(r.file);
    const bool missing = file == files.end();
    switch (r.operation) {
      case DiskOperation::read:
        if (missing) done.error = Errc::not_found;
        if (!missing && r.offset < file->second.content.size()) {
          done.data = Bytes::copy_of(std::string_view(file->second.content).substr(r.offset, r.length));
        }
        break;
      case DiskOperation::write: {
        std::string& content = files[r.file].content;
        if (content.size() < r.offset + r.data.size()) content.resize(r.offset + r.data.size());
        content.replace(r.offset, r.data.size(), r.data.text());
        break;
      }
      case DiskOperation::truncate:
        missing ? (void)(done.error = Errc::not_found) : file->second.content.resize(r.length);
        break;
      case DiskOperation::sync:
        missing ? (void)(done.error = Errc::not_found) : (void)(file->second.synced = file->second.content);
        break;
      case DiskOperation::rename:
        if (missing) {
          done.error = Errc::not_found;
        } else {
          TestFile moved = std::move(file->second);
          files.erase(file);
          files[r.to] = std::move(moved);
        }
        break;
      case DiskOperation::remove:
        missing ? (void)(done.error = Errc::not_found) : (void)files.erase(r.file);
        break;
      case DiskOperation::list:
        for (const auto& [name, f] : files) done.entries.push_back({.file = name, .size = f.content.size()});
        break;
      case DiskOperation::sync_directory:
        break;
    }
    return done;
  }

  // Entropy
  Draw draw(Purpose purpose, std::uint64_t count) override {
    return Random(42 + incarnation).at(purpose, id.value, count);
  }

  // Probe
  void emit(TraceKind kind, std::array<std::uint64_t, 5> field) override {
    auto& [number, fields] = seen[kind];
    ++number;
    fields = field;
  }
  void sometimes(Claim claim) override { ++world.claims_[claim.name]; }

  TestWorld& world;
  NodeId id;
  std::uint64_t incarnation = 0;
  std::array<std::uint64_t, kTimerSlotsMax> timer_number{};
  std::map<std::string, TestFile> files;
  std::map<std::string, Instant> file_free_at;
  std::map<TraceKind, std::pair<std::uint64_t, std::array<std::uint64_t, 5>>> seen;
  Backend backend{*this, *this, *this, *this, *this};
  std::unique_ptr<Process> process;
};

namespace {

std::vector<NodeId> ids(std::uint32_t count) {
  std::vector<NodeId> out;
  for (std::uint32_t i = 1; i <= count; ++i) out.push_back(NodeId{i});
  return out;
}

}  // namespace

TestWorld::TestWorld(std::uint32_t servers, std::function<void(Options&)> adjust)
    : client_({.servers = ids(servers)}) {
  options_.check_invariants = true;
  for (NodeId id : ids(servers)) options_.initial.voters.push_back(id);
  if (adjust) adjust(options_);
  for (NodeId id : ids(servers)) {
    hosts_[id] = std::make_unique<Host>(*this, id);
    start(id);
  }
}

TestWorld::~TestWorld() = default;

TestWorld::Host& TestWorld::host(NodeId id) { return *hosts_.at(id); }

bool TestWorld::run_for(Duration length, const std::function<bool()>& until) {
  const Instant end = now_ + length;
  while (!until || !until()) {
    if (events_.empty() || events_.begin()->first.first > end) {
      now_ = end;
      return false;
    }
    const auto event = events_.extract(events_.begin());
    now_ = event.key().first;
    event.mapped()();
  }
  return true;
}

void TestWorld::crash(NodeId id, bool power_loss) {
  Host& h = host(id);
  h.process.reset();
  ++h.incarnation;
  h.file_free_at.clear();
  if (!power_loss) return;
  for (auto& [name, file] : h.files) file.content = file.synced;
}

void TestWorld::start(NodeId id) {
  Host& h = host(id);
  Options options = options_;
  options.id = id;
  h.process = make_node(options, h.backend);
  h.process->on_start();
}

void TestWorld::wipe(NodeId id) { host(id).files.clear(); }

void TestWorld::deliver_later(NodeId from, NodeId to, Bytes frame) {
  if (damage_) {
    frame = Bytes::build(frame.size(), [&](std::uint8_t* bytes) {
      std::copy_n(frame.data(), frame.size(), bytes);
      bytes[++jitter_ % frame.size()] ^= 1;
    });
  }
  at(now_ + microseconds(500), [this, from, to, frame = std::move(frame)] {
    if (cut_.contains(from) || cut_.contains(to)) return;
    if (to == kClient) {
      if (replies_to_lose_ != 0 && replies_to_lose_-- != 0) return;
      kv::ClientReply reply;
      if (wire::decode(frame, reply) != Errc::ok) return;
      ++replies_;
      kv::ClientEffects effects;
      client_.on_reply(now_, from, reply, ++jitter_, effects);
      carry_out(effects);
    } else if (const auto h = hosts_.find(to); h != hosts_.end() && h->second->process) {
      h->second->process->on_message(from, frame);
    }
  });
}

void TestWorld::carry_out(kv::ClientEffects& effects) {
  for (const kv::ClientSend& send : effects.sends)
    deliver_later(kClient, send.to, wire::encode(send.request));
  for (kv::ClientResult& result : effects.completed) results_.push_back(std::move(result));
  if (!client_.busy()) return;
  at(std::max(now_, client_.next_deadline()), [this] {
    kv::ClientEffects tick;
    if (now_ < client_.next_deadline()) return;
    client_.on_tick(now_, ++jitter_, tick);
    carry_out(tick);
  });
}

kv::ClientResult TestWorld::call(kv::ClientOperation operation) {
  kv::ClientEffects effects;
  client_.invoke(now_, std::move(operation), ++jitter_, effects);
  carry_out(effects);
  run_for(seconds(60), [&] { return !results_.empty(); });
  WN_CHECK(!results_.empty());
  kv::ClientResult result = std::move(results_.back());
  results_.clear();
  return result;
}

kv::ClientResult TestWorld::put(std::string_view key, std::string_view value) {
  kv::ClientOperation out;
  out.command = {.kind = kv::CommandKind::put, .key = Bytes::copy_of(key), .value = Bytes::copy_of(value)};
  return call(std::move(out));
}

kv::ClientResult TestWorld::get(std::string_view key) {
  kv::ClientOperation out{.kind = kv::RequestKind::read};
  out.command = {.kind = kv::CommandKind::get, .key = Bytes::copy_of(key)};
  return call(std::move(out));
}

kv::ClientResult TestWorld::append(std::string_view key, std::string_view value) {
  kv::ClientOperation out;
  out.command = {.kind = kv::CommandKind::append, .key = Bytes::copy_of(key), .value = Bytes::copy_of(value)};
  return call(std::move(out));
}

NodeId TestWorld::leader() const {
  NodeId found;
  std::uint64_t best = 0;
  for (const auto& [id, h] : hosts_) {
    if (!h->process || cut_.contains(id)) continue;
    const auto state = last(id, TraceKind::raft_state);
    if (state[0] == 3 && state[1] > best) {
      best = state[1];
      found = id;
    }
  }
  return found;
}

std::vector<NodeId> TestWorld::servers() const {
  std::vector<NodeId> out;
  for (const auto& [id, h] : hosts_) out.push_back(id);
  return out;
}

bool TestWorld::is_up(NodeId id) const { return host(id).process != nullptr; }

std::uint64_t TestWorld::count(NodeId id, TraceKind kind) const {
  const auto found = host(id).seen.find(kind);
  return found == host(id).seen.end() ? 0 : found->second.first;
}

std::array<std::uint64_t, 5> TestWorld::last(NodeId id, TraceKind kind) const {
  const auto found = host(id).seen.find(kind);
  return found == host(id).seen.end() ? std::array<std::uint64_t, 5>{} : found->second.second;
}

std::uint64_t TestWorld::sometimes(std::string_view claim) const {
  const auto found = claims_.find(claim);
  return found == claims_.end() ? 0 : found->second;
}

}  // namespace wn::node
