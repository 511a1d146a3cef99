#pragma once
// Registry: every schema of a realm, as a CRDT.
//
// State: for each (type, version) the candidates that somebody published, each with the stamp of its
// publication. merge() is the union; of one candidate the earliest stamp counts, and the kCandidatesMax
// earliest candidates are kept (`crowded` remembers that there were more). Union, minimum and "the k least"
// make a join: merge is commutative, associative and idempotent.
//
// The earliest candidate (by stamp, then digest) is the schema of that version; the others are reported by
// conflicts() with their bytes, until somebody publishes a next version that reconciles them. Whether
// versions fit each other (compare.h) is judged when one is published here, and again on what a merge makes
// of concurrent publications: newest() is the last version up to which the chain 1, 2, 3 … holds; what lies
// beyond is kept and reported.
//
// Memory: all that stays is in `memory`. Publishing and merging use scratch space of the heap; look-ups do
// not.
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/causality/hlc_time.h"
#include "runtime/schema/compare.h"
#include "runtime/schema/schema.h"
#include "runtime/schema/table.h"

namespace wn::schema {

enum class ConflictKind : std::uint8_t {
  none = 0,
  two_schemas,   // `loser` was published for a version that an earlier publication has
  chain_broken,  // this version does not fit an earlier one: `change` says where
  crowded,       // more than kCandidatesMax schemas of this version met: the latest are gone
};
std::string_view to_string(ConflictKind kind);

struct Conflict {
  ConflictKind kind = ConflictKind::none;
  TypeId type;
  Version version;
  Digest winner;
  Digest loser;               // two_schemas
  causality::Stamp loser_at;  // two_schemas: when it was published, and by whom
  Change change;              // chain_broken
};

class Registry {
 public:
  Registry(const Limits& limits, std::pmr::memory_resource* memory);
  Registry(Registry&&) = default;
  Registry& operator=(Registry&&) = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // A new version from here. Appends the delta that others merge(). Publishing what is already there is done
  // and gives the delta again. already_exists: that version has another schema; precondition: not the next
  // version, or it does not fit (the message names the obstacle); too_large, overloaded: a limit.
  Result<void> publish(const Schema& schema, causality::Stamp at, std::vector<std::uint8_t>& delta);

  // Foreign bytes: all of it or nothing. True when something was news. bad_input, too_large; overloaded: more
  // types than types_max, which every replica of a realm has to be given alike.
  Result<bool> merge(ByteView delta);
  Result<bool> merge(const Registry& other);

  // The whole state as a delta, canonical: equal registries have equal bytes.
  void encode(std::vector<std::uint8_t>& out) const;
  Digest digest() const;
  friend bool operator==(const Registry& a, const Registry& b) { return a.digest() == b.digest(); }

  // The last version of the chain that holds; none when the type is unknown.
  Version newest(TypeId type) const;
  // nullptr: not known here. Also for versions beyond newest().
  const Table* table(TypeId type, Version version) const;
  Result<Schema> schema(TypeId type, Version version) const;
  // Versions 1 … newest, for a Translator.
  std::vector<Schema> chain(TypeId type) const;
  // Any candidate, also one that lost.
  Result<Schema> find(const Digest& digest) const;

  std::vector<Conflict> conflicts() const;
  std::size_t types() const { return types_.size(); }
  std::size_t candidates() const { return entries_.size(); }
  const Limits& limits() const { return limits_; }

 private:
  struct Entry {
    TypeId type;
    Version version;
    causality::Stamp at;
    Table table;
    std::pmr::vector<std::uint8_t> bytes;
  };
  struct Type {
    TypeId type;
    Version newest;
    Change obstacle;  // why the chain ends there, when a next version is known
  };
  struct Crowd {
    TypeId type;
    Version version;
    friend auto operator<=>(const Crowd&, const Crowd&) = default;
  };
  struct Incoming;  // one decoded candidate
  static bool before(const Entry& a, const Entry& b);
  static bool ascends(const Incoming& a, const Incoming& b);
  static void encode_delta(const Incoming& incoming, std::vector<std::uint8_t>& out);

  const Entry* winner(TypeId type, Version version) const;
  Result<void> decode(ByteView delta, std::vector<Incoming>& candidates, std::vector<Crowd>& crowds) const;
  Result<void> make_room(std::span<const Incoming> candidates) const;
  bool insert(const Incoming& incoming);
  bool trim(TypeId type, Version version);
  bool mark_crowded(Crowd crowd);
  void refresh(TypeId type);

  Limits limits_;
  std::pmr::memory_resource* memory_;
  std::pmr::vector<Entry> entries_;  // ascending by type, version, stamp, digest
  std::pmr::vector<Type> types_;     // ascending
  std::pmr::vector<Crowd> crowded_;  // ascending
};

}  // namespace wn::schema
