#include "scenarios/exhaustive/capability_model.h"

#include <fmt/format.h>

#include <bit>

#include "runtime/base/check.h"
#include "runtime/base/digest.h"

namespace wn::exhaustive {

namespace {

using capability::bit;
using capability::Right;

constexpr std::uint32_t kGuardEntries = 2048;  // of the verified chains that a guard of many chains remembers
constexpr std::uint32_t kFewEntries = 8;
constexpr NodeId kSelf{7};

constexpr const char* kWidened =
    "Attenuation: a chain is let in whose link gives what the one before it does not have";
constexpr const char* kLetIn = "Authority: a guard allows what a link of the chain, or the world, does not";
constexpr const char* kKeptOut = "Availability: a guard refuses what the whole chain allows";
constexpr const char* kStranger = "Possession: a guard listens to somebody who is not the holder";
constexpr const char* kMinted =
    "Minting: the holder's side takes a link that widens, or refuses one that narrows";
constexpr const char* kUse = "Uses: a use that was allowed is refused when it is told again";

capability::KeyPair key(std::uint32_t name) {
  capability::Seed seed;
  seed.bytes.fill(static_cast<std::uint8_t>(name));
  return capability::KeyPair(seed);
}

WorknodeId node(std::uint32_t number) { return {1, number}; }

capability::Rights rights_of(std::uint32_t rights) {
  capability::Rights out = 0;
  if ((rights & kMayWrite) != 0) out |= bit(Right::write);
  if ((rights & kMayDelegate) != 0) out |= bit(Right::delegate);
  return out;
}

capability::Caveats caveats_of(const ChainLink& link) {
  capability::Caveats out;
  out.rights = rights_of(link.rights);
  out.subtree = node(link.subtree);
  out.expires = WallTime{link.expires};
  out.uses = link.once ? 1 : 0;
  out.verifier = kSelf;
  out.epoch = link.epoch;
  return out;
}

// The first word of a state is its world, the others are the codes of its chain's links.
std::uint32_t pack(const CapabilityWorld& w) {
  return w.revoked | w.time << 8 | std::uint32_t{w.moved} << 10 | std::uint32_t{w.restarted} << 11 |
         w.used << 12;
}
CapabilityWorld world_of(Words state) {
  const std::uint32_t w = state[0];
  return {.revoked = w & 0xFF,
          .time = w >> 8 & 3,
          .moved = (w >> 10 & 1) != 0,
          .restarted = (w >> 11 & 1) != 0,
          .used = w >> 12 & 3};
}

Hash128 hash_of(Words state) {
  Digest digest;
  for (const std::uint32_t word : state) digest.absorb(word);
  return {digest.low(), digest.high()};
}

}  // namespace

class CapabilityModel::Tree final : public capability::SubtreeOracle {
 public:
  explicit Tree(bool moved) : SubtreeOracle(moved ? 2 : 1), moved_(moved) {}
  bool contains(WorknodeId subtree, WorknodeId at) const override {
    for (; at; at = parent_of(at)) {
      if (at == subtree) return true;
    }
    return false;
  }
  WorknodeId parent_of(WorknodeId at) const override {
    if (at == node(2)) return node(1);
    if (at == node(3)) return node(moved_ ? 1 : 2);
    return {};
  }

