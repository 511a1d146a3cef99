// Fingerprints between processes of one build: numbers in hexadecimal, parted by spaces.
#include <charconv>

#include "scenarios/explore/fingerprint.h"

namespace wn::explore {
namespace {

class Numbers {
 public:
  explicit Numbers(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}
  bool ok() const { return ok_; }
  bool done() const { return at_ == end_; }
  std::uint64_t next(std::uint64_t most) {
    std::uint64_t value = 0;
    const auto read = std::from_chars(at_, end_, value, 16);
    if (read.ec != std::errc{} || value > most) ok_ = false;
    at_ = read.ptr;
    if (at_ != end_ && *at_ == ' ') {
      ++at_;
    } else {
      ok_ = false;
      at_ = end_;
    }
    return ok_ ? value : 0;
  }

 private:
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

constexpr std::uint64_t kWord = 0xFFFF'FFFF;

}  // namespace

std::string encode(const Fingerprint& print) {
  std::string text;
  text.reserve(24 * print.behaviours.size() + 1024);
  const auto number = [&](std::uint64_t n) {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n, 16).ptr;
    text.append(digits.data(), end);
    text += ' ';
  };
  number(print.order_class);
  number(print.dropped);
  for (const std::uint32_t n : print.steps) number(n);
  number(print.links.size());
  for (const LinkSteps& link : print.links) {
    number(link.link.from.value);
    number(link.link.to.value);
    number(link.messages);
  }
  number(print.behaviours.size());
  std::uint32_t last = 0;
  for (const Behaviour& b : print.behaviours) {
    number(b.id - last);
    number(b.at_ms);
    number(b.node.value);
    last = b.id;
  }
  return text;
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
