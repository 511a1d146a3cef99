// Lies: one server of the fixed set of liars lies in one way for a while, to some of its peers or to all. The
// ways are those of Twins (Bano et al., OPODIS 2021) and ByzzFuzz (Winter et al., OOPSLA 2023): two instances
// under one identity, and small mutations within a message's type.
#include <array>

#include "faults/nemesis/pick.h"

namespace wn::faults {
namespace {

constexpr std::uint32_t kMaskBits = 63;
constexpr std::int64_t kWhole = 1'000'000;

bool may_lie(const Scene& scene) {
  return scene.model.byzantine_max >= 1 && scene.servers.size() >= 2 && !scene.liars.empty();
}
bool realm_may_lie(const Scene& scene) { return may_lie(scene) && scene.service == Service::realm; }

std::int64_t bit_of(NodeId node) { return std::int64_t{1} << ((node.value - 1) % kMaskBits); }

// A part of the liar's peers that is neither none nor (while there are two) all.
std::int64_t part_of_peers(const Scene& scene, NodeId liar, Draw& draw) {
  Nodes peers = scene.replicas;
  std::erase(peers, liar);
  const std::size_t count = peers.size() < 2 ? peers.size() : 1 + draw.below(peers.size() - 1);
  std::int64_t mask = 0;
  for (NodeId id : some(peers, count, draw)) mask |= bit_of(id);
  return mask;
}

// About half of the clients: both sides of twins have something to do.
std::int64_t part_of_clients(const Scene& scene, Draw& draw) {
  std::int64_t mask = 0;
  for (NodeId id : scene.clients) {
    if (draw.below(2) == 0) mask |= bit_of(id);
  }
  return mask;
}

// `amount2` is from a tenth of `scale` (times the strength) to all of it. A split always has two sides.
void lie(const Scene& scene, const Intensity& intensity, Draw& draw, Incident& incident, FaultKind kind,
         std::int64_t scale, bool split) {
  const Duration length = length_of(scene, intensity, incident.at, draw);
  if (length == Duration{} || scene.liars.empty()) return;
  const NodeId liar = one_of(scene.liars, draw);
  const bool some_peers = draw.below(2) == 0;
  const std::int64_t mask = part_of_peers(scene, liar, draw);
  Fault fault = fault_on_nodes(kind, incident.at, length, {liar}, split || some_peers ? mask : 0);
  const std::int64_t most = scaled(scale, intensity);
  if (kind == FaultKind::byzantine_twins) fault.amount |= part_of_clients(scene, draw);
  fault.amount2 = scale == 0 ? 0 : log_uniform(std::max<std::int64_t>(1, most / 10), most, draw);
  incident.faults.push_back(std::move(fault));
}

template <FaultKind kind, std::int64_t scale, bool split = false>
void propose(const Scene& s, const Intensity& i, Draw& d, Incident& out) {
  lie(s, i, d, out, kind, scale, split);
}

constexpr Duration kInterval = seconds(5);
constexpr Duration kShort = milliseconds(200);
constexpr Duration kLong = seconds(10);

constexpr Nemesis nemesis(std::string_view name, std::string_view words,
                          decltype(Nemesis::propose) propose_it, bool (*allowed)(const Scene&) = may_lie) {
  return {name, "byzantine", words, kInterval, kShort, kLong, propose_it, allowed};
}

constexpr std::array<Nemesis, 12> kNemeses{
    {nemesis("byzantine-twins", "a liar runs twice under one key; its peers are split between the two",
             propose<FaultKind::byzantine_twins, 0, true>),
     nemesis("byzantine-equivocate", "a liar's updates differ by receiver, each rightly signed",
             propose<FaultKind::byzantine_equivocate, kWhole, true>, realm_may_lie),
     nemesis("byzantine-replay", "a liar sends old messages of its own and of others again",
             propose<FaultKind::byzantine_replay, kWhole / 2>),
     nemesis("byzantine-forge", "a liar makes up updates of others, and shows forged capabilities",
             propose<FaultKind::byzantine_forge, kWhole / 2>, realm_may_lie),
     nemesis("byzantine-withhold", "a liar withholds messages from some",
             propose<FaultKind::byzantine_withhold, kWhole>),
     nemesis("byzantine-delay", "a liar delays messages to some",
             propose<FaultKind::byzantine_delay, seconds(4).ns>),
     nemesis("byzantine-mutate", "a liar alters one field of a message, within its type",
             propose<FaultKind::byzantine_mutate, kWhole>),
     nemesis("byzantine-future-clock", "a liar's wall clock is far ahead",
             propose<FaultKind::byzantine_future_clock, seconds(86'400).ns>),
     nemesis("byzantine-amplify", "a liar sends many large messages for a small one",
             propose<FaultKind::byzantine_amplify, 20>),
     nemesis("byzantine-wrong-answer", "a liar answers wrongly, in the right form",
             propose<FaultKind::byzantine_wrong_answer, kWhole>),
     nemesis("byzantine-corrupt-snapshot", "a liar alters the images that it gives",
             propose<FaultKind::byzantine_corrupt_snapshot, kWhole>),
     nemesis("byzantine-sybil", "a liar speaks for identities that nobody knows",
             propose<FaultKind::byzantine_sybil, 20>, realm_may_lie)}};

}  // namespace

std::span<const Nemesis> byzantine_nemeses() { return kNemeses; }

}  // namespace wn::faults
