#include "faults/plan/plan_text.h"

#include <algorithm>
#include <charconv>

#include "faults/plan/plan_io.h"

namespace wn::faults {
namespace {

// Length of the well-formed UTF-8 sequence at `text[i]`, 0 when there is none (RFC 3629: no overlong forms,
// no surrogates, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) -> unsigned {
    return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U;
  };
  const auto continues = [&](std::size_t k) { return (byte(k) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    const unsigned point = ((lead & 0x0FU) << 12) | ((byte(1) & 0x3FU) << 6);
    return point >= 0x800 && (point < 0xD800 || point > 0xDFFF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    const unsigned point = ((lead & 0x07U) << 18) | ((byte(1) & 0x3FU) << 12);
    return point >= 0x10000 && point <= 0x10FFFF ? 4 : 0;
  }
  return 0;
}

std::unexpected<Error> refuse(Errc code, std::string message, SourcePlace at) {
  return fail(Error{.code = code, .message = std::move(message), .at = std::move(at)});
}

std::string hex(unsigned char byte) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

// The number after a leading "version:", or -1 when the text does not begin with one.
std::int64_t leading_version(std::string_view text, std::size_t& offset) {
  const auto skip = [&](std::size_t i) {
    while (i < text.size() &&
           (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r' || text[i] == '#')) {
      if (text[i] == '#') {
        while (i < text.size() && text[i] != '\n') ++i;
      } else {
        ++i;
      }
    }
    return i;
  };
  std::size_t i = skip(0);
  offset = i;
  if (!text.substr(i).starts_with("version")) return -1;
  i = skip(i + 7);
  if (i >= text.size() || text[i] != ':') return -1;
  i = skip(i + 1);
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), value);
  offset = i;
  return error == std::errc{} && end != text.data() + i ? value : -1;
}

}  // namespace

SourcePlace place_of(std::string_view text, std::size_t offset, const std::string& file) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n');
  const std::size_t column = line_start == std::string_view::npos ? offset : offset - line_start - 1;
  return {file, static_cast<std::uint32_t>(line + 1), static_cast<std::uint32_t>(column + 1)};
}

Result<void> check_plan_text(std::string_view text, const std::string& file) {
  if (text.size() > kPlanTextMax) {
    return refuse(Errc::too_large,
                  "a plan of " + std::to_string(text.size()) + " bytes; at most 64 MiB are read", {file});
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return refuse(Errc::bad_input, "the file is empty; a plan (Protobuf text, plan.txtpb) was expected",
                  {file, 1, 1});
  }
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f;
    const std::size_t length = control ? 0 : utf8_length(text, i);
    if (length == 0) {
      return refuse(Errc::bad_input,
                    "byte " + hex(byte) + " is not text; a plan (Protobuf text, plan.txtpb) was expected",
                    place_of(text, i, file));
    }
    i += length;
  }
  const auto messages = static_cast<std::size_t>(std::count(text.begin(), text.end(), '{'));
  if (messages > kOperationsMax + kFaultsMax + kDeviationsMax + kNodesMax) {
    return refuse(Errc::too_large, "more parts than a plan may have", {file});
  }
  std::size_t offset = 0;
  const std::int64_t version = leading_version(text, offset);
  if (version >= 0 && version != kPlanVersion) {
    return refuse(
        Errc::unsupported,
        "plan of version " + std::to_string(version) + "; this build reads " + std::to_string(kPlanVersion),
        place_of(text, offset, file));
  }
  return {};
}

}  // namespace wn::faults
