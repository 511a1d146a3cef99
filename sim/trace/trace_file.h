#pragma once
// trace.bin: a stored trace. "WNTRACE1", then length-delimited Protobuf records (trace.proto): one header,
// chunks of events as packed columns (zstd-compressed, each with its CRC-32C), one footer with the count and
// the digests, and an end with the CRC-32C of all the bytes before it. Both sides stream: memory is one
// chunk.
//
// The reader is total: any bytes give events or one Error (bad_input: not a trace; unsupported: another
// version; corrupt: damaged or cut short), never a crash or an allocation beyond kTraceRecordBytesMax.
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "runtime/base/trace_event.h"
#include "sim/world/world.h"

namespace wn::sim {

inline constexpr std::uint32_t kTraceVersion = 1;
inline constexpr std::uint32_t kTraceChunkEvents = 8192;
inline constexpr std::uint32_t kTraceRecordBytesMax = 4U << 20;  // of one record, packed or unpacked
inline constexpr std::uint32_t kTraceTextBytesMax = 4096;        // build, scenario

struct TraceHeader {
  std::uint32_t version = kTraceVersion;
  std::string build;
  std::string scenario;
  std::uint64_t seed = 0;
};

struct TraceFooter {
  std::uint64_t events = 0;
  bool truncated = false;  // the run went on after the last stored event
  Digest digest;
  std::vector<std::pair<NodeId, Digest>> nodes;  // ascending id
};

// Writes while the run goes on. Errors of the stream are kept and reported by finish().
class TraceWriter final : public TraceSink {
 public:
  TraceWriter(std::ostream& out, const TraceHeader& header);
  ~TraceWriter() override;
  void on_event(const TraceEvent& event) override;
  // Writes what is left and the footer (events is counted here). Call once, last.
  [[nodiscard]] Errc finish(TraceFooter footer);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class TraceReader {
 public:
  // The stream must outlive the reader.
  static Result<TraceReader> open(std::istream& in);
  TraceReader(TraceReader&&) noexcept;
  TraceReader& operator=(TraceReader&&) noexcept;
  ~TraceReader();

  const TraceHeader& header() const;
  // True: `event` is the next one. False: the end was reached and the footer holds. An error is final.
  Result<bool> next(TraceEvent& event);
  // REQUIRES next() gave false.
  const TraceFooter& footer() const;

 private:
  struct Impl;
  explicit TraceReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct StoredTrace {
  TraceHeader header;
  std::vector<TraceEvent> events;
  TraceFooter footer;
};
// Reads a whole trace of at most `events_max` events (too_large beyond).
Result<StoredTrace> read_trace(std::istream& in, std::uint64_t events_max);
[[nodiscard]] Errc write_trace(std::ostream& out, const TraceHeader& header,
                               const std::vector<TraceEvent>& events, const TraceFooter& footer);

}  // namespace wn::sim
