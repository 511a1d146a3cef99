#include "scenarios/workloads/realm_client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "faults/plan/names.h"
#include "runtime/base/check.h"
#include "runtime/client/core/core.h"
#include "runtime/client/core/frames.h"
#include "runtime/realm/protocol.h"
#include "runtime/wire/frame.h"
#include "scenarios/workloads/operation_run.h"
#include "scenarios/workloads/realm_names.h"

namespace wn::scenarios {
namespace {

using faults::Operation;
using faults::OpFunction;

constexpr std::uint32_t kRetryTimer = 0;
constexpr std::uint32_t kNextTimer = 1;
constexpr Duration kTimeout = seconds(3);
constexpr Duration kRetry = milliseconds(300);

realm::Function function_of(OpFunction function) {
  switch (function) {
    case OpFunction::get:
      return realm::Function::get;
    case OpFunction::put:
      return realm::Function::put;
    case OpFunction::append:
      return realm::Function::append;
    case OpFunction::cas:
      return realm::Function::cas;
    default:
      break;
  }
  // From `add` to `publish` both vocabularies have the same order.
  WN_CHECK(faults::serves(faults::Service::realm, function));
  const int distance = static_cast<int>(function) - static_cast<int>(OpFunction::add);
  return static_cast<realm::Function>(static_cast<int>(realm::Function::add) + distance);
}

realm::Request request_of(const Operation& o) {
  realm::Request r;
  r.function = function_of(o.function);
  r.worknode = worknode_id(o.key);
  r.value = o.value;
  r.schema_version = o.schema_version;
  r.mode = o.mode;
  r.evidence = o.evidence;
  r.endorsed = o.endorsed;
  r.expected = o.expected;
  if (o.property != 0) r.property = static_cast<realm::Property>(o.property);
  switch (o.function) {
    case OpFunction::nest:
      r.key = o.other;
      break;
    case OpFunction::create:
      r.other = r.worknode;
      r.worknode = worknode_id(static_cast<std::uint32_t>(o.value));
      break;
    case OpFunction::move:
      r.other = worknode_id(o.other);
      break;
    case OpFunction::query:
      r.limit = static_cast<std::uint32_t>(o.value);
      break;
    default:
      break;
  }
  return r;
}

// As the shipped client has it, but with retries that are free and come at fixed times: plans are hard, and
// name the server of each operation.
client::CoreOptions core_options(const RealmClientOptions& options, FaultPoints* fault_points) {
  client::CoreOptions out;
  out.fault_points = fault_points;
  out.servers = {options.home};
  out.timeout = options.timeout.ns > 0 ? options.timeout : kTimeout;
  out.retry = out.retry_max = options.retry.ns > 0 ? options.retry : kRetry;
  out.jitter_percent = 0;
  out.budget = false;
  out.open_max = 1;
  out.sessions = options.sessions;
  return out;
}

checkers::Outcome outcome_of(client::Outcome outcome) {
  switch (outcome) {
    case client::Outcome::ok:
      return checkers::Outcome::ok;
    case client::Outcome::fail:
      return checkers::Outcome::fail;
    case client::Outcome::info:
      break;
  }
  return checkers::Outcome::info;
}

class RealmClient final : public Process {
 public:
  RealmClient(RealmClientOptions options, Backend& backend, OperationListener* listener)
      : options_(std::move(options)),
        backend_(backend),
        run_(options_.id, std::move(options_.operations), SimTime{}, kNextTimer, backend, listener),
        core_(core_options(options_, backend.fault_points), std::pmr::new_delete_resource()) {}

  void on_start() override {
    for (const Grant& g : options_.grants) {
      backend_.probe.emit(TraceKind::cap_granted, {g.token, g.parent, g.rights, g.subtree, g.expires_ns});
    }
    run_.start();
    begin_next();
  }

  void on_message(NodeId from, const Bytes& frame) override {
    if (!client::open_reply(frame, reply_)) {
      backend_.probe.sometimes("client: damaged reply dropped");
      return;
    }
    core_.on_reply(backend_.clock.monotonic_now(), from, reply_, 0, effects_);
    carry_out();
  }

