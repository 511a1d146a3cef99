#include "checkers/linearizability/search.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "checkers/linearizability/search_values.h"

namespace wn::checkers {
namespace {

using namespace search;

constexpr std::uint32_t kDead = 0xFFFFFFFE;  // a value that nobody can observe any more
constexpr std::uint32_t kSlotsMax = 128;
constexpr std::size_t kInfoClassesMax = 4096;

class Search {
 public:
  Search(const History& history, const Partition& p, Contents& contents, Budget& budget,
         LinearizabilityDefect defect)
      : history_(history), p_(p), steps_(p.steps), contents_(contents), budget_(budget), defect_(defect) {}

  SearchResult run();

 private:
  bool prepare();
  void drop_unobservable();
  void order_events();
  void prepare_prefixes();
  bool assign_slots();
  bool observable(ContentId state, std::uint32_t event) const {
    return state < last_observed_.size() && last_observed_[state] >= event;
  }
  bool satisfied(const Step& s, ContentId state) const {
    if (s.pre != kNoContent) return s.pre == state;
    return s.not_pre == kNoContent || s.not_pre != state;
  }
  bool can_take_effect(const Step& s, ContentId state) const { return s.pre == kNoContent || s.pre == state; }
  void move_to(std::uint32_t event);
  bool advance(Configuration& c);
  void observe(Configuration& c) const;
  ContentId after(const Step& s, ContentId state);
  bool hopeless(const Configuration& c);
  void choose(Frame& frame);

  const History& history_;
  const Partition& p_;
  const std::vector<Step>& steps_;
  Contents& contents_;
  Budget& budget_;
  LinearizabilityDefect defect_;

  std::vector<std::uint8_t> dropped_;  // by step
  std::vector<Event> events_;
  std::vector<std::uint32_t> slot_;  // step -> slot
  std::vector<InfoClass> infos_;
  std::vector<std::uint32_t> last_observed_;  // content -> last event at which somebody could observe it
  std::vector<std::uint32_t> sets_invoked_;   // event -> set operations invoked before it
  std::vector<std::uint32_t> returns_event_;  // step -> event of its return
  std::vector<std::uint32_t> next_reader_;    // event -> step of the first read that returns at or after it
  std::map<ContentId, std::vector<SequenceHash>> prefixes_;
  bool appends_ = false;
  bool info_sets_ = false;

  std::uint32_t cursor_ = 0;            // events before it are in open_
  std::uint32_t open_[kSlotsMax] = {};  // slot -> step
  std::uint32_t slots_ = 0;

