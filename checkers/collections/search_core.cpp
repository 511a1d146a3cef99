#include "checkers/collections/search_core.h"

#include <algorithm>

#include "checkers/history/operation.h"

namespace wn::checkers {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};
constexpr std::uint64_t kStopEvery = 4096;  // steps between two looks at the budget

std::uint64_t mix(std::uint64_t h, std::uint64_t x) {
  h = (h ^ x) * 0x9E3779B97F4A7C15ULL;
  return h ^ (h >> 29);
}

// Configurations seen: keys of one width in an arena, found by open addressing.
class Seen {
 public:
  explicit Seen(std::size_t width) : width_(width), table_(1024, kNone) {}

  bool insert(std::span<const std::uint64_t> key) {
    if ((count_ + 1) * 2 > table_.size()) grow();
    std::size_t at = slot_of(key.data());
    for (; table_[at] != kNone; at = (at + 1) & (table_.size() - 1)) {
      const std::uint64_t* other = &arena_[std::size_t{table_[at]} * width_];
      if (std::equal(key.begin(), key.end(), other)) return false;
    }
    table_[at] = count_++;
    arena_.insert(arena_.end(), key.begin(), key.end());
    return true;
  }
  bool full() const { return count_ == kNone - 1; }
  std::uint64_t bytes() const { return arena_.capacity() * 8 + table_.size() * 4; }

 private:
  std::size_t slot_of(const std::uint64_t* key) const {
    std::uint64_t h = 0;
    for (std::size_t i = 0; i < width_; ++i) h = mix(h, key[i]);
    return static_cast<std::size_t>(h >> 7) & (table_.size() - 1);
  }
  void grow() {
    table_.assign(table_.size() * 2, kNone);
    for (std::uint32_t i = 0; i < count_; ++i) {
      std::size_t at = slot_of(&arena_[std::size_t{i} * width_]);
      while (table_[at] != kNone) at = (at + 1) & (table_.size() - 1);
      table_[at] = i;
    }
  }
  std::size_t width_;
  std::uint32_t count_ = 0;
  std::vector<std::uint64_t> arena_;
  std::vector<std::uint32_t> table_;
};

struct Event {
  std::uint64_t at = 0;
  std::uint32_t operation = 0;
  bool returns = false;
};

class Search {
 public:
  Search(std::span<const SearchOperation> operations, StateTable& states, const Budget& budget,
         std::uint64_t& spent)
      : operations_(operations), states_(states), budget_(budget), spent_(spent), seen_(lay_out() + 1) {}

  JustInTimeResult run();

 private:
  // A configuration that waits at a return, and how far its choices have been tried.
  struct Frame {
    std::uint32_t event = 0, state = 0, tried = 0, path = 0;
  };

  std::size_t lay_out();
  void forward(const Event& e);
  void backward(const Event& e);
  bool taken(std::uint32_t op) const { return (mask_[slot_[op] / 64] >> (slot_[op] % 64) & 1) != 0; }
  void set(std::uint32_t op, bool on) {
    const std::uint64_t bit = std::uint64_t{1} << (slot_[op] % 64);
    mask_[slot_[op] / 64] = on ? mask_[slot_[op] / 64] | bit : mask_[slot_[op] / 64] & ~bit;
  }
  std::uint32_t apply(std::uint32_t op) {
    ++spent_;
    ++steps_;
    return states_.apply(state_, op);
  }
  void take(std::uint32_t op, std::uint32_t after) {
    set(op, true);
    state_ = after;
    path_.push_back(op);
    path_states_.push_back(after);
  }
  void observe();
  bool settle();
  bool push();
  bool try_next();
  void restore(const Frame& frame);
  void remember_deepest();
  bool spent_all();
  bool earlier_twin(std::size_t place) const;

  std::span<const SearchOperation> operations_;
  StateTable& states_;
  const Budget& budget_;
  std::uint64_t& spent_;
  std::vector<Event> events_;
  std::vector<std::uint32_t> slot_;
  std::size_t words_ = 1;
  std::vector<std::uint32_t> open_;  // latest return first
  std::uint32_t event_ = 0, state_ = 0;
  std::vector<std::uint64_t> mask_;
  std::vector<Frame> frames_;
  std::vector<std::uint64_t> masks_;  // of the frames
  std::vector<std::uint32_t> path_, path_states_;
  std::vector<std::uint32_t> best_, best_states_, stuck_;
  std::uint32_t best_event_ = 0;
  std::size_t unchanged_ = 0;  // so much of path_ and best_ is the same
  bool any_best_ = false;
  std::uint64_t steps_ = 0, next_look_ = 0;
  std::vector<std::uint64_t> key_;
  Seen seen_;
};

std::size_t Search::lay_out() {
  for (std::uint32_t i = 0; i < operations_.size(); ++i) {
    events_.push_back({operations_[i].invoked, i, false});
    if (operations_[i].completed != kNever) events_.push_back({operations_[i].completed, i, true});
  }
  // Of one and the same position the invocation comes first: the two operations overlap.
  std::sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) {
    return a.at != b.at ? a.at < b.at : a.returns != b.returns ? b.returns : a.operation < b.operation;
  });
  slot_.resize(operations_.size());
  std::vector<std::uint32_t> free;
  std::uint32_t used = 0;
  for (const Event& e : events_) {
    if (e.returns) {
      free.push_back(slot_[e.operation]);
    } else if (free.empty()) {
      slot_[e.operation] = used++;
    } else {
      slot_[e.operation] = free.back();
      free.pop_back();
    }
  }
  words_ = used / 64 + 1;
  mask_.assign(words_, 0);
  return words_;
}

