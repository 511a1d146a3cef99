#include "runtime/chain/proof.h"

#include "runtime/base/proto_wire.h"

namespace wn::chain {
namespace {

std::vector<std::uint8_t> bytes_of(const Sealed& sealed) {
  std::vector<std::uint8_t> out;
  encode(sealed, out);
  return out;
}

}  // namespace

bool contradict(const Header& a, const Header& b) {
  if (a.realm != b.realm || a.writer != b.writer || a.node != b.node || a == b) return false;
  const bool overlap = a.first <= b.last() && b.first <= a.last();
  return overlap || a.previous == b.previous;
}

std::optional<Proof> make_proof(const Sealed& a, const Sealed& b) {
  if (!contradict(a.header, b.header)) return {};
  return bytes_of(a) < bytes_of(b) ? Proof{.a = a, .b = b} : Proof{.a = b, .b = a};
}

Bytes encode(const Proof& proof) {
  std::vector<std::uint8_t> out;
  ProtoWriter w(out);
  w.bytes(1, bytes_of(proof.a));
  w.bytes(2, bytes_of(proof.b));
  return Bytes::copy_of(ByteView(out));
}

Errc decode(ByteView bytes, Proof& out) {
  if (bytes.size() > kProofBytesMax) return Errc::too_large;
  ProtoReader in(bytes);
  ByteView first, second;
  Proof p;
  if (!in.bytes(1, first) || !in.bytes(2, second) || !in.done()) return Errc::corrupt;
  if (const Errc e = decode(first, p.a); e != Errc::ok) return e;
  if (const Errc e = decode(second, p.b); e != Errc::ok) return e;
  if (!contradict(p.a.header, p.b.header) || !(bytes_of(p.a) < bytes_of(p.b))) return Errc::corrupt;
  out = p;
  return Errc::ok;
}

bool verify_proof(const Proof& proof, std::uint64_t realm, const PublicKey& key) {
  return proof.a.header.realm == realm && contradict(proof.a.header, proof.b.header) &&
         verifies(proof.a, key) && verifies(proof.b, key);
}

bool verify_proof(ByteView bytes, std::uint64_t realm, const PublicKey& key) {
  Proof proof;
  return decode(bytes, proof) == Errc::ok && verify_proof(proof, realm, key);
}

}  // namespace wn::chain
