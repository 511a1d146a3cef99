// Faults of single packets: on all links, on the links of one server, or on one pair.
#include <array>

#include "faults/nemesis/pick.h"

namespace wn::faults {
namespace {

bool always(const Scene& scene) { return scene.replicas.size() >= 2; }

// Empty = all links, clients' included.
std::vector<Link> some_links(const Scene& scene, Draw& draw) {
  std::vector<Link> links;
  switch (draw.below(4)) {
    case 0: {
      const Nodes pair = some(scene.replicas, 2, draw);
      cut_both_ways({pair[0]}, {pair[1]}, links);
      return links;
    }
    case 1: {
      const NodeId node = one_of(scene.replicas, draw);
      cut_both_ways({node}, scene.replicas, links);
      cut_both_ways({node}, scene.clients, links);
      return links;
    }
    case 2: {  // only what one server sends, or only what it receives
      const NodeId node = one_of(scene.replicas, draw);
      if (draw.below(2) == 0) {
        cut_one_way({node}, scene.replicas, links);
      } else {
        cut_one_way(scene.replicas, {node}, links);
      }
      return links;
    }
    default:
      return links;
  }
}

void hurt(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident, FaultKind kind,
          std::int64_t low, std::int64_t high, std::int64_t amount2 = 0) {
  const Duration length = length_of(scene, intensity, incident.at, draw);
  if (length == Duration{}) return;
  const std::int64_t amount = log_uniform(low, std::max(low, scaled(high, intensity)), draw);
  Fault fault = fault_on_links(kind, incident.at, length, some_links(scene, draw), "", amount);
  fault.amount2 = amount2;
  incident.faults.push_back(std::move(fault));
}

void loss(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  hurt(s, i, d, out, FaultKind::packet_loss, 10'000, 600'000);
}
void duplicate(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  hurt(s, i, d, out, FaultKind::packet_duplicate, 10'000, 900'000);
}
void reorder(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  const std::int64_t extra = log_uniform(milliseconds(1).ns, milliseconds(400).ns, d) / 1000 * 1000;
  hurt(s, i, d, out, FaultKind::packet_reorder, 50'000, 1'000'000, extra);
}
void corrupt(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  hurt(s, i, d, out, FaultKind::packet_corrupt, 1'000, 200'000);
}
void delay(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  hurt(s, i, d, out, FaultKind::packet_delay, milliseconds(1).ns, milliseconds(600).ns);
  for (Fault& f : out.faults) f.amount -= f.amount % 1000;
}
void rate(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  const Duration length = length_of(s, i, out.at, d);
  if (length == Duration{}) return;
  const std::int64_t bytes = log_uniform(10'000, 4'000'000, d);
  out.faults.push_back(fault_on_links(FaultKind::packet_rate, out.at, length, some_links(s, d), "", bytes));
}
void clog(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  const Duration length = length_of(s, i, out.at, d);
  if (length == Duration{}) return;
  out.faults.push_back(fault_on_links(FaultKind::packet_clog, out.at, length, some_links(s, d), ""));
}

constexpr Duration kInterval = seconds(12);
constexpr Duration kShort = milliseconds(200);
constexpr Duration kLong = seconds(8);

constexpr std::array<Nemesis, 7> kNemeses{
    {{"packet-loss", "packet", "loses a share of the packets", kInterval, kShort, kLong, loss, always},
     {"packet-duplicate", "packet", "delivers a share of the packets twice", kInterval, kShort, kLong,
      duplicate, always},
     {"packet-reorder", "packet", "holds a share of the packets back, so that later ones overtake", kInterval,
      kShort, kLong, reorder, always},
     {"packet-corrupt", "packet", "flips bits in a share of the packets", kInterval, kShort, kLong, corrupt,
      always},
     {"packet-delay", "packet", "adds latency", kInterval, kShort, kLong, delay, always},
     {"packet-rate", "packet", "narrows the links", kInterval, kShort, kLong, rate, always},
     {"packet-clog", "packet", "holds packets and delivers them at the end", kInterval, kShort, seconds(3),
      clog, always}}};

}  // namespace

std::span<const Nemesis> packet_nemeses() { return kNemeses; }

}  // namespace wn::faults
