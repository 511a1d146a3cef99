#pragma once
// State: everything that one endpoint holds, as plain structs; rules.h names the functions that work on it.
// Internal to the room.
#include <array>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/rpc/codec.h"
#include "runtime/rpc/endpoint.h"

namespace wn::rpc {

inline constexpr std::uint32_t kOverheadBytes = 512;   // counted for each call, whichever side
inline constexpr std::size_t kItemBytes = 32;          // and for each argument and item that may come back
inline constexpr std::size_t kRefusedKept = 64;        // refusals of one peer's calls that are remembered
inline constexpr std::size_t kEndedKept = 128;         // calls whose answers are compared with late copies
inline constexpr std::uint32_t kIntroductionsMax = 4;  // of one call
inline constexpr std::uint32_t kAttemptsEver = 31;     // bits of Live::settled
inline constexpr std::size_t kBodyBytesMax = kFrameBytesMax / 2;

// A call of ours that has not ended.
struct Live {
  std::uint64_t id = 0;  // on the wire
  CallId name;           // to its maker; the same, but under a planted bug
  NodeId to;
  MethodSpec method;
  IdempotencyKey key{kNobody, 0};
  Incoming parent;
  std::uint64_t context = 0;
  Instant deadline;
  std::uint32_t response_bytes = 0;
  std::uint32_t response_items = 0;
  bool sign = false;
  bool promises = false;
  std::uint64_t base = 0;  // the lowest call that the callee must know until this one ends
  Bytes body;
  std::uint32_t cost = 0;

  bool credited = false;  // counted against the callee's window
  bool batched = false;   // leaves with the next flush
  std::uint32_t attempts = 0;
  std::uint32_t settled = 0;  // bit n: attempt n + 1 was refused without an effect
  std::uint32_t introductions = 0;
  std::uint64_t sent_to = 0;  // the callee's incarnation at the last attempt
  Instant sent_at;
  Instant retry_at = Instant::max();
  Instant armed = Instant::max();

  bool all_settled() const { return settled == (std::uint32_t{1} << attempts) - 1; }
};

enum class Phase : std::uint8_t {
  parked,     // waits for the calls that it rests on
  delivered,  // with the handler
  withdrawn,  // the handler was told to stop; it may answer all the same
  answered,   // the outcome is remembered
};

// A call that we were asked to carry out.
struct Entry {
  std::uint64_t serial = 0;
  NodeId from;
  std::uint64_t session = 0;  // incarnation of the caller
  std::uint64_t id = 0;       // of the call that gets the answer
  std::uint32_t attempt = 0;
  IdempotencyKey key{kNobody, 0};
  MethodSpec method;
  Digest operation;  // what the key stands for
  Phase phase = Phase::parked;
  bool ran = false;     // it was delivered
  bool queued = false;  // its answer leaves with the next flush
  Instant arrived;      // the attempt
  Instant due;
  Instant armed = Instant::max();
  std::uint32_t hops = 0;
  std::uint32_t depth = 0;
  std::uint32_t response_bytes = 0;
  std::uint32_t response_items = 0;
  bool sign = false;
  std::uint32_t cost = 0;
  std::uint32_t calls = 0;  // made by the handler
  std::uint64_t order = 0;  // among outcomes
  Target target;            // parked
  Bytes capability;
  std::vector<Argument> arguments;
  Answer answer;

  // Answered, and nothing was done: it may be tried anew under the same key.
  bool is_void() const { return phase == Phase::answered && (!ran || took_no_effect(answer.status)); }
};

struct Refused {
  std::uint64_t id = 0;
  std::uint32_t attempt = 0;
};

struct Peer {
  explicit Peer(std::pmr::memory_resource* m)
      : bases(m),
        waiting(m),
        call_batch(m),
        cancel_batch(m),
        by_id(m),
        by_key(m),
        outcomes(m),
        parked(m),
        reply_batch(m) {}

  bool member = false;
  bool dirty = false;
  Instant heard;

  // Calls to it.
  std::uint64_t callee = 0;  // its incarnation, as far as known
  std::uint64_t advert = 0;
  std::uint32_t window_calls = 0, window_bytes = 0;
  std::uint32_t used_calls = 0, used_bytes = 0;
  std::uint32_t live = 0;      // calls
  std::size_t live_bytes = 0;  // their cost
  Duration round_trip;         // smoothed; zero: not measured
  std::pmr::map<std::uint64_t, std::uint32_t> bases;
  std::pmr::deque<std::uint64_t> waiting;  // for credit
  std::pmr::vector<std::uint64_t> call_batch;
  std::pmr::vector<std::uint64_t> cancel_batch;

  // Calls by it.
  std::uint64_t caller = 0;     // its incarnation
  std::uint64_t floor = 0;      // it waits for no call below
  std::uint64_t forgotten = 0;  // calls below that are not in by_id may have been carried out
  std::uint32_t running = 0;    // parked and delivered
  std::size_t running_bytes = 0;
  std::size_t outcome_bytes = 0;
  std::pmr::map<std::uint64_t, std::uint64_t> by_id;  // of this session -> serial
  std::pmr::map<IdempotencyKey, std::uint64_t> by_key;
  std::pmr::map<std::uint64_t, std::uint64_t> outcomes;  // order -> serial; withdrawn ones too
  std::pmr::set<std::uint64_t> parked;                   // serials
  std::array<Refused, kRefusedKept> refused{};
  std::size_t next_refused = 0;
  std::uint64_t adverts = 0;
  std::pmr::vector<std::uint64_t> reply_batch;  // serials

  std::size_t bytes() const { return live_bytes + running_bytes + outcome_bytes; }
};

struct Timer {
  Instant at;
  bool incoming = false;
  std::uint64_t id = 0;  // of a Live or an Entry
  friend auto operator<=>(const Timer&, const Timer&) = default;
};

struct Ended {  // done, by a method that is not repeatable
  std::uint64_t id = 0;
  NodeId peer;
  std::uint64_t callee = 0;
  Digest result;
};

struct State {
  State(const Options& o, std::pmr::memory_resource* m)
      : options(o), memory(m), peers(m), live(m), entries(m), timers(m), dirty(m) {}

  Options options;
  std::pmr::memory_resource* memory;
  std::pmr::map<NodeId, Peer> peers;
  std::pmr::map<std::uint64_t, Live> live;
  std::pmr::map<std::uint64_t, Entry> entries;
  std::pmr::set<Timer> timers;
  std::pmr::vector<NodeId> dirty;  // something waits for their flush
  std::uint64_t last_id = 0;
  std::uint64_t last_serial = 0;
  std::uint64_t last_order = 0;
  std::size_t bytes = 0;
  std::size_t stranger_bytes = 0;
  std::int64_t retry_credit = 0;  // hundredths of a retry
  std::uint64_t noise = 0;
  std::uint64_t retries = 0;
  std::uint64_t refused = 0;
  std::array<Ended, kEndedKept> ended{};
  std::size_t next_ended = 0;

  // Scratch, reused.
  CallsFrame calls_in;
  RepliesFrame replies_in;
  CancelsFrame cancels_in;
  std::vector<std::uint8_t> list;
  std::vector<std::uint8_t> signed_bytes;
  std::vector<ReplyOut> refusals;
};

}  // namespace wn::rpc
