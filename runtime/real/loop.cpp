#include "runtime/real/loop.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/base/check.h"
#include "runtime/real/os.h"

namespace wn::real {

namespace {

std::uint32_t to_epoll(std::uint32_t readiness) {
  std::uint32_t out = 0;
  if ((readiness & kReadable) != 0) out |= EPOLLIN;
  if ((readiness & kWritable) != 0) out |= EPOLLOUT;
  return out;
}

std::uint32_t from_epoll(std::uint32_t events) {
  std::uint32_t out = 0;
  if ((events & EPOLLIN) != 0) out |= kReadable;
  if ((events & EPOLLOUT) != 0) out |= kWritable;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) out |= kHangUp;
  return out;
}

epoll_event event_of(int fd, std::uint32_t generation, std::uint32_t readiness) {
  epoll_event event{};
  event.events = to_epoll(readiness);
  event.data.u64 = std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(fd);
  return event;
}

void drain(int fd) {
  std::uint64_t count = 0;
  while (read(fd, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

}  // namespace

struct Loop::Events {
  std::array<epoll_event, kEventsPerTurn> event;
};

Loop::Loop() : events_(std::make_unique<Events>()) {}

Result<std::unique_ptr<Loop>> Loop::make() {
  std::unique_ptr<Loop> loop(new Loop);
  if (const Errc error = loop->open(); error != Errc::ok) return fail(error, describe("epoll", errno));
  return loop;
}

Errc Loop::open() {
  epoll_ = Descriptor(epoll_create1(EPOLL_CLOEXEC));
  wake_ = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!epoll_ || !wake_) return Errc::overloaded;
  return watch(wake_.get(), kReadable, [this](std::uint32_t) { drain(wake_.get()); });
}

Loop::~Loop() = default;

Instant Loop::now() const { return monotonic_now(); }

Errc Loop::watch(int fd, std::uint32_t readiness, Ready ready) {
  if (fd < 0) return Errc::invalid_argument;
  const auto at = static_cast<std::size_t>(fd);
  if (at >= kWatchesMax) return Errc::overloaded;
  if (at >= watches_.size()) watches_.resize(at + 1);
  if (watches_[at]) return Errc::invalid_argument;
  epoll_event event = event_of(fd, last_generation_ + 1, readiness);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return errno == ENOSPC || errno == ENOMEM ? Errc::overloaded : Errc::invalid_argument;
  watches_[at] = std::make_unique<Watch>();
  watches_[at]->generation = ++last_generation_;
  watches_[at]->ready = std::move(ready);
  ++watched_;
  return Errc::ok;
}

void Loop::rewatch(int fd, std::uint32_t readiness) {
  WN_CHECK_LT(static_cast<std::size_t>(fd), watches_.size());
  const Watch* const place = watches_[static_cast<std::size_t>(fd)].get();
  WN_CHECK(place != nullptr);
  epoll_event event = event_of(fd, place->generation, readiness);
  WN_CHECK_EQ(epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event), 0);
}

void Loop::unwatch(int fd) {
  if (fd < 0 || static_cast<std::size_t>(fd) >= watches_.size()) return;
  std::unique_ptr<Watch>& place = watches_[static_cast<std::size_t>(fd)];
  if (!place) return;
  --watched_;
  dead_watches_.push_back(std::move(place));
  epoll_event unused{};
  (void)epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused);
}

void Loop::soon(Task task) { soon_.push_back(std::move(task)); }
void Loop::at_turn_end(Task task) { turn_end_.push_back(std::move(task)); }

Errc Loop::post(Task task) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (posted_.size() >= kPostedMax) return Errc::overloaded;
    first = posted_.empty();
    posted_.push_back(std::move(task));
  }
  if (first) {
    const std::uint64_t one = 1;
    while (write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
  }
  return Errc::ok;
}

