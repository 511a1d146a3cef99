#include "scenarios/cluster/live_run.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "faults/plan/names.h"
#include "scenarios/cluster/control.h"
#include "scenarios/cluster/trace_buffer.h"

namespace wn::cluster {
namespace {

constexpr Duration kReadyPatience = seconds(20);  // until all clients have their sockets
constexpr Duration kDonePatience = seconds(20);   // after the plan's end, until the history is written
constexpr Duration kLead = milliseconds(50);      // from "go" to the run's beginning
constexpr Duration kLook = milliseconds(10);      // between two looks at the children

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t caught_signal = 0;
std::array<struct sigaction, kSignals.size()> old_actions;

void note_signal(int signal) { caught_signal = signal; }

}  // namespace

Interrupts::Interrupts() {
  caught_signal = 0;
  struct sigaction action{};
  action.sa_handler = note_signal;
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &old_actions[i]);
}

Interrupts::~Interrupts() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &old_actions[i], nullptr);
}

int Interrupts::caught() { return caught_signal; }

LiveRun::LiveRun(const ClusterOptions& options, Site& site)
    : options_(options), plan_(options.plan.plan), site_(site) {}

LiveRun::~LiveRun() {
  if (driver_ > 0) {
    ::kill(driver_, SIGKILL);
    (void)wait_or_kill(driver_, seconds(10));
  }
  if (channel_ >= 0) ::close(channel_);
}

Result<void> LiveRun::start_driver() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
    return fail(Errc::io_error, "no socket for the clients");
  channel_ = ends[0];
  std::error_code error;
  std::filesystem::create_directories(clients_folder(), error);
  const std::filesystem::path trace = clients_folder() / "trace";
  if (auto made = TraceBuffer::make(trace); !made) return made;
  const DriverOptions driver{
      .plan = plan_, .net = site_.net(), .trace = trace, .folder = clients_folder(), .channel = ends[1]};
  // The list of what is made stays locked by this process alone.
  const int list = site_.registry_descriptor();
  const auto pid = spawn(
      [&] {
        ::close(ends[0]);
        ::close(list);
        return run_driver(driver);
      },
      {.space = site_.net().clients, .log = clients_folder() / "log", .folder = {}});
  ::close(ends[1]);
  if (!pid) return fail(pid.error());
  driver_ = *pid;
  return {};
}

Result<bool> LiveRun::hear_driver() {
  for (;;) {
    const auto control = receive_control(channel_);
    if (!control && control.error().code == Errc::timed_out) return false;
    if (!control)
      return fail(Errc::internal, "the clients' process is gone: " + last_words(clients_folder() / "log"));
    if (control->kind == ControlKind::done || control->kind == ControlKind::ready) return true;
    if (control->kind == ControlKind::trouble) return fail(Errc::io_error, "clients: " + control->text);
    if (control->kind == ControlKind::progress) driver_words_ = control->text;
  }
}

Result<void> LiveRun::wait_ready() {
  const std::int64_t until = monotonic_ns() + kReadyPatience.ns;
  while (monotonic_ns() < until) {
    pollfd waiting{.fd = channel_, .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1, 100);
    if (Interrupts::caught() != 0) return fail(Errc::cancelled, "interrupted");
    const auto heard = hear_driver();
    if (!heard) return fail(heard.error());
    if (*heard) return {};
  }
  return fail(Errc::timed_out, "the clients are not ready");
}

void LiveRun::note_deaths() {
  for (Death& death : hands_->deaths()) {
    executor_->died(death.node);
    deaths_.push_back(std::move(death));
  }
}

void LiveRun::wait_until(SimTime time) {
  const std::int64_t left = std::clamp<std::int64_t>((time - clock_.now()).ns, 0, kLook.ns);
  const timespec patience{.tv_sec = 0, .tv_nsec = left};
  pollfd waiting{.fd = channel_, .events = POLLIN, .revents = 0};
  ::ppoll(&waiting, 1, &patience, nullptr);
}

void LiveRun::tell_progress() {
  if (!options_.progress || monotonic_ns() < progress_due_ns_) return;
  progress_due_ns_ = monotonic_ns() + milliseconds(250).ns;
  std::string down;
  for (const faults::NodePlan& node : plan_.nodes) {
    if (executor_->incarnation(node.id) == 0) continue;
    if (!executor_->is_up(node.id)) down += " -" + faults::node_name(node.id);
    if (executor_->is_paused(node.id)) down += " ~" + faults::node_name(node.id);
  }
  options_.progress(std::to_string(clock_.now().ns / 1'000'000'000) + " of " +
                    std::to_string(plan_.duration.ns / 1'000'000'000) + " s, " +
                    std::to_string(executor_->stats().faults) + " faults" + down +
                    (driver_words_.empty() ? "" : ", " + driver_words_));
}

Result<void> LiveRun::go_through() {
  const SimTime end{plan_.duration.ns};
  while (clock_.now() < SimTime{}) ::usleep(100);
  executor_->start_all();
  for (bool done = false; !done;) {
    hands_->attend();
    executor_->perform_until(std::min(clock_.now(), end));
    note_deaths();
    tell_progress();
    if (Interrupts::caught() != 0) return fail(Errc::cancelled, "interrupted");
    if (clock_.now() > end + kDonePatience)
      return fail(Errc::timed_out, "the clients did not come to an end");
    wait_until(std::min(executor_->next().value_or(end), end + kDonePatience));
    const auto heard = hear_driver();
    if (!heard) return fail(heard.error());
    done = *heard;
  }
  note_deaths();
  return {};
}

std::unique_ptr<Servers> LiveRun::make_servers() {
  if (!options_.hosts.empty())
    return std::make_unique<RemoteHands>(
        RemoteOptions{.plan = plan_, .hosts = options_.hosts, .driver = channel_, .log = &site_.log()});
  return std::make_unique<LocalHands>(LocalOptions{.plan = plan_,
                                                   .net = site_.net(),
                                                   .program = options_.program,
                                                   .folder = site_.scratch(),
                                                   .sockets = site_.sockets(),
                                                   .driver = channel_,
                                                   .log = &site_.log(),
                                                   .netem = site_.netem()});
}

Result<void> LiveRun::run() {
  if (auto started = start_driver(); !started) return started;
  if (auto ready = wait_ready(); !ready) return ready;
  hands_ = make_servers();
  if (auto prepared = hands_->prepare(); !prepared) return prepared;
  clock_ = TrueClock(monotonic_ns() + kLead.ns);
  hands_->begin_at(clock_.epoch_ns());
  executor_ = std::make_unique<Executor>(
      plan_, *hands_,
      [this](NodeId node, TraceKind kind, std::array<std::uint64_t, 5> field) {
        world_.push_back({.at = clock_.now(), .node = node, .kind = kind, .reserved = 0, .field = field});
      },
      [this] { return clock_.now(); });
  if (auto told = send_control(
          channel_, {.kind = ControlKind::go, .fault = {}, .text = std::to_string(clock_.epoch_ns())});
      !told)
    return told;
  const Result<void> gone = go_through();
  executor_->let_go();
  hands_->end_all();
  return gone;
}

}  // namespace wn::cluster
