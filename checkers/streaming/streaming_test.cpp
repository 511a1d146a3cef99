#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "checkers/history/history_io.h"
#include "checkers/streaming/follow.h"
#include "checkers/streaming/random_history.h"

namespace wn::checkers::streaming {
namespace {

struct Streamed {
  Verdict verdict;
  std::uint64_t events = 0;  // that were read
};

Streamed stream(const std::string& text, StreamJudge& judge) {
  HistoryStream events(text_bytes(text), "h");
  Streamed out;
  StreamEvent event;
  while (true) {
    const auto more = events.next(event);
    if (!more) FAIL(more.error().to_string());
    if (!*more) break;
    judge.feed(event, events.atoms());
    ++out.events;
    if (judge.verdict_so_far() == Outcome3::fail) break;
    // As often as can be, so that an atom that somebody forgot to mark is noticed.
    events.forget([&](AtomMarks& marks) { judge.mark(marks); });
  }
  out.verdict = judge.finish(events.atoms());
  return out;
}

std::string first_lines(const std::string& text, std::uint64_t lines) {
  std::size_t at = 0;
  for (; lines > 0; --lines) at = text.find('\n', at) + 1;
  return text.substr(0, at);
}

RandomShape shape_of(Draw& draw) {
  RandomShape s;
  s.clients = 1 + draw.below(5);
  s.keys = 1 + draw.below(2);
  s.events = 10 + draw.below(120);
  s.values = draw.below(3) == 0 ? 2 + draw.below(3) : 0;
  s.lies = draw.below(2) == 0 ? 0 : 4 + draw.below(20);
  s.infos = draw.below(3) == 0 ? 6 + draw.below(20) : 0;
  s.refusals = draw.below(3) == 0 ? 6 : 0;
  s.cas = draw.below(4) == 0;
  s.kv = draw.below(2) == 0;
  s.hangs = draw.below(3) == 0;
  s.idle = draw.below(2) == 0 ? 0 : 10;
  return s;
}

struct Counts {
  std::uint64_t passed = 0, failed = 0, unknown = 0, wrong = 0, late = 0;
};

Counts compare(std::uint64_t rounds, const StreamOptions& options, std::uint64_t seed) {
  Counts counts;
  const Random random(seed);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    Draw draw = random.at("test.streaming", round);
    const RandomShape shape = shape_of(draw);
    const History history = RandomHistory(shape, random.at("test.streaming.history", round)).make();
    const ModelName model = shape.kv ? ModelName::kv : shape.cas ? ModelName::cas_register : ModelName::reg;
    const Verdict offline = check_linearizable(history, model);
    const std::string text = write_jsonl(history);
    StreamOptions these = options;
    these.cut_min = 1 + draw.below(20);
    const auto judge = linearizability_judge(model, these);
    const Streamed streamed = stream(text, *judge);
    const Outcome3 said = streamed.verdict.outcome;
    if (said == Outcome3::unknown) {
      ++counts.unknown;
      continue;
    }
    if (said != offline.outcome) {
      ++counts.wrong;
      continue;
    }
    ++(said == Outcome3::pass ? counts.passed : counts.failed);
    if (said != Outcome3::fail) continue;
    // What had been read by then is a violation by itself.
    const auto prefix = read_history_text(first_lines(text, streamed.events), "h");
    REQUIRE(prefix);
    if (check_linearizable(*prefix, model).outcome != Outcome3::fail) ++counts.wrong;
  }
  return counts;
}

std::uint64_t rounds_of(std::uint64_t usual) {
  const char* more = std::getenv("WORKNODE_FUZZ");
  return more == nullptr ? usual : std::strtoull(more, nullptr, 10);
}

}  // namespace

