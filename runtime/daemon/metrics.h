#pragma once
// Metrics: what a daemon publishes for Prometheus, and whether it is healthy and ready.
//
//   The loop publishes a Snapshot, a plain copy, a few times a second; whoever serves HTTP reads the last
//   one. Nothing else passes between the two, and neither waits for the other longer than a copy takes.
//
// Every metric is a row of one table: name (base units, Prometheus's rules for names), type, label and what
// it is; the text of /metrics and docs/metrics.md come from it. Label sets are closed: modes, operations,
// reasons, configured peers; nothing is labelled by worknode or client.
//
// Thread rule: Board from any thread, the rest are values and constants.
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/daemon/meters.h"
#include "runtime/host/host.h"
#include "runtime/quic/quic.h"
#include "runtime/real/files.h"
#include "runtime/real/loop.h"
#include "runtime/real/udp.h"

namespace wn::daemon {

inline constexpr Duration kSilenceMax = seconds(5);  // a loop that has not published for longer is stuck

struct Snapshot {
  Instant taken;
  bool ready = false;
  bool realm = true;  // the service
  std::uint64_t log_held_back = 0;
  std::uint64_t log_lost = 0;
  Meters meters;
  host::Stats host;  // of a realm
  quic::Stats quic;
  real::LoopStats loop;
  real::UdpStats udp;
};

class Board {
 public:
  void publish(std::shared_ptr<const Snapshot> snapshot);
  std::shared_ptr<const Snapshot> latest() const;  // null before the first

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> latest_;
};

// Of the process, from the operating system: read by whoever asks.
struct ProcessUse {
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_descriptors = 0;
  Duration processor;
};
ProcessUse process_use();

enum class MetricType : std::uint8_t { counter, gauge, histogram };

// Takes the samples of one metric.
class Samples {
 public:
  virtual ~Samples() = default;
  // `label` is the value of the row's label; empty: the row has none.
  virtual void add(double value, std::string_view label = {}) = 0;
  virtual void add(const Histogram& histogram, std::string_view label = {}) = 0;
};

struct MetricRow {
  std::string_view name;
  MetricType type;
  std::string_view label;  // empty: none
  std::string_view about;
  void (*collect)(const Snapshot& snapshot, const ProcessUse& process, Samples& out);
};
std::span<const MetricRow> metric_table();

// The text of /metrics (Prometheus text format 0.0.4).
std::string metrics_text(const Snapshot& snapshot, const ProcessUse& process);
// The text of docs/metrics.md.
std::string metrics_page();

// Why it is not healthy, or not ready; empty: it is. `snapshot` may be null.
std::string unhealthy(const Snapshot* snapshot, Instant now);
std::string unready(const Snapshot* snapshot, Instant now);

}  // namespace wn::daemon