  std::vector<Frame> stack_;
  std::vector<Choice> choices_;
  std::vector<std::uint16_t> used_;  // by info class
  std::uint32_t furthest_ = 0;
  std::string too_big_;
};

// An info write of a value that nobody reads later changes nothing that matters; only a failed cas could
// tell.
void Search::drop_unobservable() {
  dropped_.assign(steps_.size(), 0);
  if (appends_) return;
  bool info = false;
  for (const Step& s : steps_) {
    if (s.not_pre != kNoContent) return;
    info |= s.optional();
  }
  if (!info) return;
  std::vector<std::uint64_t> read_until(contents_.size(), 0);
  for (const Step& s : steps_) {
    if (s.pre != kNoContent) read_until[s.pre] = std::max(read_until[s.pre], s.ret);
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& s = steps_[i];
    dropped_[i] = s.optional() && s.effect == Effect::set && read_until[s.arg] <= s.call ? 1 : 0;
  }
}

// Invocations are in order already; returns are merged in.
void Search::order_events() {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> returns;
  returns.reserve(steps_.size());
  bool sorted = true;
  for (std::uint32_t s = 0; s < steps_.size(); ++s) {
    if (steps_[s].optional()) continue;
    sorted &= returns.empty() || returns.back().first < steps_[s].ret;
    returns.emplace_back(steps_[s].ret, s);
  }
  if (!sorted) std::ranges::sort(returns);
  events_.reserve(steps_.size() + returns.size());
  std::size_t r = 0;
  for (std::uint32_t s = 0; s < steps_.size(); ++s) {
    for (; r < returns.size() && returns[r].first < steps_[s].call; ++r) {
      events_.push_back({.step = returns[r].second, .is_return = true});
    }
    if (dropped_[s] == 0) events_.push_back({.step = s, .is_return = false});
  }
  for (; r < returns.size(); ++r) events_.push_back({.step = returns[r].second, .is_return = true});
}

bool Search::assign_slots() {
  slot_.assign(steps_.size(), kNone);
  std::vector<std::uint32_t> free;
  for (const Event& e : events_) {
    if (steps_[e.step].optional()) continue;
    if (e.is_return) {
      free.push_back(slot_[e.step]);
    } else if (!free.empty()) {
      slot_[e.step] = free.back();
      free.pop_back();
    } else {
      slot_[e.step] = slots_++;
    }
  }
  if (slots_ <= kSlotsMax) return true;
  too_big_ = "more than 128 operations of one key are open at once";
  return false;
}

bool Search::prepare() {
  for (const Step& s : steps_) appends_ |= s.effect == Effect::append;
  drop_unobservable();
  order_events();
  if (!assign_slots()) return false;
  std::fill_n(open_, kSlotsMax, kNone);
  // Classes of info operations.
  std::map<std::tuple<Effect, ContentId, ContentId>, std::uint32_t> classes;
  returns_event_.assign(steps_.size(), kNone);
  last_observed_.assign(contents_.size(), 0);
  sets_invoked_.assign(events_.size() + 1, 0);
  for (std::uint32_t i = 0; i < events_.size(); ++i) {
    const Event& e = events_[i];
    const Step& s = steps_[e.step];
    sets_invoked_[i + 1] = sets_invoked_[i] + (!e.is_return && s.effect == Effect::set ? 1 : 0);
    if (e.is_return) returns_event_[e.step] = i;
    if (e.is_return || s.optional()) {
      const std::uint32_t until = s.optional() ? kNone : i;
      for (const ContentId c : {s.pre, s.not_pre}) {
        if (c != kNoContent) last_observed_[c] = std::max(last_observed_[c], until);
      }
    }
    if (!s.optional() || e.is_return) continue;
    info_sets_ |= s.effect == Effect::set;
    const auto [it, fresh] =
        classes.try_emplace({s.effect, s.pre, s.arg}, static_cast<std::uint32_t>(infos_.size()));
    if (fresh) infos_.push_back({.step = e.step, .events = {}});
    infos_[it->second].events.push_back(i);
  }
  if (infos_.size() > kInfoClassesMax) {
    too_big_ = "more than 4096 different info operations on one key";
    return false;
  }
  used_.assign(infos_.size(), 0);
  if (appends_) prepare_prefixes();
  return true;
}

void Search::prepare_prefixes() {
  next_reader_.assign(events_.size() + 1, kNone);
  for (std::size_t i = events_.size(); i-- > 0;) {
    const Event& e = events_[i];
    const bool reads = e.is_return && steps_[e.step].pre != kNoContent;
    next_reader_[i] = reads ? e.step : next_reader_[i + 1];
  }
}

// Puts the operations that are open before `event` into open_; works in both directions.
void Search::move_to(std::uint32_t event) {
  for (; cursor_ < event; ++cursor_) {
    const Event& e = events_[cursor_];
    if (slot_[e.step] != kNone) open_[slot_[e.step]] = e.is_return ? kNone : e.step;
  }
  while (cursor_ > event) {
    const Event& e = events_[--cursor_];
    if (slot_[e.step] != kNone) open_[slot_[e.step]] = e.is_return ? e.step : kNone;
  }
}

// Reduction a. REQUIRES open_ at c.event.
void Search::observe(Configuration& c) const {
  for (std::uint32_t slot = 0; slot < slots_; ++slot) {
    const std::uint32_t s = open_[slot];
    if (s == kNone || c.done.test(slot) || steps_[s].effect != Effect::none) continue;
    if (satisfied(steps_[s], c.state)) c.done.set(slot);
  }
}

// To the next return that blocks; true when there is none: everything has its place.
bool Search::advance(Configuration& c) {
  for (; c.event < events_.size(); ++c.event) {
    const Event& e = events_[c.event];
    const std::uint32_t slot = slot_[e.step];
    if (slot == kNone) continue;
    if (e.is_return) {
      if (!c.done.test(slot)) break;
      c.done.clear(slot);
    } else {
      c.done.clear(slot);
      const Step& s = steps_[e.step];
      if (s.effect == Effect::none && satisfied(s, c.state)) c.done.set(slot);
    }
  }
  move_to(c.event);
  furthest_ = std::max(furthest_, c.event);
  if (!appends_ && c.state != kDead && !observable(c.state, c.event)) c.state = kDead;  // reduction b
  return c.event == events_.size();
}

ContentId Search::after(const Step& s, ContentId state) {
  return s.effect == Effect::set ? s.arg : contents_.concat(state, s.arg);
}

// Reduction g. The first read still to be placed that returns next: if no set can come before it, the value
// only grows until then.
bool Search::hopeless(const Configuration& c) {
  if (!appends_ || info_sets_) return false;
  std::uint32_t reader = kNone;
  std::uint32_t event = c.event;
  for (int tries = 0; tries < 8; ++tries) {
    reader = next_reader_[event];
    if (reader == kNone) return false;
    const bool open = slot_[reader] != kNone && open_[slot_[reader]] == reader;
    if (!open || !c.done.test(slot_[reader])) break;
    event = returns_event_[reader] + 1;
    reader = kNone;
  }
  if (reader == kNone) return false;
  if (sets_invoked_[returns_event_[reader]] != sets_invoked_[c.event]) return false;
  for (std::uint32_t slot = 0; slot < slots_; ++slot) {
    const std::uint32_t s = open_[slot];
    if (s != kNone && steps_[s].effect == Effect::set && !c.done.test(slot)) return false;
  }
  const ContentId shown = steps_[reader].pre;
  const SequenceHash& mine = contents_.hash(c.state);
  if (mine.length > contents_.hash(shown).length) return true;
  if (defect_ == LinearizabilityDefect::appends_never_grow) return mine.length != 0;
  const auto tokens = contents_.tokens(shown);
  if (tokens.size() != contents_.hash(shown).length) return false;
  auto [it, fresh] = prefixes_.try_emplace(shown);
  if (fresh) {
    it->second.resize(tokens.size() + 1);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      it->second[i + 1] = it->second[i];
      it->second[i + 1].push(tokens[i]);
    }
  }
  return it->second[mine.length].value != mine.value;
}

// What may take effect now, best last (they are taken from the end).
void Search::choose(Frame& frame) {
  const Configuration& c = frame.at;
  const std::uint32_t blocked = events_[c.event].step;
  const Step& wanted = steps_[blocked];
  frame.choices_begin = choices_.size();
  const auto rank = [&](std::uint32_t s) -> std::uint32_t {
    if (s == blocked) return 3;
    const ContentId next = steps_[s].effect == Effect::set ? steps_[s].arg : kNoContent;
    if (next != kNoContent && wanted.effect == Effect::none && satisfied(wanted, next)) return 2;
    return next != kNoContent && wanted.pre == next ? 2 : 1;
  };
  for (std::uint32_t slot = 0; slot < slots_; ++slot) {
    const std::uint32_t s = open_[slot];
    if (s == kNone || c.done.test(slot) || steps_[s].effect == Effect::none) continue;
    if (!can_take_effect(steps_[s], c.state)) continue;
    // Reduction d.
    bool later = false;
    for (std::size_t i = frame.choices_begin; i < choices_.size() && !later; ++i) {
      Choice& other = choices_[i];
      const Step& a = steps_[s];
      const Step& b = steps_[other.step];
      if (a.effect != b.effect || a.arg != b.arg || a.pre != b.pre) continue;
      later = true;
      if (a.ret < b.ret) other = {.step = s, .info = kNone, .rank = rank(s)};
    }
    if (!later) choices_.push_back({.step = s, .info = kNone, .rank = rank(s)});
  }
  const std::size_t required = choices_.size();
  for (std::uint32_t k = 0; k < infos_.size(); ++k) {
    const InfoClass& info = infos_[k];
    const Step& a = steps_[info.step];
    if (!can_take_effect(a, c.state)) continue;
    if (used_[k] >= info.events.size() || info.events[used_[k]] >= c.event) continue;
    const bool same =
        std::any_of(choices_.begin() + static_cast<std::ptrdiff_t>(frame.choices_begin),
                    choices_.begin() + static_cast<std::ptrdiff_t>(required), [&](const Choice& o) {
                      const Step& b = steps_[o.step];
                      return a.effect == b.effect && a.arg == b.arg && a.pre == b.pre;
                    });
    if (!same) choices_.push_back({.step = info.step, .info = k, .rank = rank(info.step) == 1 ? 0U : 2U});
  }
  std::sort(choices_.begin() + static_cast<std::ptrdiff_t>(frame.choices_begin), choices_.end(),
            [&](const Choice& a, const Choice& b) {
              if (a.rank != b.rank) return a.rank < b.rank;
              if (steps_[a.step].ret != steps_[b.step].ret) return steps_[a.step].ret > steps_[b.step].ret;
              return a.step < b.step;
            });
  frame.choices_end = frame.next = choices_.size();
}

SearchResult Search::run() {
  if (!prepare()) return {.answer = SearchAnswer::unknown, .refutation = {}, .why = too_big_};
  FailedConfigurations failed(infos_.size());
  const auto enter = [&](Configuration c, std::uint32_t used_info) {
    if (hopeless(c) || !failed.enter(c.event, c.state, c.done, used_)) return false;
    Frame& frame = stack_.emplace_back();
    frame.at = c;
    frame.used_info = used_info;
    choose(frame);
    return true;
  };
  Configuration start;
  if (advance(start)) return {.answer = SearchAnswer::linearizable, .refutation = {}, .why = {}};
  enter(start, kNone);
  while (!stack_.empty()) {
    Frame& frame = stack_.back();
    if (frame.next == frame.choices_begin) {
      if (frame.used_info != kNone) --used_[frame.used_info];
      choices_.resize(frame.choices_begin);
      stack_.pop_back();
      continue;
    }
    if (budget_.steps == 0)
      return {.answer = SearchAnswer::unknown, .refutation = {}, .why = "the step budget ran out"};
    --budget_.steps;
    if ((budget_.steps & 1023) == 0 && budget_.stopped())
      return {.answer = SearchAnswer::unknown, .refutation = {}, .why = "time was up"};
    if ((budget_.steps & 1023) == 0 && failed.bytes() + stack_.capacity() * sizeof(Frame) > budget_.bytes) {
      return {.answer = SearchAnswer::unknown, .refutation = {}, .why = "the memory budget ran out"};
    }
    const Choice choice = choices_[--frame.next];
    Configuration c = frame.at;
    const Step& s = steps_[choice.step];
    c.state = after(s, c.state);
    if (choice.info == kNone) {
      c.done.set(slot_[choice.step]);
    } else {
      ++used_[choice.info];
    }
    move_to(c.event);
    observe(c);
    if (advance(c)) return {.answer = SearchAnswer::linearizable, .refutation = {}, .why = {}};
    if (!enter(c, choice.info) && choice.info != kNone) --used_[choice.info];
  }
  return {.answer = SearchAnswer::refuted,
          .refutation = explain_stuck(history_, p_, steps_[events_[furthest_].step]),
          .why = {}};
}

}  // namespace

SearchResult judge_by_search(const History& history, const Partition& partition, Contents& contents,
                             Budget& budget, LinearizabilityDefect defect) {
  return Search(history, partition, contents, budget, defect).run();
}

}  // namespace wn::checkers
