#pragma once
// AuditLog: what was decided, in order, each record hashed together with the hash before it (BLAKE2b-256), so
// that a record can be neither changed nor left out nor moved without the last hash telling. A ring of fixed
// size: the oldest records fall out, and the hash before the oldest one stays (`anchor`). Whoever keeps
// `head` elsewhere can hold a log against it.
//
// Cost: one hash of about 600 bytes a record. Memory: about 700 bytes a record, taken at construction.
#include <memory_resource>
#include <string>
#include <vector>

#include "runtime/capability/guard.h"

namespace wn::capability {

// One link of the chain that a decision stood on.
struct AuditLink {
  std::uint64_t number = 0;
  Rights rights = 0;
  WorknodeId subtree;
};

struct AuditRecord {
  std::uint64_t sequence = 0;  // from 1, without gaps
  Moment at;
  Decision decision;
  Invocation invocation;
  PublicKey presenter;                                // the chain's holder; nobody when no chain was verified
  std::array<AuditLink, kDelegationDepthMax> link{};  // the first `decision.depth` count
  Hash hash;                                          // over all of the above and the hash before
};

class AuditLog {
 public:
  // REQUIRES records_max >= 1.
  AuditLog(std::size_t records_max, std::pmr::memory_resource* memory);
  // `facts` as Guard::facts_of(decision.token) gives them, or nullptr.
  const AuditRecord& append(const Moment& at, const Decision& decision, const Invocation& invocation,
                            const Facts* facts);

  std::size_t size() const { return records_.size(); }
  const AuditRecord& operator[](std::size_t i) const { return records_[(first_ + i) % records_.size()]; }
  // Whether all records follow from each other, from the anchor to the head. One hash a record.
  bool intact() const;
  const Hash& anchor() const { return anchor_; }  // the hash before the oldest record
  const Hash& head() const { return head_; }      // the hash of the newest

 private:
  std::size_t records_max_;
  std::pmr::vector<AuditRecord> records_;
  std::size_t first_ = 0;
  std::uint64_t next_ = 1;
  Hash anchor_;
  Hash head_;
};

// Position of the first record that does not follow from what is before it; size() when all do and the last
// has the hash `head`; size() as well when there are none, so compare `anchor` with `head` then.
std::size_t first_tampered(std::span<const AuditRecord> records, const Hash& anchor, const Hash& head);
Hash audit_hash(const Hash& before, const AuditRecord& record);

// What was asked, what was decided and why: the chain, a line a link.
std::string explain(const AuditRecord& record);

}  // namespace wn::capability
