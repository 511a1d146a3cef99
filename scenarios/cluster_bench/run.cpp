#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "scenarios/cluster_bench/cluster_bench.h"
#include "scenarios/cluster_bench/failover.h"
#include "scenarios/cluster_bench/ours.h"
#include "scenarios/cluster_bench/peers.h"
#include "scenarios/cluster_bench/redis.h"

namespace wn::cluster_bench {
namespace {

constexpr std::uint32_t kFiveGroups = 6;
constexpr const char* kShared = " shared";  // all callers have one client, or one connection
constexpr std::uint32_t kAnchorClients = 100;
constexpr Duration kAnchorSettles = seconds(2);       // after it has connected
constexpr Duration kAnchorPause = milliseconds(100);  // an active client: ten operations a second
constexpr Duration kAnchorActive = seconds(10);

double ms(std::int64_t ns) { return static_cast<double>(ns) * 1e-6; }
double share(Duration processor, Duration took) {
  return took.ns > 0 ? static_cast<double>(processor.ns) / static_cast<double>(took.ns) : 0;
}

class Bench {
 public:
  Bench(const Options& options, const std::function<void(const std::string&)>& told)
      : options_(options), told_(told) {}

  Result<Report> run() {
    told_(table_head());
    for (std::uint32_t round = 0; round < options_.rounds; ++round) {
      for (const std::uint32_t n : options_.nodes) {
        if (const auto done = realm(n); !done) return fail(done.error());
        if (const auto done = kv(n); !done) return fail(done.error());
        if (options_.peers) etcd(n);
      }
      if (options_.peers) redis();
    }
    if (options_.only.empty() || wanted("anchor")) {
      if (const auto done = anchor(); !done) return fail(done.error());
    }
    if (options_.failovers > 0 && (options_.only.empty() || wanted("failover"))) failovers();
    return std::move(report_);
  }

 private:
  bool wanted(const std::string& what) const {
    return options_.only.empty() || what.find(options_.only) != std::string::npos;
  }

  void add(Row row) {
    told_(table_line(row));
    report_.rows.push_back(std::move(row));
  }

