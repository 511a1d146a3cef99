// Fingerprints between processes of one build: numbers of seven bits a byte, the lowest first.
#include "scenarios/explore/fingerprint.h"

namespace wn::explore {
namespace {

constexpr std::uint64_t kWord = 0xFFFF'FFFF;

class Numbers {
 public:
  explicit Numbers(std::string_view text) : text_(text) {}
  bool ok() const { return ok_; }
  bool done() const { return at_ == text_.size(); }
  std::uint64_t next(std::uint64_t most) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == text_.size()) break;
      const auto byte = static_cast<unsigned char>(text_[at_++]);
      if (shift == 63 && byte > 1) break;
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) {
        if (value > most) break;
        return value;
      }
    }
    ok_ = false;
    return 0;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

void put(std::string& out, std::uint64_t n) {
  for (; n >= 0x80; n >>= 7) out += static_cast<char>(n | 0x80);
  out += static_cast<char>(n);
}

}  // namespace

std::string encode(const Fingerprint& print) {
  std::string out;
  out.reserve(8 * print.behaviours.size() + 1024);
  put(out, print.order_class);
  put(out, print.dropped);
  for (const std::uint32_t n : print.steps) put(out, n);
  put(out, print.links.size());
  for (const LinkSteps& link : print.links) {
    put(out, link.link.from.value);
    put(out, link.link.to.value);
    put(out, link.messages);
  }
  put(out, print.behaviours.size());
  std::uint32_t last = 0;
  for (const Behaviour& b : print.behaviours) {
    put(out, b.id - last);
    put(out, b.at_ms);
    put(out, b.node.value);
    last = b.id;
  }
  return out;
}

Result<Fingerprint> decode_print(std::string_view text) {
  constexpr std::uint64_t kAny = ~std::uint64_t{0};
  Numbers numbers(text);
  const auto word = [&] { return static_cast<std::uint32_t>(numbers.next(kWord)); };
  Fingerprint print;
  print.order_class = numbers.next(kAny);
  print.dropped = numbers.next(kAny);
  for (std::uint32_t& n : print.steps) n = word();
  const std::uint64_t links = numbers.next(kBusyLinksMax);
  for (std::uint64_t i = 0; i < links; ++i) {
    const NodeId from{word()};
    const NodeId to{word()};
    print.links.push_back({{from, to}, numbers.next(kAny)});
  }
  const std::uint64_t behaviours = numbers.next(kBehavioursMax);
  print.behaviours.reserve(behaviours);
  std::uint32_t last = 0;
  for (std::uint64_t i = 0; i < behaviours && numbers.ok(); ++i) {
    last += word();
    const std::uint32_t at_ms = word();
    print.behaviours.push_back({.id = last, .at_ms = at_ms, .node = NodeId{word()}});
  }
  if (!numbers.ok() || !numbers.done()) return fail(Errc::bad_input, "a fingerprint cannot be read");
  return print;
}

}  // namespace wn::explore
