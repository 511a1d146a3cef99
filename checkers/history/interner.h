#pragma once
// Interner: values of a history as 32-bit ids. Equal value <=> equal Atom; ids count up in order of first
// appearance, so the same history gives the same ids on every machine. Id 0 is nil. Kinds never mix: the
// number 1 and the text "1" are two atoms. Limit: 2^32 - 1 values (CHECK). Not thread-safe for writing.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history/operation.h"

namespace wn::checkers {

// Which atoms somebody still speaks of.
class AtomMarks {
 public:
  explicit AtomMarks(std::size_t atoms) : marked_(atoms, false) {}
  void mark(Atom atom) { marked_[atom.id] = true; }
  bool marked(Atom atom) const { return marked_[atom.id]; }

 private:
  std::vector<bool> marked_;
};

class Interner {
 public:
  enum class Kind : std::uint8_t { nil = 0, number, text, list, other };

  Interner();
  Atom number(std::int64_t value);
  Atom text(std::string_view value);
  Atom list(std::span<const Atom> elements);
  // Any other value, kept as the text that stood for it in the file (true, 1.5, {"a":1}, :keyword).
  Atom other(std::string_view token);

  Kind kind(Atom atom) const { return items_[atom.id].kind; }
  std::int64_t number_of(Atom atom) const;         // REQUIRES kind number
  std::string_view text_of(Atom atom) const;       // REQUIRES kind text or other
  std::span<const Atom> list_of(Atom atom) const;  // REQUIRES kind list
  std::string to_json(Atom atom) const;            // as JSON
  void append_json(Atom atom, std::string& out) const;

  std::size_t size() const { return items_.size(); }
  // Forgets all atoms but nil, the marked ones and the elements of marked lists; the numbers of the forgotten
  // are given to new values. For streams; a History never forgets.
  void sweep(AtomMarks marks);
  std::size_t live() const { return items_.size() - vacant_.size(); }
  std::uint64_t bytes() const;  // memory held, near enough for a limit

 private:
  struct Item {
    std::uint64_t hash = 0;
    std::uint64_t begin = 0;  // number: the value; text, other: offset in text_; list: offset in elements_
    std::uint32_t length = 0;
    Kind kind = Kind::nil;
  };
  Atom intern(Kind kind, std::uint64_t hash, std::string_view text, std::span<const Atom> elements,
              std::uint64_t number);
  bool equal(const Item& item, Kind kind, std::string_view text, std::span<const Atom> elements,
             std::uint64_t number) const;
  void rebuild(std::size_t slots);

  std::vector<Item> items_;
  std::vector<std::uint32_t> table_;  // open addressing; 0 = free (nil is never looked up)
  std::string text_;
  std::vector<Atom> elements_;
  std::vector<std::uint32_t> vacant_;  // forgotten ids
};

}  // namespace wn::checkers