  Row row_of(const std::string& system, const std::string& what, std::uint32_t nodes, const LoadResult& r,
             std::uint32_t payload) const {
    Row row{.system = system, .what = what, .nodes = nodes, .clients = options_.load.clients};
    row.window = options_.load.window;
    row.payload = payload;
    row.per_second = r.per_second();
    row.failed = r.failed;
    row.p50 = ms(r.latency.percentile(500'000));
    row.p90 = ms(r.latency.percentile(900'000));
    row.p99 = ms(r.latency.percentile(990'000));
    row.p999 = ms(r.latency.percentile(999'000));
    row.p9999 = ms(r.latency.percentile(999'900));
    row.server_processor = share(r.server_processor, r.took);
    row.client_processor = share(r.client_processor, r.took);
    return row;
  }

  using Kinds = std::vector<std::pair<std::string, std::function<void(OursTarget&)>>>;

  // Each kind with a client for each caller, then with one that all share.
  Result<void> measure_ours(Ours& ours, std::uint32_t nodes, const Kinds& kinds, std::uint32_t payload) {
    for (const bool shared : {false, true}) {
      const std::string more = shared ? kShared : "";
      if (std::ranges::none_of(kinds, [&](const auto& k) { return wanted("worknode " + k.first + more); }))
        continue;
      const auto loop = real::Loop::make();
      if (!loop) return fail(loop.error());
      const LoadOptions& load = options_.load;
      const auto target =
          OursTarget::connect(**loop, ours, shared ? 1 : load.clients, load.clients, load.window);
      if (!target) return fail(Errc::timed_out, "our servers do not answer: " + ours.log(0));
      for (const auto& [what, choose] : kinds) {
        if (!wanted("worknode " + what + more)) continue;
        choose(*target);
        Duration before, after;
        LoadResult r = run_load(
            **loop, *target, load, [&] { before = ours.processor_time(); },
            [&] { after = ours.processor_time(); });
        r.server_processor = after - before;
        Row row = row_of("worknode", what + more, nodes, r, payload);
        if (r.failed > 0) row.note = target->last_failure();
        add(std::move(row));
      }
    }
    return {};
  }

  bool any_wanted(const Kinds& kinds) const {
    return std::ranges::any_of(kinds, [&](const auto& k) { return wanted("worknode " + k.first + kShared); });
  }

  Result<void> realm(std::uint32_t n) {
    Kinds kinds;
    for (const auto& [mode, word] :
         {std::pair{Mode::local, "LOCAL"}, {Mode::eventual, "EVENTUAL"}, {Mode::strong, "STRONG"}}) {
      const Mode m = mode;
      kinds.emplace_back(fmt::format("{} put", word), [m](OursTarget& t) { t.of(m, Ask::put, false, 8); });
      kinds.emplace_back(fmt::format("{} get", word), [m](OursTarget& t) { t.of(m, Ask::get, false, 8); });
    }
    if (!any_wanted(kinds)) return {};
    const Folder folder(options_.folder);
    OursOptions o{.servers = n};
    o.worknodes = std::max(o.worknodes, options_.load.clients * options_.load.window + 1);
    o.groups = n == 1 ? 1 : kFiveGroups;
    auto ours = Ours::start(options_.program, folder.path(), o);
    if (!ours) return fail(ours.error());
    return measure_ours(**ours, n, kinds, 8);
  }

  Result<void> kv(std::uint32_t n) {
    const std::uint32_t payload = options_.payload;
    const Kinds kinds = {{"kv put", [=](OursTarget& t) { t.of(Mode::strong, Ask::put, true, payload); }},
                         {"kv get", [=](OursTarget& t) { t.of(Mode::strong, Ask::get, true, payload); }}};
    if (!any_wanted(kinds)) return {};
    const Folder folder(options_.folder);
    auto ours = Ours::start(options_.program, folder.path(), {.servers = n, .kv = true});
    if (!ours) return fail(ours.error());
    return measure_ours(**ours, n, kinds, payload);
  }

  void leave_out(const std::string& what) {
    if (std::ranges::find(report_.left_out, what) != report_.left_out.end()) return;
    told_("left out: " + what + "\n");
    report_.left_out.push_back(what);
  }

  void etcd(std::uint32_t n) {
    if (!wanted("etcd STRONG put STRONG get")) return;
    if (find_program("etcd").empty()) return leave_out("etcd: not installed (Debian: etcd-server)");
    if (find_program(options_.etcd_load).empty())
      return leave_out("etcd: its client is not built (reports/peers/etcd/build)");
    const Folder folder(options_.folder);
    auto etcd = Etcd::start(n, folder.path(), 1000);
    if (!etcd) return leave_out("etcd: " + etcd.error().message);
    for (const std::string what : {"put", "get"}) {
      const Duration before = etcd->processor_time();
      const std::string line =
          output_of(fmt::format("{} {} {} {} {} {} {} {}", options_.etcd_load, etcd->endpoints(), what,
                                options_.load.clients, options_.load.window, options_.payload,
                                options_.load.warm.ns / 1'000'000, options_.load.time.ns / 1'000'000));
      Row row{.system = "etcd", .what = "STRONG " + what, .nodes = n, .clients = options_.load.clients};
      row.window = options_.load.window;
      row.payload = options_.payload;
      double done = 0, seconds = 0, processor = 0;
      std::istringstream in(line);
      in >> done >> row.failed >> seconds >> processor >> row.p50 >> row.p90 >> row.p99 >> row.p999 >>
          row.p9999;
      for (double* p : {&row.p50, &row.p90, &row.p99, &row.p999, &row.p9999}) *p *= 1e-6;
      row.per_second = seconds > 0 ? done / seconds : 0;
      row.client_processor = seconds > 0 ? processor / seconds : 0;
      // With its warm-up: the peer's client is a process of its own.
      row.server_processor = share(etcd->processor_time() - before, options_.load.time + options_.load.warm);
      add(std::move(row));
    }
  }

  void redis() {
    if (!wanted("redis SET shared redis GET shared")) return;
    if (find_program("redis-server").empty()) return leave_out("Redis: not installed (Debian: redis-server)");
    const Folder folder(options_.folder);
    const std::uint16_t port = free_port();
    auto child = start_redis(port, folder.path());
    if (!child) return leave_out("Redis: " + child.error().message);
    usleep(500'000);
    const auto loop = real::Loop::make();
    if (!loop) return leave_out("Redis: no event loop");
    for (const bool shared : {false, true}) {
      for (const bool put : {true, false}) {
        const std::string what = std::string(put ? "SET" : "GET") + (shared ? kShared : "");
        if (!wanted("redis " + what)) continue;
        const auto target =
            RedisTarget::connect(**loop, port, shared ? 1 : options_.load.clients, options_.payload, put);
        if (!target) return leave_out("Redis: no connection");
        Duration before, after;
        LoadResult r = run_load(
            **loop, *target, options_.load, [&] { before = child->processor_time(); },
            [&] { after = child->processor_time(); });
        r.server_processor = after - before;
        add(row_of("redis", what, 1, r, options_.payload));
      }
    }
  }

  // One server with a hundred clients, each of which does ten operations a second. What it costs once, to
  // shake hands and to probe how large packets may be, is told apart from what it costs each second.
  Result<void> anchor() {
    const Folder folder(options_.folder);
    auto ours = Ours::start(options_.program, folder.path(), {.servers = 1, .groups = 1});
    if (!ours) return fail(ours.error());
    const auto loop = real::Loop::make();
    if (!loop) return fail(loop.error());
    const auto target = OursTarget::connect(**loop, **ours, kAnchorClients, kAnchorClients, 1);
    if (!target) return fail(Errc::timed_out, "the anchor does not answer: " + (*ours)->log(0));
    for (const Instant until = (*loop)->now() + kAnchorSettles; (*loop)->now() < until;)
      (*loop)->turn(until - (*loop)->now());
    std::uint64_t done = 0, number = 0;
    const Instant from = (*loop)->now();
    const std::uint64_t before = target->wire_bytes();
    for (Instant next = from; next < from + kAnchorActive; next = next + kAnchorPause) {
      while ((*loop)->now() < next) (*loop)->turn(next - (*loop)->now());
      target->of(Mode::eventual, ++number % 2 == 0 ? Ask::get : Ask::put, false, 8);
      for (std::uint32_t c = 0; c < kAnchorClients; ++c)
        target->ask(c, 0, number, [&done](bool ok) { done += ok ? 1 : 0; });
    }
    for (int i = 0; i < 20; ++i) (*loop)->turn(milliseconds(5));
    const double seconds = static_cast<double>(((*loop)->now() - from).ns) * 1e-9;
    report_.anchors.push_back(
        {.clients = kAnchorClients,
         .resident_mb = static_cast<double>((*ours)->resident_bytes()) / 1e6,
         .connect_bytes = static_cast<double>(before) / kAnchorClients,
         .bytes_per_second = static_cast<double>(target->wire_bytes() - before) / kAnchorClients / seconds,
         .first_seconds = static_cast<double>(target->wire_bytes()) / kAnchorClients / seconds,
         .operations_per_second = static_cast<double>(done) / kAnchorClients / seconds});
    const Anchor& a = report_.anchors.back();
    told_(fmt::format(
        "anchor with {} clients: {:.1f} MB resident; a client: {:.0f} B to connect, {:.0f} B/s at {:.1f} "
        "operations/s, {:.0f} B/s in its first {} s with connecting\n",
        a.clients, a.resident_mb, a.connect_bytes, a.bytes_per_second, a.operations_per_second,
        a.first_seconds, kAnchorActive.ns / 1'000'000'000));
    return {};
  }

  void failovers() {
    for (const std::uint32_t election : {600U, 1000U}) {
      if (const auto f = ours_failover(options_.program, options_.folder, election, options_.failovers); f)
        tell(*f);
      else
        leave_out("failover of ours: " + f.error().message);
      if (!options_.peers || find_program("etcd").empty() || find_program(options_.etcd_load).empty())
        continue;
      if (const auto f = etcd_failover(options_.etcd_load, options_.folder, election, options_.failovers); f)
        tell(*f);
      else
        leave_out("failover of etcd: " + f.error().message);
    }
  }

  void tell(const Failover& f) {
    std::string line = fmt::format("failover {} (election timeout at most {} ms):", f.system, f.election_ms);
    for (const double one : f.milliseconds) line += fmt::format(" {:.0f}", one);
    told_(line + " ms " + f.note + "\n");
    report_.failovers.push_back(f);
  }

  const Options& options_;
  const std::function<void(const std::string&)>& told_;
  Report report_;
};

}  // namespace

Result<Report> bench_cluster(const Options& options, const std::function<void(const std::string&)>& told) {
  return Bench(options, told).run();
}

}  // namespace wn::cluster_bench
