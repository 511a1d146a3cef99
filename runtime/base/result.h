#pragma once
// Result<T>: the world's fault as a value. Errc says what kind, so that callers can decide; the message says
// it to a person in one line. `Error::at` is the place in a file when the fault is in a file's text.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace wn {

enum class Errc : std::uint8_t {
  ok = 0,
  invalid_argument,  // a value outside its documented range
  bad_input,         // text or bytes from outside that are not what they claim to be
  corrupt,           // stored bytes whose checksum or structure does not hold
  not_found,
  already_exists,
  overloaded,  // a named limit was reached; retry later
  too_large,   // one item exceeds its named limit; retrying cannot help
  io_error,    // EIO
  no_space,    // ENOSPC
  not_leader,
  timed_out,
  cancelled,
  unsupported,    // another version's format, or a feature that this build does not have
  precondition,   // a cas whose expectation did not hold, a cursor that went stale
  internal,       // our own bug, reported instead of aborting (CLI exit 6)
  weak_evidence,  // a STRONG operation that rests on what was read in a weaker mode
  behind,         // this replica lacks what the asker has seen elsewhere
};
inline constexpr std::uint8_t kErrcEnd = 18;

std::string_view to_string(Errc code);

// Line and column count from 1; 0 means unknown.
struct SourcePlace {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct [[nodiscard]] Error {
  Errc code = Errc::internal;
  std::string message;
  SourcePlace at = {};

  // "file:line:column: message", leaving out what is unknown.
  std::string to_string() const;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Errc code, std::string message) {
  return std::unexpected<Error>(Error{.code = code, .message = std::move(message)});
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

}  // namespace wn
