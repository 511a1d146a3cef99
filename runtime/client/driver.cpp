#include "runtime/client/driver.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/client/core/frames.h"
#include "runtime/client/kv_lanes.h"
#include "runtime/client/slots.h"
#include "runtime/wire/client_codec.h"

namespace wn::client {
namespace {

constexpr std::uint32_t kCoreTimer = 0;
constexpr std::uint32_t kLanesTimer = 1;
constexpr std::uint32_t kWatchTimer = 2;

struct Watch {
  WatchSpec spec;
  WatchTold told;
  Instant due;
  bool asking = false;
  bool any = false;  // something was told
  bool found = false;
  std::vector<std::int64_t> items;
};

kv::ClientOptions kv_options(const DriverOptions& options) {
  kv::ClientOptions out = options.kv;
  out.servers = options.core.servers;
  return out;
}

class TheDriver final : public Driver {
 public:
  TheDriver(DriverOptions options, Backend& backend, std::pmr::memory_resource* memory)
      : backend_(backend),
        wake_(options.wake),
        core_(options.core, memory),
        lanes_(kv_options(options), options.kv_lanes, options.kv_waiting_max, memory),
        realm_done_(memory),
        kv_done_(memory),
        watches_(memory) {}

  void on_start() override { started_ = true; }
  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override { woken_ = false; }

  void on_message(NodeId from, const Bytes& frame) override {
    if (closed_) return;
    const Inside inside(*this);
    if (open_reply(frame, reply_)) {
      core_.on_reply(now(), from, reply_, jitter(), effects_);
      return carry_out();
    }
    kv::ClientReply reply;
    if (wire::decode(frame, reply) != Errc::ok) {
      backend_.probe.sometimes("client: damaged reply dropped");
      return;
    }
    lanes_.on_reply(now(), from, std::move(reply), jitter(), lane_effects_);
    carry_out_lanes();
  }

  void on_timer(std::uint32_t slot) override {
    armed_[slot] = Instant::max();
    if (closed_) return;
    const Inside inside(*this);
    switch (slot) {
      case kCoreTimer:
        core_.on_tick(now(), jitter(), effects_);
        return carry_out();
      case kLanesTimer:
        lanes_.on_tick(now(), jitter(), lane_effects_);
        return carry_out_lanes();
      case kWatchTimer:
        return poll();
      default:
        return;
    }
  }

  void submit(Operation operation, RealmDone done) override {
    const auto context = realm_done_.add(std::move(done));
    operation.context = context;
    const Errc begun =
        closed_ ? Errc::cancelled : core_.invoke(now(), std::move(operation), jitter(), effects_);
    if (begun == Errc::ok) return carry_out();
    RealmAnswer answer{.outcome = Outcome::fail};
    answer.reply.code = begun == Errc::overloaded ? realm::ReplyCode::overloaded : realm::ReplyCode::refused;
    answer.reply.error = begun;
    realm_done_.take(context)(std::move(answer));
  }

  void submit(kv::ClientOperation operation, KvDone done) override {
    const auto context = kv_done_.add(std::move(done));
    const Errc begun = closed_ ? Errc::cancelled
                               : lanes_.invoke(now(), context, std::move(operation), jitter(), lane_effects_);
    if (begun == Errc::ok) return carry_out_lanes();
    kv_done_.take(context)({.outcome = kv::Outcome::fail});
  }

  std::uint64_t watch(WatchSpec spec, WatchTold told) override {
    if (watches_.size() >= kWatchesMax || closed_) return 0;
    spec.interval = std::max(spec.interval, kWatchIntervalMin);
    const std::uint64_t id = ++last_watch_;
    Watch& w = watches_[id];
    w.spec = std::move(spec);
    w.told = std::move(told);
    w.due = now();
    arm(kWatchTimer, now());
    return id;
  }
  void unwatch(std::uint64_t watch) override { watches_.erase(watch); }

  void close() override {
    if (std::exchange(closed_, true)) return;
    watches_.clear();
    core_.close(effects_);
    effects_.sends.clear();
    carry_out();
    lanes_.close(lane_effects_);
    lane_effects_.sends.clear();
    carry_out_lanes();
  }

  bool started() const override { return started_; }
  const Core& core() const override { return core_; }

 private:
  // In a callback of the process.
  struct Inside {
    explicit Inside(TheDriver& driver) : driver_(driver) { driver_.inside_ = true; }
    ~Inside() { driver_.inside_ = false; }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    TheDriver& driver_;
  };

