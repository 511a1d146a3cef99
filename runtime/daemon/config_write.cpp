// A configuration as text, and whether two say the same.
#include <algorithm>

#include "runtime/base/hex.h"
#include "runtime/config/config.h"
#include "runtime/daemon/knobs.h"

namespace wn::daemon {
namespace {

struct Equal {
  template <class T, class U>
  bool operator()(const T* a, const U* b) const {
    if constexpr (std::is_same_v<T, U>) {
      return *a == *b;
    } else {
      return false;
    }
  }
};

void write_scalars(Config& config, std::string& out) {
  Config defaults;
  defaults.service = config.service;
  std::string_view section;
  for (const Knob& knob : knobs()) {
    if (!concerns(knob.section, config.service)) continue;
    if (knob.section != section) {
      out += (section.empty() ? "[" : "\n[") + std::string(knob.section) + "]\n";
      section = knob.section;
    }
    const std::string value = value_text(knob, config);
    const std::string otherwise = value_text(knob, defaults);
    out += std::string(knob.key) + " = " + value;
    if (value != otherwise && section != "node" && section != "service") out += "  # default: " + otherwise;
    out += "\n";
    if (knob.section != "service" || config.members.empty()) continue;
    out += "members = [";
    for (std::size_t i = 0; i < config.members.size(); ++i)
      out += (i > 0 ? ", " : "") + std::to_string(config.members[i].value);
    out += "]\n";
  }
}

}  // namespace

std::string write(const Config& config) {
  Config copy = config;  // rows lead to fields of what may be changed
  std::string out;
  write_scalars(copy, out);
  if (concerns("limits", config.service)) out += "\n" + config::print(config.host.realm.limits);
  for (const Peer& peer : config.peers) {
    out += "\n[[peer]]\nid = " + std::to_string(peer.id.value) + "\naddress = \"" + peer.address +
           "\"\nkey = \"" + hex_of(peer.key.bytes) + "\"\n";
  }
  for (const Client& client : config.listed) {
    out += "\n[[client]]\n";
    if (client.id) out += "id = " + std::to_string(client.id.value) + "\n";
    out += "key = \"" + hex_of(client.key.bytes) + "\"\n";
    if (client.principal) out += "principal = \"" + hex_of(client.principal.bytes) + "\"\n";
  }
  return out;
}

bool operator==(const Config& a, const Config& b) {
  Config left = a;
  Config right = b;
  const auto same = [&](const Knob& knob) {
    return !concerns(knob.section, a.service) || std::visit(Equal{}, knob.at(left), knob.at(right));
  };
  if (a.service != b.service || !std::ranges::all_of(knobs(), same)) return false;
  if (concerns("limits", a.service) && a.host.realm.limits != b.host.realm.limits) return false;
  return a.members == b.members && a.peers == b.peers && a.listed == b.listed;
}

}  // namespace wn::daemon
