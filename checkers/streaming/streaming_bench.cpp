// How fast a stream is judged, and in how much memory. The history is made while it is read, as JSON Lines,
// so that its length costs nothing: WORKNODE_STREAM_OPERATIONS says how many (1,000,000). The time of making
// the text is told by the first benchmark, that of reading it by the second, and the third judges.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "checkers/streaming/follow.h"

namespace wn::checkers {
namespace {

std::uint64_t operations() {
  const char* n = std::getenv("WORKNODE_STREAM_OPERATIONS");
  return n == nullptr ? 1'000'000 : std::strtoull(n, nullptr, 10);
}

// 20 clients, 100 keys, half of the operations write a value of their own, each takes effect half way.
class MadeBytes final : public ByteSource {
 public:
  explicit MadeBytes(std::uint64_t count) : left_(count) {}

  Result<std::size_t> read(std::span<char> into) override {
    constexpr std::size_t kLineMax = 128;
    char* at = into.data();
    char* const end = into.data() + into.size();
    if (into.size() < kLineMax) return fail(Errc::internal, "the caller's buffer is small");
    while (end - at >= static_cast<std::ptrdiff_t>(kLineMax) && (left_ > 0 || open_ > 0)) at = event(at);
    return static_cast<std::size_t>(at - into.data());
  }

 private:
  struct Client {
    bool open = false, applied = false, write = false;
    std::uint64_t key = 0, value = 0;
  };

  std::uint64_t next() {
    seed_ = seed_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return seed_ >> 33;
  }
  static char* put(char* at, std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
  }
  static char* put(char* at, std::uint64_t n) { return std::to_chars(at, at + 20, n).ptr; }

  char* line(char* at, std::size_t process, const Client& c, bool done) {
    at = put(put(put(at, R"({"process":)"), process),
             done ? R"(,"type":"ok","f":)" : R"(,"type":"invoke","f":)");
    at = put(put(at, c.write ? R"("write","key":)" : R"("read","key":)"), c.key);
    at = put(at, R"(,"value":)");
    at = c.value == 0 || (!c.write && !done) ? put(at, "null") : put(at, c.value);
    return put(at, "}\n");
  }

  char* event(char* at) {
    const std::size_t process = next() % clients_.size();
    Client& c = clients_[process];
    if (!c.open) {
      if (left_ == 0) return at;
      --left_;
      ++open_;
      c = {.open = true, .write = next() % 2 == 0, .key = next() % state_.size()};
      if (c.write) c.value = ++written_;
      return line(at, process, c, false);
    }
    if (!c.applied) {
      c.applied = true;
      (c.write ? state_[c.key] : c.value) = c.write ? c.value : state_[c.key];
      return at;
    }
    c.open = false;
    --open_;
    return line(at, process, c, true);
  }

  std::uint64_t left_, open_ = 0, written_ = 0, seed_ = 1;
  std::vector<Client> clients_ = std::vector<Client>(20);
  std::vector<std::uint64_t> state_ = std::vector<std::uint64_t>(100);
};

void report(benchmark::State& state, std::uint64_t most) {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["held_bytes"] = static_cast<double>(most);
  state.counters["process_peak_kb"] = static_cast<double>(usage.ru_maxrss);
  state.SetItemsProcessed(static_cast<std::int64_t>(operations()) *
                          static_cast<std::int64_t>(state.iterations()));
}

void making(benchmark::State& state) {
  std::vector<char> buffer(1 << 17);
  for (auto _ : state) {
    MadeBytes bytes(operations());
    while (*bytes.read(buffer) != 0) {
    }
  }
  report(state, 0);
}

void reading(benchmark::State& state) {
  for (auto _ : state) {
    HistoryStream stream(std::make_unique<MadeBytes>(operations()), "made");
    StreamEvent event;
    while (*stream.next(event)) {
      if (stream.crowded()) stream.forget([](AtomMarks&) {});
    }
  }
  report(state, 0);
}

void judging(benchmark::State& state) {
  std::uint64_t most = 0;
  for (auto _ : state) {
    const auto judge = linearizability_judge(ModelName::reg);
    const auto verdict = follow(std::make_unique<MadeBytes>(operations()), "made", *judge, {},
                                [&](const FollowProgress& p) { most = std::max(most, p.bytes); });
    if (!verdict || verdict->outcome != Outcome3::pass) state.SkipWithError("expected pass");
  }
  report(state, most);
}

BENCHMARK(making)->Unit(benchmark::kMillisecond);
BENCHMARK(reading)->Unit(benchmark::kMillisecond);
BENCHMARK(judging)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wn::checkers
