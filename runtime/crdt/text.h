#pragma once
// Inside the room: a replicated sequence of code points.
//
// The choice: RGA (Roh et al., "Replicated abstract data types", JPDC 2011) in its linear form. An element
// stands on the element that was visible to its left when it was typed (its origin) and has a Lamport number
// above all that its writer had seen here; it goes right after its origin, behind those that have a higher
// number. Fugue (Weidner & Kleppmann 2023) interleaves less when two people type backwards at one place, but
// places an element relative to deleted ones; RGA's origins are visible, so that a deleted element may be
// forgotten altogether.
//
// Forgetting. A deleted element may go when every replica knows it and its deletion (then nobody will stand
// on it), unless the first element kept behind it was inserted under it and is not yet known to all: that one
// could then not be told from a newer neighbour. Elements that stood on it stand on the one to its left.
//
// Elements are (dot, offset): one insertion has one dot. They may arrive before what they stand on; then they
// wait. The list is kept in blocks, so that a position is found in O(n / block) and an element by its name in
// O(1).
#include <memory_resource>
#include <string>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/crdt/types.h"

namespace wn::crdt {

inline constexpr std::uint64_t kLamportMax = std::uint64_t{1} << 48;

struct ElementName {
  Dot dot;
  std::uint32_t offset = 0;
  friend constexpr auto operator<=>(const ElementName&, const ElementName&) = default;
};

// One run of an insertion as it travels; in states with its deletion mark.
struct TextRun {
  ElementName first;
  std::uint64_t lamport = 0;  // of the first; the others count on
  ElementName origin = {};    // no dot: the beginning
  std::string_view utf8 = {};
  std::uint32_t size = 0;  // code points
  Dot mark = {};           // none: visible
};
struct TextErase {
  ElementName first;
  std::uint32_t size = 0;
  Dot mark;
};

// text_wire.cpp. Readers check everything that does not depend on a text.
namespace wire {
class Out;
void put_run(Out& out, const TextRun& run);
void put_erase(Out& out, const TextErase& erase);
bool get_run(ByteView item, const Options& options, TextRun& run);
bool get_erase(ByteView item, const Options& options, TextErase& erase);
void put_utf8(std::string& out, std::uint32_t code);
// Takes one code point off; false when it is not valid UTF-8 (overlong forms and surrogates included).
bool get_utf8(std::string_view& in, std::uint32_t& code);
}  // namespace wire

class Text {
 public:
  Text(const Options& options, std::pmr::memory_resource* memory)
      : options_(&options), nodes_(memory), blocks_(memory), index_(memory), waiting_(memory) {}

  bool empty() const { return nodes_.empty() && waiting_.empty(); }
  std::uint32_t visible() const { return visible_; }
  std::uint32_t elements() const { return static_cast<std::uint32_t>(nodes_.size()) + waiting_elements_; }
  std::uint64_t held_bytes() const;

  // Local. REQUIRES positions inside the visible text, valid UTF-8 of `size` code points.
  TextRun insert(std::uint32_t at, std::string_view utf8, std::uint32_t size, Dot dot);
  bool lamport_left(std::uint32_t size) const { return lamport_ + size < kLamportMax; }
  void erase(std::uint32_t at, std::uint32_t count, Dot mark, wire::Out* out);
  void put_clear(Dot mark, wire::Out& out) const;
  void clear(Dot mark);

  // REQUIRES that check_text() has passed the payload. Dots are noted by the caller afterwards.
  void merge(ByteView payload, const CausalContext* seen, bool state, MergeReport& report);
  void put_state(wire::Out& out) const;
  // Drops what `theirs` has seen and `other` (may be null) no longer holds.
  std::uint32_t forget(const CausalContext& theirs, const Text* other);
  std::uint32_t collect(const VersionVector& stable);

