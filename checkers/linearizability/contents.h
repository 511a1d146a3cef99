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
  using Value = std::array<std::uint64_t, 2>;
  Value value{};
  std::uint64_t length = 0;
  friend bool operator==(const SequenceHash&, const SequenceHash&) = default;

  void push(std::uint32_t token);
};

enum class ContentMode : std::uint8_t { scalar, text, list };

class Contents {
 public:
  Contents(const Interner& atoms, ContentMode mode);

  // Scalars are their own ids: nothing is hashed.
  ContentId of(Atom atom) { return scalar_ ? atom.id : sequence_of(atom); }
  ContentId of_tokens(std::span<const std::uint32_t> tokens);
  ContentId concat(ContentId a, ContentId b);
  ContentId intern(const SequenceHash& hash);
  ContentId find(const SequenceHash::Value& value, std::uint64_t length) const;  // kNoContent if unknown
  // The hash of the `length` tokens that follow `prefix` in `whole`.
  SequenceHash::Value rest(const SequenceHash::Value& whole, const SequenceHash::Value& prefix,
                           std::uint64_t length);

  std::uint32_t token(Atom atom) const { return atom.id + 256; }
  void tokens_of(Atom atom, std::vector<std::uint32_t>& out) const;     // appends
  const SequenceHash& hash(ContentId id) const { return hashes_[id]; }  // REQUIRES text or list
  // Empty for contents that only concat or intern made.
  std::span<const std::uint32_t> tokens(ContentId id) const {
    return std::span(pool_).subspan(tokens_[id].first, tokens_[id].second);
  }
  std::size_t size() const { return scalar_ ? atoms_.size() : hashes_.size(); }
  std::uint64_t bytes() const;

 private:
  void grow();
  ContentId sequence_of(Atom atom);
  const SequenceHash::Value& power(std::uint64_t length);  // base^length

  const Interner& atoms_;
  ContentMode mode_;
  bool scalar_;
  std::vector<SequenceHash::Value> powers_;
  std::vector<SequenceHash> hashes_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> tokens_;
  std::vector<std::uint32_t> pool_;
  std::vector<ContentId> table_;    // open addressing; kNoContent = free
  std::vector<ContentId> of_atom_;  // cache
  std::vector<std::uint32_t> scratch_;
};

}  // namespace wn::checkers
