#include "reports/encode.h"

#include <array>
#include <charconv>

namespace wn::reports {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the well-formed UTF-8 sequence at the front of `text`, 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first >= 0xF5 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) >= 0xA0) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) >= 0x90) return 0;
  return length;
}

void append_escaped(std::string& out, unsigned char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

}  // namespace

void Column::put(std::int64_t value) {
  std::uint64_t rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  while (rest >= 0x80) {
    bytes_.push_back(static_cast<std::uint8_t>(rest | 0x80));
    rest >>= 7;
  }
  bytes_.push_back(static_cast<std::uint8_t>(rest));
}

void Column::put_delta(std::int64_t value) {
  const auto now = static_cast<std::uint64_t>(value);
  put(static_cast<std::int64_t>(now - last_));
  last_ = now;
}

std::string Column::base64() const { return reports::base64(bytes_); }

std::string base64(const std::vector<std::uint8_t>& bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::size_t i = 0;
  for (; i + 2 < bytes.size(); i += 3) {
    const std::uint32_t word = static_cast<std::uint32_t>(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
    out += {kDigits[word >> 18], kDigits[word >> 12 & 63], kDigits[word >> 6 & 63], kDigits[word & 63]};
  }
  if (i + 1 == bytes.size()) {
    out += {kDigits[bytes[i] >> 2], kDigits[(bytes[i] & 3) << 4], '=', '='};
  } else if (i + 2 == bytes.size()) {
    const std::uint32_t word = static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
    out += {kDigits[word >> 10], kDigits[word >> 4 & 63], kDigits[(word & 15) << 2], '='};
  }
  return out;
}

void JsonText::separate() {
  if (comma_) text_ += ',';
  comma_ = true;
}

void JsonText::open(char c) {
  separate();
  text_ += c;
  comma_ = false;
}

void JsonText::close(char c) {
  text_ += c;
  comma_ = true;
}

void JsonText::key(std::string_view name) {
  string(name);
  text_ += ':';
  comma_ = false;
}

void JsonText::string(std::string_view value) {
  separate();
  text_ += '"';
  while (!value.empty()) {
    const std::size_t length = utf8_length(value);
    if (length == 0) {
      text_ += kReplacement;
      value.remove_prefix(1);
      continue;
    }
    const auto c = static_cast<unsigned char>(value[0]);
    if (c == '"' || c == '\\') {
      text_ += {'\\', value[0]};
    } else if (c < 0x20 || c == '<' || c == '>' || c == '&') {
      append_escaped(text_, c);
    } else {
      text_ += value.substr(0, length);
    }
    value.remove_prefix(length);
  }
  text_ += '"';
}

void JsonText::number(std::int64_t value) {
  separate();
  text_ += std::to_string(value);
}

void JsonText::unsigned_number(std::uint64_t value) {
  separate();
  text_ += std::to_string(value);
}

void JsonText::real(double value) {
  separate();
  std::array<char, 40> buffer{};
  // NaN and infinities have no JSON form.
  const bool finite = value - value == 0;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), finite ? value : 0.0).ptr;
  text_.append(buffer.data(), end);
}

void JsonText::boolean(bool value) {
  separate();
  text_ += value ? "true" : "false";
}

}  // namespace wn::reports
