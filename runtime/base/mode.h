#pragma once
// Mode: how far an operation's promise reaches. Chosen for each operation; a property has the modes that its
// schema allows it.
//   local     this node alone, no network: sequentially consistent
//   eventual  applied here at once, spread as a CRDT: causally consistent, convergent
//   strong    through the Raft group that owns the worknode: linearizable
#include <cstdint>
#include <string_view>

namespace wn {

enum class Mode : std::uint8_t { local = 1, eventual = 2, strong = 3 };

constexpr std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::local:
      return "local";
    case Mode::eventual:
      return "eventual";
    case Mode::strong:
      return "strong";
  }
  return "unknown";
}

}  // namespace wn
