#include "sim/trace/recorder.h"

#include <utility>

#include "runtime/base/check.h"

namespace wn::sim {

void TraceRecorder::on_event(const TraceEvent& event) {
  if (size_ == events_max_) {
    truncated_ = true;
    return;
  }
  if (size_ % kChunkEvents == 0) chunks_.push_back(std::make_unique<TraceEvent[]>(kChunkEvents));
  chunks_.back()[size_++ % kChunkEvents] = event;
}

const TraceEvent& TraceRecorder::operator[](std::uint64_t index) const {
  WN_CHECK_LT(index, size_);
  return chunks_[index / kChunkEvents][index % kChunkEvents];
}

std::vector<TraceEvent> TraceRecorder::to_vector() const {
  std::vector<TraceEvent> out;
  out.reserve(size_);
  for (std::uint64_t i = 0; i < size_; ++i) out.push_back((*this)[i]);
  return out;
}

TraceFanOut::TraceFanOut(std::vector<TraceSink*> sinks) : sinks_(std::move(sinks)) {
  std::erase(sinks_, nullptr);
}

}  // namespace wn::sim