TEST_CASE("streaming: the verdict of a stream is the offline one, and what was read by then proves it") {
  const Counts c = compare(rounds_of(4'000), {}, 5);
  CHECK(c.wrong == 0);
  CHECK(c.unknown == 0);
  CHECK(c.passed > 200);
  CHECK(c.failed > 200);
}

TEST_CASE("streaming: at small limits it says unknown, never something wrong") {
  const Counts c = compare(rounds_of(2'000), {.segment_max = 10, .live_max = 2}, 6);
  CHECK(c.wrong == 0);
  CHECK(c.unknown > 50);
  CHECK(c.passed + c.failed > 500);
}

TEST_CASE("streaming: each shortcut is guarded: planted bugs are caught") {
  CHECK(compare(2'000, {.defect = StreamDefect::retires_early}, 5).wrong > 0);
  CHECK(compare(2'000, {.defect = StreamDefect::cuts_anywhere}, 5).wrong > 0);
  CHECK(compare(2'000, {.defect = StreamDefect::forgets_refusals}, 5).wrong > 0);
}

TEST_CASE("streaming: a violation is told at the event that proves it") {
  const std::string text = R"({"process":1,"type":"invoke","f":"write","value":5})"
                           "\n"
                           R"({"process":1,"type":"ok","f":"write","value":5})"
                           "\n"
                           R"({"process":2,"type":"invoke","f":"read","value":null})"
                           "\n"
                           R"({"process":2,"type":"ok","f":"read","value":7})"
                           "\n"
                           R"({"process":2,"type":"invoke","f":"read","value":null})"
                           "\n";
  const auto judge = linearizability_judge(ModelName::reg);
  const Streamed streamed = stream(text, *judge);
  CHECK(streamed.events == 4);
  CHECK(streamed.verdict.outcome == Outcome3::fail);
  CHECK(streamed.verdict.explanation.ends_with("(line 4)"));
}

TEST_CASE("streaming: memory is what is open, however long the history") {
  RandomShape shape{.clients = 20, .keys = 4, .events = 200'000};
  const std::string text = write_jsonl(RandomHistory(shape, Random(3).at("test.long", 0)).make());
  const auto judge = linearizability_judge(ModelName::reg, {.segment_max = 100});
  std::uint64_t most = 0;
  const auto verdict = follow(text_bytes(text), "h", *judge, {.progress_every = 1'000},
                              [&](const FollowProgress& p) { most = std::max(most, p.bytes); });
  REQUIRE(verdict);
  CHECK(verdict->outcome == Outcome3::pass);
  CHECK(judge->bytes() < 100'000);
  CHECK(most < 8U << 20);
}

TEST_CASE("streaming: any claim is judged by doubling, up to a limit") {
  const std::string text = R"({"process":1,"type":"invoke","f":"append","key":1,"value":5})"
                           "\n"
                           R"({"process":1,"type":"ok","f":"append","key":1,"value":5})"
                           "\n"
                           R"({"process":2,"type":"invoke","f":"read","key":1,"value":null})"
                           "\n"
                           R"({"process":2,"type":"ok","f":"read","key":1,"value":[]})"
                           "\n"
                           R"({"process":2,"type":"invoke","f":"read","key":1,"value":null})"
                           "\n";
  const auto check = [](const History& h) { return check_linearizable(h, ModelName::list_append); };
  const auto judge = judge_by_doubling("linearizability", check, {.first = 1});
  const Streamed streamed = stream(text, *judge);
  CHECK(streamed.verdict.outcome == Outcome3::fail);
  CHECK(streamed.events == 4);
  CHECK(stream(text, *judge_by_doubling("linearizability", check)).verdict.outcome == Outcome3::fail);
  CHECK(stream(text, *judge_by_doubling("linearizability", check, {.operations_max = 2})).verdict.outcome ==
        Outcome3::unknown);
}

TEST_CASE("follow: a growing history is waited for until the caller has enough; a bad one is refused") {
  class Growing final : public ByteSource {
   public:
    explicit Growing(int& count) : lines(count) {}
    Result<std::size_t> read(std::span<char> into) override {
      if (!ready) return std::size_t{0};
      ready = false;
      const std::string text = R"({"process":)" + std::to_string(++lines) +
                               R"(,"type":"invoke","f":"read"})"
                               "\n";
      std::copy(text.begin(), text.end(), into.begin());
      return text.size();
    }
    bool ready = true;
    int& lines;  // the source itself ends with follow()
  };
  int lines = 0;
  auto source = std::make_unique<Growing>(lines);
  Growing& growing = *source;
  int waits = 0;
  const auto more = [&] {
    growing.ready = true;
    return ++waits < 10;
  };
  const auto judge = linearizability_judge(ModelName::reg);
  const auto verdict = follow(std::move(source), "h", *judge, {.more = more});
  REQUIRE(verdict);
  CHECK(verdict->outcome == Outcome3::pass);
  CHECK(lines >= 9);
  const auto refused = follow(text_bytes("{\"process\":1}\n"), "h", *linearizability_judge(ModelName::reg));
  CHECK(refused.error().to_string() == "h:1:1: this operation has no \"type\"");
}

}  // namespace wn::checkers::streaming
