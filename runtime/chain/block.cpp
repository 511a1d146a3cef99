#include "runtime/chain/block.h"

#include <cstring>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::chain {
namespace {

constexpr std::string_view kBlockDomain = "worknode chain 1";
constexpr std::string_view kGenesisDomain = "worknode chain genesis 1";
constexpr std::uint64_t kCounterMax = std::uint64_t{1} << 62;  // as causality::kDotCounterMax
constexpr std::uint64_t kU32Max = ~std::uint32_t{0};

std::vector<std::uint8_t> signed_bytes(const Header& header) {
  const ByteView domain = as_bytes(kBlockDomain);
  std::vector<std::uint8_t> out;
  out.reserve(kSealedBytesMax);
  out.assign(domain.begin(), domain.end());
  encode(header, out);
  return out;
}

template <class Fixed>
bool take(ByteView from, Fixed& to) {
  if (from.size() != to.bytes.size()) return false;
  std::memcpy(to.bytes.data(), from.data(), from.size());
  return true;
}

}  // namespace

Hash genesis(std::uint64_t realm, ReplicaId writer, NodeId node) {
  const ByteView domain = as_bytes(kGenesisDomain);
  std::vector<std::uint8_t> bytes(domain.begin(), domain.end());
  ProtoWriter out(bytes);
  out.fixed64(1, realm);
  out.varint(2, writer.value);
  out.varint(3, node.value);
  return capability::hash_of(bytes);
}

Hash hash_of(const Header& header) { return capability::hash_of(signed_bytes(header)); }

Hash content_of(ByteView deps, const std::vector<Bytes>& updates) {
  std::vector<std::uint8_t> bytes;
  std::size_t size = 16 + deps.size();
  for (const Bytes& update : updates) size += 8 + update.size();
  bytes.reserve(size);
  ProtoWriter out(bytes);
  out.bytes(1, deps);
  for (const Bytes& update : updates) out.bytes(2, update.view());
  return capability::hash_of(bytes);
}

Sealed seal(const Header& header, const KeyPair& key) {
  return {.header = header, .signature = key.sign(signed_bytes(header))};
}

bool verifies(const Sealed& sealed, const PublicKey& key) {
  return capability::verifies(key, signed_bytes(sealed.header), sealed.signature);
}

void encode(const Header& h, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  w.fixed64(1, h.realm);
  w.varint(2, h.writer.value);
  w.varint(3, h.node.value);
  w.varint(4, h.first);
  w.varint(5, h.count);
  w.fixed64(6, h.time);
  w.bytes(7, h.previous.bytes);
  w.bytes(8, h.content.bytes);
}

Errc decode(ByteView bytes, Header& out) {
  ProtoReader in(bytes);
  Header h;
  std::uint64_t writer = 0, node = 0, count = 0;
  ByteView previous, content;
  if (!in.fixed64(1, h.realm) || !in.varint(2, writer) || !in.varint(3, node) || !in.varint(4, h.first) ||
      !in.varint(5, count) || !in.fixed64(6, h.time) || !in.bytes(7, previous) || !in.bytes(8, content) ||
      !in.done() || !take(previous, h.previous) || !take(content, h.content)) {
    return Errc::corrupt;
  }
  if (writer == 0 || writer > kU32Max || node == 0 || node > kU32Max || h.first == 0 || count == 0 ||
      h.first >= kCounterMax) {
    return Errc::corrupt;
  }
  if (count > kBlockUpdatesMax) return Errc::too_large;
  h.writer = ReplicaId{static_cast<std::uint32_t>(writer)};
  h.node = NodeId{static_cast<std::uint32_t>(node)};
  h.count = static_cast<std::uint32_t>(count);
  out = h;
  return Errc::ok;
}

void encode(const Sealed& sealed, std::vector<std::uint8_t>& out) {
  std::vector<std::uint8_t> header;
  encode(sealed.header, header);
  ProtoWriter w(out);
  w.bytes(1, header);
  w.bytes(2, sealed.signature.bytes);
}

Errc decode(ByteView bytes, Sealed& out) {
  if (bytes.size() > kSealedBytesMax) return Errc::too_large;
  ProtoReader in(bytes);
  ByteView header, signature;
  Sealed s;
  if (!in.bytes(1, header) || !in.bytes(2, signature) || !in.done() || !take(signature, s.signature)) {
    return Errc::corrupt;
  }
  if (const Errc e = decode(header, s.header); e != Errc::ok) return e;
  out = s;
  return Errc::ok;
}

void encode(const Block& block, std::vector<std::uint8_t>& out) {
  WN_CHECK_EQ(block.updates.size(), block.seal.header.count);
  std::vector<std::uint8_t> sealed;
  encode(block.seal, sealed);
  ProtoWriter w(out);
  w.bytes(1, sealed);
  w.bytes(2, block.deps.view());
  for (const Bytes& update : block.updates) w.bytes(3, update.view());
}

Errc decode(const Bytes& bytes, Block& out) {
  ProtoReader in(bytes.view());
  ByteView sealed, deps;
  Block b;
  if (!in.bytes(1, sealed) || !in.bytes(2, deps)) return Errc::corrupt;
  if (deps.size() > kDepsBytesMax) return Errc::too_large;
  if (const Errc e = decode(sealed, b.seal); e != Errc::ok) return e;
  b.deps = Bytes::copy_of(deps);
  b.updates.reserve(std::min<std::size_t>(b.seal.header.count, bytes.size() / 2));
  std::size_t size = 0;
  for (std::uint32_t i = 0; i < b.seal.header.count; ++i) {
    ByteView update;
    if (!in.bytes(3, update)) return Errc::corrupt;
    size += update.size();
    b.updates.push_back(bytes.slice(static_cast<std::size_t>(update.data() - bytes.data()), update.size()));
  }
  if (!in.done()) return Errc::corrupt;
  if (size > kBlockBytesMax && b.updates.size() > 1) return Errc::too_large;
  out = std::move(b);
  return Errc::ok;
}

}  // namespace wn::chain
