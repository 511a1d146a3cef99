#pragma once
// ChainLog: one writer's chain as one replica holds it: the headers from some base on. It says whether a
// block is the next one, finds where another chain of the same writer leaves this one, and can be cut.
//
// Headers have been verified by whoever appends them. Memory: about 170 bytes a header, at most kHeadersMax;
// forget_before() moves the base. Errors are typed (Verdict). One thread.
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/chain/block.h"

namespace wn::chain {

inline constexpr std::size_t kHeadersMax = 1U << 16;
inline constexpr std::size_t kLocatorMax = 48;

// Why a block is not taken. Numbers are traced (block_refused): append only.
enum class Verdict : std::uint8_t {
  next = 0,       // it is the next one: take it
  known,          // it, or a part of this same chain, is here already
  gap,            // blocks between are missing
  fork,           // it leaves this chain: ask for the headers, there is a proof
  bad_signature,  // not signed by the writer's node
  bad_content,    // the updates are not what the header says
  wrong_writer,   // no such writer, or its replica does not live on that node, or it is we, who wrote others
  missing_deps,   // what the writer knew is not known here yet
  cut,            // at or above the writer's cut
  malformed,
  from_future,   // stamped beyond the clock's bound
  out_of_order,  // its times do not grow
  full,          // kHeadersMax
};
std::string_view to_string(Verdict verdict);

// A place on a chain: the block that ends with this counter, and its hash.
struct Place {
  std::uint64_t counter = 0;  // 0: before the first block
  Hash hash;
  friend bool operator==(const Place&, const Place&) = default;
};

class ChainLog {
 public:
  ChainLog(const Place& base, std::pmr::memory_resource* memory) : base_(base), headers_(memory) {}

  const Place& base() const { return base_; }
  Place head() const;
  std::uint64_t next() const { return head().counter + 1; }
  std::uint64_t time() const { return headers_.empty() ? base_time_ : headers_.back().sealed.header.time; }
  std::size_t size() const { return headers_.size(); }

  // By counters and links alone: next, known, gap, fork or full. `known` and `fork` below the base: known.
  Verdict judge(const Header& header) const;
  // REQUIRES that it begins at next(); that it links to the head is for judge() to say.
  void append(const Sealed& sealed);
  // The block that holds this counter; nullptr: none here.
  const Sealed* find(std::uint64_t counter) const;
  // Does this chain have that place? none: it lies beyond the head or below the base, so nobody can tell
  // here.
  std::optional<bool> has(const Place& place) const;

  // Places from the head back, ever further apart, the base last: for finding where two chains part.
  std::vector<Place> locator() const;
  // The headers after the newest of these places that lies on this chain, at most `limit`.
  std::vector<Sealed> after(std::span<const Place> locator, std::size_t limit) const;

  // Blocks that reach `counter` or beyond go. REQUIRES counter above the base's. True: something went.
  bool cut(std::uint64_t counter);
  // Blocks up to and with `counter` go; the base moves there. REQUIRES that a block ends there, or the base.
  void forget_before(std::uint64_t counter);

  // Canonical bytes, with all headers; decode is total. It judges form and, if asked to, links; not
  // signatures.
  void encode(std::vector<std::uint8_t>& out) const;
  static Result<ChainLog> decode(ByteView bytes, std::pmr::memory_resource* memory, bool ask_links = true);

 private:
  struct Item {
    Sealed sealed;
    Hash hash;
  };
  // Of the first block that ends at or after `counter`.
  std::size_t index_of(std::uint64_t counter) const;
  Place base_;
  std::uint64_t base_time_ = 0;
  std::pmr::vector<Item> headers_;
};

}  // namespace wn::chain
