#pragma once
// Where in the code we are, in words: "wn::raft::send_append at runtime/raft/replication.cpp:91", innermost
// first. Symbols come from addr2line and the program's line tables (-g1, which every build has); where either
// is missing, a frame is "program+0x1234".
#include <string>
#include <vector>

namespace wn::divergence {

inline constexpr int kFramesMax = 96;

using Stack = std::vector<void*>;
Stack capture_stack();
// One line a frame, frames that were inlined among them.
std::vector<std::string> symbolise(const Stack& stack);
// What a person wants of it: without our own sinks at the top, and nothing below the event loop of the world.
std::vector<std::string> telling_part(const std::vector<std::string>& frames);

}  // namespace wn::divergence
