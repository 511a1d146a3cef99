#include "reports/spacetime.h"

#include <algorithm>
#include <tuple>

#include "runtime/base/check.h"

namespace wn::reports {
namespace {

// One end of a message with the identity that both ends share: the directed link and the message's number.
struct End {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::uint64_t number = 0;
  std::uint32_t position = 0;
  TraceKind kind{};
  auto identity() const { return std::tuple(from, to, number); }
  auto order() const { return std::tuple(from, to, number, position); }
};

std::vector<End> ends_of(std::span<const TraceEvent> trace) {
  std::vector<End> ends;
  for (std::uint32_t i = 0; i < trace.size(); ++i) {
    const TraceEvent& e = trace[i];
    if (e.kind != TraceKind::message_sent && e.kind != TraceKind::message_delivered &&
        e.kind != TraceKind::message_dropped) {
      continue;
    }
    const auto peer = static_cast<std::uint32_t>(e.field[0]);
    const bool at_receiver = e.kind == TraceKind::message_delivered;
    ends.push_back({.from = at_receiver ? peer : e.node.value,
                    .to = at_receiver ? e.node.value : peer,
                    .number = e.field[1],
                    .position = i,
                    .kind = e.kind});
  }
  return ends;
}

}  // namespace

std::vector<Message> messages_of(std::span<const TraceEvent> trace) {
  WN_CHECK(trace.size() < kNoEvent);
  std::vector<End> ends = ends_of(trace);
  std::ranges::sort(ends, {}, &End::order);
  std::vector<Message> out;
  for (std::size_t i = 0; i < ends.size();) {
    std::size_t group_end = i;
    while (group_end < ends.size() && ends[group_end].identity() == ends[i].identity()) ++group_end;
    std::uint32_t sent = kNoEvent;
    bool ended = false;
    for (; i < group_end; ++i) {
      const End& e = ends[i];
      if (e.kind == TraceKind::message_sent) {
        sent = e.position;
        continue;
      }
      const bool dropped = e.kind == TraceKind::message_dropped;
      // A frame that never left its sender has only the drop.
      if (sent == kNoEvent && !dropped) continue;
      out.push_back({.sent = sent == kNoEvent ? e.position : sent,
                     .end = e.position,
                     .from = e.from,
                     .to = e.to,
                     .dropped = dropped});
      ended = true;
    }
    if (sent != kNoEvent && !ended) {
      const End& first = ends[group_end - 1];
      out.push_back({.sent = sent, .end = kNoEvent, .from = first.from, .to = first.to});
    }
  }
  std::ranges::sort(out, {}, [](const Message& m) { return std::tuple(m.sent, m.end); });
  return out;
}

}  // namespace wn::reports
