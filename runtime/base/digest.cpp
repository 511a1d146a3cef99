#include "runtime/base/digest.h"

namespace wn {

void Digest::absorb(ByteView bytes) {
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    for (std::size_t b = 0; b < 8; ++b) word |= std::uint64_t{bytes[i + b]} << (8 * b);
    absorb(word);
  }
  std::uint64_t tail = 0;
  for (std::size_t b = 0; i + b < bytes.size(); ++b) tail |= std::uint64_t{bytes[i + b]} << (8 * b);
  absorb(tail);
  absorb(std::uint64_t{bytes.size()});
}

std::string Digest::to_hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out(32, '0');
  for (int i = 0; i < 16; ++i) {
    out[static_cast<std::size_t>(i)] = kDigits[(high_ >> (60 - 4 * i)) & 15];
    out[static_cast<std::size_t>(16 + i)] = kDigits[(low_ >> (60 - 4 * i)) & 15];
  }
  return out;
}

bool Digest::from_hex(std::string_view text, Digest& out) {
  if (text.size() != 32) return false;
  std::uint64_t words[2] = {0, 0};
  for (std::size_t i = 0; i < 32; ++i) {
    const char c = text[i];
    std::uint64_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint64_t>(c - 'a') + 10;
    } else {
      return false;
    }
    words[i / 16] = (words[i / 16] << 4) | digit;
  }
  out.high_ = words[0];
  out.low_ = words[1];
  return true;
}

}  // namespace wn
