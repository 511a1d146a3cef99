#pragma once
// What two sessions say to each other: frames in canonical Protobuf wire encoding,
//   message Frame { uint32 kind = 1; fixed64 session = 2; uint64 request = 3; fixed64 token = 4;
//                   uint64 a = 5; uint64 b = 6; bytes body = 7; }
// and what stands in their bodies. The asker asks, the giver answers each question from its view alone:
//
//   ask             a            b          body        answer     a        b         body
//   hello           its items               nonce       welcome    items              nonce
//   ask_report      symbols                             report                        Report
//   ask_symbols     first        how many               symbols    first    how many  coded symbols
//   ask_ranges                   how many   questions   ranges              how many  answers, in order
//   ask_items       first                               items      first    of all    items, ascending
//   settle          first        of all     items       settled    have so far
//   (any)                                               unknown
//
// Bounds of ranges are prefixes of items, big-endian, without trailing zeros. Decoders are total on hostile
// bytes and allocate nothing: bodies are read where they lie.
#include <array>
#include <cstdint>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"
#include "runtime/sync/symbols.h"

namespace wn::sync {

enum class Kind : std::uint8_t {
  hello = 1,
  welcome,
  ask_report,
  report,
  ask_symbols,
  symbols,
  ask_ranges,
  ranges,
  ask_items,
  items,
  settle,
  settled,
  unknown,  // the giver has no such session any more: begin anew
};
inline constexpr std::uint64_t kKindsEnd = 14;

struct Frame {
  Kind kind = Kind::unknown;
  std::uint64_t session = 0;
  std::uint64_t request = 0;  // an answer has that of its question
  std::uint64_t token = 0;    // drawn by the giver: shows that the asker gets what is sent to it
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  ByteView body;
};
inline constexpr std::size_t kFrameHeadBytesMax = 64;

void encode(const Frame& frame, std::vector<std::uint8_t>& out);  // appends
[[nodiscard]] Errc decode(ByteView bytes, Frame& out);            // ok or corrupt

// Drawn fresh by each side for each session; the key is made of both.
struct Nonce {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};
inline constexpr std::size_t kNonceBytes = 16;
void put_nonce(const Nonce& nonce, std::vector<std::uint8_t>& out);
[[nodiscard]] bool get_nonce(ByteView bytes, Nonce& out);
SessionKey key_of(std::uint64_t session, const Nonce& asker, const Nonce& giver);

// A reader over packed bodies; every call returns false at the first thing that does not hold.
class Cursor {
 public:
  explicit Cursor(ByteView in, std::size_t at = 0) : in_(in), at_(at) {}
  bool done() const { return at_ == in_.size(); }
  std::size_t at() const { return at_; }
  [[nodiscard]] bool byte(std::uint8_t& out);
  [[nodiscard]] bool varint(std::uint64_t& out);
  [[nodiscard]] bool word(std::uint64_t& out);
  [[nodiscard]] bool view(std::size_t size, ByteView& out);
  [[nodiscard]] bool item(ItemId& out);

 private:
  ByteView in_;
  std::size_t at_;
};

// Counts are told as their distance from what is expected of `items` items: small numbers.
void put_symbol(const Symbol& symbol, std::uint32_t index, std::uint64_t items,
                std::vector<std::uint8_t>& out);
[[nodiscard]] bool get_symbol(Cursor& in, std::uint32_t index, std::uint64_t items, Symbol& out);
inline constexpr std::size_t kSymbolBytesMax = 50;

// [low, high), or all from `low` on.
struct Range {
  ItemId low;
  ItemId high;
  bool to_end = true;
};
// The shortest prefix that is more than `before` and not more than `item`. REQUIRES before < item.
ItemId bound_between(const ItemId& before, const ItemId& item);
ItemId after(const ItemId& item);  // the next one; REQUIRES that there is one

void put_bound(const ItemId& bound, std::vector<std::uint8_t>& out);
[[nodiscard]] bool get_bound(Cursor& in, ItemId& out);

// A question about a range, and whether a list of its items is wanted at once.
void put_question(const Range& range, bool list, std::vector<std::uint8_t>& out);
[[nodiscard]] bool get_question(Cursor& in, Range& range, bool& list);

// The answer: a split into at most kSplit parts, a list, or the beginning of a list.
inline constexpr std::size_t kSplit = 16;
enum class Answer : std::uint8_t { split = 1, list, list_cut };
struct Part {
  ItemId low;
  std::uint64_t count = 0;
  Fingerprint sum;
};
void put_split(const KeyedView& keyed, const Range& range, std::vector<std::uint8_t>& out);
// The parts, whose bounds ascend within the range; `parts` of them.
[[nodiscard]] bool get_split(Cursor& in, const Range& range, std::array<Part, kSplit>& out,
                             std::size_t& parts);
// The items follow it.
void put_list_head(Answer kind, std::size_t items, std::vector<std::uint8_t>& out);

void put_strata(const Strata& strata, std::vector<std::uint8_t>& out);
[[nodiscard]] bool get_strata(Cursor& in, Strata& out);
void put_fingerprint(const Fingerprint& sum, std::vector<std::uint8_t>& out);
[[nodiscard]] bool get_fingerprint(Cursor& in, Fingerprint& out);

}  // namespace wn::sync
