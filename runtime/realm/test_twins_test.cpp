#include "runtime/realm/test_twins.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <memory_resource>

#include "runtime/chain/chain_log.h"
#include "runtime/chain/proof.h"

namespace wn::realm {
namespace {

capability::Seed seed_of(NodeId node) {
  capability::Seed seed;
  seed.bytes.fill(static_cast<std::uint8_t>(node.value));
  return seed;
}

}  // namespace

capability::KeyPair TwinsCluster::key_of(std::uint32_t node) {
  return capability::KeyPair(seed_of(NodeId{node}));
}

TwinsCluster::TwinsCluster(const TwinsPlan& plan) : plan_(plan), random_(plan.seed) {
  options_.worknodes = plan.worknodes;
  options_.fan_out = 2;
  options_.gossip_interval = milliseconds(50);
  options_.answer_timeout = milliseconds(40);
  options_.defect = plan.defect;
  options_.limits.capability_revocations_max = 64;  // a state is made anew often here
  options_.limits.capability_cache_entries = 8;
  options_.limits.capability_counted_links_max = 8;
  Identity identity;
  identity.realm = 4711;
  identity.history_max = plan.history_max;
  for (std::uint32_t i = 1; i <= plan.nodes; ++i) {
    options_.members.push_back(NodeId{i});
    identity.members.emplace_back(NodeId{i}, capability::KeyPair(seed_of(NodeId{i})).public_key());
  }
  options_.identity = identity;
  if (plan.guarded) {
    options_.root_key = key_of(200).public_key();
    options_.principals = {{NodeId{500}, key_of(plan.nodes).public_key()}};
  }
  for (std::uint32_t i = 1; i <= plan.nodes; ++i) {
    const bool liar = i > plan.nodes - plan.liars;
    for (std::uint32_t k = 0; k < (liar ? plan.twins : 1); ++k) {
      processes_.emplace_back();
      processes_.back().node = NodeId{i};
      processes_.back().honest = !liar;
    }
  }
  for (Peer& p : processes_) start(p);
}

Moment TwinsCluster::moment() const {
  return {.now = now_, .wall = WallTime{} + seconds(1'000'000) + (now_ - Instant{})};
}

void TwinsCluster::start(Peer& p) {
  Options options = options_;
  options.node = p.node;
  options.identity->secret = seed_of(p.node);
  p.effects.clear();
  p.realm = std::make_unique<Realm>(options, std::pmr::new_delete_resource());
  if (!p.image.empty()) REQUIRE(p.realm->restore_image(p.image.view()) == Errc::ok);
  for (const Bytes& record : p.journal) REQUIRE(p.realm->replay(record.view()) == Errc::ok);
  p.realm->begin(moment(), p.effects);
  carry_out(p);
}

void TwinsCluster::send(Peer& from, const Outgoing& out) {
  Draw draw = random_.at("test.network", 0, draws_++);
  if (!quiet_ && draw.chance_ppm(plan_.loss_ppm)) return;
  if (quiet_ && !liars_stay_ && !from.honest) return;
  Outgoing message = out;
  if (!from.honest && draw.chance_ppm(plan_.mutate_ppm) && !message.payload.empty()) {
    message.payload = Bytes::build(out.payload.size(), [&](std::uint8_t* bytes) {
      std::copy_n(out.payload.data(), out.payload.size(), bytes);
      bytes[draw.below(out.payload.size())] ^= static_cast<std::uint8_t>(1 + draw.below(255));
    });
  }
  // Of twins mostly one hears it, sometimes all.
  std::vector<std::size_t> hearers;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (processes_[i].node == out.to) hearers.push_back(i);
  }
  if (hearers.size() > 1 && draw.below(4) != 0) hearers = {hearers[draw.below(hearers.size())]};
  for (const std::size_t to : hearers) {
    const std::uint64_t slow = draw.below(8) == 0 ? 60'000 : 3'000;
    const Duration way = microseconds(static_cast<std::int64_t>(200 + draw.below(slow)));
    flying_.push_back({.due = now_ + way, .from = from.node, .to = to, .message = message});
  }
}

void TwinsCluster::carry_out(Peer& p) {
  Draw draw = random_.at("test.crash", p.node.value, draws_++);
  const bool something = p.effects.replace_journal || !p.effects.journal.empty();
  const bool crashes = something && p.honest && !quiet_ && draw.chance_ppm(plan_.crash_ppm);
  p.notes.insert(p.notes.end(), p.effects.notes.begin(), p.effects.notes.end());
  p.sometimes.insert(p.sometimes.end(), p.effects.sometimes.begin(), p.effects.sometimes.end());
  if (p.effects.replace_journal) {
    if (!crashes || draw.below(2) == 0) {
      p.image = p.realm->image();
      p.journal.clear();
    }
  } else {
    const std::size_t durable = crashes ? draw.below(p.effects.journal.size() + 1) : p.effects.journal.size();
    p.journal.insert(p.journal.end(), p.effects.journal.begin(),
                     p.effects.journal.begin() + static_cast<std::ptrdiff_t>(durable));
  }
  if (crashes) return start(p);
  const std::vector<Outgoing> sends = std::move(p.effects.sends);
  p.effects.clear();
  for (const Outgoing& out : sends) send(p, out);
}

