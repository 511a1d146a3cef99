#include "runtime/quic/tls.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

#include <cstring>

#include "runtime/base/check.h"

namespace wn::quic {

namespace {

constexpr const char* kPriority =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519:-SIGN-ALL:+SIGN-EDDSA-ED25519:-CIPHER-ALL:"
    "+AES-128-GCM:-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK:%DISABLE_TLS13_COMPAT_MODE";

// DER around the 32 bytes of an Ed25519 key (RFC 8410, sections 4 and 7).
constexpr std::uint8_t kPublicHead[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                        0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr std::uint8_t kSecretHead[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                        0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};

template <std::size_t N>
std::array<std::uint8_t, N + 32> der(const std::uint8_t (&head)[N], const std::array<std::uint8_t, 32>& key) {
  std::array<std::uint8_t, N + 32> out{};
  std::memcpy(out.data(), head, N);
  std::memcpy(out.data() + N, key.data(), 32);
  return out;
}

gnutls_datum_t datum(std::uint8_t* data, std::size_t size) { return {data, static_cast<unsigned int>(size)}; }

// True when `spki` is an Ed25519 key; it is then in `out`.
bool read_key(const gnutls_datum_t& spki, capability::PublicKey& out) {
  if (spki.size != sizeof kPublicHead + 32) return false;
  if (std::memcmp(spki.data, kPublicHead, sizeof kPublicHead) != 0) return false;
  std::memcpy(out.bytes.data(), spki.data + sizeof kPublicHead, 32);
  return true;
}

}  // namespace

struct TlsIdentity::Impl {
  gnutls_certificate_credentials_t credentials = nullptr;
  gnutls_priority_t priority = nullptr;
  std::string alpn;
};

TlsIdentity::TlsIdentity(const capability::Seed& seed, const capability::PublicKey& key, std::string alpn)
    : impl_(std::make_unique<Impl>()) {
  impl_->alpn = std::move(alpn);
  WN_CHECK_EQ(gnutls_priority_init(&impl_->priority, kPriority, nullptr), 0);
  WN_CHECK_EQ(gnutls_certificate_allocate_credentials(&impl_->credentials), 0);
  auto spki = der(kPublicHead, key.bytes);
  auto secret = der(kSecretHead, seed.bytes);
  const gnutls_datum_t spki_datum = datum(spki.data(), spki.size());
  const gnutls_datum_t secret_datum = datum(secret.data(), secret.size());
  WN_CHECK_EQ(gnutls_certificate_set_rawpk_key_mem(impl_->credentials, &spki_datum, &secret_datum,
                                                   GNUTLS_X509_FMT_DER, nullptr, 0, nullptr, 0, 0),
              0);
  gnutls_memset(secret.data(), 0, secret.size());
}

TlsIdentity::~TlsIdentity() {
  gnutls_certificate_free_credentials(impl_->credentials);
  gnutls_priority_deinit(impl_->priority);
}

TlsSession::TlsSession(const TlsIdentity& identity, bool server, ngtcp2_crypto_conn_ref* ref, May may)
    : may_(std::move(may)) {
  const unsigned int flags = (server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_ENABLE_RAWPK |
                             GNUTLS_NO_AUTO_SEND_TICKET | GNUTLS_NO_TICKETS | GNUTLS_NO_SIGNAL;
  WN_CHECK_EQ(gnutls_init(&session_, flags), 0);
  WN_CHECK_EQ(gnutls_priority_set(session_, identity.impl_->priority), 0);
  WN_CHECK_EQ(gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, identity.impl_->credentials), 0);
  const int configured = server ? ngtcp2_crypto_gnutls_configure_server_session(session_)
                                : ngtcp2_crypto_gnutls_configure_client_session(session_);
  WN_CHECK_EQ(configured, 0);
  gnutls_session_set_ptr(session_, ref);
  const std::string& alpn = identity.impl_->alpn;
  std::string name = alpn;  // GnuTLS copies it
  const gnutls_datum_t protocol = datum(reinterpret_cast<std::uint8_t*>(name.data()), name.size());
  WN_CHECK_EQ(gnutls_alpn_set_protocols(session_, &protocol, 1, GNUTLS_ALPN_MANDATORY), 0);
  if (server) gnutls_certificate_server_set_request(session_, GNUTLS_CERT_REQUIRE);
  gnutls_db_set_ptr(session_, this);  // the session's user pointer is the library's; this one is free
  gnutls_session_set_verify_function(session_, &TlsSession::verify);
}

TlsSession::~TlsSession() { gnutls_deinit(session_); }

int TlsSession::verify(gnutls_session_int* session) {
  auto* self = static_cast<TlsSession*>(gnutls_db_get_ptr(session));
  if (gnutls_certificate_type_get2(session, GNUTLS_CTYPE_PEERS) != GNUTLS_CRT_RAWPK) return -1;
  unsigned int count = 0;
  const gnutls_datum_t* list = gnutls_certificate_get_peers(session, &count);
  capability::PublicKey key;
  if (list == nullptr || count != 1 || !read_key(list[0], key)) return -1;
  return self->may_(key) ? 0 : -1;
}

}  // namespace wn::quic
