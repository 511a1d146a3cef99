#pragma once
// CapabilityModel: one chain of rights and the guard that judges it. The chain grows link by link, each link
// of any content, honest or not (whoever makes one may be malicious); then rights are revoked, time passes,
// the tree is moved, the chain is used, the guard restarts from what it has stored. In each state the real
// guard is asked for each right on each worknode, by the holder and by a stranger, and must say what the
// specification says. The holder's side (delegate, narrow) must refuse exactly what would not narrow.
//
// Fewer states: nothing happens to the world before a chain is complete (a chain is minted without looking at
// it); a chain that does not narrow may grow on, but its guard has no other world, because it is refused
// before any of it is asked; after a restart nothing more is revoked or used. A chain with counted links is
// asked one question a state, each of a guard of its own, because every yes takes a use.
#include <map>
#include <memory>
#include <vector>

#include "runtime/capability/guard.h"
#include "runtime/capability/mint.h"
#include "scenarios/exhaustive/capability_spec.h"
#include "scenarios/exhaustive/raft_tables.h"

namespace wn::exhaustive {

enum class CapabilityAct : std::uint32_t { link, revoke, tick, move, use, restart };
struct CapabilityAction {
  CapabilityAct act{};
  std::uint32_t argument = 0;  // of link: its code; of revoke: the bit
};
constexpr std::uint32_t pack(const CapabilityAction& a) {
  return static_cast<std::uint32_t>(a.act) << 28 | a.argument;
}
constexpr CapabilityAction unpack_capability(std::uint32_t a) {
  return {static_cast<CapabilityAct>(a >> 28), a & ((1U << 28) - 1)};
}

class CapabilityModel final : public Model {
 public:
  explicit CapabilityModel(const CapabilityScope& scope);
  ~CapabilityModel() override;
  Hash128 start(std::vector<std::uint32_t>& to) override;
  void expand(Words state, Sink& sink) override;
  void apply(Words state, std::uint32_t action, std::vector<std::uint32_t>& to) override;
  std::size_t bytes() const override;
  std::uint64_t decisions() const { return decisions_; }
  std::vector<std::string> tell(const std::vector<std::uint32_t>& path);

 private:
  class Tree;
  struct Made {  // a chain, by the real code
    std::vector<ChainLink> links;
    capability::Minted minted;
    std::vector<std::uint8_t> bytes;
    const char* broken = nullptr;  // the holder's side is wrong
  };
  const Made& made(Words codes);
  void mint(Made& chain, const Made& before, const ChainLink& link);
  const char* judge(Words state);
  const char* judge_counted(const Made& chain, const CapabilityWorld& world);
  bool ask(capability::Guard& guard, const Made& chain, const CapabilityWorld& world, std::uint32_t right,
           std::uint32_t target, bool stranger);
  std::unique_ptr<capability::Guard> guard(std::uint32_t entries) const;
  void revoke(capability::Guard& guard, std::uint32_t revoked, std::uint32_t signed_links) const;
  std::unique_ptr<capability::Guard> restarted(const capability::Guard& guard, std::uint32_t entries) const;
  capability::Guard& guard_of(const CapabilityWorld& world, std::uint32_t signed_links);
  void attempt(Words state, const CapabilityAction& action, Sink& sink);

  CapabilityScope scope_;
  std::vector<capability::KeyPair>
      keys_;  // the root's, then one for each place of a chain, then a stranger's
  std::unique_ptr<Tree> tree_, moved_;
  capability::KeyPair guard_key_;
  std::map<std::vector<std::uint32_t>, Made> chains_;
  std::map<std::uint32_t, std::unique_ptr<capability::Guard>> guards_;
  Memory judged_;
  std::uint64_t decisions_ = 0;
  std::vector<std::uint32_t> next_;
};

}  // namespace wn::exhaustive
