#include "checkers/linearizability/zones.h"

#include <algorithm>

namespace wn::checkers {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

struct Chain {
  std::uint64_t f = kNever;  // earliest return
  std::uint64_t s = 0;       // latest call
  std::uint32_t first_return = kNone, last_call = kNone, root = kNone;
};

class Zones {
 public:
  Zones(const History& history, const Partition& p, Contents& contents, ZoneScratch& scratch)
      : history_(history), p_(p), steps_(p.steps), contents_(contents), scratch_(scratch) {
    ++scratch_.epoch;
  }

  ZoneResult judge() {
    if (!prepare()) return {.answer = ZoneAnswer::not_unique, .refutation = {}};
    if (!observe() || !follow() || !order()) return std::move(result_);
    result_.answer = relaxed_ ? ZoneAnswer::undecided : ZoneAnswer::linearizable;
    return std::move(result_);
  }

 private:
  bool refute(std::string_view signature, std::string explanation,
              std::initializer_list<std::uint32_t> steps) {
    result_.answer = ZoneAnswer::refuted;
    result_.refutation.signature = signature;
    result_.refutation.explanation = std::move(explanation);
    for (const std::uint32_t s : steps) {
      if (s != kNone) result_.refutation.operations.push_back(steps_[s].operation);
    }
    return false;
  }
  bool give_up() {
    result_.answer = ZoneAnswer::not_unique;
    return false;
  }
  ZoneScratch::Slot& state(ContentId id) {
    if (scratch_.slots.size() <= id) scratch_.slots.resize(std::max<std::size_t>(contents_.size(), id + 1));
    ZoneScratch::Slot& slot = scratch_.slots[id];
    if (slot.epoch != scratch_.epoch) slot = {.epoch = scratch_.epoch};
    return slot;
  }
  std::uint32_t writer(ContentId id) { return id == kNoContent ? kNone : state(id).writer; }
  bool is_mutator(std::uint32_t s) const { return steps_[s].effect != Effect::none; }
  std::string text(std::uint32_t s) const { return describe(history_, steps_[s].operation); }

  bool prepare();
  bool observe();
  bool see(std::uint32_t reader, ContentId content);
  bool parse(std::uint32_t reader, ContentId content);
  bool transition(std::uint32_t reader, ContentId from, std::uint32_t mutator, ContentId to);
  bool follow();
  bool walk(ContentId start, Chain& chain);
  bool element(Chain& chain, std::uint32_t s, std::uint64_t bound, std::uint32_t bound_step);
  bool order();
  bool conflict(const Chain& a, const Chain& b);

  const History& history_;
  const Partition& p_;
  const std::vector<Step>& steps_;
  Contents& contents_;
  ZoneScratch& scratch_;
  ZoneResult result_;
  bool relaxed_ = false;
  bool appends_ = false;

