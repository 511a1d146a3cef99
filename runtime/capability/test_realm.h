#pragma once
// What the room's tests share: keys from small numbers, a tree, and a guard with its moment.
#include <map>
#include <optional>

#include "runtime/capability/guard.h"
#include "runtime/capability/mint.h"

namespace wn::capability::testing {

inline KeyPair key(std::uint8_t name) {
  Seed seed;
  seed.bytes.fill(name);
  return KeyPair(seed);
}
inline constexpr WorknodeId node(std::uint64_t low) { return {1, low}; }

// A tree of parents. node(1) is its top.
class TestTree : public SubtreeOracle {
 public:
  TestTree() : SubtreeOracle(1) {}
  TestTree& put(std::uint64_t child, std::uint64_t parent) {
    parents_[child] = parent;
    set_version(version() + 1);
    return *this;
  }
  bool contains(WorknodeId subtree, WorknodeId at) const override {
    for (int steps = 0; at && steps < 64; ++steps, at = parent_of(at)) {
      if (at == subtree) return true;
    }
    return false;
  }
  WorknodeId parent_of(WorknodeId at) const override {
    const auto found = parents_.find(at.low);
    return found == parents_.end() ? WorknodeId{} : node(found->second);
  }

 private:
  std::map<std::uint64_t, std::uint64_t> parents_;
};

inline constexpr std::uint8_t kRootKey = 1, kAlice = 2, kBob = 3, kCarol = 4, kGuardKey = 9;
inline constexpr NodeId kSelf{7};

// Everything on the whole tree, for ever.
inline Caveats everything() { return {.rights = kAllRights, .subtree = node(1)}; }

struct TestRealm {
  explicit TestRealm(Options changed = {}) : guard(options(changed), std::pmr::new_delete_resource()) {
    // 1 over 2 and 3; 2 over 4 over 5.
    tree.put(2, 1).put(3, 1).put(4, 2).put(5, 4);
  }
  static Options options(Options o) {
    o.root = key(kRootKey).public_key();
    o.self = kSelf;
    o.seed.bytes.fill(kGuardKey);
    return o;
  }
  Decision decide(const Presentation& p, const Invocation& v, std::optional<std::uint8_t> channel = {}) {
    bytes.clear();
    encode(p, bytes);
    return guard.decide(bytes, v, moment, tree, channel ? key(*channel).public_key() : PublicKey{});
  }
  // By a channel that has proven the holder's key.
  Refusal ask(const Minted& m, Rights rights, std::uint64_t target, std::uint8_t holder) {
    return decide(present(m), {.rights = rights, .target = node(target)}, holder).refusal;
  }

  KeyPair root = key(kRootKey), alice = key(kAlice), bob = key(kBob), carol = key(kCarol);
  TestTree tree;
  Moment moment{.wall = WallTime{1'000}, .now = Instant{0}};
  Guard guard;
  std::vector<std::uint8_t> bytes;
};

}  // namespace wn::capability::testing
