#pragma once
// The room's door to GnuTLS: TLS 1.3 sessions for QUIC, with Ed25519 raw public keys on both sides (RFC 7250,
// RFC 8446, RFC 9001). One key exchange (X25519), one cipher, one signature: what is sent has the same size
// whatever the random numbers. No tickets, no early data.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/base/result.h"
#include "runtime/capability/types.h"

struct gnutls_session_int;
struct ngtcp2_crypto_conn_ref;

namespace wn::quic {

class TlsSession;

// The credentials of one endpoint.
class TlsIdentity {
 public:
  TlsIdentity(const capability::Seed& seed, const capability::PublicKey& key, std::string alpn);
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

 private:
  friend class TlsSession;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One handshake's state. `may` is asked once for the key that the peer has proven or is about to prove (its
// signature is checked by TLS); false ends the handshake.
class TlsSession {
 public:
  using May = std::function<bool(const capability::PublicKey&)>;
  TlsSession(const TlsIdentity& identity, bool server, ngtcp2_crypto_conn_ref* ref, May may);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  gnutls_session_int* native() const { return session_; }

 private:
  static int verify(gnutls_session_int* session);
  gnutls_session_int* session_ = nullptr;
  May may_;
};

// The TLS alert that QUIC carries when no ALPN is in common.
inline constexpr std::uint8_t kNoApplicationProtocol = 120;
inline constexpr std::uint8_t kBadCertificate = 42;

}  // namespace wn::quic
