// What is measured, and how it is told.
#include "runtime/daemon/metrics.h"

#include <httplib.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "runtime/daemon/http.h"
#include "runtime/daemon/knobs.h"
#include "runtime/raft/types.h"
#include "runtime/real/os.h"
#include "runtime/realm/codec.h"
#include "runtime/wire/client_codec.h"
#include "runtime/wire/frame.h"

namespace wn::daemon {
namespace {

std::string page(const std::string& name) {
  std::ifstream file(std::string(WN_SOURCE_DIR) + "/docs/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_CASE("metrics: the page is the table's") { CHECK(page("metrics.md") == metrics_page()); }

TEST_CASE("metrics: the reference of the configuration is the table's") {
  CHECK(page("operating.md").ends_with(reference_page()));
}

TEST_CASE("metrics: names follow Prometheus's rules") {
  std::set<std::string_view> names;
  for (const MetricRow& row : metric_table()) {
    INFO(row.name);
    CHECK(names.insert(row.name).second);
    CHECK((row.name.starts_with("worknode_") || row.name.starts_with("process_")));
    CHECK(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    CHECK(row.name.ends_with("_total") == (row.type == MetricType::counter));
    CHECK(!row.about.empty());
    CHECK((row.label.empty() || row.label == "mode" || row.label == "peer" || row.label == "operation" ||
           row.label == "reason" || row.label == "direction"));
  }
}

TEST_CASE("metrics: every family is in the text, with the values of the snapshot") {
  Snapshot snapshot;
  snapshot.meters.latency[2].add(microseconds(30));
  snapshot.meters.latency[2].add(milliseconds(30));
  snapshot.meters.latency[2].add(seconds(30));
  snapshot.quic.bytes_in = 12'345;
  snapshot.host.peers.push_back({.peer = NodeId{7}, .in_sync_since = Instant{}, .unconfirmed = 4});
  const std::string text = metrics_text(snapshot, process_use());
  for (const MetricRow& row : metric_table()) {
    INFO(row.name);
    CHECK(text.find("# TYPE " + std::string(row.name) + " ") != std::string::npos);
  }
  const auto has = [&](const std::string& line) {
    INFO(line);
    CHECK(text.find(line) != std::string::npos);
  };
  has("worknode_request_duration_seconds_bucket{mode=\"strong\",le=\"5e-05\"} 1");
  has("worknode_request_duration_seconds_bucket{mode=\"strong\",le=\"10\"} 2");
  has("worknode_request_duration_seconds_bucket{mode=\"strong\",le=\"+Inf\"} 3");
  has("worknode_request_duration_seconds_count{mode=\"local\"} 0");
  has("worknode_quic_bytes_total{direction=\"in\"} 12345");
  has("worknode_sync_lag_seconds{peer=\"7\"} 0");
  has("worknode_sync_unconfirmed_updates{peer=\"7\"} 4");
  CHECK(process_use().resident_bytes > 1'000'000);
  CHECK(process_use().open_descriptors >= 3);
}

TEST_CASE("metrics: health and readiness say why not") {
  const Instant now = Instant{} + seconds(100);
  CHECK(unhealthy(nullptr, now) == "starting");
  Snapshot snapshot;
  snapshot.taken = now;
  CHECK(unhealthy(&snapshot, now).empty());
  CHECK(unready(&snapshot, now) == "recovering");
  snapshot.meters.recovered = true;
  snapshot.host.groups_without_leader = 1;
  CHECK(unready(&snapshot, now) == "no leader is known");
  snapshot.host.groups_without_leader = 0;
  CHECK(unready(&snapshot, now) == "stopping");
  snapshot.ready = true;
  CHECK(unready(&snapshot, now).empty());
  CHECK(unready(&snapshot, now + seconds(6)) == "the event loop has been busy for 6s");
  snapshot.meters.failed = true;
  snapshot.meters.failure = static_cast<std::uint64_t>(Errc::no_space);
  CHECK(unhealthy(&snapshot, now).starts_with("the disk failed: "));
}

TEST_CASE("metrics: HTTP gives the last snapshot, and 503 with the reason") {
  Board board;
  const auto face = HttpFace::open("127.0.0.1:0", board);
  REQUIRE(face.has_value());
  httplib::Client client("http://" + (*face)->address());
  const auto get = [&](const char* path) {
    const auto got = client.Get(path);
    REQUIRE(got);
    return std::pair(got->status, got->body);
  };
  CHECK(get("/healthz") == std::pair(503, std::string("starting\n")));
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->taken = real::monotonic_now();
  snapshot->ready = true;
  snapshot->meters.recovered = true;
  board.publish(snapshot);
  CHECK(get("/healthz") == std::pair(200, std::string("ok\n")));
  CHECK(get("/readyz").first == 200);
  CHECK(get("/metrics").second.find("worknode_ready 1\n") != std::string::npos);
  CHECK(get("/else").first == 404);
  CHECK(HttpFace::open((*face)->address(), board).error().code == Errc::already_exists);
}

// A door that keeps what comes through it.
struct Door final : Clock, Network, Disk, Entropy, Probe {
  Instant monotonic_now() const override { return now; }
  WallTime wall_now() const override { return {}; }
  void arm(std::uint32_t, Instant) override {}
  void disarm(std::uint32_t) override {}
  Errc send(NodeId, Bytes, std::uint8_t) override { return Errc::ok; }
  Errc submit(DiskRequest) override { return disk; }
  Draw draw(Purpose purpose, std::uint64_t count) override { return Random(1).at(purpose, 0, count); }
  void emit(TraceKind, std::array<std::uint64_t, 5>) override {}
  void sometimes(Claim) override {}
  Instant now;
  Errc disk = Errc::ok;
  Backend backend{*this, *this, *this, *this, *this};
};

struct Echo final : Process {
  explicit Echo(Backend& door) : backend(door) {}
  void on_start() override {}
  void on_message(NodeId, const Bytes& frame) override { heard.push_back(frame); }
  void on_timer(std::uint32_t) override {}
  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override {}
  Backend& backend;
  std::vector<Bytes> heard;
};

Bytes framed(wire::FrameType type, const Bytes& payload) {
  return Bytes::build(wire::kHeaderBytes + payload.size(), [&](std::uint8_t* to) {
    std::copy_n(payload.data(), payload.size(), to + wire::kHeaderBytes);
    wire::seal_frame(to, type, payload.size());
  });
}

TEST_CASE("meters: from the first attempt of a request to its reply, by mode; replies by code") {
  Door door;
  Meters meters;
  Echo* echo = nullptr;
  Metered metered(
      NodeId{1}, door.backend,
      [&](NodeId, Backend& backend) {
        auto process = std::make_unique<Echo>(backend);
        echo = process.get();
        return process;
      },
      meters);
  for (const Mode mode : {Mode::local, Mode::eventual, Mode::strong}) {
    realm::Request request;
    request.operation = 7 + static_cast<std::uint64_t>(mode);
    request.mode = mode;
    request.token = Bytes::copy_of(std::vector<std::uint8_t>(300, 5));
    request.value = -1;
    request.attempt = 1;
    metered.on_message(NodeId{50}, framed(wire::FrameType::realm_request, realm::encode(request)));
    door.now = door.now + milliseconds(2);
    request.attempt = 2;
    metered.on_message(NodeId{50}, framed(wire::FrameType::realm_request, realm::encode(request)));
    CHECK(!metered.idle());
    door.now = door.now + milliseconds(2);
    realm::Reply reply;
    reply.operation = request.operation;
    reply.code = mode == Mode::local ? realm::ReplyCode::overloaded : realm::ReplyCode::done;
    const Bytes frame = framed(wire::FrameType::realm_reply, realm::encode(reply));
    const auto type = static_cast<std::uint8_t>(wire::FrameType::realm_reply);
    CHECK(echo->backend.network.send(NodeId{51}, frame, type) == Errc::ok);  // somebody else's
    CHECK(echo->backend.network.send(NodeId{50}, frame, type) == Errc::ok);
    CHECK(echo->backend.network.send(NodeId{50}, frame, type) == Errc::ok);  // again: not measured twice
    CHECK(metered.idle());
    const auto index = static_cast<std::size_t>(mode) - 1;
    CHECK(meters.latency[index].total == 1);
    CHECK(meters.latency[index].sum == milliseconds(4));
    CHECK(meters.replies[index][static_cast<std::size_t>(reply.code)] == 1);
  }
  CHECK(echo->heard.size() == 6);
  metered.close();
  metered.on_message(NodeId{50}, framed(wire::FrameType::realm_request, realm::encode(realm::Request{})));
  metered.on_message(NodeId{2}, framed(wire::FrameType::realm_sync_request, {}));
  CHECK(echo->heard.size() == 7);
  CHECK(meters.turned_away == 1);
}

TEST_CASE("meters: requests of the key-value service are strong") {
  Door door;
  Meters meters;
  Metered metered(
      NodeId{1}, door.backend, [](NodeId, Backend& backend) { return std::make_unique<Echo>(backend); },
      meters);
  kv::ClientRequest request;
  request.operation = 9;
  request.attempt = 1;
  metered.on_message(NodeId{50}, wire::encode(request));
  kv::ClientReply reply;
  reply.operation = 9;
  reply.attempt = 1;
  Network& network = dynamic_cast<Echo&>(metered.service()).backend.network;
  CHECK(network.send(NodeId{50}, wire::encode(reply),
                     static_cast<std::uint8_t>(wire::FrameType::client_reply)) == Errc::ok);
  CHECK(meters.latency[2].total == 1);
}

TEST_CASE("meters: no frame, however damaged, is more than counted") {
  Door door;
  Meters meters;
  Metered metered(
      NodeId{1}, door.backend, [](NodeId, Backend& backend) { return std::make_unique<Echo>(backend); },
      meters);
  const Bytes whole = framed(wire::FrameType::realm_request, realm::encode(realm::Request{}));
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    Draw draw = Random(3).at("test.frame", 0, i);
    std::vector<std::uint8_t> bytes(whole.data(), whole.data() + draw.below(whole.size() + 1));
    for (std::uint64_t flips = draw.below(4); flips > 0 && !bytes.empty(); --flips)
      bytes[draw.below(bytes.size())] = static_cast<std::uint8_t>(draw.below(256));
    metered.on_message(NodeId{static_cast<std::uint32_t>(draw.below(100))}, Bytes::copy_of(bytes));
  }
  CHECK(!metered.idle());
  CHECK(meters.under_way <= kPendingSlots);
  door.now = door.now + kForgottenAfter;
  CHECK(metered.idle());  // nobody answers those
}

TEST_CASE("meters: syncs are timed, and failures counted by kind") {
  Door door;
  Meters meters;
  Metered metered(
      NodeId{1}, door.backend, [](NodeId, Backend& backend) { return std::make_unique<Echo>(backend); },
      meters);
  Disk& disk = dynamic_cast<Echo&>(metered.service()).backend.disk;
  CHECK(disk.submit({.ticket = 1, .operation = DiskOperation::write, .file = "a"}) == Errc::ok);
  CHECK(disk.submit({.ticket = 2, .operation = DiskOperation::sync, .file = "a"}) == Errc::ok);
  CHECK(meters.disk_queue == 2);
  door.now = door.now + milliseconds(3);
  metered.on_disk({.ticket = 1, .operation = DiskOperation::write, .error = Errc::no_space});
  metered.on_disk({.ticket = 2, .operation = DiskOperation::sync});
  CHECK(metered.idle());
  CHECK(meters.sync_latency.total == 1);
  CHECK(meters.sync_latency.sum == milliseconds(3));
  CHECK(meters.disk_errors[static_cast<std::size_t>(Errc::no_space)] == 1);
  door.disk = Errc::overloaded;
  CHECK(disk.submit({.ticket = 3, .operation = DiskOperation::read, .file = "a"}) == Errc::overloaded);
  CHECK(meters.disk_queue == 0);
}

}  // namespace
}  // namespace wn::daemon
