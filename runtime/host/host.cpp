#include "runtime/host/host.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/host/impl.h"
#include "runtime/wire/frame.h"

namespace wn::host {
namespace {

constexpr std::uint64_t kActivationsMax = 100'000;  // in one go: more is a loop of ours

std::uint32_t narrow(std::uint64_t limit) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, ~std::uint32_t{0}));
}

memory::Budget budget_of(const Options& options) {
  memory::Options out;
  out.bytes = options.realm.limits.memory_bytes;
  out.regions_max = 4;
  out.defect = options.defect;
  auto budget = memory::Budget::plan(out);
  WN_CHECK(budget.has_value());
  return *std::move(budget);
}

std::unique_ptr<actor::Order> seeded_order(ActorOrder order, std::uint64_t seed,
                                           std::pmr::memory_resource* memory) {
  switch (order) {
    case ActorOrder::round_robin:
      return std::make_unique<actor::RoundRobinOrder>();
    case ActorOrder::random:
      return std::make_unique<actor::RandomOrder>(Random(seed));
    case ActorOrder::priority:
      return std::make_unique<actor::PctOrder>(Random(seed), actor::PctOrder::Options{}, memory);
    case ActorOrder::fifo:
      break;
  }
  return std::make_unique<actor::FifoOrder>();
}

// Begins anew by another seed whenever the world does.
class BranchingOrder final : public actor::Order {
 public:
  BranchingOrder(const Options& options, std::pmr::memory_resource* memory)
      : kind_(options.order),
        branch_(options.order_branch),
        memory_(memory),
        seed_(options.order_seed),
        order_(seeded_order(kind_, seed_, memory)) {}
  std::size_t choose(std::uint64_t step, std::span<const actor::ActorId> ready) override {
    if (const std::uint64_t seed = branch_(); seed != 0 && seed != seed_) {
      order_ = seeded_order(kind_, seed, memory_);
      seed_ = seed;
    }
    return order_->choose(step, ready);
  }

 private:
  ActorOrder kind_;
  std::function<std::uint64_t()> branch_;
  std::pmr::memory_resource* memory_;
  std::uint64_t seed_;
  std::unique_ptr<actor::Order> order_;
};

std::unique_ptr<actor::Order> base_order(const Options& options, std::pmr::memory_resource* memory) {
  const bool drawn = options.order == ActorOrder::random || options.order == ActorOrder::priority;
  if (drawn && options.order_branch) return std::make_unique<BranchingOrder>(options, memory);
  return seeded_order(options.order, options.order_seed, memory);
}

actor::Options actor_options(const Options& options) {
  actor::Options out;
  const Limits& limits = options.realm.limits;
  out.actors_max = narrow(limits.actors_max);
  out.messages_max = narrow(limits.messages_max);
  out.timers_max = narrow(limits.timers_max);
  out.parked_max = narrow(limits.parked_senders_max);
  out.kinds_max = 2;
  out.handler_calls_max = narrow(limits.handler_calls_max);
  out.stall_limit = nanoseconds(static_cast<std::int64_t>(limits.handler_stall_ns));
  out.turn_messages_max = 1;
  return out;
}

StrongOperations::Options strong_options(const Options& options) {
  StrongOperations::Options out;
  out.node = options.realm.node;
  out.groups = options.groups.groups;
  out.operations_max = options.requests_max;
  out.patience = options.request_patience;
  out.defect = options.defect;
  return out;
}

}  // namespace

Host::Host(const Options& options, Backend& backend)
    : options_(options),
      backend_(backend),
      memory_(budget_of(options), std::pmr::new_delete_resource()),
      resource_(memory_),
      local_(modes::LocalOptions{}, &resource_),
      strong_(strong_options(options), std::pmr::new_delete_resource()),
      requests_(memory_, &resource_, options.requests_max),
      serving_(*this),
      summing_(*this),
      stacks_(narrow(options.realm.limits.fiber_stacks), options.realm.limits.fiber_stack_bytes,
              std::pmr::new_delete_resource()),
      base_order_(base_order(options_, std::pmr::new_delete_resource())) {
  order_ = std::make_unique<actor::DeviatingOrder>(*base_order_, options_.deviations);
  told_order_ = std::make_unique<ToldOrder>(*this, *order_);
  system_ = std::make_unique<actor::System>(
      actor_options(options_), std::pmr::new_delete_resource(),
      actor::Parts{.stacks = &stacks_, .listener = this, .order = told_order_.get(), .meter = this});
  actor::Kind worknode{
      .name = "worknode", .mailbox_max = mailbox_messages(), .overflow = options_.mailbox_full};
  actor::Kind sum{.name = "sum", .mailbox_max = 1, .fiber = true};
  worknode_kind_ = *system_->add_kind(worknode);
  sum_kind_ = *system_->add_kind(sum);
}

Host::~Host() {
  // Stops all actors; what they would tell is of no interest any more.
  failed_ = true;
  system_.reset();
}

