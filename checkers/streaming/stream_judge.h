#pragma once
// StreamJudge: judges a history while it comes, in memory bounded by what is still open where the claim
// allows it, and says `fail` at the first event that proves it. Feed it the events of one HistoryStream.
//
// The verdict of a stream is the offline checker's on the same events, or `unknown` where a named limit was
// reached; never another pass or fail. After `fail` the judge listens no more.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "checkers/history/budget.h"
#include "checkers/history/history_stream.h"
#include "checkers/history/verdict.h"
#include "checkers/linearizability/linearizability.h"

namespace wn::checkers {

class StreamJudge {
 public:
  virtual ~StreamJudge() = default;
  // `atoms`: of the stream that the event comes from.
  virtual void feed(const StreamEvent& event, const Interner& atoms) = 0;
  // fail is final; pass: nothing wrong was found so far.
  virtual Outcome3 verdict_so_far() const = 0;
  // The verdict on everything that was fed; operations that did not complete may or may not have happened.
  virtual Verdict finish(const Interner& atoms) = 0;
  virtual std::uint64_t bytes() const = 0;  // memory held, near enough for a limit
  // The atoms that the judge still speaks of.
  virtual void mark(AtomMarks& marks) const = 0;
};

enum class StreamDefect : std::uint8_t { none = 0, retires_early, cuts_anywhere, forgets_refusals };

struct StreamOptions {
  std::uint64_t segment_max = 20'000;   // operations of one key that are held for the offline checker
  std::uint64_t cut_min = 256;          // a segment of fewer is not judged at a cut
  std::uint64_t keys_max = 10'000'000;  // more: unknown
  std::uint64_t live_max = 4'096;  // values of one key that may still be read, before old reads are given up
  Budget budget = {};              // of each call of the offline checker
  StreamDefect defect = StreamDefect::none;  // tests only
};

// Registers, cas-registers and kv without transactions. Keys whose writes are unique (while they can still be
// read) and that know reads and writes alone are judged event by event (key_zones.h), in memory of what is
// open; others in segments between moments at which the key is idle and its value known, each by the offline
// checker. A key that is never idle so, or an operation of unknown outcome on such a key, is judged up to
// `segment_max`, then `unknown`. REQUIRES not ModelName::list_append (use judge_by_doubling).
std::unique_ptr<StreamJudge> linearizability_judge(ModelName model, const StreamOptions& options = {});

struct DoublingOptions {
  std::uint64_t operations_max = 10'000'000;  // more: unknown
  std::uint64_t first = 1'024;                // operations before the first look
  // A violation in a prefix stays one in every longer history. Holds for linearizability and strict
  // serializability; where it does not hold, the claim is judged at the end alone.
  bool prefix_closed = true;
};
// Any claim of a whole history: judged again whenever it has doubled, so that all looks together cost as much
// as one or two. Holds the history.
std::unique_ptr<StreamJudge> judge_by_doubling(std::string claim,
                                               std::function<Verdict(const History&)> check,
                                               const DoublingOptions& options = {});

}  // namespace wn::checkers
