#include "scenarios/multiverse/futures.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>

#include "runtime/base/check.h"
#include "scenarios/workers/worker_pool.h"
#include "scenarios/workers/worker_process.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome3;
using SteadyClock = std::chrono::steady_clock;

// Between a child and its parent: fields of one line each, the same program on both sides.
std::string encode(const Ending& ending) {
  std::string out = std::to_string(static_cast<int>(ending.outcome)) + "\n" +
                    std::to_string(ending.failed_ns) + "\n" + std::to_string(ending.events) + "\n" +
                    ending.digest + "\n";
  out += std::to_string(ending.came_true.size()) + "\n";
  for (const CameTrue& c : ending.came_true) out += c.claim + "\n" + std::to_string(c.events) + "\n";
  return out + ending.signature;  // last: it may have lines of its own
}

class Fields {
 public:
  explicit Fields(std::string_view text) : text_(text) {}
  std::string_view line() {
    const std::size_t end = std::min(text_.find('\n'), text_.size());
    const std::string_view out = text_.substr(0, end);
    text_.remove_prefix(std::min(end + 1, text_.size()));
    return out;
  }
  template <class T>
  T number() {
    const std::string_view text = line();
    T value{};
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

Ending decode(std::uint64_t number, std::string_view text) {
  Fields fields(text);
  Ending ending{.number = number};
  ending.outcome = static_cast<Outcome3>(fields.number<int>());
  ending.failed_ns = fields.number<std::int64_t>();
  ending.events = fields.number<std::uint64_t>();
  ending.digest = fields.line();
  for (auto left = fields.number<std::uint64_t>(); left > 0; --left) {
    CameTrue c;
    c.claim = fields.line();
    c.events = fields.number<std::uint64_t>();
    ending.came_true.push_back(c);
  }
  ending.signature = fields.rest();
  return ending;
}

// The event that is being handled counts when it is over.
class ClaimWatch final : public sim::TraceSink {
 public:
  explicit ClaimWatch(const LiveRun& run) : run_(run) {}
  void on_event(const TraceEvent& event) override {
    if (event.kind == TraceKind::sometimes)
      seen_.emplace_back(static_cast<std::uint32_t>(event.field[0]), run_.events() + 1);
  }
  // The world knows the names, the trace their hashes.
  std::vector<CameTrue> named() const {
    std::vector<CameTrue> out;
    const auto names = run_.world().sometimes();
    for (const auto& [id, events] : seen_) {
      for (const auto& [name, count] : names) {
        if (id_of(name) == id) out.push_back({.claim = name, .events = events});
      }
    }
    return out;
  }

 private:
  // As Claim does (FNV-1a).
  static std::uint32_t id_of(std::string_view name) {
    std::uint32_t id = 2166136261U;
    for (const char c : name) id = (id ^ static_cast<unsigned char>(c)) * 16777619U;
    return id;
  }
  const LiveRun& run_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> seen_;
};

// In the child: from here to the end.
Ending live_on(LiveRun& run, const FutureRule& rule, std::uint64_t number) {
  Ending ending{.number = number};
  const std::uint64_t before = run.events();
  if (auto became = become(run, rule, number); !became) {
    ending.signature = "future: " + became.error().message;
    return ending;
  }
  ClaimWatch watch(run);
  run.add_sink(&watch);
  const RunResult result = run.finish();
  ending.outcome = result.outcome;
  ending.signature = result.signature;
  for (const checkers::Verdict& claim : result.claims) {
    if (claim.outcome != result.outcome || claim.signature != result.signature) continue;
    ending.failed_ns = claim.at_ns;
    break;
  }
  ending.events = result.stats.events - before;
  ending.came_true = watch.named();
  ending.digest = result.digest.to_hex();
  return ending;
}

struct Slot {
  WorkerProcess process;
  std::uint64_t number = 0;
  SteadyClock::time_point end;
};

class Futures {
 public:
  Futures(LiveRun& run, const FutureOptions& options)
      : run_(run), options_(options), slots_(std::clamp(options.jobs, 1U, kJobsMax)) {}

  Result<std::vector<Ending>> go() {
    std::uint64_t next = 0;
    while (!stopped_) {
      for (Slot& slot : slots_) {
        if (slot.process.running() || next == options_.count) continue;
        if (auto forked = fork(slot, options_.first + next); !forked) return fail(std::move(forked).error());
        ++next;
      }
      if (!wait()) break;
    }
    std::ranges::sort(endings_, {}, &Ending::number);
    return std::move(endings_);
  }

 private:
  Result<void> fork(Slot& slot, std::uint64_t number) {
    slot.number = number;
    slot.end = SteadyClock::now() + std::chrono::nanoseconds(options_.wall_max.ns);
    // The child is born with the run as it stands, and serves this one request.
    const auto serve = [this, number](std::string_view) {
      return encode(live_on(run_, options_.rule, number));
    };
    if (auto started = slot.process.start(serve); !started) return started;
    if (!slot.process.send("go")) take(slot, {.number = number, .outcome = Outcome3::fail, .crashed = true});
    return {};
  }

  // False when nothing is under way.
  bool wait() {
    std::vector<pollfd> sockets;
    std::vector<Slot*> owners;
    for (Slot& slot : slots_) {
      if (!slot.process.running()) continue;
      sockets.push_back({.fd = slot.process.socket(), .events = POLLIN, .revents = 0});
      owners.push_back(&slot);
    }
    if (sockets.empty()) return false;
    ::poll(sockets.data(), sockets.size(), 1000);
    for (std::size_t i = 0; i < sockets.size() && !stopped_; ++i) {
      if (sockets[i].revents != 0)
        receive(*owners[i]);
      else if (SteadyClock::now() > owners[i]->end)
        take(*owners[i], {.number = owners[i]->number, .signature = "world: wall-clock limit"});
    }
    return true;
  }

  void receive(Slot& slot) {
    switch (slot.process.receive()) {
      case WorkerProcess::Read::more:
        return;
      case WorkerProcess::Read::message:
        return take(slot, decode(slot.number, slot.process.take_message()));
      case WorkerProcess::Read::ended:
        return take(slot, {.number = slot.number, .outcome = Outcome3::fail, .crashed = true});
    }
  }

  void take(Slot& slot, Ending ending) {
    const std::string words = slot.process.stop();
    if (ending.crashed) ending.signature = "crash: " + words;
    if (options_.on_ending && !options_.on_ending(ending)) stopped_ = true;
    endings_.push_back(std::move(ending));
  }

  LiveRun& run_;
  const FutureOptions& options_;
  std::vector<Slot> slots_;
  std::vector<Ending> endings_;
  bool stopped_ = false;
};

}  // namespace

std::vector<CameTrue> claims_ahead(LiveRun& run) {
  ClaimWatch watch(run);
  run.add_sink(&watch);
  while (run.step()) {
  }
  return watch.named();
}

Result<std::vector<Ending>> run_futures(LiveRun& run, const FutureOptions& options) {
  if (options.count > kFuturesMax)
    return fail(Errc::too_large, "more than " + std::to_string(kFuturesMax) + " futures");
  run.settle();
  const auto is_past = [&](const faults::BranchPlan& b) { return b.at < run.now() - nanoseconds(1); };
  if (std::ranges::count_if(run.plan().branches, is_past) >= std::ptrdiff_t{faults::kBranchesMax})
    return fail(Errc::too_large, "the plan has no room for one branch more");
  return Futures(run, options).go();
}

}  // namespace wn::scenarios
