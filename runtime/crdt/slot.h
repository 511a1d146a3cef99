#pragma once
// Inside the room: the flat table of a document. Every key, member and nested container is one Slot; slots
// name each other by number (1 + position; 0 is the root or nobody), so the table moves as one block. What a
// slot holds depends on its type:
//   map, member, lww, mv             entries: the live dots, at most one for each replica
//   g_counter, pn_counter, bounded   shares: what each replica has contributed
//   text                             a Text
//   set                              nothing; its members are its children
// A slot that holds nothing and has no child is erased at once.
#include <span>

#include "runtime/crdt/document.h"
#include "runtime/crdt/text.h"

namespace wn::crdt {

// A live dot: a register's write, or the presence of a map or member. A later entry of the same replica in
// the same slot has always seen the earlier one and replaces it.
struct Entry {
  std::uint32_t replica = 0;
  std::uint32_t stamp_replica = 0;
  std::uint64_t counter = 0;
  std::uint64_t time = 0;
  StoredValue value;
  Dot dot() const { return {.replica = ReplicaId{replica}, .counter = counter}; }
  Stamp stamp() const { return {.time = causality::HlcTime{time}, .replica = ReplicaId{stamp_replica}}; }
};

// One replica's contribution to a counter, as a chain: `now` says by its number which state of the chain this
// is, and `total` and `spent` follow from it, so that the later state wins. A removal moves `floor` up to
// what it has seen of the chain; what lies above counts. A chain that was removed, stable and reclaimed
// begins anew with a higher `born`.
struct Share {
  std::uint32_t replica = 0;
  std::uint32_t peer = 0;          // bounded: who holds what `replica` gave; the replica itself for its own
  std::uint64_t born = 0;          // counter of the dot that began the chain
  std::uint64_t now = 0;           // counter of the latest dot
  std::int64_t total = 0;          // sum of the amounts; bounded: rights made, or given to `peer`
  std::int64_t spent = 0;          // bounded
  std::uint64_t floor = 0;         // the latest dot that a removal has seen
  std::int64_t floor_total = 0;    // the total at that dot; 0 for bounded (hidden, not reset)
  std::uint32_t mark_replica = 0;  // the removal
  std::uint64_t mark_counter = 0;
  bool live() const { return now > floor; }
  Dot dot() const { return {.replica = ReplicaId{replica}, .counter = now}; }
  Dot mark() const { return {.replica = ReplicaId{mark_replica}, .counter = mark_counter}; }
  // Takes the later of both; true when this changed.
  bool join(const Share& other);
};

// What one operation added to its share; travels with the delta for a replica that must rebase (reissue.h).
struct Amounts {
  std::int64_t total = 0;
  std::int64_t spent = 0;
};

struct Slot {
  StoredValue key;
  std::uint32_t parent = 0;
  std::uint32_t child = 0;  // the first
  std::uint32_t next = 0;   // of the parent's children; of the free slots
  std::uint32_t prev = 0;
  std::uint32_t hash = 0;
  Type type{};
  bool used = false;
  std::uint32_t count = 0;
  std::uint32_t capacity = 0;  // 0: an entry is in place
  union {
    Entry one;
    Entry* entries;
    Share* shares;
    Text* text;
  };
  Slot() : entries(nullptr) {}
};

inline bool is_counter(Type type) {
  return type == Type::g_counter || type == Type::pn_counter || type == Type::bounded;
}
inline bool is_register(Type type) { return type == Type::lww || type == Type::mv; }
inline bool holds_entries(Type type) {
  return type == Type::map || type == Type::member || is_register(type);
}

inline constexpr std::uint32_t kIndexFrom = 8;     // slots from which a hash index is kept
inline constexpr std::uint64_t kPlaceBytes = 512;  // metadata bound, see Document; a text is a place
inline constexpr std::uint64_t kDotBytes = 256;

// Operations on a document's table.
class Store {
 public:
  explicit Store(Document& document) : d_(document) {}

