#pragma once
// follow(): feeds a history to a judge while it comes, until it ends, the judge says `fail`, or the caller
// stops. No clock: what waits for more of a growing file is the caller's (FollowOptions::more).
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "checkers/streaming/stream_judge.h"

namespace wn::checkers {

struct FollowProgress {
  std::uint64_t events = 0, lines = 0;
  std::uint64_t bytes = 0;  // of the stream and the judge
  Outcome3 so_far = Outcome3::pass;
};

struct FollowOptions {
  StreamLimits limits = {};
  std::uint64_t progress_every = 1ULL << 20;  // events
  std::uint64_t bytes_max = 16ULL << 30;  // of the stream and the judge, looked at on progress; more: unknown
  std::function<bool()> stop = {};        // asked every few thousand events and before waiting; true: enough
  // Called when there is nothing more for now: waits a while and says whether to look again. Absent: the end
  // of the bytes is the end of the history.
  std::function<bool()> more = {};
};

// The judge's verdict on what came. An Error: the text is no history (with file, line, column), or cannot be
// read.
Result<Verdict> follow(std::unique_ptr<ByteSource> source, const std::string& name, StreamJudge& judge,
                       const FollowOptions& options = {},
                       const std::function<void(const FollowProgress&)>& on_progress = {});

}  // namespace wn::checkers
