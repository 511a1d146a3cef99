#include "runtime/capability/chain.h"

#include <cstring>

#include "runtime/base/check.h"

namespace wn::capability {
namespace {

// A message put together on the stack.
class Buffer {
 public:
  explicit Buffer(std::string_view domain) { add(as_bytes(domain)); }
  Buffer& add(ByteView more) {
    WN_CHECK(size_ + more.size() <= bytes_.size());
    if (!more.empty()) std::memcpy(bytes_.data() + size_, more.data(), more.size());
    size_ += more.size();
    return *this;
  }
  Buffer& add(std::uint64_t number) {
    std::array<std::uint8_t, 8> little{};
    for (std::size_t i = 0; i < 8; ++i) little[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return add(little);
  }
  ByteView view() const { return {bytes_.data(), size_}; }

 private:
  std::array<std::uint8_t, 16 + 32 + kLinkBodyBytesMax + 64> bytes_;
  std::size_t size_ = 0;
};

// All of one length, so that no message of one kind is one of another.
constexpr std::string_view kRoot = "wn.cap.root.v1..", kSign = "wn.cap.link.v1..",
                           kChain = "wn.cap.chain.v1.", kProof = "wn.cap.proof.v1.",
                           kExact = "wn.cap.exact.v1.";
static_assert(kRoot.size() == 16 && kSign.size() == 16 && kChain.size() == 16 && kProof.size() == 16 &&
              kExact.size() == 16);

}  // namespace

Hash chain_start(const PublicKey& root) { return hash_of(Buffer(kRoot).add(root.bytes).view()); }

Signature sign_link(const KeyPair& issuer, const Hash& before, ByteView body) {
  return issuer.sign(Buffer(kSign).add(before.bytes).add(body).view());
}

bool link_verifies(const PublicKey& issuer, const Hash& before, ByteView body, const Signature& signature) {
  return verifies(issuer, Buffer(kSign).add(before.bytes).add(body).view(), signature);
}

Hash chain_after(const Hash& before, ByteView body, const Signature& signature) {
  return hash_of(Buffer(kChain).add(before.bytes).add(body).add(signature.bytes).view());
}

LinkId id_of(const Hash& chain) {
  LinkId out;
  for (std::size_t i = 0; i < 8; ++i) {
    out.high |= std::uint64_t{chain.bytes[i]} << (8 * i);
    out.low |= std::uint64_t{chain.bytes[8 + i]} << (8 * i);
  }
  return out;
}

ProofBytes proof_bytes(const LinkId& tail, NodeId verifier, const Invocation& v) {
  Buffer b(kProof);
  b.add(tail.high).add(tail.low).add((std::uint64_t{verifier.value} << 32) | v.rights).add(v.operation);
  b.add(v.target.high).add(v.target.low).add(v.arguments.bytes).add(v.sequence);
  b.add(v.also.high).add(v.also.low);
  ProofBytes out;
  WN_CHECK_EQ(b.view().size(), out.bytes.size());
  std::memcpy(out.bytes.data(), b.view().data(), out.bytes.size());
  return out;
}

Hash invocation_hash(const Invocation& v) {
  Buffer b(kExact);
  b.add(std::uint64_t{v.rights}).add(v.operation).add(v.target.high).add(v.target.low).add(v.arguments.bytes);
  b.add(v.also.high).add(v.also.low);
  return hash_of(b.view());
}

bool narrows(const Caveats& parent, const Caveats& child) {
  return (child.rights & ~parent.rights) == 0 && (child.operations & ~parent.operations) == 0 &&
         child.not_before >= parent.not_before && child.expires <= parent.expires &&
         child.epoch <= parent.epoch &&  // a child is never younger than what it stands on
         (!parent.verifier || child.verifier == parent.verifier) &&
         (!parent.invocation || child.invocation == parent.invocation);
}

}  // namespace wn::capability