 private:
  bool moved_;
};

CapabilityModel::CapabilityModel(const CapabilityScope& scope)
    : scope_(scope),
      tree_(std::make_unique<Tree>(false)),
      moved_(std::make_unique<Tree>(true)),
      guard_key_(key(100)) {
  WN_CHECK(scope.links >= 1 && scope.links <= kCapabilityLinksMax);
  WN_CHECK(scope.revocations <= kCapabilityRevocationsMax);
  for (std::uint32_t i = 0; i < scope.links + 2; ++i) keys_.push_back(key(1 + i));
}
CapabilityModel::~CapabilityModel() = default;

Hash128 CapabilityModel::start(std::vector<std::uint32_t>& to) {
  to = {0};
  return hash_of(to);
}

const CapabilityModel::Made& CapabilityModel::made(Words codes) {
  const auto [at, is_new] = chains_.try_emplace({codes.begin(), codes.end()});
  Made& out = at->second;
  if (!is_new || codes.empty()) return out;
  const Made& before = made(codes.first(codes.size() - 1));  // a map's elements stay where they are
  out.links = before.links;
  out.links.push_back(link_of(codes.back()));
  mint(out, before, out.links.back());
  capability::encode(capability::present(out.minted), out.bytes);
  return out;
}

void CapabilityModel::mint(Made& out, const Made& before, const ChainLink& link) {
  const std::size_t place = before.links.size();
  const capability::Caveats caveats = caveats_of(link);
  const bool narrows = only_narrows(std::span(out.links).last(std::min<std::size_t>(2, out.links.size())));
  if (place == 0) {
    out.minted = capability::grant(keys_[0], keys_[1].public_key(), 1, caveats);
  } else if (link.narrowed) {
    capability::Mac secret;  // any: what matters here is whether it is refused
    if (capability::narrow(before.minted, secret, place + 1, caveats).has_value() != narrows)
      out.broken = kMinted;
    out.minted = before.minted;
    out.minted.token.narrowed.push_back(
        {.holder = {}, .number = place + 1, .caveats = caveats, .signature = {}});
  } else {
    const auto& holder = keys_[place];
    const auto& to = keys_[place + 1].public_key();
    const auto honest = capability::delegate(before.minted, holder, to, place + 1, caveats);
    if (honest.has_value() != narrows) out.broken = kMinted;
    out.minted =
        honest ? *honest : capability::delegate_unchecked(before.minted, holder, to, place + 1, caveats);
  }
}

std::unique_ptr<capability::Guard> CapabilityModel::guard(std::uint32_t entries) const {
  capability::Options options;
  options.root = keys_[0].public_key();
  options.self = kSelf;
  options.seed.bytes.fill(100);
  options.cache_entries = entries;
  options.revocations_max = 16;
  options.counted_links_max = 8;
  options.peers_max = 1;
  options.defect = scope_.defect;
  return std::make_unique<capability::Guard>(options, std::pmr::new_delete_resource());
}

void CapabilityModel::revoke(capability::Guard& guard, std::uint32_t revoked,
                             std::uint32_t signed_links) const {
  using capability::RevocationKey;
  const auto say = [&](const RevocationKey& what, std::uint64_t epoch) {
    WN_CHECK(guard.revoke(what, epoch).has_value());
  };
  for (std::uint32_t i = 0; i < kCapabilityLinksMax; ++i) {
    if ((revoked >> i & 1U) != 0) say(RevocationKey::link(i + 1), capability::kForever);
  }
  if ((revoked & kRevokedIssuer) != 0) say(RevocationKey::issuer(keys_[signed_links - 1].public_key()), 1);
  if ((revoked & kRevokedHolder) != 0) say(RevocationKey::holder(keys_[signed_links].public_key()), 1);
  if ((revoked & kRevokedUnder2) != 0) say(RevocationKey::subtree(node(2)), 1);
  if ((revoked & kRevokedUnder3) != 0) say(RevocationKey::subtree(node(3)), 1);
}

std::unique_ptr<capability::Guard> CapabilityModel::restarted(const capability::Guard& before,
                                                              std::uint32_t entries) const {
  std::vector<std::uint8_t> revocations, uses;
  before.encode_revocations(revocations);
  before.encode_uses(uses);
  auto out = guard(entries);
  WN_CHECK(out->restore_revocations(revocations).has_value() && out->restore_uses(uses).has_value());
  return out;
}

// A guard that stays: chains without counted links leave nothing in it but what it remembers of signatures.
capability::Guard& CapabilityModel::guard_of(const CapabilityWorld& world, std::uint32_t signed_links) {
  const std::uint32_t name = world.revoked | signed_links << 8 | std::uint32_t{world.restarted} << 16;
  auto& out = guards_[name];
  if (out == nullptr) {
    out = guard(kGuardEntries);
    revoke(*out, world.revoked, signed_links);
    if (world.restarted) out = restarted(*out, kGuardEntries);
  }
  return *out;
}

bool CapabilityModel::ask(capability::Guard& guard, const Made& chain, const CapabilityWorld& world,
                          std::uint32_t right, std::uint32_t target, bool stranger) {
  ++decisions_;
  const capability::KeyPair& presenter = stranger ? keys_.back() : keys_[signed_links(chain.links)];
  capability::Invocation asked;
  asked.rights = rights_of(right);
  asked.target = node(target);
  return guard
             .decide(chain.bytes, asked, {.wall = WallTime{world.time}, .now = Instant{0}},
                     world.moved ? *moved_ : *tree_, presenter.public_key())
             .refusal == capability::Refusal::allowed;
}

const char* CapabilityModel::judge(Words state) {
  const Made& chain = made(state.subspan(1));
  if (chain.broken != nullptr) return chain.broken;
  const CapabilityWorld world = world_of(state);
  if (is_counted(chain.links)) return judge_counted(chain, world);
  capability::Guard& guard = guard_of(world, signed_links(chain.links));
  if (!only_narrows(chain.links)) {
    for (const std::uint32_t right : {kMayWrite, kMayDelegate}) {
      if (ask(guard, chain, world, right, 3, false)) return kWidened;
    }
    return nullptr;
  }
  for (const std::uint32_t right : {kMayWrite, kMayDelegate}) {
    for (std::uint32_t target = 1; target <= kTargets; ++target) {
      const bool yes = ask(guard, chain, world, right, target, false);
      if (yes != allows(chain.links, world, right, target)) return yes ? kLetIn : kKeptOut;
      if (yes && ask(guard, chain, world, right, target, true)) return kStranger;
    }
  }
  return nullptr;
}

// The whole history anew, then one question: the last link's first right on worknode 3.
const char* CapabilityModel::judge_counted(const Made& chain, const CapabilityWorld& world) {
  const std::uint32_t right = chain.links.back().rights & ~(chain.links.back().rights - 1);
  auto judge = guard(kFewEntries);
  for (std::uint32_t i = 0; i < world.used; ++i) {
    if (!ask(*judge, chain, {}, right, 3, false)) return kUse;
  }
  revoke(*judge, world.revoked, signed_links(chain.links));
  if (world.restarted) judge = restarted(*judge, kFewEntries);
  const bool yes = ask(*judge, chain, world, right, 3, false);
  if (yes == allows(chain.links, world, right, 3)) return nullptr;
  if (!yes) return kKeptOut;
  return only_narrows(chain.links) ? kLetIn : kWidened;
}

void CapabilityModel::attempt(Words state, const CapabilityAction& action, Sink& sink) {
  apply(state, exhaustive::pack(action), next_);
  const Hash128 hash = hash_of(next_);
  const std::uint64_t name = hash.low >> 1;  // never Memory's mark of an empty slot
  if (judged_.find(name) == Memory::kNone) {
    if (const char* claim = judge(next_)) return sink.broken(exhaustive::pack(action), claim);
    judged_.add(name, 0);
  }
  sink.reached(exhaustive::pack(action), hash);
}

void CapabilityModel::expand(Words state, Sink& sink) {
  const CapabilityWorld world = world_of(state);
  const Made& chain = made(state.subspan(1));
  if (world == CapabilityWorld{} && chain.links.size() < scope_.links) {
    const std::uint32_t codes = scope_.uses ? kLinkCodes : kLinkCodes / 2;
    for (std::uint32_t code = 0; code < codes; ++code) {
      const ChainLink link = link_of(code);
      const bool fits = chain.links.empty() ? !link.narrowed : link.narrowed || !chain.links.back().narrowed;
      if (fits) attempt(state, {CapabilityAct::link, code}, sink);
    }
  }
  if (chain.links.empty() || !only_narrows(chain.links)) return;
  if (world.time + 1 < kTimes) attempt(state, {CapabilityAct::tick, 0}, sink);
  if (!world.moved) attempt(state, {CapabilityAct::move, 0}, sink);
  if (world.restarted) return;
  if (world.revoked != 0 || world.used != 0) attempt(state, {CapabilityAct::restart, 0}, sink);
  const auto revoked = static_cast<std::uint32_t>(std::popcount(world.revoked));
  for (std::uint32_t i = 0; revoked < scope_.revocations && i < kRevocationBits; ++i) {
    const bool exists = i >= kCapabilityLinksMax || i < chain.links.size();
    if (exists && (world.revoked >> i & 1U) == 0) attempt(state, {CapabilityAct::revoke, i}, sink);
  }
  const std::uint32_t right = chain.links.back().rights & ~(chain.links.back().rights - 1);
  if (is_counted(chain.links) && allows(chain.links, world, right, 3))
    attempt(state, {CapabilityAct::use, 0}, sink);
}

void CapabilityModel::apply(Words state, std::uint32_t packed, std::vector<std::uint32_t>& to) {
  const CapabilityAction action = unpack_capability(packed);
  CapabilityWorld world = world_of(state);
  to.assign(state.begin(), state.end());
  switch (action.act) {
    case CapabilityAct::link:
      to.push_back(action.argument);
      break;
    case CapabilityAct::revoke:
      world.revoked |= 1U << action.argument;
      break;
    case CapabilityAct::tick:
      ++world.time;
      break;
    case CapabilityAct::move:
      world.moved = true;
      break;
    case CapabilityAct::use:
      ++world.used;
      break;
    case CapabilityAct::restart:
      world.restarted = true;
      break;
  }
  to[0] = pack(world);
}

std::size_t CapabilityModel::bytes() const {
  return chains_.size() * 8192 + guards_.size() * kGuardEntries * 1024 + judged_.bytes();
}

std::vector<std::string> CapabilityModel::tell(const std::vector<std::uint32_t>& path) {
  std::vector<std::string> out;
  std::vector<std::uint32_t> state, next;
  (void)start(state);
  for (const std::uint32_t packed : path) {
    const CapabilityAction action = unpack_capability(packed);
    const std::size_t place = state.size() - 1;
    if (action.act == CapabilityAct::link) {
      const ChainLink link = link_of(action.argument);
      const std::string from = place == 0 ? "the root" : fmt::format("holder {}", place);
      out.push_back(link.narrowed ? fmt::format("the token is narrowed to {}", words_of(link))
                                  : fmt::format("{} gives holder {}: {}", from, place + 1, words_of(link)));
    } else if (action.act == CapabilityAct::revoke) {
      out.push_back(words_of_revocation(action.argument));
    } else if (action.act == CapabilityAct::tick) {
      out.push_back(fmt::format("it is time {}", world_of(state).time + 1));
    } else {
      out.emplace_back(action.act == CapabilityAct::move  ? "worknode 3 moves from under 2 to under 1"
                       : action.act == CapabilityAct::use ? "the holder uses the chain on worknode 3"
                                                          : "the guard restarts");
    }
    apply(state, packed, next);
    state = next;
  }
  return out;
}

}  // namespace wn::exhaustive
