#include "scenarios/workloads/client_process.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "faults/plan/names.h"
#include "runtime/base/check.h"
#include "runtime/kv/client.h"
#include "runtime/wire/client_codec.h"
#include "scenarios/workloads/operation_run.h"

namespace wn::scenarios {
namespace {

constexpr std::uint32_t kRetryTimer = 0;  // the client core's deadline
constexpr std::uint32_t kNextTimer = 1;   // the next operation's time

Bytes decimal(std::int64_t number) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return Bytes::copy_of(std::string_view(text, static_cast<std::size_t>(end - text)));
}

Bytes key_name(std::uint32_t key) {
  char text[16] = {'k'};
  const auto end = std::to_chars(text + 1, text + sizeof text, key).ptr;
  return Bytes::copy_of(std::string_view(text, static_cast<std::size_t>(end - text)));
}

// The numbers of "3 7 9". What is no number is left out: the checker then sees a value that nobody wrote.
std::vector<std::int64_t> elements_of(std::string_view text) {
  std::vector<std::int64_t> out;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end) {
    std::int64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error == std::errc{}) out.push_back(number);
    at = next == at ? at + 1 : next;
  }
  return out;
}

kv::ClientOperation translate(const faults::Operation& operation) {
  kv::ClientOperation out;
  kv::Command& command = out.command;
  switch (operation.function) {
    case faults::OpFunction::get:
      command.kind = kv::CommandKind::get;
      break;
    case faults::OpFunction::put:
      command.kind = kv::CommandKind::put;
      break;
    case faults::OpFunction::cas:
      command.kind = kv::CommandKind::cas;
      break;
    case faults::OpFunction::remove:
      command.kind = kv::CommandKind::remove;
      break;
    case faults::OpFunction::append:
      command.kind = kv::CommandKind::append;
      break;
    case faults::OpFunction::txn:
      command.kind = kv::CommandKind::txn;
      break;
    default:
      WN_CHECK(faults::serves(faults::Service::kv, operation.function));  // plan_check refused it
  }
  if (command.kind == kv::CommandKind::txn) {
    for (const faults::MicroOp& micro : operation.txn) {
      command.micro.push_back({.append = micro.append,
                               .key = key_name(micro.key),
                               .value = micro.append ? decimal(micro.value) : Bytes{}});
    }
  } else {
    command.key = key_name(operation.key);
    const bool writes = command.kind != kv::CommandKind::get && command.kind != kv::CommandKind::remove;
    if (writes) command.value = decimal(operation.value);
    if (command.kind == kv::CommandKind::cas) command.expected = decimal(operation.expected);
  }
  out.kind = kv::is_read(command) ? kv::RequestKind::read : kv::RequestKind::operation;
  return out;
}

checkers::Outcome outcome_of(const faults::Operation& operation, const kv::ClientResult& result) {
  const bool cas = operation.function == faults::OpFunction::cas;
  switch (result.outcome) {
    // To the checkers a failed cas is an observation: the value was not the expected one. One that was never
    // carried out observed nothing, and `info` is always true.
    case kv::Outcome::fail:
      return cas ? checkers::Outcome::info : checkers::Outcome::fail;
    case kv::Outcome::info:
      return checkers::Outcome::info;
    case kv::Outcome::ok:
      break;
  }
  // A cas that did not match was carried out and changed nothing: Jepsen's `fail`.
  return cas && result.reply.status != kv::Status::ok ? checkers::Outcome::fail : checkers::Outcome::ok;
}

OperationResult describe(const faults::Operation& operation, const kv::ClientResult& result) {
  OperationResult out;
  out.outcome = outcome_of(operation, result);
  out.attempts = result.attempts;
  out.first_try = result.outcome == kv::Outcome::ok && result.attempts == 1;
  if (out.outcome != checkers::Outcome::ok) return out;
  if (operation.function == faults::OpFunction::get) {
    out.found = result.reply.status == kv::Status::ok;
    if (out.found) out.elements = elements_of(result.reply.value.text());
  }
  for (const kv::MicroResult& micro : result.reply.micro) {
    const bool append = operation.txn[out.reads.size()].append;
    out.reads.push_back(append ? std::vector<std::int64_t>{} : elements_of(micro.value.text()));
    if (out.reads.size() == operation.txn.size()) break;
  }
  return out;
}

