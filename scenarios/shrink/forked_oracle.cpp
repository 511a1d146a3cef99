#include "scenarios/shrink/forked_oracle.h"

#include <algorithm>
#include <charconv>

#include "faults/plan/plan_io.h"

namespace wn::scenarios {
namespace {

// A judgement on the wire: "<outcome> <at_ns>\n" and a line for each signature.
std::string encode(const Judgement& judgement) {
  std::string text =
      std::to_string(static_cast<int>(judgement.outcome)) + " " + std::to_string(judgement.at_ns) + "\n";
  for (const std::string& signature : judgement.signatures) text += signature + "\n";
  return text;
}

Judgement decode(std::string_view text) {
  Judgement judgement;
  const std::size_t first = std::min(text.find('\n'), text.size());
  const std::string_view head = text.substr(0, first);
  int outcome = 0;
  const auto [space, error] = std::from_chars(head.data(), head.data() + head.size(), outcome);
  judgement.outcome = static_cast<checkers::Outcome3>(outcome);
  if (error == std::errc{} && space < head.data() + head.size()) {
    std::from_chars(space + 1, head.data() + head.size(), judgement.at_ns);
  }
  for (std::size_t at = first + 1; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    judgement.signatures.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return judgement;
}

WorkerPool::Handler handler_of(const PlanJudge& judge) {
  return [judge](std::string_view request) {
    const auto plan = faults::parse_plan(request, "candidate");
    return encode(plan ? judge(*plan) : Judgement{});
  };
}

Judgement judgement_of(const Answer& answer) {
  if (!answer.crashed) return decode(answer.text);
  return {.outcome = checkers::Outcome3::fail, .signatures = {crash_signature(answer.text)}};
}

}  // namespace

Result<Judgement> judge_apart(const faults::Plan& plan, const PlanJudge& judge) {
  WorkerPool pool(1, [&](std::string_view) { return encode(judge(plan)); });
  if (auto sent = pool.submit(0, ""); !sent) return fail(sent.error());
  const auto answer = pool.wait(-1);
  if (!answer) return fail(Errc::io_error, "a worker process gave no answer");
  return judgement_of(*answer);
}

ForkedOracle::ForkedOracle(std::string signature, const OracleOptions& options)
    : signature_(std::move(signature)),
      seconds_max_(options.seconds_max),
      start_(std::chrono::steady_clock::now()),
      pool_(options.jobs, handler_of(options.judge)) {}

double ForkedOracle::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool ForkedOracle::out_of_time() const { return seconds() >= seconds_max_ || !trouble_.empty(); }

int ForkedOracle::remaining_ms() const {
  return static_cast<int>(std::clamp((seconds_max_ - seconds()) * 1000.0, 0.0, 1e9)) + 1;
}

bool ForkedOracle::matches(const Answer& answer, std::int64_t& at_ns) const {
  const Judgement judgement = judgement_of(answer);
  at_ns = judgement.at_ns;
  return judgement.outcome == checkers::Outcome3::fail &&
         std::ranges::find(judgement.signatures, signature_) != judgement.signatures.end();
}

// Candidates under way and the best answer so far. Everything below `found` must be known before it counts.
struct ForkedOracle::Batch {
  std::size_t count = 0;
  std::size_t next = 0;
  std::vector<std::size_t> open;
  std::optional<Found> found;

  bool wants_more() const { return next < count && (!found || next < found->index); }
};

void ForkedOracle::fill(Batch& batch, const Make& make) {
  while (batch.wants_more() && pool_.has_idle() && !out_of_time()) {
    const std::size_t index = batch.next++;
    const auto candidate = make(index);
    if (!candidate) continue;
    if (auto sent = pool_.submit(index, faults::to_text(*candidate)); !sent) {
      trouble_ = sent.error().message;
      return;
    }
    batch.open.push_back(index);
  }
}

std::optional<Found> ForkedOracle::first_failing(std::size_t count, const Make& make) {
  Batch batch{.count = count};
  for (;;) {
    fill(batch, make);
    if (batch.open.empty()) return batch.found;
    const auto answer = pool_.wait(remaining_ms());
    if (!answer) {
      // Out of time: an answer below which something is open is not known to be the first, but it is true.
      for (const std::size_t index : batch.open) pool_.cancel(index);
      return batch.found;
    }
    std::erase(batch.open, answer->ticket);
    std::int64_t at_ns = -1;
    if (!matches(*answer, at_ns)) continue;
    batch.found = Found{.index = answer->ticket, .at_ns = at_ns};
    std::erase_if(batch.open,
                  [&](std::size_t index) { return index > answer->ticket && pool_.cancel(index); });
  }
}

std::string crash_signature(std::string_view words) {
  // base/check.cpp: "<file>:<line>: CHECK failed in <function>: <condition>; left = 1, right = 2"
  constexpr std::string_view kMark = ": CHECK failed in ";
  const std::size_t mark = words.find(kMark);
  if (mark == std::string_view::npos) return std::string(kCrashPrefix) + std::string(words);
  std::string_view rest = words.substr(mark + kMark.size());
  // The function may itself hold "::" but never ": ".
  const std::size_t condition = rest.find(": ");
  if (condition != std::string_view::npos) rest = rest.substr(condition + 2);
  return std::string(kCrashPrefix) + "CHECK failed: " + std::string(rest.substr(0, rest.find("; left = ")));
}

}  // namespace wn::scenarios
