#pragma once
// Atom: a name or value as a 32-bit number. AtomList, OptionalAtom: an optional list of atoms in one pointer,
// and an optional atom in 32 bits; both speak like std::optional. They are small because a transaction is
// made of them: 32 bytes a micro-operation instead of 64.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace wn::checkers {

// Names and values are interned: equal text or number <=> equal id, so checkers compare 32-bit numbers.
// Id 0 is nil (absent, null).
struct Atom {
  std::uint32_t id = 0;
  friend constexpr auto operator<=>(Atom, Atom) = default;
};
inline constexpr Atom kNil{};

class OptionalAtom {
 public:
  constexpr OptionalAtom() = default;
  constexpr OptionalAtom(std::nullopt_t) {}
  constexpr OptionalAtom(Atom atom) : atom_(atom) {}
  constexpr explicit operator bool() const { return has_value(); }
  constexpr bool has_value() const { return atom_ != kNone; }
  constexpr const Atom& operator*() const { return atom_; }
  constexpr Atom value_or(Atom other) const { return has_value() ? atom_ : other; }
  friend constexpr bool operator==(OptionalAtom, OptionalAtom) = default;

 private:
  static constexpr Atom kNone{0xFFFFFFFF};  // no interner gives this id
  Atom atom_ = kNone;
};

class AtomList {
 public:
  using Span = std::span<const Atom>;

  AtomList() = default;
  AtomList(std::nullopt_t) {}
  AtomList(Span list) : block_(std::make_unique_for_overwrite<Atom[]>(list.size() + 1)) {
    block_[0].id = static_cast<std::uint32_t>(list.size());
    std::ranges::copy(list, block_.get() + 1);
  }
  AtomList(const std::vector<Atom>& list) : AtomList(Span(list)) {}
  AtomList(const AtomList& other) : AtomList() {
    if (other) *this = AtomList(*other);
  }
  AtomList(AtomList&&) noexcept = default;
  AtomList& operator=(AtomList&&) noexcept = default;
  AtomList& operator=(const AtomList& other) {
    if (this != &other) *this = AtomList(other);
    return *this;
  }
  ~AtomList() = default;

  explicit operator bool() const { return block_ != nullptr; }
  bool has_value() const { return block_ != nullptr; }
  Span operator*() const { return {block_.get() + 1, block_[0].id}; }  // REQUIRES has_value()

  struct Arrow {
    Span span;
    const Span* operator->() const { return &span; }
  };
  Arrow operator->() const { return {**this}; }

  // Empty when there is none.
  Span get() const { return has_value() ? **this : Span(); }
  std::vector<Atom> to_vector() const { return {get().begin(), get().end()}; }
  // Room for `size` atoms, to be written by the caller.
  std::span<Atom> emplace(std::size_t size) {
    block_ = std::make_unique_for_overwrite<Atom[]>(size + 1);
    block_[0].id = static_cast<std::uint32_t>(size);
    return {block_.get() + 1, size};
  }
  std::size_t bytes() const { return has_value() ? (block_[0].id + 1) * sizeof(Atom) : 0; }

  friend bool operator==(const AtomList& a, const AtomList& b) {
    return a.has_value() == b.has_value() && std::ranges::equal(a.get(), b.get());
  }

 private:
  std::unique_ptr<Atom[]> block_;  // its size, then the atoms
};

}  // namespace wn::checkers