  void on_timer(std::uint32_t slot) override {
    if (slot == kNextTimer) {
      if (core_.open() == 0) begin_next();
      return;
    }
    armed_ = Instant::max();
    core_.on_tick(backend_.clock.monotonic_now(), 0, effects_);
    carry_out();
  }

  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override {}

  void inspect(Inspector& to) const override {
    run_.inspect(to);
    const InspectedGroup client(to, "client");
    core_.inspect(to);
  }

 private:
  void begin_next() {
    const Operation* operation = run_.begin_next();
    if (operation == nullptr) return;
    client::Operation invoked;
    invoked.request = request_of(*operation);
    invoked.to = operation->server ? operation->server : options_.home;
    const std::uint32_t token = operation->token == 0 ? options_.first_token : operation->token;
    if (const auto bytes = options_.tokens.find(token); bytes != options_.tokens.end())
      invoked.request.token = bytes->second;
    const Errc begun = core_.invoke(backend_.clock.monotonic_now(), std::move(invoked), 0, effects_);
    WN_CHECK(begun == Errc::ok);  // plan_check refuses functions that a mode does not have
    carry_out();
  }

  void carry_out() {
    for (const Claim claim : effects_.sometimes) backend_.probe.sometimes(claim);
    for (const client::Send& send : effects_.sends) {
      run_.sent(send.attempt, send.to);
      const auto type = static_cast<std::uint8_t>(wire::FrameType::realm_request);
      if (backend_.network.send(send.to, client::frame_of(send.request), type) != Errc::ok)
        backend_.probe.sometimes("client: outgoing queue full");  // as good as lost: the retry timer runs
    }
    std::optional<client::Completed> completed;
    if (!effects_.completed.empty()) completed = std::move(effects_.completed.front());
    effects_.clear();
    arm_retry();
    if (completed) complete(*completed);
  }

  void arm_retry() {
    const Instant due = core_.next_deadline();
    if (due == armed_) return;
    armed_ = due;
    due == Instant::max() ? backend_.clock.disarm(kRetryTimer) : backend_.clock.arm(kRetryTimer, due);
  }

  void complete(const client::Completed& completed) {
    const OpFunction function = run_.current().function;
    OperationResult result;
    result.outcome = outcome_of(completed.outcome);
    result.attempts = completed.attempts;
    result.first_try = completed.attempts == 1 && result.outcome == checkers::Outcome::ok;
    if (result.outcome == checkers::Outcome::ok) {
      result.found = completed.reply.found || function == OpFunction::query || function == OpFunction::call;
      result.elements = completed.reply.items;
      if (function == OpFunction::query) {
        for (std::int64_t& item : result.elements) item = number_of_id(item);
      }
    }
    run_.complete(result, static_cast<std::uint64_t>(completed.reply.code));
    begin_next();
  }

  RealmClientOptions options_;
  Backend& backend_;
  OperationRun run_;
  client::Core core_;
  client::Effects effects_;
  realm::Reply reply_;
  Instant armed_ = Instant::max();
};

}  // namespace

RealmClientOptions realm_client_options(const faults::Plan& plan, NodeId client,
                                        std::vector<Operation> operations) {
  RealmClientOptions options;
  options.id = client;
  options.home = home_of(plan, client);
  options.operations = std::move(operations);
  options.timeout = plan.system.client_timeout;
  options.retry = plan.system.client_retry;
  options.sessions = plan.system.sessions;
  options.first_token = first_token(plan, client);
  options.grants = grants_of(plan, client);
  const auto keep = [&](std::uint32_t token) {
    if (token != 0 && !options.tokens.contains(token)) options.tokens[token] = token_bytes(plan, token);
  };
  keep(options.first_token);
  for (const Operation& o : options.operations) keep(o.token);
  return options;
}

std::unique_ptr<Process> make_realm_client(RealmClientOptions options, Backend& backend,
                                           OperationListener* listener) {
  return std::make_unique<RealmClient>(std::move(options), backend, listener);
}

}  // namespace wn::scenarios
