#pragma once
// Properties: the documents of all worknodes of one replica, and how a request or an update changes them.
//
// Documents are in the shape of the oldest version of the schema (versions.h). A worknode without properties
// costs nothing here. Errors: those of runtime/crdt. Thread rule: one thread.
#include <cstdint>
#include <map>
#include <memory>
#include <memory_resource>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "runtime/crdt/document.h"
#include "runtime/realm/protocol.h"
#include "runtime/realm/update.h"
#include "runtime/realm/versions.h"

namespace wn::realm {

struct Options;

class Properties {
 public:
  Properties(const Options& options, std::pmr::memory_resource* memory);

  // Carries out a client's write here, by the version of the schema that it speaks, and appends the delta for
  // the others. Refused besides: what the version has no room for, and unsupported: a version that is not
  // known.
  Errc write(const Request& request, const Versions& versions, const crdt::Write& write);
  // An update of another replica, or one of our own from the journal.
  // `own_next`: the next event of this replica itself, which nobody else can know of.
  Errc merge(const Update& update, causality::Dot own_next, crdt::CausalContext& seen);
  // Whether there is a value, and its items as Reply::items says.
  Result<bool> read(const Request& request, const Versions& versions, std::vector<std::int64_t>& items) const;
  Result<std::int64_t> counter_of(WorknodeId worknode) const;
  // The bounded counter of a worknode, by replica.
  void rights_of(WorknodeId worknode, std::vector<crdt::Document::Rights>& out) const;
  // Marks that nobody can need any more: their removal is known to all, and so are the events of `stable`.
  void collect(const causality::VersionVector& stable);

  std::size_t size() const { return documents_.size(); }
  void absorb_into(Digest& digest) const;
  void encode(std::vector<std::uint8_t>& out) const;
  // Into empty properties; `theirs` is what had been seen when the bytes were made.
  Errc decode(ByteView bytes, const crdt::CausalContext& theirs);

 private:
  crdt::Document& open(WorknodeId worknode);

  // On the heap: documents point at it, and properties may move.
  std::unique_ptr<crdt::Options> options_;
  std::pmr::memory_resource* memory_;
  std::pmr::map<WorknodeId, crdt::Document> documents_;
};

}  // namespace wn::realm
