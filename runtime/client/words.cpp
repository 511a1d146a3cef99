#include "runtime/client/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "runtime/base/hex.h"
#include "runtime/client/core/core.h"

namespace wn::client {
namespace {

constexpr std::string_view kScheme = "quic://";
constexpr std::array<std::string_view, realm::kPropertyEnd> kProperties = {
    "", "title", "count", "tags", "groups", "budget", "text"};

std::unexpected<Error> bad(std::string message) { return fail(Errc::bad_input, std::move(message)); }

template <class N>
std::optional<N> number_from(std::string_view text) {
  N value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Result<Server> server_from(std::string_view url) {
  const auto wrong = [&](std::string_view what) {
    return bad(fmt::format("{}: {}; a server is quic://HOST:PORT/KEY, KEY in 64 hex digits", url, what));
  };
  if (!url.starts_with(kScheme)) return wrong("not a quic:// URL");
  std::string_view rest = url.substr(kScheme.size());
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return wrong("no public key");
  std::string_view authority = rest.substr(0, slash);
  std::string_view key = rest.substr(slash + 1);
  Server out;
  if (const auto query = key.find('?'); query != std::string_view::npos) {
    const auto id = key.substr(query + 1);
    const auto number = number_from<std::uint32_t>(id.starts_with("id=") ? id.substr(3) : "");
    if (!number || *number == 0 || *number > kServerIdMax) return wrong("?id= wants a number from 1");
    out.id = NodeId{*number};
    key = key.substr(0, query);
  }
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos) return wrong("no port");
  const auto port = number_from<std::uint16_t>(authority.substr(colon + 1));
  if (!port || *port == 0) return wrong("the port is a number from 1 to 65535");
  out.port = *port;
  std::string_view host = authority.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("[]@ ") != std::string_view::npos) return wrong("no host");
  out.host = host;
  if (!from_hex(key, out.key.bytes) || !out.key) return wrong("the key is not 64 hex digits");
  return out;
}

}  // namespace

Result<std::vector<Server>> servers_from(std::span<const std::string> urls) {
  std::vector<Server> out;
  for (const std::string& list : urls) {
    for (std::size_t from = 0; from <= list.size();) {
      const std::size_t comma = std::min(list.find(',', from), list.size());
      const auto one = server_from(trimmed(std::string_view(list).substr(from, comma - from)));
      if (!one) return std::unexpected(one.error());
      out.push_back(*one);
      from = comma + 1;
    }
  }
  if (out.empty()) return bad("no server: give at least one quic://HOST:PORT/KEY");
  if (out.size() > kServersMax) return bad(fmt::format("more than {} servers", kServersMax));
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!out[i].id) out[i].id = NodeId{static_cast<std::uint32_t>(i + 1)};
    for (std::size_t k = 0; k < i; ++k) {
      if (out[k].id == out[i].id) return bad(fmt::format("two servers have the id {}", out[i].id.value));
      if (out[k].key == out[i].key) return bad(fmt::format("{} is there twice", to_text(out[i])));
    }
  }
  return out;
}

std::string to_text(const Server& server) {
  const bool v6 = server.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}{}:{}/{}", kScheme, v6 ? "[" : "", server.host, v6 ? "]" : "", server.port,
                     hex_of(server.key.bytes));
}

Result<WorknodeId> worknode_from(std::string_view text) {
  if (text.size() == 32) {
    std::array<std::uint8_t, 16> bytes{};
    WorknodeId id;
    if (from_hex(text, bytes)) {
      for (std::size_t i = 0; i < 8; ++i) id.high = id.high << 8U | bytes[i];
      for (std::size_t i = 8; i < 16; ++i) id.low = id.low << 8U | bytes[i];
      if (id) return id;
    }
  } else if (const auto number = number_from<std::uint32_t>(text)) {
    return realm::numbered(*number);
  }
  return bad(fmt::format("{}: a worknode is a number or 32 hex digits", text));
}

std::string to_text(WorknodeId id) {
  const bool numbered = id.high == 0 && (id == realm::kRealmRoot || id.low > 15);
  if (numbered && realm::number_of(id.low) <= 0xFFFF'FFFF) return std::to_string(realm::number_of(id.low));
  return fmt::format("{:016x}{:016x}", id.high, id.low);
}

Result<realm::Property> property_from(std::string_view name) {
  for (std::uint32_t i = 1; i < kProperties.size(); ++i) {
    if (kProperties[i] == name) return static_cast<realm::Property>(i);
  }
  return bad(fmt::format("{}: a property is title, count, tags, groups, budget or text", name));
}

Result<realm::Function> function_from(std::string_view name) {
  for (std::uint8_t i = 1; i < realm::kFunctionEnd; ++i) {
    if (realm::to_string(static_cast<realm::Function>(i)) == name) return static_cast<realm::Function>(i);
  }
  std::string all;
  for (std::uint8_t i = 1; i < realm::kFunctionEnd; ++i)
    all += fmt::format(" {}", realm::to_string(static_cast<realm::Function>(i)));
  return bad(fmt::format("{}: a function is one of{}", name, all));
}

Result<Mode> mode_from(std::string_view name) {
  for (const Mode mode : {Mode::local, Mode::eventual, Mode::strong}) {
    if (to_string(mode) == name) return mode;
  }
  return bad(fmt::format("{}: a mode is local, eventual or strong", name));
}

Result<capability::PublicKey> public_key_from(std::string_view hex) {
  capability::PublicKey key;
  if (!from_hex(trimmed(hex), key.bytes) || !key) return bad("a public key is 64 hex digits");
  return key;
}

Result<capability::Seed> seed_from(std::string_view text) {
  capability::Seed seed;
  if (!from_hex(trimmed(text), seed.bytes)) return bad("an identity is 64 hex digits");
  return seed;
}

}  // namespace wn::client