std::uint16_t Host::mailbox_messages() const {
  return static_cast<std::uint16_t>(std::min<std::uint64_t>(options_.realm.limits.mailbox_messages, 65'535));
}

std::uint32_t Host::calls_max() const { return narrow(options_.realm.limits.handler_calls_max); }

realm::Moment Host::moment() const {
  return {.now = backend_.clock.monotonic_now(), .wall = backend_.clock.wall_now()};
}

void Host::on_start() {
  journal_.begin_recovery();
  submit_journal();
}

void Host::on_message(NodeId from, const Bytes& frame) {
  if (failed_) return;
  wire::FrameView view;
  if (wire::open_frame(frame.view(), view) != Errc::ok) {
    backend_.probe.sometimes("host: damaged frame dropped");
    return;
  }
  if (!realm_) {
    if (view.type == wire::FrameType::realm_request) keep_early(from, frame);
    return;
  }
  const ByteView payload = frame.view().subspan(wire::kHeaderBytes, view.payload_bytes);
  switch (view.type) {
    case wire::FrameType::realm_request:
      receive_request(from, payload);
      break;
    case wire::FrameType::realm_sync_request:
    case wire::FrameType::realm_sync_updates:
    case wire::FrameType::realm_snapshot_request:
    case wire::FrameType::realm_snapshot_part:
    case wire::FrameType::realm_section_request:
    case wire::FrameType::realm_section:
    case wire::FrameType::realm_chain_request:
    case wire::FrameType::realm_chain_headers:
    case wire::FrameType::realm_chain_proof:
      realm_->receive(moment(), from, static_cast<realm::MessageKind>(view.type), payload, effects_);
      settle();
      serve_parked();
      break;
    case wire::FrameType::rpc_calls:
    case wire::FrameType::rpc_replies:
    case wire::FrameType::rpc_cancels:
      if (!remote_) return;
      remote_->receive({.now = moment().now}, from, static_cast<rpc::MessageKind>(view.type), payload);
      break;
    default:
      if (view.type != kGroupBatch && view.type != kGroupAlive) return;
      on_group_frame(from, view.type, payload);
  }
  pump();
  arm();
}

void Host::on_timer(std::uint32_t slot) {
  if (slot == kFlushTimer) {
    flush_due_ = false;
    return submit_journal();
  }
  if (slot != kTimer || failed_ || !realm_) return;
  armed_ = Instant::max();
  const realm::Moment at = moment();
  if (at.now >= realm_->next_deadline()) {
    realm_->tick(at, backend_.entropy.draw("host.gossip", draws_++).u64(), effects_);
    settle();
  }
  if (remote_ && at.now >= remote_->next_deadline())
    remote_->tick({.now = at.now}, backend_.entropy.draw("host.rpc", rpc_draws_++).u64());
  tick_groups();
  serve_parked();
  expire_requests();
  pump();
  arm();
}

// Activations until nobody is ready, or until the node's time for the next one has come.
void Host::pump() {
  system_->advance(backend_.clock.monotonic_now());
  settle();  // what has been answered without an activation
  serve_remote();
  for (std::uint64_t i = 0; !system_->idle() && !failed_; ++i) {
    WN_CHECK(i < kActivationsMax);
    const Instant now = backend_.clock.monotonic_now();
    if (options_.handler_cost > Duration{}) {
      if (now < busy_until_) return;
      busy_until_ = now + options_.handler_cost;
    }
    if (system_->run(1) == 0) return;
    settle();
    serve_remote();
    if (WN_FAULT_POINT(backend_.fault_points, "host.turn-ends-early")) {
      busy_until_ = now;  // the rest by the timer, after whatever else is due
      return;
    }
  }
}

void Host::arm() {
  if (failed_ || !realm_) return;
  Instant due = realm_->next_deadline();
  due = std::min(due, system_->next_deadline());
  if (!system_->idle()) due = std::min(due, busy_until_);
  const Instant oldest = requests_.oldest();
  if (oldest < Instant::max()) due = std::min(due, oldest + options_.request_patience + nanoseconds(1));
  due = std::min({due, parked_deadline(), groups_deadline()});
  if (remote_) due = std::min(due, remote_->next_deadline());
  if (due == armed_) return;
  armed_ = due;
  backend_.clock.arm(kTimer, due);
}

// The client has asked again by then, or given up.
void Host::expire_requests() {
  const Instant now = backend_.clock.monotonic_now();
  if (now - Instant{} < options_.request_patience) return;
  for (const RequestHandle handle : requests_.arrived_before(now - options_.request_patience)) {
    backend_.probe.sometimes("host: a request waited too long");
    finish_refused(handle, realm::ReplyCode::overloaded, Errc::timed_out);
  }
  std::erase_if(sums_, [&](const auto& sum) {
    return !requests_.find(RequestHandle{memory::RawHandle{sum.first}}).has_value();
  });
}

std::unique_ptr<Server> make_host(const Options& options, Backend& backend) {
  return std::make_unique<Host>(options, backend);
}

}  // namespace wn::host
