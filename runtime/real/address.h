#pragma once
// SocketAddress: where a datagram socket is: an IPv4 or IPv6 address and a port. A value; "127.0.0.1:4000",
// "[::1]:4000".
#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace wn::real {

struct SocketAddress {
  bool six = false;                     // IPv6
  std::array<std::uint8_t, 16> host{};  // IPv4: the first four bytes
  std::uint16_t port = 0;
  std::uint32_t scope = 0;  // of a link-local IPv6 address
  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;

  std::string to_string() const;
  // Numbers alone, nothing is looked up. bad_input.
  static Result<SocketAddress> parse(std::string_view text);
  // As parse(), or "name:port" by the system's resolver, which may take long: at start-up, never from a
  // loop's callback. An IPv4 address is preferred. bad_input, not_found.
  static Result<SocketAddress> resolve(const std::string& text);
};

// 127.0.0.1 and a port; 0: whichever is free.
SocketAddress loopback(std::uint16_t port = 0);

// In the kernel's form. `to` has room for a sockaddr_in6; the bytes that were used.
std::uint32_t to_kernel(const SocketAddress& address, void* to);
// An unknown family gives an address of zeros.
SocketAddress from_kernel(const void* from);

}  // namespace wn::real
