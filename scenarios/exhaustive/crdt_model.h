#pragma once
// CrdtModel: replicas of one document. A state is, for each replica, the sequence of what it did and took in:
// operations, deltas in any order (a delta that never comes is lost), and anti-entropy, in which one takes
// another's whole state. Such a sequence decides all that the replica can say, so the real code is stepped
// once for each of them, and interleavings of different replicas are one state; but sequences are never
// merged by what they led to, because that the order of arrival is no matter is what is to be shown. At each
// new sequence: the reads are the specification's, a refusal has its reason, whatever was delivered changes
// nothing when it is delivered again, letters never change their order. At each new pair of sequences: each
// that takes the other's state in reads and holds the same, which is what the specification says of both.
#include <optional>

#include "scenarios/exhaustive/crdt_replica.h"
#include "scenarios/exhaustive/raft_tables.h"

namespace wn::exhaustive {

struct CrdtAction {
  enum Deed : std::uint8_t { operate, deliver, join };
  Deed deed{};
  std::uint32_t replica = 0;
  std::uint32_t argument = 0;  // code; number of the sequence that ended in the operation; of the other's
};
constexpr std::uint32_t kCrdtArgumentMax = (1U << 27) - 1;
constexpr std::uint32_t pack(const CrdtAction& a) {
  return static_cast<std::uint32_t>(a.deed) << 30 | a.replica << 27 | a.argument;
}
constexpr CrdtAction unpack_crdt(std::uint32_t a) {
  return {static_cast<CrdtAction::Deed>(a >> 30), a >> 27 & 7U, a & kCrdtArgumentMax};
}

class CrdtModel final : public Model {
 public:
  // REQUIRES scope.type; every_type is the caller's affair.
  explicit CrdtModel(const CrdtScope& scope);
  Hash128 start(std::vector<std::uint32_t>& to) override;
  void expand(Words state, Sink& sink) override;
  void apply(Words state, std::uint32_t action, std::vector<std::uint32_t>& to) override;
  std::size_t bytes() const override;
  std::uint64_t steps() const { return sequences_.size(); }
  // A sentence for each action of a path, with what the replica reads then.
  std::vector<std::string> tell(const std::vector<std::uint32_t>& path);

 private:
  struct Sequence {  // of what a replica did, up to and with its last act
    std::uint32_t before = 0;
    CrdtAction act = {};
    std::uint64_t clock = 0;
    std::uint32_t joins = 0;
    CrdtKnowledge known = {};
    std::vector<std::uint32_t> own = {};  // operations, by the number of the sequence that ends in each
    std::vector<std::uint8_t> delta = {};
    std::string text = {};
    const char* broken = nullptr;
  };
  std::optional<CrdtReplica> built(std::uint32_t sequence) const;
  bool redo(CrdtReplica& replica, std::uint32_t sequence) const;
  // The number of the sequence with one more act, or Memory::kNone - 1 when the act is refused, as it should
  // be.
  std::uint32_t step(std::uint32_t sequence, const CrdtAction& act);
  std::uint32_t learn(std::uint32_t sequence, const CrdtAction& act);
  bool is_judged(const CrdtKnowledge& known) const { return scope_.gaps || spec_.is_whole(known); }
  const char* judge(const CrdtReplica& replica, const Sequence& now) const;
  const char* judge_order(const Sequence& now) const;
  const char* judge_pair(std::uint32_t a, std::uint32_t b);
  std::string together(Words state);
  void attempt(Words state, const CrdtAction& act, Sink& sink);
  Hash128 hash_of_state(Words state) const;
  void hash_sequence();  // of the last one

  CrdtScope scope_;
  crdt::Options options_;
  CrdtSpec spec_;
  std::vector<std::vector<std::uint32_t>> names_;  // renamings; the first is none
  std::vector<Sequence> sequences_;                // the first ones are the newborn replicas
  std::vector<Sum> hashes_;                        // by sequence and renaming
  Memory steps_;
  Memory pairs_;  // 0: whole
  std::vector<std::uint32_t> next_;
};

}  // namespace wn::exhaustive