kv::ClientOptions client_options(const ClientHostOptions& options) {
  kv::ClientOptions out;
  out.servers = options.servers;
  if (options.timeout.ns > 0) out.operation_timeout = options.timeout;
  if (options.retry.ns > 0) out.attempt_timeout = options.retry;
  return out;
}

class ClientHost final : public Process {
 public:
  ClientHost(ClientHostOptions options, Backend& backend, OperationListener* listener)
      : options_(std::move(options)),
        backend_(backend),
        run_(options_.id, std::move(options_.operations), options_.started_at, kNextTimer, backend, listener),
        client_(client_options(options_)) {}

  void on_start() override {
    run_.start();
    begin_next();
  }

  void on_message(NodeId from, const Bytes& frame) override {
    if (wire::decode(frame, reply_) != Errc::ok) {
      backend_.probe.sometimes("client: damaged reply dropped");
      return;
    }
    client_.on_reply(backend_.clock.monotonic_now(), from, reply_, jitter(), effects_);
    carry_out();
  }

  void on_timer(std::uint32_t slot) override {
    if (slot == kRetryTimer) {
      armed_ = Instant::max();
      client_.on_tick(backend_.clock.monotonic_now(), jitter(), effects_);
      carry_out();
    } else if (slot == kNextTimer && !client_.busy()) {
      begin_next();
    }
  }

  void on_disk(DiskCompletion) override {}
  void on_control(const Bytes&) override {}

  void inspect(Inspector& to) const override {
    run_.inspect(to);
    const InspectedGroup client(to, "client");
    client_.inspect(to);
  }

 private:
  // REQUIRES an idle client.
  void begin_next() {
    const faults::Operation* operation = run_.begin_next();
    if (operation == nullptr) return;
    client_.invoke(backend_.clock.monotonic_now(), translate(*operation), jitter(), effects_);
    carry_out();
  }

  void carry_out() {
    for (const kv::ClientSend& send : effects_.sends) {
      run_.sent(send.request.attempt, send.to);
      const auto type = static_cast<std::uint8_t>(wire::FrameType::client_request);
      if (backend_.network.send(send.to, wire::encode(send.request), type) != Errc::ok) {
        backend_.probe.sometimes("client: outgoing queue full");  // as good as lost: the retry timer runs
      }
    }
    std::optional<kv::ClientResult> result;
    if (!effects_.completed.empty()) result = std::move(effects_.completed.front());
    effects_.clear();
    if (result) run_.complete(describe(run_.current(), *result));
    arm_retry();
    if (result) begin_next();
  }

  // A deadline that moved later stays armed; the early tick is harmless and arms anew.
  void arm_retry() {
    const Instant due = client_.next_deadline();
    if (due >= armed_) return;
    armed_ = due;
    backend_.clock.arm(kRetryTimer, due);
  }

  std::uint64_t jitter() { return backend_.entropy.draw("client.jitter", draws_++).u64(); }

  ClientHostOptions options_;
  Backend& backend_;
  OperationRun run_;
  kv::Client client_;
  kv::ClientEffects effects_;
  kv::ClientReply reply_;
  Instant armed_ = Instant::max();
  std::uint64_t draws_ = 0;
};

}  // namespace

std::unique_ptr<Process> make_client_process(ClientHostOptions options, Backend& backend,
                                             OperationListener* listener) {
  return std::make_unique<ClientHost>(std::move(options), backend, listener);
}

FlatMap<NodeId, std::vector<faults::Operation>> operations_by_process(const faults::Plan& plan) {
  FlatMap<NodeId, std::vector<faults::Operation>> out;
  for (const faults::Operation& operation : plan.operations) out[operation.process].push_back(operation);
  return out;
}

}  // namespace wn::scenarios
