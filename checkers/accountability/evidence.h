#pragma once
// Evidence: a proof that a node signed two histories, checked by a third party with nothing but the proof's
// bytes, the realm's name and the node's public key. Written from the format alone:
//
//   proof   { 1: sealed, 2: sealed }, the lesser bytes first, at most kEvidenceBytesMax
//   sealed  { 1: header, 2: signature (64 bytes) }
//   header  { 1: fixed64 realm, 2: varint writer, 3: varint node, 4: varint first, 5: varint count, 6:
//   fixed64 time,
//             7: hash of the header before (32 bytes), 8: hash of the contents (32 bytes) }
//
// in Protobuf wire encoding, every field once and in this order, varints minimal. What is signed (Ed25519) is
// "worknode chain 1" followed by the header's bytes. It is a contradiction when two different headers of one
// writer claim the same counter, or the same predecessor. Pure, total on hostile bytes; one thread.
#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/base/bytes.h"

namespace wn::checkers {

inline constexpr std::size_t kEvidenceBytesMax = 1024;

enum class EvidenceVerdict : std::uint8_t {
  holds = 0,
  too_large,
  malformed,
  no_contradiction,
  wrong_realm,
  bad_signature,
};
std::string_view to_string(EvidenceVerdict verdict);

struct Accused {
  std::uint32_t writer = 0;   // replica
  std::uint32_t node = 0;     // whose key it is about
  std::uint64_t counter = 0;  // from which on the histories differ
};

// Fills in `out` when the form is right, whatever the verdict.
EvidenceVerdict check_evidence(ByteView proof, std::uint64_t realm, const std::array<std::uint8_t, 32>& key,
                               Accused& out);

}  // namespace wn::checkers
