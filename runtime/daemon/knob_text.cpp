// Values and ranges of knobs as text.
#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/base/hex.h"
#include "runtime/base/time_text.h"
#include "runtime/daemon/knobs.h"

namespace wn::daemon {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::string hex_number(std::uint64_t value) {
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4) out[i] = kDigits[value & 15U];
  return out;
}

// A basic string of TOML. Control bytes do not come in: read() takes none.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string list_of(std::span<const std::string_view> words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += quoted(words[i]);
  }
  return out;
}

struct ValueText {
  const Knob& knob;
  std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
  std::string operator()(const std::uint32_t* value) const { return std::to_string(*value); }
  std::string operator()(const std::uint64_t* value) const {
    return knob.form == Form::hex ? quoted(hex_number(*value)) : std::to_string(*value);
  }
  std::string operator()(const Duration* value) const { return quoted(format_duration(*value)); }
  std::string operator()(const std::string* value) const { return quoted(*value); }
  std::string operator()(const NodeId* value) const { return std::to_string(value->value); }
  std::string operator()(const capability::PublicKey* value) const {
    return *value ? quoted(hex_of(value->bytes)) : quoted("");
  }
  template <class E>
    requires std::is_enum_v<E>
  std::string operator()(const E* value) const {
    return quoted(words_of<E>()[static_cast<std::size_t>(*value)]);
  }
};

struct RangeText {
  const Knob& knob;
  std::string whole() const {
    return "a whole number from " + std::to_string(knob.low) + " to " + std::to_string(knob.high);
  }
  std::string operator()(const bool*) const { return "true or false"; }
  std::string operator()(const std::uint32_t*) const { return whole(); }
  std::string operator()(const std::uint64_t*) const {
    return knob.form == Form::hex ? "16 hex digits in quotes" : whole();
  }
  std::string operator()(const Duration*) const {
    return "a duration from " + format_duration(Duration{static_cast<std::int64_t>(knob.low)}) + " to " +
           format_duration(Duration{static_cast<std::int64_t>(knob.high)});
  }
  std::string operator()(const std::string*) const {
    if (knob.form == Form::plain || knob.form == Form::path) return "a path in quotes";
    return "an address in quotes, such as \"127.0.0.1:7411\"";
  }
  std::string operator()(const NodeId*) const { return whole(); }
  std::string operator()(const capability::PublicKey*) const {
    return "a public key: 64 hex digits in quotes";
  }
  template <class E>
    requires std::is_enum_v<E>
  std::string operator()(const E*) const {
    return list_of(words_of<E>());
  }
};

}  // namespace

template <>
std::span<const std::string_view> words_of<ClientRule>() {
  static constexpr std::array<std::string_view, 3> kWords{"refuse", "any", "listed"};
  return kWords;
}
template <>
std::span<const std::string_view> words_of<Service>() {
  static constexpr std::array<std::string_view, 2> kWords{"realm", "kv"};
  return kWords;
}
template <>
std::span<const std::string_view> words_of<host::ActorOrder>() {
  static constexpr std::array<std::string_view, 4> kWords{"fifo", "round-robin", "random", "priority"};
  return kWords;
}
template <>
std::span<const std::string_view> words_of<actor::Overflow>() {
  static constexpr std::array<std::string_view, 3> kWords{"refuse", "shed-oldest", "park"};
  return kWords;
}
template <>
std::span<const std::string_view> words_of<LogLevel>() {
  static constexpr std::array<std::string_view, 4> kWords{"debug", "info", "warning", "error"};
  return kWords;
}
template <>
std::span<const std::string_view> words_of<LogFormat>() {
  static constexpr std::array<std::string_view, 2> kWords{"logfmt", "json"};
  return kWords;
}

std::string value_text(const Knob& knob, Config& config) {
  return std::visit(ValueText{knob}, knob.at(config));
}

std::string range_text(const Knob& knob) {
  Config config;
  return std::visit(RangeText{knob}, knob.at(config));
}

bool is_address(std::string_view text, bool port_zero) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() > 260) return false;
  const std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port > 65'535) return false;
  if (port == 0 && !port_zero) return false;
  if (host.front() == '[') {
    const std::string_view inner = host.substr(1, host.size() - 2);
    return host.size() > 4 && host.back() == ']' &&
           inner.find_first_not_of("0123456789abcdefABCDEF:.%") == std::string_view::npos;
  }
  return std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_';
  });
}

std::string reference_page() {
  std::string out;
  std::string_view section;
  Config realm;
  Config kv;
  kv.service = Service::kv;
  for (const Knob& knob : knobs()) {
    Config& defaults = concerns(knob.section, Service::realm) ? realm : kv;
    if (knob.section != section) {
      section = knob.section;
      out +=
          "\n### [" + std::string(section) + "]\n\n| key | default | what may stand there | what it is |\n";
      out += "|---|---|---|---|\n";
    }
    std::string fallback = value_text(knob, defaults);
    // What the two services have different values of.
    if (section == "raft" && value_text(knob, kv) != fallback) fallback += "; kv: " + value_text(knob, kv);
    out += "| `" + std::string(knob.key) + "` | " + fallback + " | " + range_text(knob) + " | " +
           std::string(knob.about) + " |\n";
  }
  return out;
}

}  // namespace wn::daemon