  Slot& slot(std::uint32_t id) { return d_.slots_[id - 1]; }
  const Slot& slot(std::uint32_t id) const { return d_.slots_[id - 1]; }
  std::uint32_t first_child(std::uint32_t id) const { return id == 0 ? d_.first_ : slot(id).child; }

  std::uint32_t find(std::uint32_t parent, Type type, const Value& key) const;
  std::uint32_t make(std::uint32_t parent, Type type, const Value& key);
  // The slot that a caller's step names, and its making; they differ from find and make under
  // Defect::child_lost_on_concurrent_creation alone.
  std::uint32_t find_child(std::uint32_t parent, const Step& step) const;
  std::uint32_t make_child(std::uint32_t parent, const Step& step, Dot dot);
  // What a caller's path names; 0 when it is not there. REQUIRES a path that is not empty.
  std::uint32_t resolve(Path path) const;
  std::uint32_t make_path(Path path, Dot dot);
  // The key as the caller named it.
  std::string_view name_of(const Slot& s) const;

  std::span<Entry> entries(Slot& s) { return {s.capacity == 0 ? &s.one : s.entries, s.count}; }
  std::span<const Entry> entries(const Slot& s) const {
    return {s.capacity == 0 ? &s.one : s.entries, s.count};
  }
  std::span<Share> shares(Slot& s) { return {s.shares, s.count}; }
  std::span<const Share> shares(const Slot& s) const { return {s.shares, s.count}; }
  void add_entry(Slot& s, const Entry& entry);
  void drop_entry(Slot& s, std::size_t at);
  void clear_entries(Slot& s);
  void replace_entry(Entry& old, const Entry& entry);
  void replace_entries(Slot& s, const Entry& entry);  // by this one
  Share* find_share(Slot& s, std::uint32_t replica, std::uint32_t peer);
  Share& add_share(Slot& s, const Share& share);
  void drop_share(Slot& s, std::size_t at);
  Text& text(Slot& s);  // makes it

  bool live(std::uint32_t id) const;
  bool readable(std::uint32_t id) const;  // live, or escrow that is hidden
  // Erases the slot when it holds nothing; prune() then its parents likewise.
  bool prune_one(std::uint32_t id);
  void prune(std::uint32_t id);
  // Gives memory back after a mutation; slot numbers change.
  void settle();
  void account_text(const Slot& s, std::uint64_t bytes_before, std::uint32_t elements_before);
  // The metadata bound, from counts that are kept: O(1).
  void check_bounds(const CausalContext& seen) const;

  std::uint32_t places() const { return d_.live_slots_; }
  std::pmr::memory_resource* memory() const { return d_.memory_; }
  const Options& options() const { return *d_.options_; }

 private:
  static std::uint32_t hash_of(std::uint32_t parent, Type type, const Value& key);
  void* take(std::size_t bytes, std::size_t alignment);
  void give(void* at, std::size_t bytes, std::size_t alignment);
  template <class T>
  void resize(T*& items, std::uint32_t& capacity, std::uint32_t count, std::uint32_t wanted);
  void grow_slots(std::uint32_t wanted);
  void rebuild_index();
  void index_insert(std::uint32_t id);
  void index_erase(std::uint32_t id);
  void release_payload(Slot& s);
  void erase_slot(std::uint32_t id);
  void renumber(std::uint32_t wanted);
  friend class Document;
  Document& d_;
};

// Keeps the document's counts right over a change to a slot's text.
class TextScope {
 public:
  TextScope(Store& store, Slot& s)
      : store_(store),
        slot_(s),
        bytes_(s.text == nullptr ? 0 : s.text->held_bytes()),
        elements_(s.text == nullptr ? 0 : s.text->elements()) {}
  ~TextScope() { store_.account_text(slot_, bytes_, elements_); }
  TextScope(const TextScope&) = delete;
  TextScope& operator=(const TextScope&) = delete;

 private:
  Store& store_;
  Slot& slot_;
  std::uint64_t bytes_;
  std::uint32_t elements_;
};

}  // namespace wn::crdt