Errc Loop::watch_signals(std::span<const int> signals, std::function<void(int)> caught) {
  if (signals_) return Errc::already_exists;
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) {
    if (sigaddset(&set, signal) != 0) return Errc::invalid_argument;
  }
  Descriptor fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return Errc::overloaded;
  if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return Errc::invalid_argument;
  signals_ = std::move(fd);
  return watch(signals_.get(), kReadable, [this, caught = std::move(caught)](std::uint32_t) {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
      caught(static_cast<int>(info.ssi_signo));
  });
}

void Loop::run() {
  do {
    turn(stopping_ ? Duration{} : Duration::max());
  } while (!stopping_);
  stopping_ = false;
}

Duration Loop::time_to_wait(Duration wait) const {
  if (!soon_.empty() || !turn_end_.empty()) return {};
  if (heap_.empty()) return wait;
  const Duration left = timers_[heap_.front()]->deadline - now();
  return std::max(Duration{}, std::min(wait, left));
}

std::size_t Loop::turn(Duration wait) {
  const int ready = wait_for_events(time_to_wait(wait));
  const Instant begun = now();
  std::size_t ran = ready > 0 ? serve_events(ready) : 0;
  ran += serve_posted();
  ran += serve_timers();
  ran += serve_tasks();
  bury_the_dead();
  const Duration spent = now() - begun;
  ++stats_.turns;
  stats_.busy = stats_.busy + spent;
  stats_.longest_turn = std::max(stats_.longest_turn, spent);
  return ran;
}

std::size_t Loop::serve_posted() {
  std::vector<Task> work;
  {
    const std::lock_guard lock(mutex_);
    if (posted_.empty()) return 0;
    work.swap(posted_);
  }
  for (Task& task : work) task();
  stats_.posted += work.size();
  return work.size();
}

std::size_t Loop::serve_tasks() {
  std::size_t ran = 0;
  while (!soon_.empty() && ran < kSoonPerTurn) {
    running_.swap(soon_);
    for (Task& task : running_) task();
    ran += running_.size();
    running_.clear();
  }
  running_.swap(turn_end_);
  for (Task& task : running_) task();
  ran += running_.size();
  running_.clear();
  return ran;
}

std::span<std::uint8_t> Loop::scratch(std::size_t bytes) {
  if (scratch_.size() < bytes) scratch_.resize(bytes);
  return {scratch_.data(), bytes};
}

int Loop::wait_for_events(Duration wait) {
  const timespec limit{.tv_sec = wait.ns / 1'000'000'000, .tv_nsec = wait.ns % 1'000'000'000};
  epoll_event* const events = events_->event.data();
  const int ready = epoll_pwait2(epoll_.get(), events, static_cast<int>(kEventsPerTurn),
                                 wait == Duration::max() ? nullptr : &limit, nullptr);
  if (ready >= 0 || errno == EINTR) return ready;
  WN_CHECK_EQ(errno, ENOSYS);  // before Linux 5.11: whole milliseconds, rounded up
  const std::int64_t ms = std::min<std::int64_t>(wait.ns / 1'000'000 + (wait.ns % 1'000'000 != 0), 1 << 30);
  return epoll_wait(epoll_.get(), events, static_cast<int>(kEventsPerTurn),
                    wait == Duration::max() ? -1 : static_cast<int>(ms));
}

std::size_t Loop::serve_events(int count) {
  std::size_t served = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const epoll_event event = events_->event[i];
    const std::uint64_t key = event.data.u64;
    const auto fd = static_cast<std::size_t>(key & 0xFFFF'FFFF);
    if (fd >= watches_.size()) continue;
    Watch* const place = watches_[fd].get();
    // Unwatched, or another descriptor of the same number, since the kernel said so.
    if (place == nullptr || place->generation != static_cast<std::uint32_t>(key >> 32)) continue;
    place->ready(from_epoll(event.events));
    ++served;
  }
  stats_.events += served;
  return served;
}

}  // namespace wn::real
