#pragma once
// Session: two nodes find out in which items their views differ, at a cost that follows the difference. A
// value that steps: messages and the time go in, messages come out.
//
//   Session ours(options, Role::asker, view, nonce, memory);
//   ours.step(now, {}, effects);               // says hello
//   ours.step(now, message, effects);          // a message of the peer's session
//   while (effects.again) …step(now, {}, …)    // when the loop has time: work comes in slices
//   … by effects.wake at the latest: what was lost is asked for again
//   ours.done(): missing() is what only the peer has, surplus() what only we have
//
// The asker leads. The giver answers each question from its view and the session's key alone, so a lost,
// repeated or late message does no harm: the asker asks again, and takes only the answer to its last
// question. A giver that has forgotten the session says so, and the asker begins anew.
//
// How (choice.h): after a hello each way, the giver reports fingerprints of samples, of 16 ranges of its
// view, and a few coded symbols. If those do not do, the asker goes on with more coded symbols (Yang, Gilad,
// Alizadeh, SIGCOMM'24), with ranges (Meyer, SRDS'23), or has all items listed, whichever should be cheapest;
// when a guess proves wrong, it changes over. Whatever the way, the outcome is believed only if it turns our
// view's fingerprint into the peer's.
//
// Against a hostile peer: the key is fresh and made of both sides' nonces, so that nobody can have prepared
// items that collide under it. A giver sends no more than `amplification` times what it got, and looks at no
// item, before the asker has shown (by a token) that it gets what is sent to it. Messages, symbols, items and
// bytes are limited; work is a bounded multiple of the bytes that come in, and a step's is bounded by
// work_per_step. A peer can still withhold what it has; it cannot make us take what it has not said.
//
// Errors (refusal()): corrupt, the peer's words contradict each other; too_large, a limit; timed_out. A
// refused session is over. Thread rule: one thread.
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <vector>

#include "runtime/base/fault_point.h"
#include "runtime/base/time.h"
#include "runtime/sync/choice.h"
#include "runtime/sync/message.h"
#include "runtime/sync/view.h"

namespace wn::sync {

enum class Role : std::uint8_t { asker, giver };

struct Options {
  std::size_t items_max = 1U << 23;           // in a view, and taken from a peer
  std::uint32_t symbols_max = 1U << 20;       // made or taken
  std::size_t message_bytes_max = 64U << 10;  // at least kMessageBytesMin
  std::uint64_t bytes_in_max = 1ULL << 31;    // taken, over the whole session
  std::uint64_t bytes_out_max = 1ULL << 31;   // of a giver
  std::size_t work_per_step = 64;             // items hashed, symbols touched …: tens of nanoseconds each
  std::uint32_t amplification = 2;            // bytes out for each byte in, before the asker is proven
  std::uint32_t first_symbols = 8;            // with the report
  std::uint32_t attempts_max = 16;            // to get an answer; and to begin anew
  Duration answer_timeout = milliseconds(400);
  bool tell_peer = true;                // the asker tells the giver at the end what that one lacks
  std::optional<Method> method;         // instead of choosing; for tests and measurements
  FaultPoints* fault_points = nullptr;  // outlives it; nullptr: none are offered
};
inline constexpr std::size_t kMessageBytesMin = 4096;

struct Effects {
  std::vector<std::uint8_t> message;  // to the peer, when not empty; at most one for each step
  bool again = false;                 // there is work left that waits for nobody
  Instant wake = Instant::max();
  void clear();
};

struct Stats {
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t round_trips = 0;  // the asker's
  std::uint64_t symbols = 0;      // taken
  std::uint64_t work = 0;
  Method method = Method::none;  // that led to the end
};

class Asker;
class Giver;
namespace detail {
template <class T>
struct Delete {
  std::pmr::memory_resource* memory = nullptr;
  void operator()(T* value) const;
};
}  // namespace detail

class Session {
 public:
  // `view` must outlive the session. `nonce` is fresh randomness.
  Session(const Options& options, Role role, const View& view, const Nonce& nonce,
          std::pmr::memory_resource* memory);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  void step(Instant now, ByteView message, Effects& effects);

  // The asker: the difference is known, and the giver has been told. The giver: it has been told all.
  bool done() const;
  Errc refusal() const;
  // Valid when done. Of a giver: what the asker told.
  std::span<const ItemId> missing() const;
  // Places in our view, in no order. Of a giver: empty, it isn't told.
  std::span<const std::uint32_t> surplus() const;
  const Stats& stats() const;

 private:
  std::unique_ptr<Asker, detail::Delete<Asker>> asker_;
  std::unique_ptr<Giver, detail::Delete<Giver>> giver_;
};

}  // namespace wn::sync
