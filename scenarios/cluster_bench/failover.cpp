#include "scenarios/cluster_bench/failover.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <sstream>

#include "runtime/real/os.h"
#include "scenarios/cluster_bench/ours.h"
#include "scenarios/cluster_bench/peers.h"

namespace wn::cluster_bench {
namespace {

constexpr std::uint32_t kServers = 3;
constexpr Duration kSettle = seconds(2);
constexpr Duration kTrialMax = seconds(20);

void turn_for(real::Loop& loop, Duration time) {
  const Instant until = loop.now() + time;
  while (loop.now() < until) loop.turn(milliseconds(5));
}

// A write at each server in turn until one succeeds; when it did, by the loop's clock.
class Writer {
 public:
  Writer(real::Loop& loop, const Ours& ours) : loop_(loop) {
    for (std::uint32_t i = 0; i < kServers; ++i) {
      client::SeatOptions o;
      o.servers = {ours.servers(i).front()};  // this one alone
      o.identity = client::new_identity();
      o.driver.kv.operation_timeout = milliseconds(250);
      o.driver.kv.attempt_timeout = milliseconds(100);
      if (auto seat = client::Seat::make(loop, std::move(o))) seats_.push_back(std::move(*seat));
    }
  }
  bool connected() const { return seats_.size() == kServers; }
  // none: kTrialMax passed. `by`: the server that answered.
  std::optional<Duration> until_done(std::size_t& by) {
    const Instant from = loop_.now();
    auto state = std::make_shared<State>();
    for (std::size_t i = 0; i < seats_.size(); ++i) ask(i, state);
    while (!state->done && loop_.now() < from + kTrialMax) loop_.turn(milliseconds(2));
    const bool done = state->done;
    state->done = true;
    if (!done) return {};
    by = state->by;
    return state->when - from;
  }

 private:
  struct State {
    bool done = false;
    std::size_t by = 0;
    Instant when;
  };
  void ask(std::size_t i, const std::shared_ptr<State>& state) {
    if (state->done) return;
    kv::ClientOperation o;
    o.command.kind = kv::CommandKind::put;
    o.command.key = Bytes::copy_of("failover");
    o.command.value = Bytes::copy_of("1");
    seats_[i]->driver().submit(std::move(o), [this, i, state](client::KvAnswer&& a) {
      if (a.outcome == kv::Outcome::ok && !state->done) *state = {.done = true, .by = i, .when = loop_.now()};
      loop_.soon([this, i, state] { ask(i, state); });
    });
  }
  real::Loop& loop_;
  std::vector<std::unique_ptr<client::Seat>> seats_;
};

}  // namespace

Result<Failover> ours_failover(const std::string& program, const std::string& folder,
                               std::uint32_t election_ms, std::uint32_t trials) {
  const Folder own(folder);
  auto ours = Ours::start(program, own.path(),
                          {.servers = kServers,
                           .kv = true,
                           .election_min = milliseconds(election_ms / 2),
                           .election_max = milliseconds(election_ms),
                           .heartbeat = milliseconds(election_ms / 10)});
  if (!ours) return fail(ours.error());
  const auto loop = real::Loop::make();
  if (!loop) return fail(loop.error());
  Writer writer(**loop, **ours);
  Failover out{.system = "worknode", .election_ms = election_ms};
  for (std::uint32_t t = 0; t < trials; ++t) {
    turn_for(**loop, kSettle);
    std::size_t leader = 0;
    if (!writer.connected() || !writer.until_done(leader))
      return fail(Errc::timed_out, "no leader: " + (*ours)->log(0));
    turn_for(**loop, milliseconds(300 + 37 * t));
    (*ours)->child(leader).kill();
    std::size_t by = 0;
    const auto took = writer.until_done(by);
    if (!took) return fail(Errc::timed_out, "no leader after the kill");
    out.milliseconds.push_back(static_cast<double>(took->ns) * 1e-6);
    if (const auto again = (*ours)->restart(leader); !again) return fail(again.error());
  }
  return out;
}

Result<Failover> etcd_failover(const std::string& etcd_load, const std::string& folder,
                               std::uint32_t election_ms, std::uint32_t trials) {
  const Folder own(folder);
  auto etcd = Etcd::start(kServers, own.path(), election_ms);
  if (!etcd) return fail(etcd.error());
  Failover out{.system = "etcd", .election_ms = election_ms};
  for (std::uint32_t t = 0; t < trials; ++t) {
    usleep(2'000'000);
    const int leader = etcd->leader();
    if (leader < 0) return fail(Errc::timed_out, "no leader");
    const std::string log = fmt::format("{}/puts{}", own.path(), t);
    // Its standard input ends with the sleep; each line: when a put was asked, when it succeeded.
    auto writer = Child::start(
        {"/bin/sh", "-c", fmt::format("sleep 30 | exec {} {} until-put", etcd_load, etcd->endpoints())}, log);
    if (!writer) return fail(writer.error());
    usleep(1'300'000 + 37'000 * t);
    const Instant killed = real::monotonic_now();
    etcd->child(static_cast<std::size_t>(leader)).kill();
    double took = 0;
    for (int wait = 0; wait < 2000 && took <= 0; ++wait) {
      usleep(10'000);
      std::istringstream in(output_of("cat " + log));
      for (std::int64_t asked = 0, done = 0; in >> asked >> done;) {
        if (asked > killed.ns && took <= 0) took = static_cast<double>(done - killed.ns) * 1e-6;
      }
    }
    writer->kill();
    if (took <= 0) return fail(Errc::timed_out, "no leader after the kill");
    out.milliseconds.push_back(took);
    etcd->restart(static_cast<std::size_t>(leader));
  }
  return out;
}

}  // namespace wn::cluster_bench
