#include "runtime/client/seat.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/real/node.h"
#include "runtime/real/os.h"
#include "runtime/real/probes.h"

namespace wn::client {
namespace {

constexpr std::uint32_t kSocketBufferBytes = 1U << 20;
constexpr int kStartTurnsMax = 1000;
// Numbers of operations begin at the wall clock, so that they ascend over the lives of an identity: one each
// 256 ns may be used up.
constexpr int kClockShift = 8;

quic::Options quic_options(const SeatOptions& options, NodeId self) {
  quic::Options out;
  out.self = self;
  out.identity = options.identity;
  for (const Server& server : options.servers)
    out.peers.push_back(
        {.id = server.id, .key = server.key, .address = server.id, .dial = quic::Dial::always});
  out.idle_timeout = options.idle_timeout;
  out.keep_alive = options.idle_timeout / 4;
  out.packet_bytes_max = options.packet_bytes_max;
  out.memory = options.memory;
  return out;
}

}  // namespace

struct Seat::Parts {
  real::NullProbe probe;
  std::unique_ptr<real::Node> node;
  quic::Endpoint* endpoint = nullptr;
  Driver* driver = nullptr;
  NodeId id;
};

Seat::Seat(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<Seat>> Seat::make(real::Loop& loop, SeatOptions options) {
  if (options.memory == nullptr) options.memory = std::pmr::new_delete_resource();
  auto parts = std::make_unique<Parts>();
  Parts& p = *parts;
  p.id = quic::client_id(quic::key_of(options.identity));
  real::NodeOptions node;
  node.id = p.id;
  node.udp.socket_buffer_bytes = kSocketBufferBytes;
  bool near = true;
  for (const Server& server : options.servers) {
    const bool six = server.host.find(':') != std::string::npos;
    const auto address = real::SocketAddress::resolve(
        fmt::format("{}{}{}:{}", six ? "[" : "", server.host, six ? "]" : "", server.port));
    if (!address) return std::unexpected(address.error());
    if (!node.peers.empty() && node.peers.front().address.six != address->six)
      return fail(Errc::invalid_argument, "some servers have IPv4 addresses, some IPv6 ones");
    near = near && !address->six && address->host[0] == 127;
    node.bind.six = address->six;
    node.peers.push_back({.id = server.id, .address = *address});
    options.driver.core.servers.push_back(server.id);
  }
  if (!near) node.bind.host = {};
  options.driver.core.first_number = static_cast<std::uint64_t>(real::wall_now().ns) >> kClockShift;
  auto made = real::Node::make(loop, std::move(node), p.probe);
  if (!made) return std::unexpected(made.error());
  p.node = std::move(*made);
  options.driver.wake = [n = p.node.get()] { n->control({}); };
  const auto inner = [&p, &options](NodeId, Backend& backend) -> std::unique_ptr<Process> {
    auto driver = make_driver(options.driver, backend, options.memory);
    p.driver = driver.get();
    return driver;
  };
  p.node->start([&](NodeId, Backend& backend) -> std::unique_ptr<Process> {
    auto endpoint = quic::make_quic(quic_options(options, p.id), inner, backend);
    p.endpoint = endpoint.get();
    return endpoint;
  });
  for (int i = 0; i < kStartTurnsMax && (p.driver == nullptr || !p.driver->started()); ++i) loop.turn({});
  if (p.driver == nullptr || !p.driver->started()) return fail(Errc::internal, "the client did not start");
  return std::unique_ptr<Seat>(new Seat(std::move(parts)));
}

Seat::~Seat() {
  parts_->driver->close();
  parts_->endpoint->shut_down();
  parts_->node->stop();
}

Driver& Seat::driver() { return *parts_->driver; }
const quic::Endpoint& Seat::endpoint() const { return *parts_->endpoint; }
NodeId Seat::id() const { return parts_->id; }

bool Seat::reached() const {
  return std::ranges::any_of(parts_->endpoint->peers(), [](const quic::PeerState& p) { return p.connected; });
}

std::string Seat::trouble() const {
  using quic::Closed;
  const auto& closed = parts_->endpoint->stats().closed;
  const auto times = [&](Closed reason) { return closed[static_cast<std::size_t>(reason)]; };
  if (times(Closed::wrong_key) > 0) return "a server has another key than its URL says";
  if (times(Closed::unknown_key) > 0) return "a server does not let this identity in";
  if (times(Closed::id_taken) > 0) return "a server has another client of the same id";
  if (times(Closed::by_peer) > 0) return "a server closed the connection";
  if (times(Closed::wrong_protocol) + times(Closed::wrong_version) > 0)
    return "a server speaks another protocol";
  return {};
}

capability::Seed new_identity() {
  capability::Seed seed;
  real::fill_random(seed.bytes);
  return seed;
}

}  // namespace wn::client