  std::vector<std::uint64_t> lengths_;    // distinct lengths of arguments
  std::vector<ContentId> makes_;          // step -> the state that it was seen to make
  std::vector<ContentId> takes_;          // step -> the state that it was seen to start from
  std::vector<std::uint32_t> next_read_;  // step -> next reader of the same state
  std::vector<std::uint8_t> included_;    // step belongs to some chain
  std::vector<Chain> chains_;
};

// False when some value is not unique.
bool Zones::prepare() {
  for (std::uint32_t s = 0; s < steps_.size(); ++s) {
    const Step& step = steps_[s];
    relaxed_ |= step.not_pre != kNoContent;
    if (step.effect == Effect::none) continue;
    appends_ |= step.effect == Effect::append;
    if (step.arg == kEmptyContent || writer(step.arg) != kNone) return false;
    state(step.arg).writer = s;
  }
  if (appends_) {
    for (const Step& step : steps_) {
      if (step.effect != Effect::none) lengths_.push_back(contents_.hash(step.arg).length);
    }
    std::ranges::sort(lengths_);
    lengths_.erase(std::ranges::unique(lengths_).begin(), lengths_.end());
  }
  makes_.assign(steps_.size(), kNoContent);
  takes_.assign(steps_.size(), kNoContent);
  next_read_.assign(steps_.size(), kNone);
  included_.assign(steps_.size(), 0);
  return true;
}

// Reads, successful cas and transactions tell which states were there and in which order.
bool Zones::observe() {
  for (std::uint32_t s = 0; s < steps_.size(); ++s) {
    const Step& step = steps_[s];
    if (step.optional()) continue;
    if (is_mutator(s)) included_[s] = 1;
    if (step.pre == kNoContent) continue;
    if (!see(s, step.pre)) return false;
    if (!is_mutator(s)) {
      ZoneScratch::Slot& at = state(step.pre);
      next_read_[s] = at.first_read;
      at.first_read = s;
      continue;
    }
    const ContentId to = step.effect == Effect::set ? step.arg : contents_.concat(step.pre, step.arg);
    if (!transition(s, step.pre, s, to)) return false;
  }
  // An info cas whose value was seen did happen, and so saw its expected value, which may show another one.
  bool more = true;
  while (more) {
    more = false;
    for (std::uint32_t s = 0; s < steps_.size(); ++s) {
      const Step& step = steps_[s];
      if (!step.optional() || step.pre == kNoContent || takes_[s] != kNoContent || !is_mutator(s)) continue;
      if (step.effect != Effect::set || !state(step.arg).seen) continue;
      if (!see(s, step.pre) || !transition(s, step.pre, s, step.arg)) return false;
      more = true;
    }
  }
  return true;
}

bool Zones::see(std::uint32_t reader, ContentId content) {
  if (content == kEmptyContent || state(content).seen) return true;
  state(content).seen = true;
  if (appends_) return parse(reader, content);
  const std::uint32_t w = writer(content);
  if (w != kNone) {
    makes_[w] = content;
    state(content).producer = w;
    included_[w] = 1;
    return true;
  }
  const bool refused = std::ranges::find(p_.refused, content) != p_.refused.end();
  return refute(
      refused ? "refused write appeared" : "value from nowhere",
      (refused ? "only a refused write carries this value: " : "nobody wrote this value: ") + text(reader),
      {reader});
}

// Takes a seen content apart into the arguments that made it. With unique arguments and one match at each
// place there is one way to do so; where two arguments match, the method does not apply.
bool Zones::parse(std::uint32_t reader, ContentId content) {
  const std::vector<std::uint32_t> tokens(contents_.tokens(content).begin(), contents_.tokens(content).end());
  if (tokens.empty()) return give_up();
  std::vector<SequenceHash> prefix(tokens.size() + 1);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    prefix[i + 1] = prefix[i];
    prefix[i + 1].push(tokens[i]);
  }
  ContentId at = kEmptyContent;
  std::size_t place = 0;
  while (place < tokens.size()) {
    std::uint32_t match = kNone;
    std::uint64_t length = 0;
    for (const std::uint64_t l : lengths_) {
      if (place + l > tokens.size()) break;
      const auto hash = contents_.rest(prefix[place + l].value, prefix[place].value, l);
      const std::uint32_t w = writer(contents_.find(hash, l));
      if (w == kNone) continue;
      if (match != kNone) return give_up();
      match = w;
      length = l;
    }
    if (match == kNone || (steps_[match].effect == Effect::set && place != 0)) {
      return refute("value from nowhere", "no writes make up this value: " + text(reader), {reader});
    }
    place += length;
    const ContentId to = place == tokens.size() ? content : contents_.intern(prefix[place]);
    included_[match] = 1;
    state(to).seen = true;
    if (steps_[match].effect == Effect::append) {
      if (!transition(reader, at, match, to)) return false;
    } else {
      makes_[match] = to;
      state(to).producer = match;
    }
    at = to;
  }
  return true;
}

bool Zones::transition(std::uint32_t reader, ContentId from, std::uint32_t mutator, ContentId to) {
  if (takes_[mutator] == from && makes_[mutator] == to) return true;
  if (takes_[mutator] != kNoContent) {
    // The same argument at two places: twice in one value, or in two values that disagree.
    const bool twice = steps_[mutator].effect == Effect::append &&
                       contents_.hash(takes_[mutator]).length < contents_.hash(from).length;
    return refute(
        twice ? "duplicate append" : "lost append",
        (twice ? "this element stands twice or after itself: " : "reads disagree on what came before: ") +
            text(mutator) + "; seen by " + text(reader),
        {mutator, reader});
  }
  const std::uint32_t other = state(from).next;
  if (other != kNone && other != mutator) {
    const bool both = steps_[mutator].pre != kNoContent && steps_[other].pre != kNoContent;
    return refute(both ? "lost update" : "lost append",
                  "both took the same value and changed it: " + text(other) + "; " + text(mutator) +
                      "; seen by " + text(reader),
                  {other, mutator, reader});
  }
  state(from).next = mutator;
  takes_[mutator] = from;
  makes_[mutator] = to;
  included_[mutator] = 1;
  ZoneScratch::Slot& target = state(to);
  if (target.producer != kNone && target.producer != mutator) return give_up();
  target.producer = mutator;
  return true;
}

bool Zones::element(Chain& chain, std::uint32_t s, std::uint64_t bound, std::uint32_t bound_step) {
  const Step& step = steps_[s];
  if (step.ret < bound) {
    const bool reads = !is_mutator(s);
    return refute(reads ? "future read" : "no order exists",
                  "must come after " + text(bound_step) + " and ended before it began: " + text(s),
                  {bound_step, s});
  }
  if (step.ret < chain.f) {
    chain.f = step.ret;
    chain.first_return = s;
  }
  if (step.call > chain.s) {
    chain.s = step.call;
    chain.last_call = s;
  }
  return true;
}

