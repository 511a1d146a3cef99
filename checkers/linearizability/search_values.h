#pragma once
// The plain values of the search: what happens when, and where the search stands.
#include <cstdint>
#include <vector>

#include "checkers/linearizability/contents.h"
#include "checkers/linearizability/failed_configurations.h"

namespace wn::checkers::search {

inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

struct Event {
  std::uint32_t step = 0;
  bool is_return = false;
};

// Info operations that do the same thing.
struct InfoClass {
  std::uint32_t step = 0;             // one of them
  std::vector<std::uint32_t> events;  // of their invocations, ascending
};

struct Configuration {
  std::uint32_t event = 0;  // the return that blocks
  ContentId state = kEmptyContent;
  OpenMask done;  // by slot: open operations that have taken effect
};

struct Choice {
  std::uint32_t step = kNone;
  std::uint32_t info = kNone;  // class, when not a step of its own
  std::uint32_t rank = 0;
};

struct Frame {
  Configuration at;
  std::size_t choices_begin = 0, choices_end = 0, next = 0;
  std::uint32_t used_info = kNone;  // the info class that led here, to be given back
};

}  // namespace wn::checkers::search
