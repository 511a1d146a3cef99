#include "runtime/client/answer.h"

#include <fmt/format.h>

#include "runtime/capability/types.h"

namespace wn::client {
namespace {

std::unexpected<Failure> failure(Problem problem, Errc code, std::string message) {
  return std::unexpected(Failure{.problem = problem, .code = code, .message = std::move(message)});
}

std::unexpected<Failure> silence(bool reads, std::uint32_t attempts) {
  if (attempts == 0) return failure(Problem::timed_out, Errc::timed_out, "it was not its turn in time");
  if (reads) return failure(Problem::timed_out, Errc::timed_out, "no answer in time");
  return failure(Problem::unknown_outcome, Errc::timed_out,
                 "no answer in time: whether it took effect is not known");
}

std::unexpected<Failure> no(const realm::Reply& reply) {
  Failure out{.problem = Problem::refused, .code = reply.error, .refusal = reply.refusal, .message = {}};
  if (reply.refusal != 0) {
    out.problem = Problem::denied;
    out.message =
        fmt::format("denied: {}", capability::to_string(static_cast<capability::Refusal>(reply.refusal)));
  } else {
    out.message = fmt::format("refused: {}", to_string(reply.error));
  }
  return std::unexpected(std::move(out));
}

}  // namespace

std::string_view to_string(Problem problem) {
  switch (problem) {
    case Problem::invalid:
      return "invalid";
    case Problem::refused:
      return "refused";
    case Problem::denied:
      return "denied";
    case Problem::overloaded:
      return "overloaded";
    case Problem::failed:
      return "failed";
    case Problem::timed_out:
      return "timed-out";
    case Problem::unknown_outcome:
      return "unknown-outcome";
    case Problem::unreachable:
      return "unreachable";
    case Problem::closed:
      return "closed";
  }
  return "unknown";
}

Answer<Value> answer_of(realm::Function function, RealmAnswer&& answer) {
  realm::Reply& r = answer.reply;
  if (answer.outcome == Outcome::ok)
    return Value{.found = r.found, .more = r.more, .items = std::move(r.items), .attempts = answer.attempts};
  if (r.error == Errc::cancelled) return failure(Problem::closed, r.error, "the client is closed");
  const bool reads = changes_nothing(function);
  if (answer.outcome == Outcome::info) {
    if (r.code == realm::ReplyCode::failed)
      return failure(Problem::unknown_outcome, r.error,
                     "the handler failed: whether it took effect is not known");
    return silence(reads, answer.attempts);
  }
  switch (r.code) {
    case realm::ReplyCode::refused:
      if (answer.attempts == 0) return failure(Problem::invalid, r.error, "the mode has no such function");
      return no(r);
    case realm::ReplyCode::overloaded:
      return failure(Problem::overloaded, r.error, "overloaded: try again later");
    case realm::ReplyCode::failed:
      return failure(Problem::failed, r.error, "the handler failed");
    default:
      return silence(reads, answer.attempts);
  }
}

Answer<KvValue> answer_of(const kv::Command& command, KvAnswer&& answer) {
  if (answer.outcome == kv::Outcome::info) return silence(kv::is_read(command), answer.attempts);
  const kv::Status status = answer.reply.status;
  if (answer.outcome == kv::Outcome::fail) {
    if (status == kv::Status::too_large || status == kv::Status::invalid)
      return failure(Problem::refused, Errc::too_large, fmt::format("refused: {}", kv::to_string(status)));
    return failure(Problem::timed_out, Errc::timed_out, "no answer in time; it took no effect");
  }
  return KvValue{.found = status != kv::Status::not_found,
                 .value = std::move(answer.reply.value),
                 .matched = status == kv::Status::ok,
                 .attempts = answer.attempts};
}

}  // namespace wn::client
