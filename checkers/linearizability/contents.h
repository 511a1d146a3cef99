#pragma once
// Contents: the values that an object can hold, as ids. A content is a sequence of tokens (a register's value
// is one token, a text is its bytes, a list is its elements; nothing is the empty sequence, id 0). Equal
// sequences have equal ids; sequences are compared by length and two polynomial hashes modulo 2^61 - 1, so
// that appending costs O(1) whatever the length. Two different contents of one history collide with a
// probability below 2^-80 for histories of 10^8 tokens; it is the only chance that these checkers take.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "checkers/history/history.h"

namespace wn::checkers {

using ContentId = std::uint32_t;
inline constexpr ContentId kEmptyContent = 0;
inline constexpr ContentId kNoContent = 0xFFFFFFFF;

struct SequenceHash {
  std::array<std::uint64_t, 2> value{};
  std::array<std::uint64_t, 2> power{1, 1};  // base^length
  std::uint64_t length = 0;
  friend bool operator==(const SequenceHash&, const SequenceHash&) = default;

  void push(std::uint32_t token);
  static SequenceHash concat(const SequenceHash& a, const SequenceHash& b);
  // The hash of what follows `prefix` in `whole`, given the power of its length.
  static std::array<std::uint64_t, 2> rest(const SequenceHash& whole, const SequenceHash& prefix,
                                           const std::array<std::uint64_t, 2>& power);
};

enum class ContentMode : std::uint8_t { scalar, text, list };

class Contents {
 public:
  Contents(const Interner& atoms, ContentMode mode);

  ContentId of(Atom atom);
  ContentId of_tokens(std::span<const std::uint32_t> tokens);
  ContentId concat(ContentId a, ContentId b);
  ContentId intern(const SequenceHash& hash);
  ContentId find(const std::array<std::uint64_t, 2>& value,
                 std::uint64_t length) const;  // kNoContent if unknown

  std::uint32_t token(Atom atom) const { return atom.id + 256; }
  void tokens_of(Atom atom, std::vector<std::uint32_t>& out) const;  // appends
  const SequenceHash& hash(ContentId id) const { return hashes_[id]; }
  // Empty for contents that only concat or intern made.
  std::span<const std::uint32_t> tokens(ContentId id) const {
    return std::span(pool_).subspan(tokens_[id].first, tokens_[id].second);
  }
  std::size_t size() const { return hashes_.size(); }
  std::uint64_t bytes() const;

 private:
  void grow();

  const Interner& atoms_;
  ContentMode mode_;
  std::vector<SequenceHash> hashes_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> tokens_;
  std::vector<std::uint32_t> pool_;
  std::vector<ContentId> table_;    // open addressing; kNoContent = free
  std::vector<ContentId> of_atom_;  // cache
  std::vector<std::uint32_t> scratch_;
};

}  // namespace wn::checkers
