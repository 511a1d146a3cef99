#pragma once
// What is done with packets that belong to no connection, without keeping anything about their senders:
// Retry, Version Negotiation, Stateless Reset, or nothing. Never answers with more bytes than came.
// Sources: RFC 9000, sections 6.1, 8.1.2 and 10.3; RFC 9001, section 5.8.
#include <array>
#include <cstdint>
#include <optional>

#include "runtime/base/bytes.h"
#include "runtime/quic/cid.h"
#include "runtime/quic/connection.h"

namespace wn::quic {

class Gate {
 public:
  explicit Gate(const Shared& shared, const Seed& identity);

  // Where a packet belongs: the id that it is addressed to. Nothing: it has been dealt with.
  std::optional<Cid> address_of(NodeId from, ByteView packet, std::uint64_t now);
  // A packet that address_of() took and that no connection has: an arrival when it is a first packet with a
  // token of ours.
  std::optional<Arrival> unknown(NodeId from, ByteView packet, std::uint64_t now);
  // The reset token of an id of ours, the same after a restart.
  void reset_token(const Cid& cid, std::uint8_t* token) const;
  // What a peer's token is looked up by: a keyed hash, so that the look-up's time tells nothing about it.
  Cid token_name(ByteView token) const;

 private:
  bool may_answer(std::uint64_t now);
  void answer(NodeId to, std::ptrdiff_t size, ByteView packet, std::uint64_t& counter);
  std::optional<Arrival> first_packet(NodeId from, ByteView packet, std::uint64_t now);
  void reset(NodeId from, ByteView packet, std::uint64_t now);

  Shared shared_;
  std::array<std::uint8_t, 32> token_secret_{};
  std::array<std::uint8_t, 32> reset_secret_{};
  std::uint64_t second_ = 0;
  std::uint32_t answered_ = 0;  // in that second
};

}  // namespace wn::quic