void TwinsCluster::call(std::size_t i, Request request) {
  Peer& p = processes_[i];
  request.operation = ++operations_;
  static_cast<void>(
      p.realm->execute(moment(), NodeId{static_cast<std::uint32_t>(100 + i)}, request, p.effects));
  carry_out(p);
}

void TwinsCluster::deliver(std::size_t to, NodeId from, MessageKind kind, const Bytes& payload) {
  Peer& p = processes_[to];
  p.realm->receive(moment(), from, kind, payload.view(), p.effects);
  carry_out(p);
}

void TwinsCluster::run(Duration time) {
  const Instant end = now_ + time;
  while (now_ < end) {
    now_ = now_ + milliseconds(2);
    std::vector<InFlight> due;
    std::erase_if(flying_, [&](InFlight& f) {
      if (f.due > now_) return false;
      due.push_back(std::move(f));
      return true;
    });
    std::ranges::stable_sort(due, {}, &InFlight::due);
    for (const InFlight& f : due) deliver(f.to, f.from, f.message.kind, f.message.payload);
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      Peer& p = processes_[i];
      if (now_ < p.realm->next_deadline()) continue;
      p.realm->tick(moment(), random_.at("test.tick", i, draws_++).u64(), p.effects);
      carry_out(p);
    }
  }
}

void TwinsCluster::quiet(bool liars_stay) {
  quiet_ = true;
  liars_stay_ = liars_stay;
}

bool TwinsCluster::honest_converged() const { return differences().empty(); }

std::string TwinsCluster::differences() const {
  std::string out;
  const Realm& first = *processes_[0].realm;
  const auto tell = [&](const Peer& p) {
    out += "n" + std::to_string(p.node.value) + " as r" + std::to_string(p.realm->replica().value) + ": " +
           std::to_string(p.realm->updates()) + " updates, cuts";
    for (const Bytes& bytes : p.realm->proofs()) {
      chain::Proof proof;
      if (chain::decode(bytes.view(), proof) != Errc::ok) continue;
      out += " r" + std::to_string(proof.about().writer.value) + "<" + std::to_string(proof.cut());
    }
    out += "; refused";
    for (std::size_t i = p.notes.size(); i > 0 && i + 12 > p.notes.size(); --i) {
      const Note& n = p.notes[i - 1];
      if (n.kind != TraceKind::block_refused) continue;
      out += " r" + std::to_string(n.field[1]) + "." + std::to_string(n.field[2]) + " " +
             std::string(chain::to_string(static_cast<chain::Verdict>(n.field[3])));
    }
    out += "\n";
  };
  for (const Peer& p : processes_) {
    if (!p.honest) continue;
    if (p.realm->digest() == first.digest() && p.realm->updates() == first.updates()) continue;
    tell(processes_[0]);
    tell(p);
  }
  return out;
}

bool TwinsCluster::honest_accused() const {
  const auto honest = [&](std::uint64_t replica) { return replica % 10'000 <= plan_.nodes - plan_.liars; };
  for (const Peer& p : processes_) {
    for (const Note& n : p.notes) {
      if (n.kind == TraceKind::liar_proven && honest(n.field[0])) return true;
    }
    for (const Bytes& bytes : p.realm->proofs()) {
      chain::Proof proof;
      if (chain::decode(bytes.view(), proof) != Errc::ok || honest(proof.about().node.value)) return true;
    }
  }
  return false;
}

bool TwinsCluster::proofs_hold() const {
  for (const Peer& p : processes_) {
    for (const Bytes& bytes : p.realm->proofs()) {
      chain::Proof proof;
      if (bytes.size() > chain::kProofBytesMax || chain::decode(bytes.view(), proof) != Errc::ok)
        return false;
      const auto& key = options_.identity->members[proof.about().node.value - 1].second;
      if (!chain::verify_proof(bytes.view(), options_.identity->realm, key)) return false;
    }
  }
  return true;
}

std::size_t TwinsCluster::proven() const {
  std::size_t count = 0;
  for (std::uint32_t node = plan_.nodes - plan_.liars + 1; node <= plan_.nodes; ++node) {
    const bool by_all = std::ranges::all_of(processes_, [&](const Peer& p) {
      if (!p.honest) return true;
      for (const Bytes& bytes : p.realm->proofs()) {
        chain::Proof proof;
        if (chain::decode(bytes.view(), proof) == Errc::ok && proof.about().node.value == node) return true;
      }
      return false;
    });
    count += by_all ? 1 : 0;
  }
  return count;
}

bool TwinsCluster::happened(std::string_view claim) const {
  return std::ranges::any_of(processes_, [&](const Peer& p) {
    return std::ranges::any_of(p.sometimes, [&](const Claim& c) { return claim == c.name; });
  });
}

}  // namespace wn::realm
