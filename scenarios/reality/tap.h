#pragma once
// Tap: a process whose messages, timers and disk are told to the trace, in the simulator's own words, where
// no world tells them: on real machines. It stands between the process and its transport, so that it sees
// frames.
//
// Numbers of messages are 0: no frame carries one, so a receiver cannot know it (message_rules.h). Checksums
// are those of the simulator. Forwards everything unchanged; the process must not outlive the backend.
#include "runtime/backend/process.h"

namespace wn::reality {

ProcessFactory tapped(ProcessFactory inner);

}  // namespace wn::reality
