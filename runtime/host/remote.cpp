#include "runtime/host/remote.h"

#include <utility>

#include "runtime/base/check.h"

namespace wn::host {
namespace {

constexpr std::uint32_t kRequestBytes = 40U << 10;  // a request with its session
constexpr std::uint32_t kResponseBytes = 40U << 10;

// All may be carried out again: the realm and the groups know a client's operation durably.
std::vector<rpc::MethodSpec> methods() {
  const auto method = [](RemoteMethod m, std::uint32_t request, std::uint32_t response) {
    return rpc::MethodSpec{.method = static_cast<std::uint32_t>(m),
                           .response_kind = kRemoteKind,
                           .request_bytes_max = request,
                           .response_bytes_max = response,
                           .response_items_max = 1,
                           .repeatable = true};
  };
  return {method(RemoteMethod::count, 16, 16), method(RemoteMethod::execute, kRequestBytes, kResponseBytes),
          method(RemoteMethod::strong, kRequestBytes, kResponseBytes)};
}

rpc::Options endpoint_options(const Remote::Options& options, AnswerSignatures* signatures) {
  rpc::Options out;
  out.node = options.node;
  out.incarnation = options.incarnation;
  out.methods = methods();
  out.members = options.members;
  out.calls_per_handler = options.calls_per_handler;
  out.signatures = signatures;
  if (options.identity != nullptr) out.realm = options.identity->realm;
  out.bytes_max = 32U << 20;
  out.peer_bytes_max = 8U << 20;
  out.window_calls = 64;
  out.window_bytes = 2U << 20;
  out.margin = milliseconds(1);
  out.retry_after = milliseconds(40);
  out.defect = options.defect;
  out.fault_points = options.fault_points;
  return out;
}

}  // namespace

Remote::Remote(const Options& options, std::pmr::memory_resource* memory)
    : options_(options),
      signatures_(options.identity != nullptr ? std::make_unique<AnswerSignatures>(*options.identity)
                                              : nullptr),
      endpoint_(endpoint_options(options, signatures_.get()), memory) {
  options_.identity = nullptr;
}

void Remote::serve(RemoteMethod method, Handler handler) {
  handlers_[static_cast<std::uint32_t>(method)] = std::move(handler);
}

rpc::IdempotencyKey Remote::own_key() { return {options_.node, options_.incarnation << 32 | ++last_key_}; }

void Remote::call(const rpc::Moment& moment, const RemoteCall& call, Done done) {
  const std::uint64_t context = ++last_context_;
  std::size_t bytes = 0;
  for (const Bytes& argument : call.arguments) bytes += argument.size();
  rpc::CallSpec spec{.to = call.to,
                     .method = rpc::Method{static_cast<std::uint32_t>(call.method)},
                     .target = call.target,
                     .deadline = rpc::Deadline{moment.now + call.within},
                     .hops = rpc::HopBudget{kRemoteHops},
                     .request_bytes = rpc::RequestBytes{static_cast<std::uint32_t>(bytes)},
                     .response_bytes = rpc::ResponseBytes{kResponseBytes},
                     .response_items = rpc::ResponseItems{1},
                     .key = call.key,
                     .capability = rpc::Capability{call.capability},
                     .arguments = {call.arguments.begin(), call.arguments.end()},
                     .parent = call.parent,
                     .sign = signatures_ != nullptr,
                     .context = context};
  waiting_[context] = std::move(done);
  const auto made = endpoint_.call(moment, spec, effects_);
  if (!made) {
    rpc::Completion refused;
    refused.peer = call.to;
    refused.context = context;
    refused.status = made.error();
    effects_.completions.push_back(std::move(refused));
  }
  gather();
}

void Remote::reply(const rpc::Moment& moment, rpc::Incoming call, rpc::Answer answer) {
  static_cast<void>(endpoint_.reply(moment, call, std::move(answer), effects_));
  gather();
}

void Remote::reply(const rpc::Moment& moment, rpc::Incoming call, std::vector<Bytes> items) {
  rpc::Answer answer;
  answer.result.kind = kRemoteKind;
  answer.result.items = std::move(items);
  reply(moment, call, std::move(answer));
}

void Remote::receive(const rpc::Moment& moment, NodeId from, rpc::MessageKind kind, ByteView payload) {
  endpoint_.receive(moment, from, kind, payload, effects_);
  gather();
}

void Remote::tick(const rpc::Moment& moment, std::uint64_t draw) {
  endpoint_.tick(moment, draw, effects_);
  gather();
}

// What runs handlers is kept apart: they may call back while it is looked at. Withdrawals need nothing: what
// a handler here has begun is answered into the void.
void Remote::gather() {
  for (rpc::Delivery& d : effects_.deliveries) deliveries_.push_back(std::move(d));
  for (rpc::Completion& c : effects_.completions) completions_.push_back(std::move(c));
  effects_.deliveries.clear();
  effects_.completions.clear();
  effects_.withdrawals.clear();
}

bool Remote::run_next() {
  if (!completions_.empty()) {
    const rpc::Completion completion = std::move(completions_.front());
    completions_.pop_front();
    const auto at = waiting_.find(completion.context);
    WN_CHECK(at != waiting_.end());
    const Done done = std::move(at->second);
    waiting_.erase(at);
    done(completion);
    return true;
  }
  if (deliveries_.empty()) return false;
  const rpc::Delivery delivery = std::move(deliveries_.front());
  deliveries_.pop_front();
  const auto handler = handlers_.find(delivery.method);
  if (handler == handlers_.end()) {
    endpoint_.reply({.now = delivery.deadline}, delivery.call,
                    {.status = rpc::Status::denied, .error = Errc::ok, .result = {}}, effects_);
    gather();
    return true;
  }
  handler->second(delivery);
  return true;
}

rpc::Effects& Remote::flush(const rpc::Moment& moment) {
  endpoint_.flush(moment, effects_);
  return effects_;
}

}  // namespace wn::host
