#pragma once
// What a node says of itself, in a file that is mapped into its memory: an event is there when it was
// written, even if the process is killed (-9) at the next instruction. Bounded: the disk space is taken when
// the file is made, and what comes after `events_max` events is counted and lost.
//
// One file serves one node over all its incarnations (or all clients of one driver). One writer at a time; a
// reader afterwards. Layout: a head, a table of "sometimes" claims, then the events as they are in memory:
// both sides are the same machine.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/backend/probe.h"
#include "runtime/base/flat_map.h"
#include "runtime/base/result.h"
#include "scenarios/cluster/true_time.h"

namespace wn::cluster {

inline constexpr std::uint64_t kTraceEventsMax = 400'000;  // of one file; 56 bytes each
inline constexpr std::uint32_t kTraceClaimsMax = 512;
inline constexpr std::uint32_t kClaimNameMax = 111;  // longer names are cut

class TraceBuffer {
 public:
  // Makes the file, with its space taken: no_space where there is none.
  static Result<void> make(const std::filesystem::path& file, std::uint64_t events_max = kTraceEventsMax);
  // Goes on where the last writer stopped. Errors: no such file, or none of ours (bad_input).
  static Result<TraceBuffer> open(const std::filesystem::path& file);
  TraceBuffer(TraceBuffer&& other) noexcept;
  TraceBuffer& operator=(TraceBuffer&& other) noexcept;
  TraceBuffer(const TraceBuffer&) = delete;
  TraceBuffer& operator=(const TraceBuffer&) = delete;
  ~TraceBuffer();

  void append(const TraceEvent& event);
  // Counts it; true the first time.
  bool sometimes(Claim claim);

 private:
  TraceBuffer() = default;
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

struct TraceContent {
  std::vector<TraceEvent> events;
  std::uint64_t lost = 0;
  FlatMap<std::string, std::uint64_t> claims;
};
// Errors: no such file, or none of ours. A count that the file cannot hold is one (corrupt).
Result<TraceContent> read_trace_buffer(const std::filesystem::path& file);

// Where one node's runtime writes. The buffer and the clock must outlive it.
class TraceProbe final : public Probe {
 public:
  TraceProbe(TraceBuffer& buffer, NodeId node, const TrueClock& clock)
      : buffer_(buffer), node_(node), clock_(clock) {}
  void emit(TraceKind kind, std::array<std::uint64_t, 5> field) override {
    buffer_.append({.at = clock_.now(), .node = node_, .kind = kind, .reserved = 0, .field = field});
  }
  void sometimes(Claim claim) override {
    if (buffer_.sometimes(claim)) emit(TraceKind::sometimes, {claim.id});
  }

 private:
  TraceBuffer& buffer_;
  NodeId node_;
  const TrueClock& clock_;
};

}  // namespace wn::cluster
