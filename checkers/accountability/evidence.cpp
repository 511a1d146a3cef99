#include "checkers/accountability/evidence.h"

#include <sodium.h>

#include <algorithm>
#include <vector>

namespace wn::checkers {
namespace {

// One field after the other; whatever is not exactly that is an end.
class Fields {
 public:
  explicit Fields(ByteView bytes) : bytes_(bytes) {}
  bool end() const { return at_ == bytes_.size(); }
  bool number(unsigned field, std::uint64_t& out) { return tag(field, 0) && varint(out); }
  bool fixed(unsigned field, std::uint64_t& out) {
    if (!tag(field, 1) || bytes_.size() - at_ < 8) return false;
    out = 0;
    for (unsigned i = 0; i < 8; ++i) out |= std::uint64_t{bytes_[at_++]} << (8 * i);
    return true;
  }
  bool text(unsigned field, ByteView& out) {
    std::uint64_t size = 0;
    if (!tag(field, 2) || !varint(size) || size > bytes_.size() - at_) return false;
    out = bytes_.subspan(at_, size);
    at_ += size;
    return true;
  }

 private:
  bool tag(unsigned field, unsigned type) {
    std::uint64_t got = 0;
    return varint(got) && got == field * 8 + type;
  }
  bool varint(std::uint64_t& out) {
    out = 0;
    for (unsigned i = 0; i < 10 && at_ < bytes_.size(); ++i) {
      const std::uint8_t byte = bytes_[at_++];
      if (i == 9 && byte > 1) return false;
      out |= std::uint64_t{byte & 127U} << (7 * i);
      if (byte < 128) return i == 0 || byte != 0;
    }
    return false;
  }
  ByteView bytes_;
  std::size_t at_ = 0;
};

struct Half {
  ByteView whole, header, signature, previous;
  std::uint64_t realm = 0, writer = 0, node = 0, first = 0, count = 0;
  std::uint64_t last() const { return first + count - 1; }
};

bool read_half(ByteView bytes, Half& out) {
  out.whole = bytes;
  Fields sealed(bytes);
  if (!sealed.text(1, out.header) || !sealed.text(2, out.signature) || !sealed.end()) return false;
  Fields h(out.header);
  std::uint64_t time = 0;
  ByteView content;
  if (!h.fixed(1, out.realm) || !h.number(2, out.writer) || !h.number(3, out.node) ||
      !h.number(4, out.first) || !h.number(5, out.count) || !h.fixed(6, time) || !h.text(7, out.previous) ||
      !h.text(8, content) || !h.end()) {
    return false;
  }
  constexpr std::uint64_t k32 = 0xFFFFFFFF;
  return out.signature.size() == 64 && out.previous.size() == 32 && content.size() == 32 && out.writer != 0 &&
         out.writer <= k32 && out.node != 0 && out.node <= k32 && out.first != 0 && out.count != 0 &&
         out.count <= 1024 && out.first < (std::uint64_t{1} << 62);
}

bool signed_by(const Half& half, const std::array<std::uint8_t, 32>& key) {
  constexpr std::string_view kDomain = "worknode chain 1";
  std::vector<std::uint8_t> message(kDomain.begin(), kDomain.end());
  message.insert(message.end(), half.header.begin(), half.header.end());
  return crypto_sign_verify_detached(half.signature.data(), message.data(), message.size(), key.data()) == 0;
}

bool contradict(const Half& a, const Half& b) {
  if (a.realm != b.realm || a.writer != b.writer || a.node != b.node) return false;
  if (std::ranges::equal(a.header, b.header)) return false;
  const bool share_a_counter = std::max(a.first, b.first) <= std::min(a.last(), b.last());
  return share_a_counter || std::ranges::equal(a.previous, b.previous);
}

}  // namespace

std::string_view to_string(EvidenceVerdict verdict) {
  switch (verdict) {
    case EvidenceVerdict::holds:
      return "holds";
    case EvidenceVerdict::too_large:
      return "too-large";
    case EvidenceVerdict::malformed:
      return "malformed";
    case EvidenceVerdict::no_contradiction:
      return "no-contradiction";
    case EvidenceVerdict::wrong_realm:
      return "wrong-realm";
    case EvidenceVerdict::bad_signature:
      return "bad-signature";
  }
  return "unknown";
}

EvidenceVerdict check_evidence(ByteView proof, std::uint64_t realm, const std::array<std::uint8_t, 32>& key,
                               Accused& out) {
  if (proof.size() > kEvidenceBytesMax) return EvidenceVerdict::too_large;
  Fields fields(proof);
  ByteView one, two;
  Half a, b;
  if (!fields.text(1, one) || !fields.text(2, two) || !fields.end() || !read_half(one, a) ||
      !read_half(two, b) || !std::ranges::lexicographical_compare(one, two)) {
    return EvidenceVerdict::malformed;
  }
  out = {.writer = static_cast<std::uint32_t>(a.writer),
         .node = static_cast<std::uint32_t>(a.node),
         .counter = std::min(a.first, b.first)};
  if (!contradict(a, b)) return EvidenceVerdict::no_contradiction;
  if (a.realm != realm) return EvidenceVerdict::wrong_realm;
  return signed_by(a, key) && signed_by(b, key) ? EvidenceVerdict::holds : EvidenceVerdict::bad_signature;
}

}  // namespace wn::checkers
