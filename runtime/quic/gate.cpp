#include "runtime/quic/gate.h"

#include "runtime/base/check.h"
#include "runtime/capability/crypto.h"
#include "runtime/quic/wire.h"

namespace wn::quic {

namespace {

constexpr std::uint64_t kTokenLife = 10ULL * NGTCP2_SECONDS;
constexpr std::size_t kResetBytes = 43;  // looks like a short packet with a small frame

std::array<std::uint8_t, 32> secret_for(const Seed& identity, std::string_view purpose) {
  return capability::keyed_hash(capability::Mac{identity.bytes}, as_bytes(purpose)).bytes;
}

}  // namespace

Gate::Gate(const Shared& shared, const Seed& identity)
    : shared_(shared),
      token_secret_(secret_for(identity, "worknode quic retry token")),
      reset_secret_(secret_for(identity, "worknode quic stateless reset")) {}

void Gate::reset_token(const Cid& cid, std::uint8_t* token) const {
  const ngtcp2_cid id = to_library(cid);
  WN_CHECK_EQ(
      ngtcp2_crypto_generate_stateless_reset_token(token, reset_secret_.data(), reset_secret_.size(), &id),
      0);
}

Cid Gate::token_name(ByteView token) const {
  const capability::Mac hash = capability::keyed_hash(capability::Mac{reset_secret_}, token);
  return Cid::of(ByteView{hash.bytes}.first(kCidBytes));
}

bool Gate::may_answer(std::uint64_t now) {
  const std::uint64_t second = now / NGTCP2_SECONDS;
  if (second != second_) {
    second_ = second;
    answered_ = 0;
  }
  if (answered_ < shared_.options.limits.stateless_answers_per_second) {
    ++answered_;
    return true;
  }
  ++shared_.stats.unanswered;
  return false;
}

void Gate::answer(NodeId to, std::ptrdiff_t size, ByteView packet, std::uint64_t& counter) {
  if (size <= 0 || static_cast<std::size_t>(size) > packet.size()) return;
  ++counter;
  shared_.owner.send_packet(to,
                            Bytes::copy_of(ByteView{shared_.packet.data(), static_cast<std::size_t>(size)}));
}

std::optional<Cid> Gate::address_of(NodeId from, ByteView packet, std::uint64_t now) {
  ngtcp2_version_cid head{};
  const int error = ngtcp2_pkt_decode_version_cid(&head, packet.data(), packet.size(), kCidBytes);
  if (error == 0 && head.dcidlen <= NGTCP2_MAX_CIDLEN) return Cid::of({head.dcid, head.dcidlen});
  ++shared_.stats.garbage;
  const bool ours = head.version >> 24 == kCidMark;  // see cid.h
  if (error != NGTCP2_ERR_VERSION_NEGOTIATION || ours || packet.size() < kPacketBytesMin) return std::nullopt;
  if (!may_answer(now)) return std::nullopt;
  const std::uint32_t versions[] = {NGTCP2_PROTO_VER_V1};
  std::uint8_t byte = 0;
  shared_.random.fill(&byte, 1);
  const auto size =
      ngtcp2_pkt_write_version_negotiation(shared_.packet.data(), shared_.packet.size(), byte, head.scid,
                                           head.scidlen, head.dcid, head.dcidlen, versions, 1);
  answer(from, size, packet, shared_.stats.versions_sent);
  return std::nullopt;
}

std::optional<Arrival> Gate::unknown(NodeId from, ByteView packet, std::uint64_t now) {
  if ((packet.front() & 0x80) != 0) return first_packet(from, packet, now);
  reset(from, packet, now);
  return std::nullopt;
}

void Gate::reset(NodeId from, ByteView packet, std::uint64_t now) {
  ++shared_.stats.garbage;
  // Shorter than what came, so that two that have forgotten each other fall silent.
  if (packet.size() <= kResetBytes || packet.size() < 1 + kCidBytes || !may_answer(now)) return;
  std::array<std::uint8_t, NGTCP2_STATELESS_RESET_TOKENLEN> token{};
  reset_token(Cid::of(packet.subspan(1, kCidBytes)), token.data());
  std::array<std::uint8_t, kResetBytes - NGTCP2_STATELESS_RESET_TOKENLEN> noise{};
  shared_.random.fill(noise.data(), noise.size());
  const auto size = ngtcp2_pkt_write_stateless_reset(shared_.packet.data(), kResetBytes, token.data(),
                                                     noise.data(), noise.size());
  answer(from, size, packet, shared_.stats.resets_sent);
}

std::optional<Arrival> Gate::first_packet(NodeId from, ByteView packet, std::uint64_t now) {
  ngtcp2_pkt_hd head{};
  if (packet.size() < kPacketBytesMin || ngtcp2_accept(&head, packet.data(), packet.size()) != 0) {
    ++shared_.stats.garbage;
    return std::nullopt;
  }
  const FakePath path(from);
  if (head.tokenlen == 0) {
    if (!may_answer(now)) return std::nullopt;
    const Cid ours = shared_.random.cid();
    const ngtcp2_cid retry = to_library(ours);
    std::array<std::uint8_t, NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN> token{};
    const auto size = ngtcp2_crypto_generate_retry_token(token.data(), token_secret_.data(),
                                                         token_secret_.size(), head.version, path.remote(),
                                                         FakePath::kBytes, &retry, &head.dcid, now);
    if (size < 0) return std::nullopt;
    const auto written =
        ngtcp2_crypto_write_retry(shared_.packet.data(), shared_.packet.size(), head.version, &head.scid,
                                  &retry, &head.dcid, token.data(), static_cast<std::size_t>(size));
    answer(from, written, packet, shared_.stats.retries_sent);
    return std::nullopt;
  }
  ngtcp2_cid original{};
  const int error = ngtcp2_crypto_verify_retry_token(
      &original, head.token, head.tokenlen, token_secret_.data(), token_secret_.size(), head.version,
      path.remote(), FakePath::kBytes, &head.dcid, kTokenLife, now);
  if (error != 0) {  // not ours, or too old: its sender must begin again
    ++shared_.stats.garbage;
    if (!may_answer(now)) return std::nullopt;
    const auto written =
        ngtcp2_crypto_write_connection_close(shared_.packet.data(), shared_.packet.size(), head.version,
                                             &head.scid, &head.dcid, NGTCP2_INVALID_TOKEN, nullptr, 0);
    answer(from, written, packet, shared_.stats.resets_sent);
    return std::nullopt;
  }
  return Arrival{.address = from,
                 .client = cid_from(head.scid),
                 .retry = cid_from(head.dcid),
                 .original = cid_from(original),
                 .version = head.version,
                 .known = false,
                 .token = Bytes::copy_of(ByteView{head.token, head.tokenlen})};
}

}  // namespace wn::quic
