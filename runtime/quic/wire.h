#pragma once
// What the files that speak to ngtcp2 share: how a handle looks as a socket address, how errors are told.
// Included by .cpp files of this room alone.
#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include <cstring>

#include "runtime/base/ids.h"
#include "runtime/quic/cid.h"

namespace wn::quic {

// ngtcp2 knows paths as pairs of socket addresses; a handle becomes fd00::<handle>, and our own end is
// fd00::ffff:ffff. No such address is ever used.
inline sockaddr_in6 address_of(std::uint32_t handle) {
  sockaddr_in6 out{};
  out.sin6_family = AF_INET6;
  out.sin6_port = 1;
  out.sin6_addr.s6_addr[0] = 0xfd;
  std::memcpy(&out.sin6_addr.s6_addr[12], &handle, 4);
  return out;
}

class FakePath {
 public:
  explicit FakePath(NodeId remote) : local_(address_of(~0U)), remote_(address_of(remote.value)) {
    path_.local = {reinterpret_cast<ngtcp2_sockaddr*>(&local_), sizeof local_};
    path_.remote = {reinterpret_cast<ngtcp2_sockaddr*>(&remote_), sizeof remote_};
  }
  FakePath(const FakePath&) = delete;
  FakePath& operator=(const FakePath&) = delete;
  ngtcp2_path* get() { return &path_; }
  const ngtcp2_sockaddr* remote() const { return path_.remote.addr; }
  static constexpr ngtcp2_socklen kBytes = sizeof(sockaddr_in6);

 private:
  sockaddr_in6 local_;
  sockaddr_in6 remote_;
  ngtcp2_path path_{};
};

inline NodeId handle_of(const ngtcp2_addr& address) {
  sockaddr_in6 in{};
  if (address.addr == nullptr || address.addrlen < sizeof in) return kNobody;
  std::memcpy(&in, address.addr, sizeof in);
  std::uint32_t handle = 0;
  std::memcpy(&handle, &in.sin6_addr.s6_addr[12], 4);
  return NodeId{handle};
}

inline Cid cid_from(const ngtcp2_cid& cid) { return Cid::of({cid.data, cid.datalen}); }
inline ngtcp2_cid to_library(const Cid& cid) {
  ngtcp2_cid out{};
  ngtcp2_cid_init(&out, cid.bytes.data(), cid.size);
  return out;
}

}  // namespace wn::quic
