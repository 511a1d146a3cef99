#pragma once
// Sinks that keep or forward events in memory. TraceRecorder keeps the first `events_max` events in chunks
// that never move (so that growing costs no copies) and says whether it had to stop; TraceFanOut feeds
// several sinks.
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/base/trace_event.h"
#include "sim/world/world.h"

namespace wn::sim {

class TraceRecorder final : public TraceSink {
 public:
  explicit TraceRecorder(std::uint64_t events_max) : events_max_(events_max) {}
  void on_event(const TraceEvent& event) override;

  std::uint64_t size() const { return size_; }
  bool truncated() const { return truncated_; }
  // REQUIRES index < size().
  const TraceEvent& operator[](std::uint64_t index) const;
  std::vector<TraceEvent> to_vector() const;

 private:
  static constexpr std::uint64_t kChunkEvents = 4096;
  std::uint64_t events_max_;
  std::uint64_t size_ = 0;
  bool truncated_ = false;
  std::vector<std::unique_ptr<TraceEvent[]>> chunks_;
};

class TraceFanOut final : public TraceSink {
 public:
  // Null sinks are left out. The sinks must outlive this one.
  explicit TraceFanOut(std::vector<TraceSink*> sinks);
  void add(TraceSink* sink) { sinks_.push_back(sink); }
  void on_event(const TraceEvent& event) override {
    for (TraceSink* sink : sinks_) sink->on_event(event);
  }

 private:
  std::vector<TraceSink*> sinks_;
};

}  // namespace wn::sim
