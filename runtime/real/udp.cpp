#include "runtime/real/udp.h"

#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/real/os.h"
#include "runtime/real/udp_batch.h"

namespace wn::real {

namespace {

// An option that makes things better where the kernel has it.
void prefer(int fd, int level, int name, int value) {
  (void)setsockopt(fd, level, name, &value, sizeof value);
}

void size_buffers(int fd, std::uint32_t bytes) {
  const int size = static_cast<int>(bytes);
  // The forced form exceeds net.core.rmem_max where we may.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
    prefer(fd, SOL_SOCKET, SO_RCVBUF, size);
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
    prefer(fd, SOL_SOCKET, SO_SNDBUF, size);
}

Error bind_error(const SocketAddress& address, int error) {
  const Errc code = error == EADDRINUSE      ? Errc::already_exists
                    : error == EADDRNOTAVAIL ? Errc::not_found
                                             : to_errc(error);
  return {.code = code, .message = describe(("bind " + address.to_string()).c_str(), error)};
}

}  // namespace

UdpNetwork::UdpNetwork(Loop& loop, UdpOptions options, Deliver deliver)
    : loop_(loop),
      options_(std::move(options)),
      deliver_(std::move(deliver)),
      table_(options_.path_handles_max),
      batch_(std::make_unique<Batch>()),
      alive_(std::make_shared<bool>(true)) {
  segments_work_ = options_.segments;
  for (const UdpPeer& peer : options_.peers) table_.configure(peer.id, peer.address);
}

Result<std::unique_ptr<UdpNetwork>> UdpNetwork::open(Loop& loop, UdpOptions options, Deliver deliver) {
  for (const UdpPeer& peer : options.peers) {
    if (!peer.id || is_path_handle(peer.id))
      return fail(Errc::invalid_argument, "a peer's id is from 1 to " + std::to_string(kPathHandleFirst - 1));
  }
  std::unique_ptr<UdpNetwork> network(new UdpNetwork(loop, std::move(options), std::move(deliver)));
  Result<Descriptor> socket = network->open_socket(network->options_.bind);
  if (!socket) return fail(socket.error());
  const Result<SocketAddress> local = network->adopt(std::move(*socket));
  if (!local) return fail(local.error());
  return network;
}

UdpNetwork::~UdpNetwork() {
  *alive_ = false;
  if (socket_) {
    flush();
    loop_.unwatch(socket_.get());
  }
}

Result<Descriptor> UdpNetwork::open_socket(const SocketAddress& address) const {
  Descriptor fd(socket(address.six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail(to_errc(errno), describe("socket", errno));
  size_buffers(fd.get(), options_.socket_buffer_bytes);
  if (address.six) prefer(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (!options_.fragments) {
    prefer(fd.get(), IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    if (address.six) prefer(fd.get(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
  }
  if (options_.coalesce) prefer(fd.get(), SOL_UDP, UDP_GRO, 1);
  prefer(fd.get(), SOL_SOCKET, SO_RXQ_OVFL, 1);
  sockaddr_in6 name{};
  const socklen_t length = to_kernel(address, &name);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), length) != 0)
    return fail(bind_error(address, errno));
  return fd;
}

Result<SocketAddress> UdpNetwork::adopt(Descriptor socket) {
  sockaddr_in6 name{};
  socklen_t length = sizeof name;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &length) != 0)
    return fail(Errc::io_error, describe("getsockname", errno));
  const Errc watched =
      loop_.watch(socket.get(), kReadable, [this](std::uint32_t readiness) { on_ready(readiness); });
  if (watched != Errc::ok) return fail(watched, "the loop cannot watch one more descriptor");
  if (socket_) loop_.unwatch(socket_.get());
  socket_ = std::move(socket);
  writable_wanted_ = false;
  local_ = from_kernel(&name);
  return local_;
}

Result<SocketAddress> UdpNetwork::rebind() {
  SocketAddress address = local_;
  address.port = 0;
  Result<Descriptor> socket = open_socket(address);
  if (!socket) return fail(socket.error());
  Result<SocketAddress> local = adopt(std::move(*socket));
  if (local) ++stats_.rebinds;
  return local;
}

UdpStats UdpNetwork::stats() const {
  UdpStats out = stats_;
  out.handles = table_.handles();
  out.handles_evicted = table_.evicted();
  return out;
}

void UdpNetwork::on_ready(std::uint32_t readiness) {
  if ((readiness & kWritable) != 0) flush();
  if ((readiness & (kReadable | kHangUp)) != 0) receive();
}

}  // namespace wn::real
