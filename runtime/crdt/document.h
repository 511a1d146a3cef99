#pragma once
// Document: the replicated properties of one worknode, a tree of CRDTs under one add-wins map, as a
// delta-state CRDT over a causal context that the caller owns (Almeida, Shoker, Baquero 2018; nesting after
// DSON: Rinberg et al., VLDB 2022).
//
//   doc.set(path, Value::of(7), write);          // a local mutation; write.delta gets the bytes for peers
//   doc.merge(delta_of_a_peer, seen);            // validated whole, then applied, any number of times
//
// How a realm uses it. Thousands of documents share the replica's ONE sequence of dots and ONE CausalContext,
// `seen`: no document holds a version vector. Every mutation of any document takes the next dot. `seen` says
// which events the dot stores have taken in or know to be overwritten; which DELTAS have been merged is the
// realm's to note (`delivered.add(report.dot)`), because a delta that overwrites another may overtake it:
// then the overtaken dot is in `seen` while its delta is yet to be delivered, and must be. Acknowledgements
// and causal stability go by `delivered`. A peer that has nothing gets whole states: load() for every
// document, then, once ALL documents are in and no delta in between, seen.join(theirs.seen) and
// delivered.join(theirs.delivered). Two that both have something join with merge_state() in place of load().
//
// Semantics.
//   order                whatever the order of arrival, the same deltas make the same document. Before all of
//                        them are in, counters and texts still read true; in registers, sets and maps a write
//                        that came after the one that replaced it, and before what lies between the two, can
//                        be read until that comes. Deltas in causal order, as the realm gives them, leave no
//                        such holes; `worknode exhaust crdt --gaps` shows the shortest.
//   register, set, map   a mutation overwrites what it has seen; what it has not seen survives beside it.
//   remove               reset-remove: everything seen below the path goes; concurrent changes below survive,
//                        alone (a counter is left with exactly the concurrent increments), and keep the path
//                        alive. A bounded counter is only hidden: its rights cannot be taken back, the next
//                        operation on it shows it again with its total.
//   presence             a map is present when it was created or anything below it is; sets, texts and
//                        counters when they hold a member, a visible code point, a live share.
//   types                children of one key but different types are different children (see types.h).
//
// No tombstones for registers, sets and maps. Counters keep the share of a removed counter, and texts the
// mark of a deleted code point, until the removal is causally stable: collect(stable).
//
// Memory: the object and everything in it live in the resource given at construction; an empty document
// allocates nothing. With dots() the live dots (register writes, members, counter shares) and elements() the
// code points with their marks and the escrow shares, every mutation and merge ends with the assertion of
//   dots() <= places() * replicas known   and   metadata_bytes() <= a * (places + 1) + b * (dots + elements),
// a and b being the constants in slot.h: history costs nothing.
//
// Errors: see Options for limits; not_found where the named thing is absent; invalid_argument for a path that
// does not fit the operation; precondition where rights do not suffice. Thread rule: one thread.
#include <memory_resource>
#include <optional>
#include <string>

#include "runtime/base/check.h"
#include "runtime/base/digest.h"
#include "runtime/crdt/types.h"
#include "runtime/crdt/value.h"

namespace wn::crdt {

struct Slot;  // slot.h: inside the room

class Document {
 public:
  // `options` and `memory` must outlive the document.
  Document(const Options& options, std::pmr::memory_resource* memory) : options_(&options), memory_(memory) {
    WN_CHECK_LE(options.max_nesting_depth, kNestingDepthMax);
  }
  ~Document() { clear_storage(); }
  Document(Document&& other) noexcept;
  Document& operator=(Document&& other) noexcept;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  // ---- local mutations: Errc::ok, or a refusal that changed nothing ----------------------------------
  [[nodiscard]] Errc create_map(Path map, const Write& write);
  [[nodiscard]] Errc set(Path reg, const Value& value, const Write& write);  // lww or mv
  // g_counter (amount >= 0) or pn_counter.
  [[nodiscard]] Errc add(Path counter, std::int64_t amount, const Write& write);
  // bounded: makes rights (which raises the value), spends own rights (which lowers it; precondition when
  // they do not suffice), gives own rights to another replica.
  [[nodiscard]] Errc grant(Path bounded, std::int64_t amount, const Write& write);
  [[nodiscard]] Errc spend(Path bounded, std::int64_t amount, const Write& write);
  [[nodiscard]] Errc transfer(Path bounded, ReplicaId to, std::int64_t amount, const Write& write);
  [[nodiscard]] Errc insert(Path set, const Value& member, const Write& write);
  [[nodiscard]] Errc erase(Path set, const Value& member, const Write& write);
  // Positions and counts are code points of the visible text; `utf8` must be valid and not empty.
  [[nodiscard]] Errc insert_text(Path text, std::uint32_t at, std::string_view utf8, const Write& write);
  [[nodiscard]] Errc erase_text(Path text, std::uint32_t at, std::uint32_t count, const Write& write);
  // Everything at and below the path; the empty path clears the document. not_found when nothing is there.
  [[nodiscard]] Errc remove(Path path, const Write& write);
  // The children of every type under one key.
  [[nodiscard]] Errc remove_key(Path map, std::string_view key, const Write& write);

