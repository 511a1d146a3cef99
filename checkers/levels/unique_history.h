#pragma once
// UniqueHistory: transactions over registers with unique values, compact: who read whose write. Levels' and
// polygraph's view of a history (levels.h says what counts and what is refused).
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkers/history/history.h"
#include "checkers/history/verdict.h"
#include "checkers/levels/levels.h"

namespace wn::checkers::levels {

inline constexpr std::uint32_t kNoTxn32 = ~std::uint32_t{0};
inline constexpr std::uint32_t kInitialTxn = kNoTxn32 - 1;  // the transaction that wrote every key's nil

struct UniqueTxn {
  std::uint64_t operation = 0;
  std::uint64_t begin = 0, end = kNever;  // positions; an info transaction never ends
  std::uint32_t session = 0;
  std::uint32_t index = 0;            // in its session
  std::uint32_t previous = kNoTxn32;  // what its process had completed last, perhaps of another session
  bool ok = true;
};

// A read of another transaction's write.
struct UniqueRead {
  std::uint32_t key = 0;
  std::uint32_t source = kInitialTxn;
};

struct UniqueHistory {
  std::vector<UniqueTxn> txns;
  std::vector<std::uint32_t> first_read, first_write;  // one more than txns
  std::vector<UniqueRead> all_reads;                   // in program order
  std::vector<std::uint32_t> all_writes;               // keys, ascending and distinct in each transaction
  std::vector<std::uint32_t> first_of_session, of_session;  // transactions of each session, in order
  std::vector<Atom> keys;

  const char* refused = nullptr;  // why nothing can be said
  std::optional<Anomaly> flaw;    // the first read that no level allows

  std::uint32_t size() const { return static_cast<std::uint32_t>(txns.size()); }
  std::uint32_t sessions() const { return static_cast<std::uint32_t>(first_of_session.size() - 1); }
  std::span<const UniqueRead> reads(std::uint32_t t) const {
    return {all_reads.data() + first_read[t], all_reads.data() + first_read[t + 1]};
  }
  std::span<const std::uint32_t> writes(std::uint32_t t) const {
    return {all_writes.data() + first_write[t], all_writes.data() + first_write[t + 1]};
  }
  bool writes_key(std::uint32_t t, std::uint32_t key) const;
  std::span<const std::uint32_t> session(std::uint32_t s) const {
    return {of_session.data() + first_of_session[s], of_session.data() + first_of_session[s + 1]};
  }
};

UniqueHistory unique_history(const History& history);
LevelStats stats_of(const UniqueHistory& unique);

// "T12", by the operation's number, and a key or value as JSON.
std::string txn_name(const UniqueHistory& unique, std::uint32_t t);
std::string key_text(const History& history, const UniqueHistory& unique, std::uint32_t key);

}  // namespace wn::checkers::levels
