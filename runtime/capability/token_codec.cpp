#include <algorithm>
#include <cstring>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"
#include "runtime/capability/token.h"

namespace wn::capability {
namespace {

// Presentation: 1 signed link (repeated), 2 narrowed link (repeated), 3 parent, 4 signature, 5 mac.
// Signed link: 1 body, 2 signature. Narrowed link: the body.
// Body: as in encode_body.
constexpr std::uint32_t kSigned = 1, kNarrowed = 2, kParent = 3, kSignature = 4, kMac = 5;
constexpr std::uint32_t kLinkBody = 1, kLinkSignature = 2;

std::uint64_t bits(WallTime t) { return static_cast<std::uint64_t>(t.ns); }

template <std::size_t N>
bool take(ByteView from, std::array<std::uint8_t, N>& to) {
  if (from.size() != N) return false;
  std::copy(from.begin(), from.end(), to.begin());
  return true;
}

std::array<std::uint8_t, 16> bytes_of(LinkId id) {
  std::array<std::uint8_t, 16> out{};
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<std::uint8_t>(id.high >> (8 * i));
    out[8 + i] = static_cast<std::uint8_t>(id.low >> (8 * i));
  }
  return out;
}

LinkId link_id_of(const std::array<std::uint8_t, 16>& bytes) {
  LinkId out;
  for (std::size_t i = 0; i < 8; ++i) {
    out.high |= std::uint64_t{bytes[i]} << (8 * i);
    out.low |= std::uint64_t{bytes[8 + i]} << (8 * i);
  }
  return out;
}

bool well_formed(const Caveats& c) {
  if (c.rights > kAllRights || !c.subtree) return false;
  if (c.epoch == UINT64_MAX || (c.invocation && c.uses > 1)) return false;
  return !c.counted() || (c.expires != WallTime::max() && c.verifier);
}

bool read_caveats(ProtoReader& in, Link& out) {
  Caveats& c = out.caveats;
  std::uint64_t rights = 0, not_before = 0, expires = 0, uses = 0, verifier = 0;
  ByteView invocation;
  if (!in.fixed64(2, out.number) || !in.varint(3, rights) || !in.fixed64(4, c.operations) ||
      !in.fixed64(5, c.subtree.high) || !in.fixed64(6, c.subtree.low) || !in.fixed64(7, not_before) ||
      !in.fixed64(8, expires) || !in.varint(9, uses) || !in.varint(10, verifier) || !in.varint(11, c.epoch) ||
      !in.bytes(12, invocation) || !in.done()) {
    return false;
  }
  if (rights > kAllRights || uses > UINT32_MAX || verifier > UINT32_MAX) return false;
  c.rights = static_cast<Rights>(rights);
  c.not_before = WallTime{static_cast<std::int64_t>(not_before)};
  c.expires = WallTime{static_cast<std::int64_t>(expires)};
  c.uses = static_cast<std::uint32_t>(uses);
  c.verifier = NodeId{static_cast<std::uint32_t>(verifier)};
  // "None" is the empty string, and only that.
  if (!invocation.empty() && (!take(invocation, c.invocation.bytes) || !c.invocation)) return false;
  return well_formed(c);
}

bool read_signed(ByteView bytes, ParsedLink& out) {
  ProtoReader link(bytes);
  ByteView signature;
  if (!link.bytes(kLinkBody, out.body) || !link.bytes(kLinkSignature, signature) || !link.done())
    return false;
  if (out.body.size() > kLinkBodyBytesMax || !take(signature, out.link.signature.bytes)) return false;
  ProtoReader body(out.body);
  ByteView holder;
  return body.bytes(1, holder) && take(holder, out.link.holder.bytes) && out.link.holder &&
         read_caveats(body, out.link);
}

bool read_narrowed(ByteView bytes, ParsedLink& out) {
  out.body = bytes;
  if (bytes.size() > kLinkBodyBytesMax) return false;
  ProtoReader body(bytes);
  return read_caveats(body, out.link);
}

// Reads `field` if it comes next; else leaves the reader where it is.
bool next(ProtoReader& in, std::uint32_t field, ByteView& value) {
  ProtoReader ahead = in;
  if (!ahead.bytes(field, value)) return false;
  in = ahead;
  return true;
}

bool read_proof(ProtoReader& in, Parsed& out) {
  ByteView value;
  if (next(in, kParent, value)) {
    std::array<std::uint8_t, 16> id{};
    if (!take(value, id)) return false;
    out.parent = link_id_of(id);
    if (!out.parent) return false;
  }
  if (next(in, kSignature, value)) {
    out.proof = ProofKind::signature;
    if (!take(value, out.signature.bytes)) return false;
  } else if (next(in, kMac, value)) {
    out.proof = ProofKind::mac;
    if (!take(value, out.mac.bytes)) return false;
  }
  return in.done();
}

}  // namespace