  bool has(const ElementName& name) const { return find(name) != kNone; }
  // The nearest element left of `name` for which `lives` is true; no dot: the beginning.
  template <class Lives>
  ElementName left_of(const ElementName& name, Lives&& lives) const {
    ElementName last;
    bool found = false;
    each([&](std::uint32_t i) {
      found = found || nodes_[i].name() == name;
      if (!found && lives(nodes_[i].name())) last = nodes_[i].name();
    });
    return found ? last : ElementName{};
  }
  std::uint64_t lamport() const { return lamport_; }
  bool waits(Dot dot) const;  // an insertion by this dot is here and not yet in place
  std::size_t waiting() const { return waiting_.size(); }
  void absorb_into(Digest& digest) const;
  std::string utf8() const;

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr std::uint32_t kBlockMax = 48;
  struct Node {
    std::uint32_t replica = 0;
    std::uint32_t offset = 0;
    std::uint64_t counter = 0;
    std::uint64_t lamport = 0;
    std::uint32_t origin = kNone;
    std::uint32_t block = 0;
    std::uint32_t code = 0;
    std::uint32_t mark_replica = 0;
    std::uint64_t mark_counter = 0;
    bool deleted() const { return mark_counter != 0; }
    Dot dot() const { return {.replica = ReplicaId{replica}, .counter = counter}; }
    Dot mark() const { return {.replica = ReplicaId{mark_replica}, .counter = mark_counter}; }
    ElementName name() const { return {.dot = dot(), .offset = offset}; }
  };
  struct Block {
    std::uint32_t next = kNone;
    std::uint32_t prev = kNone;
    std::uint32_t count = 0;
    std::uint32_t visible = 0;
    std::uint32_t items[kBlockMax];
  };
  struct Waiting {
    bool erase = false;
    std::uint32_t size = 0;  // counted as so many elements
    std::pmr::vector<std::uint8_t> item;
  };

  std::uint32_t find(const ElementName& name) const;
  void index_insert(std::uint32_t node);
  bool above(std::uint32_t a, const Node& b) const;  // orders elements of one origin
  std::uint32_t at_visible(std::uint32_t position) const;
  std::uint32_t after(std::uint32_t node) const;  // in the list; kNone: the first
  void link_after(std::uint32_t left, std::uint32_t node);
  void split(std::uint32_t block);
  std::uint32_t append_node(const Node& node, std::uint32_t left);
  // `fresh`: nothing of its dot was seen before, so what is not here is new; else it was forgotten. In a
  // state a run whose origin was forgotten there follows `last`, the element before it in the state.
  bool place(const TextRun& run, bool fresh, bool state, std::uint32_t& last, MergeReport& report);
  bool mark(const TextErase& erase, const CausalContext* seen, MergeReport& report);
  bool mark_node(Node& node, Dot mark);
  void wait(ByteView item, bool erase, std::uint32_t size);
  void retry(const CausalContext* seen, MergeReport& report);
  void rebuild(const std::pmr::vector<bool>& gone);
  template <class Visit>
  void each(Visit&& visit) const {
    for (std::uint32_t b = head_; b != kNone; b = blocks_[b].next) {
      for (std::uint32_t i = 0; i < blocks_[b].count; ++i) visit(blocks_[b].items[i]);
    }
  }

  const Options* options_;
  std::pmr::vector<Node> nodes_;
  std::pmr::vector<Block> blocks_;
  std::pmr::vector<std::uint32_t> index_;  // open addressing: 1 + node
  std::pmr::vector<Waiting> waiting_;
  std::uint32_t head_ = kNone;
  std::uint32_t tail_ = kNone;
  std::uint32_t visible_ = 0;
  std::uint32_t waiting_elements_ = 0;
  std::uint64_t lamport_ = 0;
};

struct TextCheck {
  Errc code = Errc::ok;
  std::size_t new_dots = 0;
  std::size_t strangers = 0;
};
TextCheck check_text(ByteView payload, const Options& options, const Text* text, const CausalContext* seen,
                     bool state);

}  // namespace wn::crdt