// From a state along its observed successors. An element may not have returned before an earlier one's call.
bool Zones::walk(ContentId start, Chain& chain) {
  std::uint64_t bound = 0;
  std::uint32_t bound_step = kNone;
  const auto raise = [&](std::uint32_t s) {
    if (steps_[s].call > bound) {
      bound = steps_[s].call;
      bound_step = s;
    }
  };
  for (ContentId at = start;;) {
    const std::uint32_t producer = state(at).producer;
    if (producer != kNone) {
      if (!element(chain, producer, bound, bound_step)) return false;
      raise(producer);
      included_[producer] = 2;
    }
    for (std::uint32_t r = state(at).first_read; r != kNone; r = next_read_[r]) {
      if (!element(chain, r, bound, bound_step)) return false;
    }
    for (std::uint32_t r = state(at).first_read; r != kNone; r = next_read_[r]) raise(r);
    const std::uint32_t next = state(at).next;
    if (next == kNone) return true;
    at = makes_[next];
  }
}

bool Zones::follow() {
  Chain initial{.f = 0, .s = 0, .first_return = kNone, .last_call = kNone, .root = kNone};
  if (!walk(kEmptyContent, initial)) return false;
  chains_.push_back(initial);
  for (std::uint32_t s = 0; s < steps_.size(); ++s) {
    if (included_[s] != 1 || !is_mutator(s) || takes_[s] != kNoContent) continue;
    Chain chain;
    chain.root = s;
    if (makes_[s] != kNoContent) {
      if (!walk(makes_[s], chain)) return false;
    } else {
      if (!element(chain, s, 0, kNone)) return false;
      included_[s] = 2;
    }
    chains_.push_back(chain);
  }
  for (std::uint32_t s = 0; s < steps_.size(); ++s) {
    if (included_[s] == 1 && is_mutator(s)) {
      return refute("no order exists", "these updates can only follow themselves: " + text(s), {s});
    }
  }
  return true;
}

bool Zones::conflict(const Chain& a, const Chain& b) {
  const auto reads = [&](std::uint32_t s) { return s != kNone && !is_mutator(s); };
  const bool stale = reads(a.last_call) || reads(b.last_call);
  // Each operation once, in the order of invocation.
  std::vector<std::uint32_t> told;
  for (const std::uint32_t s : {a.root, a.first_return, a.last_call, b.root, b.first_return, b.last_call}) {
    if (s != kNone) told.push_back(s);
  }
  std::ranges::sort(told, {}, [&](std::uint32_t s) { return steps_[s].operation; });
  told.erase(std::ranges::unique(told).begin(), told.end());
  std::string why = stale ? "a read shows what had been overwritten before it began"
                          : "two values must each come before the other";
  if (a.root == kNone || b.root == kNone) why += " (the key began empty)";
  for (const std::uint32_t s : told) why += "\n  " + text(s);
  refute(stale ? "stale read" : "no order exists", std::move(why),
         {a.root, a.first_return, a.last_call, b.root, b.first_return, b.last_call});
  auto& ids = result_.refutation.operations;
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return false;
}

bool Zones::order() {
  std::vector<const Chain*> forward;
  for (const Chain& c : chains_) {
    if (c.f < c.s) forward.push_back(&c);
  }
  std::ranges::sort(forward, {}, &Chain::f);
  for (std::size_t i = 1; i < forward.size(); ++i) {
    if (forward[i]->f < forward[i - 1]->s) return conflict(*forward[i - 1], *forward[i]);
  }
  for (const Chain& c : chains_) {
    if (c.f < c.s) continue;
    // The last forward zone that begins before c.s.
    auto it = std::ranges::lower_bound(forward, c.s, {}, &Chain::f);
    if (it == forward.begin()) continue;
    const Chain& around = **--it;
    if (c.f < around.s) return conflict(around, c);
  }
  return true;
}

}  // namespace

ZoneResult judge_by_zones(const History& history, const Partition& partition, Contents& contents,
                          ZoneScratch& scratch) {
  return Zones(history, partition, contents, scratch).judge();
}

std::optional<Refutation> refute_cheaply(const History& history, const Partition& p, ZoneScratch& scratch,
                                         std::size_t contents) {
  ++scratch.epoch;
  if (scratch.slots.size() < contents) scratch.slots.resize(contents);
  scratch.slots[kEmptyContent].epoch = scratch.epoch;  // a slot of this epoch: the value is written
  for (const Step& s : p.steps) {
    if (s.effect == Effect::append) return {};
    if (s.effect == Effect::set) scratch.slots[s.arg].epoch = scratch.epoch;
  }
  for (const Step& s : p.steps) {
    if (s.pre == kNoContent || s.optional() || scratch.slots[s.pre].epoch == scratch.epoch) continue;
    const bool refused = std::ranges::find(p.refused, s.pre) != p.refused.end();
    return Refutation{
        .signature = refused ? "refused write appeared" : "value from nowhere",
        .explanation = (refused ? "only a refused write carries this value: " : "nobody wrote this value: ") +
                       describe(history, s.operation),
        .operations = {s.operation}};
  }
  return {};
}

}  // namespace wn::checkers
