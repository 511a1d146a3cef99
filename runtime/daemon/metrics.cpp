#include "runtime/daemon/metrics.h"

#include <fcntl.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <limits>

#include "runtime/base/time_text.h"
#include "runtime/daemon/knobs.h"
#include "runtime/real/descriptor.h"

namespace wn::daemon {
namespace {

constexpr double kNanosecond = 1e-9;

prometheus::MetricType type_of(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return prometheus::MetricType::Counter;
    case MetricType::gauge:
      return prometheus::MetricType::Gauge;
    case MetricType::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

std::string_view word_of(MetricType type) {
  constexpr std::array<std::string_view, 3> kWords{"counter", "gauge", "histogram"};
  return kWords[static_cast<std::size_t>(type)];
}

class Family final : public Samples {
 public:
  explicit Family(const MetricRow& row) : row_(row) {
    family_.name = row.name;
    family_.help = row.about;
    family_.type = type_of(row.type);
  }
  void add(double value, std::string_view label) override {
    prometheus::ClientMetric& metric = next(label);
    if (row_.type == MetricType::counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
  }
  void add(const Histogram& histogram, std::string_view label) override {
    prometheus::ClientMetric::Histogram& out = next(label).histogram;
    out.sample_count = histogram.total;
    out.sample_sum = static_cast<double>(histogram.sum.ns) * kNanosecond;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < histogram.count.size(); ++i) {
      below += histogram.count[i];
      prometheus::ClientMetric::Bucket bucket;
      bucket.cumulative_count = below;
      bucket.upper_bound = i < kBorders.size() ? static_cast<double>(kBorders[i]) * kNanosecond
                                               : std::numeric_limits<double>::infinity();
      out.bucket.push_back(bucket);
    }
  }
  prometheus::MetricFamily take() { return std::move(family_); }

 private:
  prometheus::ClientMetric& next(std::string_view label) {
    prometheus::ClientMetric& metric = family_.metric.emplace_back();
    if (!row_.label.empty()) metric.label.push_back({std::string(row_.label), std::string(label)});
    return metric;
  }

  const MetricRow& row_;
  prometheus::MetricFamily family_;
};

// The second number of /proc/self/statm is the resident pages.
std::uint64_t resident_bytes() {
  const real::Descriptor file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  std::array<char, 128> text{};
  const ssize_t size = file ? ::read(file.get(), text.data(), text.size()) : 0;
  if (size <= 0) return 0;
  const std::string_view words(text.data(), static_cast<std::size_t>(size));
  const std::size_t space = words.find(' ');
  if (space == std::string_view::npos) return 0;
  std::uint64_t pages = 0;
  std::from_chars(words.data() + space + 1, words.data() + words.size(), pages);
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

void Board::publish(std::shared_ptr<const Snapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  latest_.swap(snapshot);
}

std::shared_ptr<const Snapshot> Board::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

ProcessUse process_use() {
  ProcessUse out;
  out.resident_bytes = resident_bytes();
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error))
    ++out.open_descriptors;
  rusage use{};
  if (::getrusage(RUSAGE_SELF, &use) == 0) {
    out.processor = seconds(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                    microseconds(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
  }
  return out;
}

std::string metrics_text(const Snapshot& snapshot, const ProcessUse& process) {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(metric_table().size());
  for (const MetricRow& row : metric_table()) {
    Family family(row);
    row.collect(snapshot, process, family);
    families.push_back(family.take());
  }
  return prometheus::TextSerializer().Serialize(families);
}

std::string metrics_page() {
  std::string out =
      "# Metrics\n\n"
      "What a daemon tells Prometheus at `/metrics` of the address in `[metrics] listen`. Units are base "
      "units; label\n"
      "sets are closed: modes, operations, reasons, configured peers. This page is made from the table in\n"
      "`runtime/daemon/metric_table.cpp`, and a test compares the two. Histograms have the borders 10 us to "
      "10 s.\n\n"
      "| metric | type | label | what it is |\n|---|---|---|---|\n";
  for (const MetricRow& row : metric_table()) {
    out += "| `" + std::string(row.name) + "` | " + std::string(word_of(row.type)) + " | " +
           (row.label.empty() ? "" : "`" + std::string(row.label) + "`") + " | " + std::string(row.about) +
           " |\n";
  }
  return out;
}

std::string unhealthy(const Snapshot* snapshot, Instant now) {
  if (snapshot == nullptr) return "starting";
  if (snapshot->meters.failed)
    return "the disk failed: " + std::string(to_string(static_cast<Errc>(snapshot->meters.failure)));
  const Duration silence = now - snapshot->taken;
  if (silence > kSilenceMax) return "the event loop has been busy for " + format_duration(silence);
  return "";
}

std::string unready(const Snapshot* snapshot, Instant now) {
  std::string why = unhealthy(snapshot, now);
  if (!why.empty() || snapshot->ready) return why;
  if (!snapshot->meters.recovered) return "recovering";
  const bool leader =
      snapshot->realm ? snapshot->host.groups_without_leader == 0 : snapshot->meters.leader != 0;
  return leader ? "stopping" : "no leader is known";
}

}  // namespace wn::daemon
