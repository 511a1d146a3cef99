#include "faults/plan/describe.h"

#include <algorithm>

#include "faults/plan/plan_check.h"

namespace wn::faults {
namespace {

// Groups larger than this are told by their size.
constexpr std::size_t kNamesMax = 9;
constexpr std::size_t kGroupsNodesMax = 256;

std::string group(const std::vector<NodeId>& nodes) {
  if (nodes.size() > kNamesMax) return "{" + std::to_string(nodes.size()) + " nodes}";
  std::string text = "{";
  for (NodeId id : nodes) text += (text.size() > 1 ? "," : "") + node_name(id);
  return text + "}";
}

std::string names(const std::vector<NodeId>& nodes) {
  return nodes.size() == 1 ? node_name(nodes[0]) : group(nodes);
}

std::string span(const Fault& f) {
  if (f.duration == kNever) return " for ever";
  return f.duration == Duration{} ? "" : " for " + format_duration(f.duration);
}

std::string percent(std::int64_t ppm) {
  std::string text = std::to_string(ppm / 10'000);
  std::string fraction = std::to_string(10'000 + ppm % 10'000).substr(1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return text + (fraction.empty() ? "" : "." + fraction) + "%";
}

std::string link_names(const std::vector<Link>& links) {
  if (links.empty()) return "all links";
  if (links.size() > kNamesMax) return std::to_string(links.size()) + " links";
  std::string text;
  for (const Link& l : links) {
    const bool back = std::find(links.begin(), links.end(), Link{l.to, l.from}) != links.end();
    if (back && l.to < l.from) continue;  // told by its other half
    text += (text.empty() ? "" : " ") + node_name(l.from) + (back ? "-" : "->") + node_name(l.to);
  }
  return text;
}

std::vector<NodeId> ends_of(const std::vector<Link>& links) {
  std::vector<NodeId> nodes;
  for (const Link& l : links) {
    nodes.push_back(l.from);
    nodes.push_back(l.to);
  }
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

// The groups of a partition that cuts every link between its groups, both ways; empty when it has another
// shape.
std::vector<std::vector<NodeId>> groups_of(const std::vector<Link>& links) {
  const std::vector<NodeId> nodes = ends_of(links);
  const std::size_t n = nodes.size();
  if (n == 0 || n > kGroupsNodesMax) return {};
  std::vector<bool> cut(n * n, false);
  const auto index = [&](NodeId id) {
    return static_cast<std::size_t>(std::lower_bound(nodes.begin(), nodes.end(), id) - nodes.begin());
  };
  for (const Link& l : links) cut[index(l.from) * n + index(l.to)] = true;
  // Two nodes are of one group when no link between them is cut; that must be an equivalence.
  std::vector<std::vector<NodeId>> groups;
  std::vector<std::size_t> group_of(n, n);
  for (std::size_t i = 0; i < n; ++i) {
    if (group_of[i] == n) {
      group_of[i] = groups.size();
      groups.emplace_back();
      for (std::size_t j = i + 1; j < n; ++j) {
        if (group_of[j] == n && !cut[i * n + j] && !cut[j * n + i]) group_of[j] = group_of[i];
      }
    }
    groups[group_of[i]].push_back(nodes[i]);
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (i != j && cut[i * n + j] != (group_of[i] != group_of[j])) return {};
    }
  }
  return groups;
}

// "{n1} -> {n2,n3}" when each sender is cut from each receiver and nothing else is cut.
std::string one_way(const std::vector<Link>& links) {
  std::vector<NodeId> from;
  std::vector<NodeId> to;
  for (const Link& l : links) {
    from.push_back(l.from);
    to.push_back(l.to);
  }
  for (auto* side : {&from, &to}) {
    std::sort(side->begin(), side->end());
    side->erase(std::unique(side->begin(), side->end()), side->end());
  }
  for (NodeId id : from) {
    if (std::binary_search(to.begin(), to.end(), id)) return {};
  }
  return from.size() * to.size() == links.size() ? group(from) + " -> " + group(to) : "";
}

std::string partition_words(const Fault& f) {
  std::string text = "partition";
  if (!f.label.empty()) text += " " + f.label;
  text += " ";
  const auto groups = groups_of(f.links);
  if (groups.size() > 1) {
    for (std::size_t i = 0; i < groups.size(); ++i) text += (i > 0 ? " | " : "") + group(groups[i]);
  } else if (const std::string way = one_way(f.links); !way.empty()) {
    text += way;
  } else {
    text += link_names(f.links);
  }
  return text + span(f);
}

std::string packet_words(const Fault& f) {
  const std::string on =
      " on " + link_names(f.links) + span(f) + (f.label.empty() ? "" : " (" + f.label + ")");
  switch (f.kind) {
    case FaultKind::packet_clog:
      return "clog" + on;
    case FaultKind::packet_loss:
      return "lose " + percent(f.amount) + " of the packets" + on;
    case FaultKind::packet_duplicate:
      return "duplicate " + percent(f.amount) + " of the packets" + on;
    case FaultKind::packet_reorder:
      return "reorder " + percent(f.amount) + " of the packets by up to " + format_duration({f.amount2}) + on;
    case FaultKind::packet_corrupt:
      return "corrupt " + percent(f.amount) + " of the packets" + on;
    case FaultKind::packet_delay:
      return "delay packets by " + format_duration({f.amount}) + on;
    default:
      return "limit the rate to " + std::to_string(f.amount) + " B/s" + on;
  }
}

constexpr std::uint32_t kMaskBits = 63;

// Whom a liar lies to: " {n1,n3}", or nothing when it is everybody.
std::string mask_words(const Fault& f, const char* before) {
  if (f.amount == 0) return "";
  std::vector<NodeId> peers;
  for (std::uint32_t bit = 0; bit < kMaskBits; ++bit) {
    if ((f.amount >> bit & 1) != 0) peers.push_back(NodeId{bit + 1});
  }
  return before + names(peers);
}

std::string lie_words(const Fault& f) {
  const std::string on = names(f.nodes);
  const std::string to = mask_words(f, " to ");
  const std::string share = percent(f.amount2);
  const std::string count = std::to_string(f.amount2);
  switch (f.kind) {
    case FaultKind::byzantine_twins:
      return on + " runs twice under one key" + mask_words(f, ", the second for ") + span(f);
    case FaultKind::byzantine_equivocate:
      return on + " tells different updates" + to + ", " + share + " of its own," + span(f);
    case FaultKind::byzantine_replay:
      return on + " sends old messages again" + to + ", after " + share + span(f);
    case FaultKind::byzantine_forge:
      return on + " forges updates and capabilities" + to + ", with " + share + span(f);
    case FaultKind::byzantine_withhold:
      return on + " withholds " + share + " of its messages" + to + span(f);
    case FaultKind::byzantine_delay:
      return on + " delays its messages" + to + " by up to " + format_duration({f.amount2}) + span(f);
    case FaultKind::byzantine_mutate:
      return on + " mutates a field of " + share + " of its messages" + to + span(f);
    case FaultKind::byzantine_future_clock:
      return on + " says that it is " + format_duration({f.amount2}) + " later" + to + span(f);
    case FaultKind::byzantine_amplify:
      return on + " sends " + count + " large messages" + to + " for each small one" + span(f);
    case FaultKind::byzantine_wrong_answer:
      return on + " answers " + share + " of what it is asked wrongly" + to + span(f);
    case FaultKind::byzantine_corrupt_snapshot:
      return on + " alters " + share + " of the parts of images" + to + span(f);
    default:
      return on + " speaks for " + count + " made-up identities" + to + " with each message" + span(f);
  }
}

std::string node_words(const Fault& f) {
  const std::string on = names(f.nodes);
  switch (f.kind) {
    case FaultKind::kill:
      return "kill " + on + span(f);
    case FaultKind::power_loss:
      return "power loss of " + on + span(f);
    case FaultKind::pause:
      return "pause " + on + span(f);
    case FaultKind::wipe:
      return "wipe the disk of " + on + ", down" + span(f);
    case FaultKind::clock_step:
      return "step the wall clock of " + on + " by " + (f.amount > 0 ? "+" : "") +
             format_duration({f.amount}) + span(f);
    case FaultKind::clock_drift:
      return "drift the clocks of " + on + " at " + (f.amount > 0 ? "+" : "") + std::to_string(f.amount) +
             " ppm" + span(f);
    case FaultKind::clock_freeze:
      return "freeze the wall clock of " + on + span(f);
    case FaultKind::disk_error:
      return "disk errors on " + on + ", " + percent(f.amount) + " of operations," + span(f);
    case FaultKind::disk_full:
      return "disk full on " + on + span(f);
    case FaultKind::disk_stall:
      return "disk of " + on + " slower by " + format_duration({f.amount}) + span(f);
    case FaultKind::disk_bit_rot:
      return "bit rot on " + on + ", " + std::to_string(f.amount) + (f.amount == 1 ? " bit" : " bits");
    case FaultKind::disk_misdirect:
      return "misdirect the next " +
             std::string(f.amount == 1 ? "write" : std::to_string(f.amount) + " writes") + " on " + on;
    case FaultKind::disk_sync_lie:
      return "sync lies on " + on + span(f);
    case FaultKind::membership:
      return "change the voters to " + group(f.nodes);
    case FaultKind::transfer:
      return "transfer leadership to " + on;
    default:
      return std::string(to_string(f.kind)) + " " + on + span(f);
  }
}

std::string key(std::uint32_t k) { return "k" + std::to_string(k); }

std::string worknode(std::uint32_t number) { return "worknode " + std::to_string(number); }

// What a client does with a property: "n7 include w12.tags+=5".
std::string property_words(const Operation& o) {
  const std::string path = property_path(o.key, o.property);
  const std::string value = std::to_string(o.value);
  switch (o.function) {
    case OpFunction::put:
      return "put " + path + "=" + value;
    case OpFunction::spend:
    case OpFunction::exclude:
      return std::string(to_string(o.function)) + " " + path + "-=" + value;
    case OpFunction::nest:
      return "nest " + path + "[" + std::to_string(o.other) + "]+=" + value;
    case OpFunction::get:
      return "get " + path;
    default:
      return std::string(to_string(o.function)) + " " + path + "+=" + value;
  }
}

std::string realm_action(const Operation& o) {
  switch (o.function) {
    case OpFunction::create:
      return "creates worknode " + std::to_string(o.value) + " under " + std::to_string(o.key);
    case OpFunction::move:
      return "moves " + worknode(o.key) + " under " + std::to_string(o.other);
    case OpFunction::trash:
      return "trashes " + worknode(o.key);
    case OpFunction::restore:
      return "restores " + worknode(o.key);
    case OpFunction::query:
      return "asks for at most " + std::to_string(o.value) + " descendants of " + worknode(o.key);
    case OpFunction::call:
      return "has " + worknode(o.key) + " call its children";
    case OpFunction::crash:
      return "crashes the handler of " + worknode(o.key);
    case OpFunction::revoke:
      return "revokes token " + std::to_string(o.value);
    case OpFunction::publish:
      return o.value > kSchemaVersionsMax
                 ? "publishes another version " + std::to_string(o.value - kSchemaVersionsMax) +
                       " of the schema"
                 : "publishes version " + std::to_string(o.value) + " of the schema";
    default:
      return property_words(o);
  }
}

std::string strong_action(const Operation& o) {
  const std::string text = std::string(to_string(o.function)) + " " + strong_name(o.key);
  if (o.function == OpFunction::put) return text + "=" + std::to_string(o.value);
  if (o.function != OpFunction::cas) return text;
  return text + " " + std::to_string(o.expected) + " -> " + std::to_string(o.value);
}

std::string realm_words(const Operation& o) {
  std::string text =
      node_name(o.process) + " " + (o.mode == Mode::strong ? strong_action(o) : realm_action(o));
  if (o.mode != Mode::eventual) text += " " + std::string(to_string(o.mode));
  if (o.evidence != Mode::strong) text += " on " + std::string(to_string(o.evidence)) + " evidence";
  if (o.endorsed) text += ", endorsed";
  if (o.server) text += " at " + node_name(o.server);
  if (o.token != 0) text += " with token " + std::to_string(o.token);
  if (o.schema_version != 0) text += " in schema " + std::to_string(o.schema_version);
  return text;
}

}  // namespace

std::string describe(const Fault& fault) {
  if (fault.kind == FaultKind::partition) return partition_words(fault);
  if (is_packet(fault.kind)) return packet_words(fault);
  std::string text = is_byzantine(fault.kind) ? lie_words(fault) : node_words(fault);
  if (!fault.label.empty()) text += " (" + fault.label + ")";
  return text;
}

std::string describe(const Operation& o) {
  if (o.property != 0 || o.function >= OpFunction::add || o.mode == Mode::strong) return realm_words(o);
  std::string text = node_name(o.process) + " " + std::string(to_string(o.function));
  switch (o.function) {
    case OpFunction::get:
    case OpFunction::remove:
      return text + " " + key(o.key);
    case OpFunction::put:
      return text + " " + key(o.key) + "=" + std::to_string(o.value);
    case OpFunction::append:
      return text + " " + key(o.key) + "+=" + std::to_string(o.value);
    case OpFunction::cas:
      return text + " " + key(o.key) + " " + std::to_string(o.expected) + " -> " + std::to_string(o.value);
    default:
      break;
  }
  text += " [";
  for (std::size_t i = 0; i < o.txn.size(); ++i) {
    const MicroOp& m = o.txn[i];
    text +=
        (i > 0 ? ", " : "") + (m.append ? key(m.key) + "+=" + std::to_string(m.value) : "read " + key(m.key));
  }
  return text + "]";
}

std::string describe(const Deviation& d) {
  if (d.kind == DeviationKind::delay_message) {
    return "delay message " + std::to_string(d.message) + " on " + node_name(d.from) + "->" +
           node_name(d.to) + " by " + format_duration(d.amount);
  }
  if (d.kind == DeviationKind::reorder_actors) {
    return "activation " + std::to_string(d.message) + " of " + node_name(d.from) + " takes runnable actor " +
           std::to_string(d.choice);
  }
  return "hold " + node_name(d.from) + " for " + format_duration(d.amount);
}

}  // namespace wn::faults
