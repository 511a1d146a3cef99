#pragma once
// Short ways to say commands in this room's tests and benches.
#include <string_view>

#include "runtime/kv/command.h"

namespace wn::kv::test {

inline Bytes text(std::string_view s) { return Bytes::copy_of(s); }

inline Command command(CommandKind kind, std::string_view key, std::string_view value = {},
                       std::string_view expected = {}) {
  Command c;
  c.kind = kind;
  c.key = text(key);
  c.value = text(value);
  c.expected = text(expected);
  return c;
}
inline Command in(std::uint64_t session, std::uint64_t sequence, Command c) {
  c.session = session;
  c.sequence = sequence;
  return c;
}
inline Command open_session() { return command(CommandKind::open_session, ""); }

}  // namespace wn::kv::test
