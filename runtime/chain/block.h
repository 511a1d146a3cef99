#pragma once
// Block: a run of one writer's updates (dots first … last), sealed by a header that the writer's node signed
// and that links to the block before it by hash.
//
// A header is at most kSealedBytesMax bytes with its signature, so that two fit into a proof (proof.h). What
// it covers travels beside it: the version vector that the writer knew (`deps`) and the updates' bytes.
//
// Bytes: Protobuf wire encoding, canonical; decoders are total on hostile bytes and bounded. The signature is
// over "worknode chain 1" and the header's bytes. Hashes are BLAKE2b-256. A value; one thread.
// Source: Haeberlen et al., "PeerReview", SOSP 2007, section 4.3 (tamper-evident logs).
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "runtime/capability/crypto.h"

namespace wn::chain {

using capability::Hash;
using capability::KeyPair;
using capability::PublicKey;
using capability::Signature;

inline constexpr std::uint32_t kBlockUpdatesMax = 1024;
inline constexpr std::size_t kBlockBytesMax = 256U << 10;  // of updates in one block; one update may fill it
inline constexpr std::size_t kDepsBytesMax = 32U << 10;
inline constexpr std::size_t kSealedBytesMax = 256;

struct Header {
  std::uint64_t realm = 0;  // which realm; a header is no evidence in another
  ReplicaId writer;
  NodeId node;              // whose key signs
  std::uint64_t first = 0;  // counter of the first update, from 1
  std::uint32_t count = 0;  // of updates; 1 … kBlockUpdatesMax
  std::uint64_t time = 0;   // HlcTime of the last update
  Hash previous;            // hash_of() the header before; for the first one genesis()
  Hash content;             // content_of() deps and updates
  std::uint64_t last() const { return first + count - 1; }
  friend bool operator==(const Header&, const Header&) = default;
};

struct Sealed {
  Header header;
  Signature signature;
  friend bool operator==(const Sealed&, const Sealed&) = default;
};

struct Block {
  Sealed seal;
  Bytes
      deps;  // causality::VersionVector: what the writer had applied before the last update, itself included
  std::vector<Bytes> updates;  // encoded, as the realm does
};

// What a writer's first block links to. Writers, nodes and realms have different ones.
Hash genesis(std::uint64_t realm, ReplicaId writer, NodeId node);
// What the next block links to. The signature is left out: its owner could make several for one header.
Hash hash_of(const Header& header);
Hash content_of(ByteView deps, const std::vector<Bytes>& updates);

Sealed seal(const Header& header, const KeyPair& key);
// The signature alone.
[[nodiscard]] bool verifies(const Sealed& sealed, const PublicKey& key);

void encode(const Header& header, std::vector<std::uint8_t>& out);
void encode(const Sealed& sealed, std::vector<std::uint8_t>& out);
void encode(const Block& block, std::vector<std::uint8_t>& out);
// ok, corrupt, or too_large. Form alone: counters in range, sizes within the limits. Updates share `bytes`.
[[nodiscard]] Errc decode(ByteView bytes, Header& out);
[[nodiscard]] Errc decode(ByteView bytes, Sealed& out);
[[nodiscard]] Errc decode(const Bytes& bytes, Block& out);

}  // namespace wn::chain
