#pragma once
// StateMachine: the linearizable key-value store that the Raft log drives. Deterministic: the same commands
// in the same order give the same replies, the same digest and the same image on every machine. No clock, no
// I/O.
//
// Invariants:
//   1. A command of a live session takes effect at most once; a copy gets the first one's reply.
//   2. The table holds at most Options::sessions_max sessions; the one whose last use has the lowest log
//   index leaves first,
//      so all replicas agree ([diss] 6.3).
//   3. state_digest() is a function of (applied index, contents, sessions), kept in O(bytes written) per
//   apply; an image carries
//      it and import checks it.
// Source: Ongaro, "Consensus: Bridging Theory and Practice", 2014, chapter 6.
#include <cstdint>
#include <memory>

#include "runtime/base/defect.h"
#include "runtime/base/ids.h"
#include "runtime/kv/command.h"

namespace wn::kv {

inline constexpr std::uint64_t kImageBytesMax = 512ULL << 20;

struct Options {
  std::uint32_t sessions_max = 4096;
  Defect defect = Defect::none;  // session_dedup_lost_on_restart: import leaves the session table empty
};

struct Contents;  // contents.h

class StateMachine {
 public:
  explicit StateMachine(const Options& options = {});
  ~StateMachine();
  StateMachine(StateMachine&&) noexcept;
  StateMachine& operator=(StateMachine&&) noexcept;

  // REQUIRES index > applied() (no-op and configuration entries may be skipped over).
  Reply apply(LogIndex index, const Command& command);
  // A log entry without a command (no-op, configuration, undecodable): moves applied() alone. Same
  // requirement.
  void skip(LogIndex index);
  // Answers a command for which is_read() holds from the present state; others: Status::invalid.
  Reply read(const Command& command) const;

  LogIndex applied() const;
  std::uint64_t state_digest() const;
  std::size_t keys() const;
  std::size_t sessions() const;

  // The whole state as one block of bytes; equal states give equal images.
  Bytes export_image() const;
  // Validates all of it, then replaces this state; on error nothing has changed. Total on hostile bytes:
  // corrupt, unsupported (another version) or too_large.
  Result<void> import_image(ByteView image);

 private:
  std::unique_ptr<Contents> contents_;
};

}  // namespace wn::kv