void Search::forward(const Event& e) {
  if (e.returns) {
    open_.pop_back();  // the earliest return is the last
    set(e.operation, false);
    return;
  }
  const auto later = [this](std::uint32_t a, std::uint32_t b) {
    return operations_[a].completed != operations_[b].completed
               ? operations_[a].completed > operations_[b].completed
               : a > b;
  };
  open_.insert(std::upper_bound(open_.begin(), open_.end(), e.operation, later), e.operation);
}

void Search::backward(const Event& e) {
  if (e.returns) {
    open_.push_back(e.operation);
  } else {
    open_.erase(std::find(open_.begin(), open_.end(), e.operation));
  }
}

void Search::observe() {
  for (std::size_t i = open_.size(); i-- > 0;) {
    const std::uint32_t op = open_[i];
    if (!operations_[op].observer || operations_[op].completed == kNever || taken(op)) continue;
    if (apply(op) == state_) take(op, state_);
  }
}

// Passes over events until one needs an explanation. False: nothing is left to explain.
bool Search::settle() {
  observe();
  bool fresh = false;  // something was invoked since the last look at observers
  for (; event_ < events_.size(); ++event_) {
    const Event& e = events_[event_];
    if (e.returns && !taken(e.operation)) {
      if (!fresh) return true;
      observe();
      fresh = false;
      if (!taken(e.operation)) return true;
    }
    if (!e.returns && operations_[e.operation].observer) fresh = true;
    forward(e);
  }
  return false;
}

bool Search::push() {
  key_.assign(mask_.begin(), mask_.end());
  key_.push_back(std::uint64_t{event_} << 32 | state_);
  if (!seen_.insert(key_)) return false;
  frames_.push_back({event_, state_, 0, static_cast<std::uint32_t>(path_.size())});
  masks_.insert(masks_.end(), mask_.begin(), mask_.end());
  return true;
}

void Search::restore(const Frame& frame) {
  while (event_ > frame.event) backward(events_[--event_]);
  state_ = frame.state;
  path_.resize(frame.path);
  path_states_.resize(frame.path);
  unchanged_ = std::min<std::size_t>(unchanged_, frame.path);
  std::copy_n(masks_.end() - static_cast<std::ptrdiff_t>(words_), words_, mask_.begin());
}

bool Search::earlier_twin(std::size_t place) const {
  const std::uint32_t label = operations_[open_[place]].label;
  for (std::size_t i = place + 1; i < open_.size(); ++i) {
    if (operations_[open_[i]].label == label && !taken(open_[i])) return true;
  }
  return false;
}

// The next choice of the top frame, taken. False: it has none left.
bool Search::try_next() {
  while (frames_.back().tried < open_.size()) {
    const std::size_t place = open_.size() - 1 - frames_.back().tried++;
    const std::uint32_t op = open_[place];
    if (operations_[op].observer || taken(op) || earlier_twin(place)) continue;
    const std::uint32_t after = apply(op);
    if (after == kRefused) continue;
    take(op, after);
    return true;
  }
  return false;
}

void Search::remember_deepest() {
  if (any_best_ && event_ <= best_event_) return;
  any_best_ = true;
  best_event_ = event_;
  best_.resize(unchanged_);
  best_states_.resize(unchanged_);
  best_.insert(best_.end(), path_.begin() + static_cast<std::ptrdiff_t>(unchanged_), path_.end());
  best_states_.insert(best_states_.end(), path_states_.begin() + static_cast<std::ptrdiff_t>(unchanged_),
                      path_states_.end());
  unchanged_ = path_.size();
  stuck_.clear();
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (!taken(open_[i])) stuck_.push_back(open_[i]);
  }
}

bool Search::spent_all() {
  if (steps_ < next_look_) return false;
  next_look_ = steps_ + kStopEvery;
  const std::uint64_t bytes = seen_.bytes() + states_.bytes() + masks_.capacity() * 8 +
                              frames_.capacity() * sizeof(Frame) + events_.capacity() * sizeof(Event);
  return spent_ >= budget_.steps || bytes > budget_.bytes || seen_.full() || budget_.stopped();
}

JustInTimeResult Search::run() {
  JustInTimeResult result;
  if (events_.size() >= kNone) {
    result.outcome = Outcome3::unknown;
    return result;
  }
  bool open = settle() && push();
  while (open) {
    if (spent_all()) {
      result.outcome = Outcome3::unknown;
      break;
    }
    restore(frames_.back());
    if (!try_next()) {
      remember_deepest();
      frames_.pop_back();
      masks_.resize(masks_.size() - words_);
      if (!frames_.empty()) continue;
      result.outcome = Outcome3::fail;
      break;
    }
    if (!settle()) break;
    push();
  }
  result.steps = steps_;
  const bool pass = result.outcome == Outcome3::pass;
  result.placed = pass ? path_ : best_;
  result.states = pass ? path_states_ : best_states_;
  result.stuck = stuck_;
  return result;
}

}  // namespace

JustInTimeResult search_order(std::span<const SearchOperation> operations, StateTable& states,
                              const Budget& budget, std::uint64_t& spent) {
  return Search(operations, states, budget, spent).run();
}

}  // namespace wn::checkers