  Instant now() const { return backend_.clock.monotonic_now(); }
  // Spreads retries, no more, so one draw of the node's is enough for a life. SplitMix64 (Steele et al.
  // 2014).
  std::uint64_t jitter() {
    if (draws_ == 0) draws_ = backend_.entropy.draw("client.jitter", 0).u64() | 1;
    std::uint64_t z = (draws_ += 0x9E37'79B9'7F4A'7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58'476D'1CE4'E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D0'49BB'1331'11EBULL;
    return z ^ (z >> 31);
  }

  // A deadline that moved later stays armed; the early tick is harmless and arms anew.
  void arm(std::uint32_t slot, Instant due) {
    if (due >= armed_[slot]) return;
    armed_[slot] = due;
    backend_.clock.arm(slot, due);
  }

  void post(NodeId to, Bytes frame, wire::FrameType type) {
    if (backend_.network.send(to, std::move(frame), static_cast<std::uint8_t>(type)) != Errc::ok)
      backend_.probe.sometimes("client: outgoing queue full");  // as good as lost: it is sent again
    if (!inside_ && wake_ && !std::exchange(woken_, true)) wake_();
  }

  // Callbacks may submit, so what is carried out is taken away first.
  void carry_out() {
    for (const Claim claim : effects_.sometimes) backend_.probe.sometimes(claim);
    for (const Send& send : effects_.sends)
      post(send.to, frame_of(send.request), wire::FrameType::realm_request);
    std::vector<Completed> completed;
    completed.swap(effects_.completed);
    effects_.clear();
    arm(kCoreTimer, core_.next_deadline());
    for (Completed& c : completed)
      realm_done_.take(c.context)(
          {.outcome = c.outcome, .reply = std::move(c.reply), .attempts = c.attempts});
  }

  void carry_out_lanes() {
    for (const kv::ClientSend& send : lane_effects_.sends)
      post(send.to, wire::encode(send.request), wire::FrameType::client_request);
    std::vector<KvLanes::Completed> completed;
    completed.swap(lane_effects_.completed);
    lane_effects_.clear();
    arm(kLanesTimer, lanes_.next_deadline());
    for (KvLanes::Completed& c : completed) {
      kv_done_.take(c.context)(
          {.outcome = c.result.outcome, .reply = std::move(c.result.reply), .attempts = c.result.attempts});
    }
  }

  void poll() {
    const Instant at = now();
    std::vector<std::uint64_t> due;
    for (auto& [id, w] : watches_) {
      if (!w.asking && w.due <= at) due.push_back(id);
    }
    for (const std::uint64_t id : due) ask(id);
    arm_watches();
  }

  void arm_watches() {
    Instant due = Instant::max();
    for (const auto& [id, w] : watches_) {
      if (!w.asking) due = std::min(due, w.due);
    }
    arm(kWatchTimer, due);
  }

  void ask(std::uint64_t id) {
    const auto at = watches_.find(id);
    if (at == watches_.end()) return;
    at->second.asking = true;
    Operation get;
    get.request.function = realm::Function::get;
    get.request.worknode = at->second.spec.worknode;
    get.request.property = at->second.spec.property;
    get.request.mode = at->second.spec.mode;
    get.request.token = at->second.spec.token;
    submit(std::move(get), [this, id](RealmAnswer&& answer) { tell(id, answer); });
  }

  void tell(std::uint64_t id, const RealmAnswer& answer) {
    const auto at = watches_.find(id);
    if (at == watches_.end()) return;
    Watch& w = at->second;
    w.asking = false;
    w.due = now() + w.spec.interval;
    const bool ok = answer.outcome == Outcome::ok;
    const bool same = ok && w.any && w.found == answer.reply.found && w.items == answer.reply.items;
    if (ok) {
      w.any = true;
      w.found = answer.reply.found;
      w.items = answer.reply.items;
    }
    const WatchTold told = same ? WatchTold{} : w.told;  // it may unwatch itself
    arm_watches();
    if (told) told(answer);
  }

  Backend& backend_;
  std::function<void()> wake_;
  Core core_;
  Effects effects_;
  realm::Reply reply_;
  KvLanes lanes_;
  KvLanes::Effects lane_effects_;
  Slots<RealmDone> realm_done_;
  Slots<KvDone> kv_done_;
  std::pmr::map<std::uint64_t, Watch> watches_;
  std::uint64_t last_watch_ = 0;
  std::uint64_t draws_ = 0;  // the state of jitter()
  Instant armed_[3] = {Instant::max(), Instant::max(), Instant::max()};
  bool started_ = false;
  bool inside_ = false;
  bool woken_ = false;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Driver> make_driver(DriverOptions options, Backend& backend,
                                    std::pmr::memory_resource* memory) {
  return std::make_unique<TheDriver>(std::move(options), backend, memory);
}

}  // namespace wn::client
