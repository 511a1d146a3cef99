#include "scenarios/travel/run_process.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>
#include <utility>

namespace wn::travel {
namespace {

// An order is a word and numbers, a line end, and a text. An answer is "+" or "-", numbers, a line end, a
// text.
struct Order {
  std::string verb;
  std::uint64_t numbers[4] = {};
  std::string text;
};

Order parse_order(const std::string& letter) {
  Order order;
  const std::size_t end = letter.find('\n');
  std::istringstream head(letter.substr(0, end));
  head >> order.verb;
  for (std::uint64_t& number : order.numbers) head >> number;
  order.text = letter.substr(end + 1);
  return order;
}

std::string refusal(const Error& error) {
  return fmt::format("-{}\n{}", static_cast<int>(error.code), error.message);
}

std::string told(const Arrival& arrival) {
  const Position& p = arrival.position;
  return fmt::format("+{} {} {} {} {} {}\n", p.event, p.traced, p.at.ns, p.end ? 1 : 0,
                     arrival.reached ? 1 : 0, arrival.last_match);
}

std::string told(const Result<std::string>& text) { return text ? "+\n" + *text : refusal(text.error()); }

std::string obey(Walker& walker, const Order& order) {
  const auto& [first, second, third, fourth] = order.numbers;
  if (order.verb == "walk") {
    const auto arrival = walker.walk({.goal = static_cast<Goal>(first),
                                      .number = second,
                                      .at = SimTime{static_cast<std::int64_t>(third)},
                                      .predicate = order.text},
                                     fourth);
    return arrival ? told(*arrival) : refusal(arrival.error());
  }
  if (order.verb == "ask") {
    return told(answer(walker, {.subject = static_cast<Subject>(first),
                                .json = second != 0,
                                .node = NodeId{static_cast<std::uint32_t>(third)},
                                .path = order.text}));
  }
  if (order.verb == "judge") return told(judge_at(walker.run().plan(), first));
  return refusal({.code = Errc::internal, .message = "unknown order"});
}

// Serves until the other end closes. A child made by an order of "fork" serves here as well.
[[noreturn]] void serve(Walker& walker, End end) {
  const pid_t keeper = ::getpid();
  for (;;) {
    const auto letter = end.receive();
    if (!letter) {
      end.close();
      // SIGCHLD is ignored: this returns when no child is left.
      if (::getpid() == keeper) ::wait(nullptr);
      ::_exit(0);
    }
    const Order order = parse_order(*letter);
    if (order.verb != "fork") {
      if (!end.send(obey(walker, order))) ::_exit(0);
      continue;
    }
    auto channel = make_channel();
    const pid_t child = channel ? ::fork() : -1;
    if (child == 0) {
      channel->first.close();
      end = std::move(channel->second);
      continue;
    }
    if (child < 0) {
      if (!end.send(refusal({.code = Errc::io_error, .message = "cannot fork a run"}))) ::_exit(0);
      continue;
    }
    if (!end.send("+\n", channel->first.descriptor())) ::_exit(0);
  }
}

}  // namespace

Result<RunProcess> RunProcess::start(const faults::Plan& plan) {
  auto channel = make_channel();
  if (!channel) return fail(channel.error());
  std::fflush(nullptr);
  const pid_t keeper = ::fork();
  if (keeper < 0) return fail(Errc::io_error, "cannot fork a run");
  if (keeper == 0) {
    // Whoever comes of this one is its child in the end, and leaves without anybody waiting.
    ::signal(SIGCHLD, SIG_IGN);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    channel->first.close();
    auto walker = Walker::make(plan);
    if (!walker) {
      static_cast<void>(channel->second.send(refusal(walker.error())));
      ::_exit(0);
    }
    if (!channel->second.send("+\n")) ::_exit(0);
    serve(**walker, std::move(channel->second));
  }
  channel->second.close();
  RunProcess out(std::move(channel->first));
  out.keeper_ = keeper;
  const auto begun = out.exchange("");
  if (!begun) return fail(begun.error());
  return out;
}

RunProcess::RunProcess(RunProcess&& other) noexcept
    : end_(std::move(other.end_)), keeper_(std::exchange(other.keeper_, -1)) {}

RunProcess::~RunProcess() {
  end_.close();
  if (keeper_ > 0) ::waitpid(keeper_, nullptr, 0);
}

Result<std::string> RunProcess::exchange(const std::string& order, End* passed) {
  if (!order.empty()) {
    if (auto sent = end_.send(order); !sent) return fail(sent.error());
  }
  auto letter = end_.receive(passed);
  if (!letter) return letter;
  if (letter->starts_with('+')) return letter->substr(1);
  const std::size_t line = letter->find('\n');
  return fail(static_cast<Errc>(std::stoi(letter->substr(1, line - 1))), letter->substr(line + 1));
}

Result<Arrival> RunProcess::walk(const Destination& to, std::uint64_t limit) {
  const auto answer = exchange(fmt::format("walk {} {} {} {}\n{}", static_cast<int>(to.goal), to.number,
                                           static_cast<std::uint64_t>(to.at.ns), limit, to.predicate));
  if (!answer) return fail(answer.error());
  Arrival out;
  std::istringstream head(*answer);
  head >> out.position.event >> out.position.traced >> out.position.at.ns >> out.position.end >>
      out.reached >> out.last_match;
  return out;
}

Result<std::string> RunProcess::ask(const Question& question) {
  auto answer = exchange(fmt::format("ask {} {} {}\n{}", static_cast<int>(question.subject),
                                     question.json ? 1 : 0, question.node.value, question.path));
  return answer ? Result<std::string>(answer->substr(1)) : answer;
}

Result<std::string> RunProcess::judge(std::uint64_t events) {
  auto answer = exchange(fmt::format("judge {}\n", events));
  return answer ? Result<std::string>(answer->substr(1)) : answer;
}

Result<RunProcess> RunProcess::fork() {
  End child;
  if (auto answer = exchange("fork\n", &child); !answer) return fail(answer.error());
  if (!child.open()) return fail(Errc::io_error, "a run gave no child");
  return RunProcess(std::move(child));
}

}  // namespace wn::travel