void encode_body(const Link& link, bool with_holder, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  const Caveats& c = link.caveats;
  if (with_holder) w.bytes(1, link.holder.bytes);
  w.fixed64(2, link.number);
  w.varint(3, c.rights);
  w.fixed64(4, c.operations);
  w.fixed64(5, c.subtree.high);
  w.fixed64(6, c.subtree.low);
  w.fixed64(7, bits(c.not_before));
  w.fixed64(8, bits(c.expires));
  w.varint(9, c.uses);
  w.varint(10, c.verifier.value);
  w.varint(11, c.epoch);
  w.bytes(12, c.invocation ? ByteView(c.invocation.bytes) : ByteView());
}

void encode(const Presentation& presentation, std::vector<std::uint8_t>& out) {
  WN_CHECK(presentation.token.depth() <= kDelegationDepthMax);
  ProtoWriter w(out);
  std::vector<std::uint8_t> body;
  std::vector<std::uint8_t> whole;
  for (const Link& link : presentation.token.links) {
    body.clear();
    whole.clear();
    encode_body(link, true, body);
    ProtoWriter l(whole);
    l.bytes(kLinkBody, body);
    l.bytes(kLinkSignature, link.signature.bytes);
    w.bytes(kSigned, whole);
  }
  for (const Link& link : presentation.token.narrowed) {
    body.clear();
    encode_body(link, false, body);
    w.bytes(kNarrowed, body);
  }
  if (presentation.parent) w.bytes(kParent, bytes_of(presentation.parent));
  if (presentation.proof == ProofKind::signature) w.bytes(kSignature, presentation.signature.bytes);
  if (presentation.proof == ProofKind::mac) w.bytes(kMac, presentation.mac.bytes);
}

std::vector<std::uint8_t> encode(const Token& token) {
  std::vector<std::uint8_t> out;
  encode(Presentation{.token = token}, out);
  return out;
}

Refusal parse(ByteView bytes, Parsed& out) {
  if (bytes.size() > kTokenBytesMax) return Refusal::too_large;
  // Not assigned anew as a whole: it is 4 KiB, and most presentations fill little of it.
  out.parent = {};
  out.links.clear();
  out.narrowed.clear();
  out.proof = ProofKind::none;
  ProtoReader in(bytes);
  ByteView value;
  std::size_t depth = 0;
  ParsedLink link;
  while (next(in, kSigned, value)) {
    if (++depth > kDelegationDepthMax) return Refusal::too_deep;
    link = ParsedLink{};
    if (!read_signed(value, link)) return Refusal::malformed;
    out.links.push_back(link);
  }
  while (next(in, kNarrowed, value)) {
    if (++depth > kDelegationDepthMax) return Refusal::too_deep;
    link = ParsedLink{};
    if (!read_narrowed(value, link)) return Refusal::malformed;
    out.narrowed.push_back(link);
  }
  if (!read_proof(in, out)) return Refusal::malformed;
  // Either a chain or the name of one.
  if (out.links.empty() != static_cast<bool>(out.parent)) return Refusal::malformed;
  // A signature says nothing about narrowed links: their secret does.
  if (out.proof == ProofKind::signature && !out.narrowed.empty()) return Refusal::malformed;
  return Refusal::allowed;
}

Refusal decode(ByteView bytes, Token& out) {
  Parsed parsed;
  const Refusal form = parse(bytes, parsed);
  if (form != Refusal::allowed) return form;
  if (parsed.parent || parsed.proof != ProofKind::none) return Refusal::malformed;
  out = Token{};
  for (const ParsedLink& l : parsed.links) out.links.push_back(l.link);
  for (const ParsedLink& l : parsed.narrowed) out.narrowed.push_back(l.link);
  return Refusal::allowed;
}

}  // namespace wn::capability
