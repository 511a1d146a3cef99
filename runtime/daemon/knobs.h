#pragma once
// The table of a daemon's scalars: for each its place in the file, its field, its range and what it is, in
// words. Reading, writing and comparison of Config, and the reference in docs/operating.md, come from it.
// Thread rule: constants.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "runtime/daemon/config.h"

namespace wn::daemon {

using Field = std::variant<bool*, std::uint32_t*, std::uint64_t*, Duration*, std::string*, NodeId*,
                           capability::PublicKey*, ClientRule*, Service*, host::ActorOrder*, actor::Overflow*,
                           LogLevel*, LogFormat*>;

enum class Form : std::uint8_t {
  plain,
  hex,      // of a number: text of 16 hex digits, for numbers that TOML has no room for
  path,     // of text: not empty
  address,  // of text: "host:port", port 0 is any
  address_or_none,
};

struct Knob {
  std::string_view section;  // rows of one section follow one another
  std::string_view key;
  Field (*at)(Config& config);
  std::string_view about;
  Form form = Form::plain;
  std::uint64_t low = 0;  // of a number; of a duration in nanoseconds
  std::uint64_t high = 0;
};

// [service] comes first: which of the raft options [raft] means depends on it.
std::span<const Knob> knobs();
// Whether the section says something to this service.
bool concerns(std::string_view section, Service service);

// The words of an enumeration, by value.
template <class E>
  requires std::is_enum_v<E>
std::span<const std::string_view> words_of();

// The value as it stands in the file: 250, true, "250ms", "eager".
std::string value_text(const Knob& knob, Config& config);
// What may stand there, for people: "a whole number from 1 to 64".
std::string range_text(const Knob& knob);

// Whether it has the form "host:port".
bool is_address(std::string_view text, bool port_zero);

// docs/operating.md's reference of the file: a table for each section.
std::string reference_page();

}  // namespace wn::daemon
