#include "checkers/streaming/follow.h"

namespace wn::checkers {

Result<Verdict> follow(std::unique_ptr<ByteSource> source, const std::string& name, StreamJudge& judge,
                       const FollowOptions& options,
                       const std::function<void(const FollowProgress&)>& on_progress) {
  constexpr std::uint64_t kAskEvery = 4'096;  // events between two questions to `stop`
  HistoryStream stream(std::move(source), name, options.limits, static_cast<bool>(options.more));
  FollowProgress at;
  bool closed = !options.more;
  while (true) {
    StreamEvent event;
    auto got = stream.next(event);
    if (!got) return fail(got.error());
    if (!*got) {
      if (closed) break;
      if ((options.stop && options.stop()) || !options.more()) {
        stream.close();
        closed = true;
      }
      continue;
    }
    judge.feed(event, stream.atoms());
    ++at.events;
    at.lines = event.line;
    if (judge.verdict_so_far() == Outcome3::fail) break;
    if (stream.crowded()) stream.forget([&](AtomMarks& marks) { judge.mark(marks); });
    if (at.events % kAskEvery == 0 && options.stop && options.stop()) break;
    if (at.events % options.progress_every != 0) continue;
    at.bytes = stream.bytes() + judge.bytes();
    at.so_far = judge.verdict_so_far();
    if (on_progress) on_progress(at);
    if (at.bytes > options.bytes_max) {
      Verdict verdict = judge.finish(stream.atoms());
      if (verdict.outcome == Outcome3::fail) return verdict;
      verdict.outcome = Outcome3::unknown;
      verdict.explanation = "more than " + std::to_string(options.bytes_max) + " bytes of memory are needed";
      return verdict;
    }
  }
  return judge.finish(stream.atoms());
}

}  // namespace wn::checkers