  // ---- replication ------------------------------------------------------------------------------------
  // Bad bytes: bad_input; a limit: overloaded or too_large; a text that stands on what was collected:
  // precondition (the sender must rebase). In all these cases nothing has changed.
  Result<MergeReport> merge(ByteView delta, CausalContext& seen);
  // Canonical bytes of the whole state. A document with the same state gives the same bytes.
  void encode(std::vector<std::uint8_t>& out) const;
  // Takes a peer's whole state into this document. precondition: it is not empty.
  Result<MergeReport> load(ByteView state);
  // Joins a peer's whole state (its dots go into `seen` one by one: ranges_max bounds how many); `theirs` is
  // the peer's context when it was encoded. See above for `seen`.
  Result<MergeReport> merge_state(ByteView state, const CausalContext& theirs, CausalContext& seen);
  // Reclaims what `stable` (crdt/stability.h) allows; gives the number of marks that are gone.
  std::uint32_t collect(const VersionVector& stable);

  // ---- reads ------------------------------------------------------------------------------------------
  bool contains(Path path) const;  // present, see above
  // The winner of an lww register, or of an mv register's writes by the same order. Valid until the next
  // change.
  std::optional<Value> get(Path reg) const;
  // All concurrent writes, ascending by dot.
  void get_all(Path reg, std::vector<Value>& out) const;
  std::optional<std::int64_t> count(Path counter) const;       // any of the three counters
  std::int64_t rights(Path bounded, ReplicaId replica) const;  // what the replica may spend
  // bounded: what each replica has made of rights and spent of its own and of given ones, ascending.
  struct Rights {
    ReplicaId replica;
    std::int64_t made = 0;
    std::int64_t spent = 0;
    Dot dot;  // the latest of the replica
  };
  void all_rights(Path bounded, std::vector<Rights>& out) const;
  bool has_member(Path set, const Value& member) const;
  void members(Path set, std::vector<Value>& out) const;  // ascending
  void children(Path map, std::vector<Step>& out) const;  // present ones, ascending by (key, type)
  std::optional<std::string> text(Path path) const;       // UTF-8
  std::uint32_t text_size(Path path) const;               // visible code points

  // A fingerprint of what can be read (with its dots): the same for every order of arrival and for every
  // progress of collect().
  Digest digest() const;
  bool empty() const { return live_slots_ == 0; }  // holds nothing, marks included

  std::uint64_t dots() const { return dots_; }
  std::uint64_t elements() const { return elements_; }
  // Keys, members and containers.
  std::uint64_t places() const { return live_slots_; }
  // Bytes held beside the values themselves, this object included.
  std::uint64_t metadata_bytes() const { return sizeof(Document) + held_bytes_; }
  std::uint64_t value_bytes() const { return value_bytes_; }
  // Recounts everything and compares; WN_CHECKs. For tests and for runs under simulation.
  void check_invariants(const CausalContext& seen) const;

 private:
  friend class Reissue;
  friend class Store;
  void clear_storage();

  const Options* options_;
  std::pmr::memory_resource* memory_;
  Slot* slots_ = nullptr;
  std::uint32_t* index_ = nullptr;  // open addressing over slots_, from kIndexFrom slots up
  std::uint32_t used_ = 0;          // slots ever used: [0, used_)
  std::uint32_t capacity_ = 0;
  std::uint32_t free_ = 0;   // 1 + the first free slot
  std::uint32_t first_ = 0;  // 1 + the root's first child
  std::uint32_t index_capacity_ = 0;
  std::uint32_t live_slots_ = 0;
  std::uint32_t dots_ = 0;
  std::uint32_t elements_ = 0;  // code points, marks and escrow shares
  std::uint32_t value_bytes_ = 0;
  std::uint64_t held_bytes_ = 0;
};

}  // namespace wn::crdt
