#include "runtime/quic/connection.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/quic/connection_impl.h"

namespace wn::quic {

namespace {

std::uint64_t ns(Duration d) { return static_cast<std::uint64_t>(std::max<std::int64_t>(d.ns, 0)); }

constexpr std::size_t kFirstIdBytes = 18;  // what a client calls a server that it does not know

#ifdef NGTCP2_SETTINGS_V2
// Sizes that a path is asked for (RFC 8899), ascending as far as they go: Ethernet less the headers, jumbo
// frames, and what the loopback device takes.
constexpr std::uint16_t kProbes[] = {1444, 1452, 4000, 8900, 16'000, 32'000, 65'000};

std::size_t probes_up_to(std::uint32_t size) {
  std::size_t count = 0;
  while (count < std::size(kProbes) && kProbes[count] <= size) ++count;
  return count;
}
#endif

ngtcp2_settings settings_of(const Shared& shared, std::uint64_t now) {
  ngtcp2_settings out;
  ngtcp2_settings_default(&out);
  out.cc_algo = NGTCP2_CC_ALGO_CUBIC;
  out.initial_ts = now;
  out.initial_rtt = ns(shared.options.initial_rtt);
  out.max_tx_udp_payload_size = shared.options.packet_bytes_max;
  out.no_pmtud = shared.options.packet_bytes_max <= kPacketBytesMin ? 1 : 0;
#ifdef NGTCP2_SETTINGS_V2
  out.pmtud_probes = kProbes;
  out.pmtud_probeslen = probes_up_to(shared.options.packet_bytes_max);
  if (out.pmtud_probeslen == 0) out.no_pmtud = 1;
#endif
  out.handshake_timeout = ns(shared.options.handshake_timeout);
  out.rand_ctx.native_handle = &shared.random;
  return out;
}

ngtcp2_transport_params params_of(const Shared& shared, bool known) {
  const Options& options = shared.options;
  ngtcp2_transport_params out;
  ngtcp2_transport_params_default(&out);
  const Limits& limits = options.limits;
  out.initial_max_stream_data_uni = known ? limits.stream_window : limits.stranger_stream_window;
  out.initial_max_data = known ? limits.connection_window : limits.stranger_connection_window;
  out.initial_max_streams_uni = kClasses;
  out.max_idle_timeout = ns(options.idle_timeout);
  out.max_udp_payload_size = options.packet_bytes_max;  // the peer probes no further
  out.max_datagram_frame_size = kPacketBytesMax;
  out.active_connection_id_limit = 4;
  return out;
}

}  // namespace

Connection::Connection(const Shared& shared, NodeId peer, const PublicKey& expected, NodeId address,
                       std::uint64_t now)
    : shared_(shared),
      impl_(std::make_unique<Impl>(shared.pool)),
      peer_(peer),
      key_(expected),
      address_(address),
      dialled_(true),
      budget_(~0ULL) {
  ngtcp2_cid theirs{};
  theirs.datalen = kFirstIdBytes;
  shared_.random.fill(theirs.data, kFirstIdBytes);
  const Cid ours = shared_.random.cid();
  const ngtcp2_cid mine = to_library(ours);
  const ngtcp2_settings settings = settings_of(shared_, now);
  const ngtcp2_transport_params params = params_of(shared_, true);
  FakePath path(address);
  WN_CHECK_EQ(ngtcp2_conn_client_new(&impl_->conn, &theirs, &mine, path.get(), NGTCP2_PROTO_VER_V1,
                                     &library_callbacks(), &settings, &params, shared_.memory.get(), this),
              0);
  shared_.owner.add_cid(ours, *this);
  set_up_tls(false);
}

Connection::Connection(const Shared& shared, const Arrival& arrival, std::uint64_t now)
    : shared_(shared), impl_(std::make_unique<Impl>(shared.pool)), address_(arrival.address) {
  const Cid ours = shared_.random.cid();
  const ngtcp2_cid mine = to_library(ours);
  const ngtcp2_cid theirs = to_library(arrival.client);
  ngtcp2_settings settings = settings_of(shared_, now);
  settings.token = arrival.token.data();
  settings.tokenlen = arrival.token.size();
  settings.token_type = NGTCP2_TOKEN_TYPE_RETRY;
  ngtcp2_transport_params params = params_of(shared_, arrival.known);
  params.original_dcid = to_library(arrival.original);
  params.original_dcid_present = 1;
  params.retry_scid = to_library(arrival.retry);
  params.retry_scid_present = 1;
  params.stateless_reset_token_present = 1;
  shared_.owner.reset_token(ours, params.stateless_reset_token);
  FakePath path(arrival.address);
  WN_CHECK_EQ(ngtcp2_conn_server_new(&impl_->conn, &theirs, &mine, path.get(), arrival.version,
                                     &library_callbacks(), &settings, &params, shared_.memory.get(), this),
              0);
  shared_.owner.add_cid(ours, *this);
  shared_.owner.add_cid(arrival.retry, *this);
  set_up_tls(true);
}

Connection::~Connection() {
  impl_->tls.reset();
  ngtcp2_conn_del(impl_->conn);
}

void Connection::set_up_tls(bool server) {
  impl_->ref.user_data = this;
  impl_->ref.get_conn = [](ngtcp2_crypto_conn_ref* ref) {
    return static_cast<Connection*>(ref->user_data)->impl_->conn;
  };
  impl_->tls.emplace(shared_.tls, server, &impl_->ref, [this](const PublicKey& key) {
    judged_ = shared_.owner.judge(*this, key);
    if (judged_ != Closed::none) return false;
    key_ = key;
    return true;
  });
  ngtcp2_conn_set_tls_native_handle(impl_->conn, impl_->tls->native());
}

void Connection::read(NodeId from, ByteView packet, std::uint64_t now) {
  if (closed_ != Closed::none) return;
  if (!dialled_ && !ready_) budget_ += packet.size();
  FakePath path(from);
  const ngtcp2_pkt_info info{};
  const int error = ngtcp2_conn_read_pkt(impl_->conn, path.get(), &info, packet.data(), packet.size(), now);
  if (error != 0) return fail_library(error, now);
  if (judged_ != Closed::none && closed_ == Closed::none) closed_ = judged_;  // nothing to be said any more
}

// The connection is over; what can be told to the peer is told.
void Connection::fail_library(int error, std::uint64_t now) {
  switch (error) {
    case NGTCP2_ERR_DRAINING: {
      const ngtcp2_ccerr* theirs = ngtcp2_conn_get_ccerr(impl_->conn);
      closed_ = judged_ != Closed::none ? judged_ : Closed::by_peer;
      const bool alert = theirs->type == NGTCP2_CCERR_TYPE_TRANSPORT && (theirs->error_code >> 8) == 1;
      if (alert && (theirs->error_code & 0xFF) == kNoApplicationProtocol) closed_ = Closed::wrong_protocol;
      return;
    }
    case NGTCP2_ERR_IDLE_CLOSE:
      closed_ = Closed::idle;
      return;
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      closed_ = Closed::handshake_timeout;
      return;
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_CLOSING:
      closed_ = judged_ != Closed::none ? judged_ : Closed::protocol_error;
      return;
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
    case NGTCP2_ERR_VERSION_NEGOTIATION_FAILURE:
      closed_ = Closed::wrong_version;
      return;
    default:
      break;
  }
  const std::uint8_t alert = ngtcp2_conn_get_tls_alert(impl_->conn);
  if (judged_ == Closed::none)
    judged_ = alert == kNoApplicationProtocol ? Closed::wrong_protocol : Closed::protocol_error;
  ngtcp2_ccerr told;
  ngtcp2_ccerr_default(&told);
  if (error == NGTCP2_ERR_CRYPTO) {
    ngtcp2_ccerr_set_tls_alert(&told, alert, nullptr, 0);
  } else if (judged_ == Closed::bad_frame) {
    ngtcp2_ccerr_set_application_error(&told, static_cast<std::uint64_t>(judged_), nullptr, 0);
  } else {
    ngtcp2_ccerr_set_liberr(&told, error, nullptr, 0);
  }
  say_closed(told, now);
  closed_ = judged_;
}

void Connection::say_closed(const ngtcp2_ccerr& told, std::uint64_t now) {
  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  ngtcp2_pkt_info info{};
  const auto size = ngtcp2_conn_write_connection_close(impl_->conn, &path.path, &info, shared_.packet.data(),
                                                       kPacketBytesMin, &told, now);
  if (size > 0) {
    out_address_ = handle_of(path.path.remote);
    emit(size);
  }
}

void Connection::close(Closed reason, std::uint64_t now) {
  if (closed_ != Closed::none) return;
  ngtcp2_ccerr told;
  ngtcp2_ccerr_default(&told);
  ngtcp2_ccerr_set_application_error(&told, static_cast<std::uint64_t>(reason), nullptr, 0);
  say_closed(told, now);
  closed_ = reason;
}

std::uint64_t Connection::expiry() const { return ngtcp2_conn_get_expiry(impl_->conn); }

void Connection::on_expiry(std::uint64_t now) {
  if (closed_ != Closed::none) return;
  const int error = ngtcp2_conn_handle_expiry(impl_->conn, now);
  if (error != 0) fail_library(error, now);
}

Duration Connection::smoothed_rtt() const {
  ngtcp2_conn_info info{};
  ngtcp2_conn_get_conn_info(impl_->conn, &info);
  return {static_cast<std::int64_t>(info.smoothed_rtt)};
}

std::uint64_t Connection::queued_bytes() const {
  std::uint64_t out = impl_->datagram_bytes;
  for (const OutStream& stream : impl_->out) out += stream.queue.bytes();
  return out;
}

std::size_t Connection::held_bytes() const {
  std::size_t out = 0;
  for (const InStream& stream : impl_->in) out += stream.reader.held_bytes();
  return out;
}

}  // namespace wn::quic
