#pragma once
// CrdtReplica: one real document with the context, clock and dots that a realm would keep for it. A value
// that is built anew from its history whenever it is asked.
#include <memory_resource>
#include <string>

#include "runtime/crdt/document.h"
#include "scenarios/exhaustive/crdt_spec.h"

namespace wn::exhaustive {

class CrdtReplica {
 public:
  // Replicas are numbered from 0.
  CrdtReplica(const CrdtScope& scope, const crdt::Options& options, std::uint32_t number)
      : scope_(scope),
        number_(number),
        seen_(std::pmr::new_delete_resource()),
        delivered_(std::pmr::new_delete_resource()),
        document_(options, std::pmr::new_delete_resource()) {}

  // `letter`: what a text gets. The bytes for the others go to `delta`.
  Errc perform(const CrdtOperation& does, char letter, std::uint64_t time, std::vector<std::uint8_t>& delta);
  bool take(ByteView delta);
  bool join(const CrdtReplica& other);
  std::string read() const;  // in the words of CrdtSpec::reads(); a text as it reads
  std::string state() const;
  Digest digest() const { return document_.digest(); }
  void check() const { document_.check_invariants(seen_); }

 private:
  ReplicaId id() const { return ReplicaId{number_ + 1}; }
  const CrdtScope& scope_;
  std::uint32_t number_;
  crdt::CausalContext seen_;
  crdt::CausalContext delivered_;
  crdt::Document document_;
};

}  // namespace wn::exhaustive
