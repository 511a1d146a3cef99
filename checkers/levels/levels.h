#pragma once
// The weak isolation levels of transactions with unique writes, decided exactly and near-linearly.
// Claim: "isolation".
//
// A history keeps a level iff there is a total commit order of its transactions that extends session order
// (so) and reads-from (wr), such that whenever T3 reads x from T1, every other writer T2 of x that T3 "has to
// know" commits before T1 (R. Biswas, C. Enea, "On the complexity of checking transactional consistency",
// OOPSLA 2019):
//   read_committed  T3 had read something from T2 before that read
//   read_atomic     T2 is before T3 in T3's session, or T3 reads from T2 anywhere
//   causal          T2 comes before T3 in so and wr, closed under transitivity (transactional causal
//   consistency)
// And at every level reads are consistent: nobody reads what nobody wrote ("thin-air-read"), what was refused
// ("G1a"), what its writer overwrote before it committed ("G1b"), or what it writes itself only later
// ("future-read"); who has written a key reads its own last write there ("internal"). So read_committed here
// is stronger than Adya's PL-2, which knows neither sessions, nor the order of reads, nor "internal".
//
// Decided in O(n^1.5) (read committed, read atomic) and O(n * k) (causal, k sessions that write), n
// operations, after L. Møldrup, A. Pavlogiannis, "AWDIT: an optimal weak database isolation tester", PLDI
// 2025: only the least edges that imply the others are added, then one search for a cycle. A fail carries a
// cycle (Verdict.anomalies, links "so", "wr", "co").
//
// Transactions: txn of registers ("r", "w") or of lists, which are registers that show their last element
// here (a pass says nothing of the elements before it); single reads and writes count as transactions of one.
// An info transaction counts iff somebody read from it, by its writes alone; a process's operations are a
// session. Absent (nil, an empty list) is the initial value of every key. Refused as `unknown`: a value that
// is written twice into a key and read, a nil that is written and read, lists as written values, other
// functions (cas, …).
//
// Mini-transactions (MTC, arXiv 2504.02344): where every write has a read of its key before it in its
// transaction, each key's versions form a chain, and snapshot isolation, serializability and both with real
// time are one search for a cycle, in linear time. `unknown` with the signature "mini: a write without a
// read" where it does not hold.
//
// Single-threaded, no clock. Memory: O(n), causal 4 bytes * (transactions that write) * k, refused beyond
// `budget.bytes`. `budget.stop` is asked now and then.
#include <cstdint>
#include <string_view>

#include "checkers/history/budget.h"
#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

enum class Level : std::uint8_t { read_committed, read_atomic, causal };
std::string_view to_string(Level level);  // "read-committed", "read-atomic", "causal"

struct LevelStats {
  std::uint64_t transactions = 0, reads = 0, writes = 0;  // reads: of other transactions' writes
  std::uint64_t sessions = 0, keys = 0;
  std::uint64_t edges = 0;  // of the commit order, beyond so and wr
};

Verdict check_level(const History& history, Level level, const Budget& budget, LevelStats* stats = nullptr);

// What transactions promise beyond the levels above, and which orders between them count besides.
enum class TxnModel : std::uint8_t { snapshot_isolation, serializable };
enum class TxnOrder : std::uint8_t {
  none,       // "serializable", "snapshot-isolation"
  session,    // "strong-session-…"
  real_time,  // "strict-serializable", "strong-snapshot-isolation"
};
std::string_view to_string(TxnModel model, TxnOrder order);

Verdict check_mini(const History& history, TxnModel model, TxnOrder order, const Budget& budget,
                   LevelStats* stats = nullptr);

}  // namespace wn::checkers
