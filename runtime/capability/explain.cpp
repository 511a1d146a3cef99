#include <string>

#include "runtime/capability/guard.h"

namespace wn::capability {
namespace {

std::string hex(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(16, '0');
  for (std::size_t i = 0; i < 16; ++i) out[15 - i] = kDigits[(value >> (4 * i)) & 0xF];
  return out;
}

}  // namespace

std::string rights_text(Rights rights) {
  constexpr std::array<std::string_view, 10> kNames = {"read", "write",    "create", "move",  "remove",
                                                       "call", "delegate", "revoke", "query", "publish"};
  std::string out;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if ((rights >> i & 1U) == 0) continue;
    if (!out.empty()) out += '+';
    out += kNames[i];
  }
  return out.empty() ? "nothing" : out;
}

std::string explain(const Decision& decision, const Facts* facts) {
  std::string out(to_string(decision.refusal));
  if (facts == nullptr) return out + " (the chain is not known)\n";
  if (!decision && decision.refusal != Refusal::malformed) out += " at link " + std::to_string(decision.link);
  out += '\n';
  for (std::size_t i = 0; i < facts->depth; ++i) {
    const LinkFacts& l = facts->link[i];
    out += "  link " + std::to_string(i) + "  number " + std::to_string(l.number);
    out += i >= facts->signed_depth ? "  narrowed"
           : i == 0                 ? "  signed by the root"
                                    : "  signed by its parent";
    out += "  allows " + rights_text(l.rights) + " under " + hex(l.subtree.high) + hex(l.subtree.low);
    if (l.expires != WallTime::max()) out += "  until " + std::to_string(l.expires.ns) + " ns";
    if (l.uses_max != 0) out += "  " + std::to_string(l.uses_max) + " uses";
    out += '\n';
  }
  return out;
}

}  // namespace wn::capability
