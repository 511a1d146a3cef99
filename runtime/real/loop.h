#pragma once
// Loop: the event loop that real nodes live on: descriptors, deadlines, signals, and work from other threads.
// One thread runs it; any number of nodes share it.
//
// A turn: wait until a descriptor is ready, a deadline has come or another thread has posted (at most as long
// as was said); then, in this order, descriptors, posted work, deadlines that have passed, work put off by
// soon(), and at last work put off by at_turn_end() (where networks flush, so that all that a turn wrote
// leaves in one batch). Every callback runs to completion; none is called from inside of a call to the Loop.
//
// Thread rule: everything on the thread that runs the loop, except post(). Limits: the constants below;
// overloaded beyond. A callback may watch, unwatch, arm, remove and stop as it likes, itself included.
//
// Mechanism: epoll, level-triggered, with nanosecond timeouts; a 4-ary heap of deadlines with back pointers,
// so that moving one costs O(log n) and no memory.
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/time.h"
#include "runtime/real/descriptor.h"

namespace wn::real {

inline constexpr std::size_t kWatchesMax = 1U << 20;  // descriptors are below
inline constexpr std::size_t kTimersMax = 1U << 20;
inline constexpr std::size_t kPostedMax = 1U << 16;  // not yet run
inline constexpr std::uint32_t kEventsPerTurn =
    256;  // descriptors that one turn serves; the rest wait for the next
inline constexpr std::uint32_t kSoonPerTurn =
    65'536;  // so that work that breeds work cannot starve descriptors

// What a descriptor is watched for, and what it was ready for; bits.
enum Readiness : std::uint32_t {
  kReadable = 1,
  kWritable = 2,
  kHangUp = 4,  // or an error; reported whether asked for or not
};

struct LoopStats {
  std::uint64_t turns = 0;
  std::uint64_t events = 0;  // descriptors served
  std::uint64_t timers = 0;  // deadlines that came
  std::uint64_t posted = 0;
  Duration busy;          // monotonic time in callbacks, without waiting
  Duration longest_turn;  // the busy part of it
};

class Loop {
 public:
  using Task = std::function<void()>;
  using Ready = std::function<void(std::uint32_t readiness)>;

  // overloaded: no descriptors left.
  static Result<std::unique_ptr<Loop>> make();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Instant now() const;

  // The descriptor stays its owner's, who unwatches before closing it. invalid_argument: not a descriptor
  // that can be watched (a plain file), or watched already; overloaded.
  [[nodiscard]] Errc watch(int fd, std::uint32_t readiness, Ready ready);
  // Changes what it is watched for. REQUIRES a watched descriptor.
  void rewatch(int fd, std::uint32_t readiness);
  void unwatch(int fd);  // one that is not watched: nothing

  // A timer is made once and armed as often as one likes; it holds at most one deadline.
  struct Timer {
    std::uint32_t index = 0xFFFF'FFFF;
    std::uint32_t generation = 0;
    explicit operator bool() const { return index != 0xFFFF'FFFF; }
  };
  // overloaded (a false Timer) at kTimersMax.
  Timer add_timer(Task fire);
  void remove_timer(Timer timer);  // stale: nothing
  // Fires once, at or after `deadline`; arming again moves it. One in the past fires in the next turn at the
  // latest; Instant::max() never. REQUIRES a timer that is not removed.
  void arm(Timer timer, Instant deadline);
  void disarm(Timer timer);

  void soon(Task task);
  void at_turn_end(Task task);
  // From any thread. overloaded at kPostedMax.
  [[nodiscard]] Errc post(Task task);

  // From now on these signals come here and are blocked in this thread (and in threads that it starts).
  // invalid_argument, or already_exists when it was called before.
  [[nodiscard]] Errc watch_signals(std::span<const int> signals, std::function<void(int signal)> caught);

  // Turns until stop(). A stop() before run() ends it after one turn that does not wait.
  void run();
  void stop() { stopping_ = true; }
  bool stopping() const { return stopping_; }
  // One turn that waits no longer than `wait`. The number of callbacks that it ran.
  std::size_t turn(Duration wait);

  // Memory for one callback to work in (a receive buffer); whatever is there may be overwritten by the next.
  std::span<std::uint8_t> scratch(std::size_t bytes);

  const LoopStats& stats() const { return stats_; }
  std::size_t watched() const { return watched_; }

 private:
  Loop();
  struct Events;  // the memory of epoll's events
  struct Watch {
    std::uint32_t generation = 0;
    Ready ready;
  };
  struct TimerSlot {
    Instant deadline;
    std::uint32_t generation = 0;
    std::uint32_t heap_at = kNotQueued;
    Task fire;
    bool used = false;
    bool pending = false;  // taken off the heap, about to fire in this turn
  };
  static constexpr std::uint32_t kNotQueued = 0xFFFF'FFFF;

  Errc open();
  TimerSlot& slot(Timer timer);
  void sift_up(std::uint32_t at);
  void sift_down(std::uint32_t at);
  void place(std::uint32_t at, std::uint32_t index);
  void unqueue(TimerSlot& timer);
  Duration time_to_wait(Duration wait) const;
  int wait_for_events(Duration wait);
  std::size_t serve_events(int count);
  std::size_t serve_posted();
  std::size_t serve_timers();
  std::size_t serve_tasks();
  void bury_the_dead();

  std::unique_ptr<Events> events_;
  Descriptor epoll_;
  Descriptor wake_;
  Descriptor signals_;
  std::vector<std::unique_ptr<Watch>> watches_;  // by descriptor
  std::size_t watched_ = 0;
  std::uint32_t last_generation_ = 0;  // of a watch
  std::vector<std::unique_ptr<TimerSlot>> timers_;
  std::vector<std::uint32_t> free_timers_;
  std::vector<std::uint32_t> heap_;  // indices of timers
  std::vector<Timer> due_;           // that fire in this turn
  std::vector<Task> soon_;
  std::vector<Task> turn_end_;
  std::vector<Task> running_;  // the list that is being served
  // Unwatched and removed in this turn. A callback may be running, so what it captured stays where it is.
  std::vector<std::unique_ptr<Watch>> dead_watches_;
  std::vector<std::uint32_t> dead_timers_;
  std::vector<std::uint8_t> scratch_;
  std::mutex mutex_;  // of posted_
  std::vector<Task> posted_;
  LoopStats stats_;
  bool stopping_ = false;
};

}  // namespace wn::real
