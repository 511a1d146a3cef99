#include "runtime/real/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>

namespace wn::real {

namespace {

struct Halves {
  std::string host;
  std::string port;
};

// "[host]:port" or "host:port".
Result<Halves> split(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return fail(Errc::bad_input, "expected HOST:PORT");
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return fail(Errc::bad_input, "an IPv6 address is written [ADDRESS]:PORT");
  }
  return Halves{std::string(host), std::string(text.substr(colon + 1))};
}

Result<std::uint16_t> port_of(const std::string& text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty())
    return fail(Errc::bad_input, "a port is a number from 0 to 65535");
  return port;
}

bool read_host(const std::string& host, SocketAddress& out) {
  if (inet_pton(AF_INET, host.c_str(), out.host.data()) == 1) return true;
  out.six = true;
  return inet_pton(AF_INET6, host.c_str(), out.host.data()) == 1;
}

}  // namespace

std::string SocketAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  (void)inet_ntop(six ? AF_INET6 : AF_INET, host.data(), text.data(), text.size());
  const std::string shown = text.data();
  return (six ? "[" + shown + "]" : shown) + ":" + std::to_string(port);
}

Result<SocketAddress> SocketAddress::parse(std::string_view text) {
  const Result<Halves> halves = split(text);
  if (!halves) return fail(halves.error());
  const Result<std::uint16_t> port = port_of(halves->port);
  if (!port) return fail(port.error());
  SocketAddress out;
  if (!read_host(halves->host, out))
    return fail(Errc::bad_input, "not an IPv4 or IPv6 address: " + halves->host);
  out.port = *port;
  return out;
}

Result<SocketAddress> SocketAddress::resolve(const std::string& text) {
  const Result<Halves> halves = split(text);
  if (!halves) return fail(halves.error());
  const Result<std::uint16_t> port = port_of(halves->port);
  if (!port) return fail(port.error());
  SocketAddress out;
  if (read_host(halves->host, out)) {
    out.port = *port;
    return out;
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(halves->host.c_str(), nullptr, &hints, &found);
  if (error != 0) return fail(Errc::not_found, halves->host + ": " + gai_strerror(error));
  const addrinfo* best = found;
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    if (a->ai_family == AF_INET && best->ai_family != AF_INET) best = a;
  }
  out = from_kernel(best->ai_addr);
  out.port = *port;
  freeaddrinfo(found);
  return out;
}

SocketAddress loopback(std::uint16_t port) { return {.host = {127, 0, 0, 1}, .port = port}; }

std::uint32_t to_kernel(const SocketAddress& address, void* to) {
  if (!address.six) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(address.port);
    std::memcpy(&out.sin_addr, address.host.data(), 4);
    std::memcpy(to, &out, sizeof out);
    return sizeof out;
  }
  sockaddr_in6 out{};
  out.sin6_family = AF_INET6;
  out.sin6_port = htons(address.port);
  out.sin6_scope_id = address.scope;
  std::memcpy(&out.sin6_addr, address.host.data(), 16);
  std::memcpy(to, &out, sizeof out);
  return sizeof out;
}

SocketAddress from_kernel(const void* from) {
  SocketAddress out;
  sockaddr any{};
  std::memcpy(&any, from, sizeof any);
  if (any.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, from, sizeof in);
    std::memcpy(out.host.data(), &in.sin_addr, 4);
    out.port = ntohs(in.sin_port);
  } else if (any.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, from, sizeof in);
    out.six = true;
    std::memcpy(out.host.data(), &in.sin6_addr, 16);
    out.port = ntohs(in.sin6_port);
    out.scope = in.sin6_scope_id;
  }
  return out;
}

}  // namespace wn::real
