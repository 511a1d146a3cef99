#include "scenarios/workloads/realm_client.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "faults/plan/names.h"
#include "runtime/base/check.h"
#include "runtime/causality/version_vector.h"
#include "runtime/realm/codec.h"
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

bool changes_nothing(OpFunction function) {
  return function == OpFunction::get || function == OpFunction::query || function == OpFunction::call ||
         function == OpFunction::crash;
}

Bytes frame_of(const realm::Request& request) {
  const Bytes payload = realm::encode(request);
  const std::size_t size = wire::kHeaderBytes + payload.size();
  return Bytes::build(size, [&](std::uint8_t* to) {
    std::copy_n(payload.view().data(), payload.size(), to + wire::kHeaderBytes);
    wire::seal_frame(to, wire::FrameType::realm_request, payload.size());
  });
}

class RealmClient final : public Process {
 public:
  RealmClient(RealmClientOptions options, Backend& backend, OperationListener* listener)
      : options_(std::move(options)),
        backend_(backend),
        run_(options_.id, std::move(options_.operations), SimTime{}, kNextTimer, backend, listener) {}

  void on_start() override {
    for (const Grant& g : options_.grants) {
      backend_.probe.emit(TraceKind::cap_granted, {g.token, g.parent, g.rights, g.subtree, g.expires_ns});
    }
    run_.start();
    begin_next();
  }

  void on_message(NodeId from, const Bytes& frame) override {
    wire::FrameView view;
    if (wire::open_frame(frame.view(), view) != Errc::ok || view.type != wire::FrameType::realm_reply ||
        realm::decode(frame.view().subspan(wire::kHeaderBytes, view.payload_bytes), reply_) != Errc::ok) {
      backend_.probe.sometimes("client: damaged reply dropped");
      return;
    }
    if (!busy_ || from != target() || reply_.operation != request_.operation) return;
    last_code_ = reply_.code;
    if (reply_.code == realm::ReplyCode::done) see(reply_.session.view());
    if (const std::optional<checkers::Outcome> outcome = outcome_of(reply_.code)) complete(*outcome);
  }

  void on_timer(std::uint32_t slot) override {
    if (slot == kNextTimer) {
      if (!busy_) begin_next();
      return;
    }
    if (!busy_) return;
    if (backend_.clock.monotonic_now() >= deadline_) return complete(checkers::Outcome::info);
    send();
  }

  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override {}

 private:
  void begin_next() {
    const Operation* operation = run_.begin_next();
    if (operation == nullptr) return;
    busy_ = true;
    last_code_ = {};
    request_ = request_of(*operation);
    request_.operation = run_.number();
    if (options_.sessions && request_.mode == Mode::eventual) {
      request_.keeps_session = true;
      request_.session = session();
    }
    const std::uint32_t token = operation->token == 0 ? options_.first_token : operation->token;
    if (const auto bytes = options_.tokens.find(token); bytes != options_.tokens.end())
      request_.token = bytes->second;
    const Duration timeout = options_.timeout.ns > 0 ? options_.timeout : kTimeout;
    deadline_ = backend_.clock.monotonic_now() + timeout;
    send();
  }

  NodeId target() const { return run_.current().server ? run_.current().server : options_.home; }

  // What this client has seen, by what replicas said.
  void see(ByteView session) {
    if (session.empty()) return;
    const auto seen = causality::VersionVector::decode(session, std::pmr::new_delete_resource());
    if (!seen || seen_.join(*seen) != Errc::ok)
      backend_.probe.sometimes("client: a session that cannot be read");
  }
  Bytes session() const {
    std::vector<std::uint8_t> bytes;
    seen_.encode(bytes);
    return Bytes::copy_of(ByteView(bytes));
  }

  void send() {
    ++request_.attempt;
    run_.sent(request_.attempt, target());
    const auto type = static_cast<std::uint8_t>(wire::FrameType::realm_request);
    if (backend_.network.send(target(), frame_of(request_), type) != Errc::ok)
      backend_.probe.sometimes("client: outgoing queue full");  // as good as lost: the retry timer runs
    const Duration retry = options_.retry.ns > 0 ? options_.retry : kRetry;
    backend_.clock.arm(kRetryTimer, std::min(deadline_, backend_.clock.monotonic_now() + retry));
  }

  bool cas_said_nothing() const {
    return run_.current().function == OpFunction::cas &&
           (reply_.error != Errc::precondition || reply_.refusal != 0);
  }

  // Nothing: the answer settles nothing, and the retry timer runs.
  std::optional<checkers::Outcome> outcome_of(realm::ReplyCode code) const {
    switch (code) {
      case realm::ReplyCode::done:
        return checkers::Outcome::ok;
      case realm::ReplyCode::refused:
        // A cas that fails says that its expectation did not hold; refused for another reason it says
        // nothing.
        return cas_said_nothing() ? checkers::Outcome::info : checkers::Outcome::fail;
      case realm::ReplyCode::overloaded:
        backend_.probe.sometimes("client: told that the realm is overloaded");
        return std::nullopt;
      case realm::ReplyCode::failed:
        return changes_nothing(run_.current().function) ? checkers::Outcome::fail : checkers::Outcome::info;
    }
    return std::nullopt;
  }

  void complete(checkers::Outcome outcome) {
    busy_ = false;
    backend_.clock.disarm(kRetryTimer);
    const OpFunction function = run_.current().function;
    OperationResult result;
    result.outcome = outcome;
    result.attempts = request_.attempt;
    result.first_try = request_.attempt == 1 && outcome == checkers::Outcome::ok;
    if (outcome == checkers::Outcome::ok) {
      result.found = reply_.found || function == OpFunction::query || function == OpFunction::call;
      result.elements = reply_.items;
      if (function == OpFunction::query) {
        for (std::int64_t& item : result.elements) item = number_of_id(item);
      }
    }
    if (reply_.error == Errc::behind && outcome == checkers::Outcome::fail)
      backend_.probe.sometimes("client: refused by a replica that lags");
    run_.complete(result, static_cast<std::uint64_t>(last_code_));
    begin_next();
  }

  RealmClientOptions options_;
  Backend& backend_;
  OperationRun run_;
  realm::Request request_;
  realm::Reply reply_;
  realm::ReplyCode last_code_{};  // zero: no answer at all
  causality::VersionVector seen_{std::pmr::new_delete_resource()};
  Instant deadline_;
  bool busy_ = false;
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
