#pragma once
// What a client's operation came to, in the words of whoever called it. Pure. Thread rule: values.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/client/driver.h"

namespace wn::client {

enum class Problem : std::uint8_t {
  invalid = 1,      // the request itself: never sent
  refused,          // took no effect: `code` says why (not_found, already_exists, precondition …)
  denied,           // took no effect: the capability does not allow it; `refusal` says why
  overloaded,       // took no effect: a limit was reached, here or there
  failed,           // the worknode's handler failed
  timed_out,        // no answer in time; took no effect (it reads, or was never sent)
  unknown_outcome,  // no answer in time; whether it took effect is not known
  unreachable,      // as timed_out, and no server could be connected to
  closed,           // this client was closed
};
std::string_view to_string(Problem problem);

struct [[nodiscard]] Failure {
  Problem problem = Problem::invalid;
  Errc code = Errc::ok;
  std::uint8_t refusal = 0;  // capability::Refusal
  std::string message;       // one line
  // Nobody knows whether it took effect; everything else certainly took none.
  bool may_have_happened() const { return problem == Problem::unknown_outcome; }
};
template <class T>
using Answer = std::expected<T, Failure>;

struct Value {
  bool found = false;               // get: the property has a value
  bool more = false;                // query: the limit cut it
  std::vector<std::int64_t> items;  // as realm::Reply::items says
  std::uint32_t attempts = 0;
};

Answer<Value> answer_of(realm::Function function, RealmAnswer&& answer);
// No value: no such key.
struct KvValue {
  bool found = false;
  Bytes value;
  bool matched = true;  // cas: the expectation held
  std::uint32_t attempts = 0;
};
Answer<KvValue> answer_of(const kv::Command& command, KvAnswer&& answer);

}  // namespace wn::client
