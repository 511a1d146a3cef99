// What ngtcp2 calls back.
#include "runtime/quic/connection_impl.h"

namespace wn::quic {

struct Callbacks {
  static Connection& self(void* user) { return *static_cast<Connection*>(user); }

  static int handshake_completed(ngtcp2_conn* conn, void* user) {
    Connection& c = self(user);
    c.ready_ = true;
    ngtcp2_conn_set_keep_alive_timeout(conn,
                                       c.dialled_ && c.shared_.options.keep_alive.ns > 0
                                           ? static_cast<ngtcp2_duration>(c.shared_.options.keep_alive.ns)
                                           : UINT64_MAX);
    return 0;
  }

  static int stream_open(ngtcp2_conn*, std::int64_t id, void* user) {
    for (InStream& stream : self(user).impl_->in) {
      if (stream.id >= 0) continue;
      stream.id = id;
      return 0;
    }
    return NGTCP2_ERR_CALLBACK_FAILURE;  // more than the transport parameters allow: cannot be
  }

  static int recv_stream_data(ngtcp2_conn* conn, std::uint32_t flags, std::int64_t id, std::uint64_t,
                              const std::uint8_t* data, std::size_t size, void* user, void*) {
    Connection& c = self(user);
    for (InStream& stream : c.impl_->in) {
      if (stream.id != id) continue;
      const bool fine = stream.reader.read(
          {data, size}, [&](Bytes frame) { c.shared_.owner.on_frame(c, std::move(frame)); });
      if (!fine || (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0) {
        c.judged_ = Closed::bad_frame;  // our streams have no end
        return NGTCP2_ERR_CALLBACK_FAILURE;
      }
      ngtcp2_conn_extend_max_stream_offset(conn, id, size);
      ngtcp2_conn_extend_max_offset(conn, size);
      return 0;
    }
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }

  static int stream_ended(ngtcp2_conn*, std::int64_t, std::uint64_t, std::uint64_t, void* user, void*) {
    self(user).judged_ = Closed::bad_frame;
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }
  static int stop_sending(ngtcp2_conn*, std::int64_t, std::uint64_t, void* user, void*) {
    self(user).judged_ = Closed::bad_frame;
    return NGTCP2_ERR_CALLBACK_FAILURE;
  }

  static int acked(ngtcp2_conn*, std::int64_t id, std::uint64_t offset, std::uint64_t size, void* user,
                   void*) {
    for (OutStream& stream : self(user).impl_->out) {
      if (stream.id == id) stream.queue.acknowledged(offset + size);
    }
    return 0;
  }

  static int extend_stream(ngtcp2_conn*, std::int64_t id, std::uint64_t, void* user, void*) {
    for (OutStream& stream : self(user).impl_->out) {
      if (stream.id == id) stream.blocked = false;
    }
    return 0;
  }

  static int recv_datagram(ngtcp2_conn*, std::uint32_t, const std::uint8_t* data, std::size_t size,
                           void* user) {
    Connection& c = self(user);
    if (size == 0) {
      c.judged_ = Closed::bad_frame;
      return NGTCP2_ERR_CALLBACK_FAILURE;
    }
    if (!c.ready_) return 0;  // a datagram may be lost
    c.shared_.owner.on_frame(c, Bytes::copy_of(ByteView{data + 1, size - 1}));
    return 0;
  }

  static int new_cid(ngtcp2_conn*, ngtcp2_cid* cid, std::uint8_t* token, std::size_t, void* user) {
    Connection& c = self(user);
    const Cid made = c.shared_.random.cid();
    *cid = to_library(made);
    c.shared_.owner.reset_token(made, token);
    c.shared_.owner.add_cid(made, c);
    return 0;
  }
  static int remove_cid(ngtcp2_conn*, const ngtcp2_cid* cid, void* user) {
    self(user).shared_.owner.remove_cid(cid_from(*cid));
    return 0;
  }

  // An id of the peer's that is in use has a token, by which we know that the peer has forgotten us.
  static int peer_cid(ngtcp2_conn*, ngtcp2_connection_id_status_type type, std::uint64_t, const ngtcp2_cid*,
                      const std::uint8_t* token, void* user) {
    if (token == nullptr) return 0;
    Connection& c = self(user);
    c.shared_.owner.expect_reset(c, {token, NGTCP2_STATELESS_RESET_TOKENLEN},
                                 type == NGTCP2_CONNECTION_ID_STATUS_TYPE_ACTIVATE);
    return 0;
  }

  static int path_validation(ngtcp2_conn*, std::uint32_t, const ngtcp2_path* path, const ngtcp2_path*,
                             ngtcp2_path_validation_result result, void* user) {
    Connection& c = self(user);
    if (result != NGTCP2_PATH_VALIDATION_RESULT_SUCCESS) return 0;
    const NodeId now_at = handle_of(path->remote);
    if (now_at != c.address_) ++c.shared_.stats.migrations;
    c.address_ = now_at;
    return 0;
  }

  static int recv_reset(ngtcp2_conn*, const ngtcp2_pkt_stateless_reset*, void* user) {
    self(user).judged_ = Closed::reset;
    return 0;
  }
  static int recv_versions(ngtcp2_conn*, const ngtcp2_pkt_hd*, const std::uint32_t*, std::size_t,
                           void* user) {
    self(user).judged_ = Closed::wrong_version;
    return 0;
  }

  static void draw(std::uint8_t* to, std::size_t size, const ngtcp2_rand_ctx* context) {
    static_cast<RandomBytes*>(context->native_handle)->fill(to, size);
  }
  static int challenge(ngtcp2_conn*, std::uint8_t* data, void* user) {
    self(user).shared_.random.fill(data, NGTCP2_PATH_CHALLENGE_DATALEN);
    return 0;
  }

  static ngtcp2_callbacks table() {
    ngtcp2_callbacks t{};
    t.client_initial = ngtcp2_crypto_client_initial_cb;
    t.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
    t.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
    t.handshake_completed = handshake_completed;
    t.recv_version_negotiation = recv_versions;
    t.encrypt = ngtcp2_crypto_encrypt_cb;
    t.decrypt = ngtcp2_crypto_decrypt_cb;
    t.hp_mask = ngtcp2_crypto_hp_mask_cb;
    t.recv_stream_data = recv_stream_data;
    t.acked_stream_data_offset = acked;
    t.stream_open = stream_open;
    t.recv_stateless_reset = recv_reset;
    t.recv_retry = ngtcp2_crypto_recv_retry_cb;
    t.rand = draw;
    t.get_new_connection_id = new_cid;
    t.remove_connection_id = remove_cid;
    t.update_key = ngtcp2_crypto_update_key_cb;
    t.dcid_status = peer_cid;
    t.path_validation = path_validation;
    t.stream_reset = stream_ended;
    t.stream_stop_sending = stop_sending;
    t.extend_max_stream_data = extend_stream;
    t.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    t.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    t.recv_datagram = recv_datagram;
    t.get_path_challenge_data = challenge;
    t.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
    return t;
  }
};

const ngtcp2_callbacks& library_callbacks() {
  static const ngtcp2_callbacks table = Callbacks::table();
  return table;
}

}  // namespace wn::quic
