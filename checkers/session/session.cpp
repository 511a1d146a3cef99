#include "checkers/session/session.h"

#include <algorithm>
#include <map>
#include <string>

#include "checkers/history/element_fates.h"

namespace wn::checkers {
namespace {

using Act = ClientStep::Act;
using Clock = std::vector<std::uint32_t>;

// What one session has done with one key up to and with one of its steps.
struct Entry {
  std::uint32_t index = 0;
  // Of every session, how many of its steps are strictly before some put (or put that was read) of this key:
  // a put among them is older. Empty: there is none.
  Clock older_than_put, older_than_read;
  std::int64_t added = 0, read_most = 0;  // of a counter
  std::uint32_t add = kNoStep, most = kNoStep;
};

class Judge {
 public:
  Judge(const History& history, const SessionFacts& facts)
      : history_(history),
        facts_(facts),
        clients_(client_history(history, facts.clients)),
        order_(clients_, facts.cells_max),
        seen_(clients_.sessions.size()) {
    verdict_.claim = "session";
  }

  Verdict judge() {
    if (!order_.usable()) {
      verdict_.outcome = Outcome3::unknown;
      const bool large = order_.too_large();
      verdict_.signature = large ? "session: too large" : "session: no causal order";
      verdict_.explanation = large ? "more sessions times operations than the limit of memory allows"
                                   : "an effect is seen before its cause; the claim causal tells which";
      return verdict_;
    }
    fates_ = element_fates(clients_);
    sighted_.resize(clients_.keys.size());
    for (const std::uint32_t id : order_.topological()) {
      const ClientStep& step = clients_.steps[id];
      // What the read itself shows counts: the rest of it must fit.
      if (step.source < kThinAir) saw(step, step.source);
      for (const std::uint32_t other : step.sees) saw(step, other);
      if (step.act == Act::read) judge_read(id, step);
      if (verdict_.outcome == Outcome3::fail) return verdict_;
      note(id, step);
    }
    if (judged_ == 0) verdict_.explanation = "vacuous: no session reads what it must know";
    return verdict_;
  }

 private:
  void fail(Guarantee guarantee, std::initializer_list<std::uint32_t> steps) {
    if (verdict_.outcome == Outcome3::fail) return;
    if ((facts_.guarantees & static_cast<std::uint8_t>(guarantee)) == 0) return;
    verdict_.outcome = Outcome3::fail;
    verdict_.signature = "session: " + words(guarantee);
    for (const std::uint32_t step : steps) {
      if (step >= kThinAir) continue;
      const std::uint64_t operation = clients_.steps[step].operation;
      if (!verdict_.operations.empty()) verdict_.explanation += "\n";
      verdict_.operations.push_back(operation);
      verdict_.explanation += describe(history_, operation);
    }
  }
  static std::string words(Guarantee guarantee) {
    switch (guarantee) {
      case Guarantee::read_your_writes:
        return "read your writes";
      case Guarantee::monotonic_reads:
        return "monotonic reads";
      case Guarantee::monotonic_writes:
        return "monotonic writes";
      case Guarantee::writes_follow_reads:
        return "writes follow reads";
    }
    return {};
  }

  // The last entry of a session's with a key that is before its step number `index`.
  const Entry* entry(std::uint32_t session, std::uint32_t key, std::uint32_t index) const {
    const auto at = entries_.find({session, key});
    if (at == entries_.end()) return nullptr;
    const auto after = std::ranges::lower_bound(at->second, index, {}, &Entry::index);
    return after == at->second.begin() ? nullptr : &*std::prev(after);
  }

  bool is_older(std::uint32_t source, const Clock& than) const {
    if (than.empty()) return false;
    if (source == kInitial) return true;
    const ClientStep& put = clients_.steps[source];
    return than[order_.column_of(put.session)] > put.index;
  }

  // The witness: the step of a session, before its number `upto`, that put or read what makes `read` old.
  std::uint32_t newer(const ClientStep& read, std::uint32_t session, std::uint32_t upto, Act act) const {
    for (const std::uint32_t id : clients_.sessions[session]) {
      const ClientStep& step = clients_.steps[id];
      if (step.index >= upto) break;
      if (step.key != read.key || step.act != act) continue;
      const std::uint32_t put = act == Act::put ? id : step.source;
      if (put < kThinAir && (read.source == kInitial || order_.before(read.source, put))) return id;
    }
    return kNoStep;
  }

  void judge_read(std::uint32_t id, const ClientStep& read) {
    switch (clients_.keys[read.key].shape) {
      case Shape::number:
        return judge_register(id, read);
      case Shape::counter:
      case Shape::bounded:
        if (!clients_.keys[read.key].shrinks) judge_counter(id, read);
        return;
      default:
        return judge_elements(id, read);
    }
  }

  void judge_register(std::uint32_t id, const ClientStep& read) {
    if (read.source == kThinAir) return;
    if (const Entry* own = entry(read.session, read.key, read.index)) {
      ++judged_;
      if (is_older(read.source, own->older_than_put))
        fail(Guarantee::read_your_writes, {read.source, newer(read, read.session, read.index, Act::put), id});
      if (is_older(read.source, own->older_than_read))
        fail(Guarantee::monotonic_reads, {read.source, newer(read, read.session, read.index, Act::read), id});
    }
    for (const auto& [other, upto] : seen_[read.session]) {
      const Entry* theirs = other == read.session ? nullptr : entry(other, read.key, upto);
      if (theirs == nullptr) continue;
      ++judged_;
      const std::uint32_t link = clients_.sessions[other][upto];
      if (is_older(read.source, theirs->older_than_put))
        fail(Guarantee::monotonic_writes, {read.source, newer(read, other, upto, Act::put), link, id});
      if (is_older(read.source, theirs->older_than_read))
        fail(Guarantee::writes_follow_reads, {read.source, newer(read, other, upto, Act::read), link, id});
    }
  }

  void judge_counter(std::uint32_t id, const ClientStep& read) {
    const Entry* own = entry(read.session, read.key, read.index);
    std::int64_t known = 0;
    if (own != nullptr) {
      ++judged_;
      known = own->added;
      if (read.amount < own->added) fail(Guarantee::read_your_writes, {own->add, id});
      if (read.amount < own->read_most) fail(Guarantee::monotonic_reads, {own->most, id});
    }
    for (const auto& [other, upto] : seen_[read.session]) {
      const Entry* theirs = other == read.session ? nullptr : entry(other, read.key, upto);
      if (theirs == nullptr) continue;
      ++judged_;
      const std::uint32_t link = clients_.sessions[other][upto];
      known += theirs->added;
      if (theirs->added > 0 && read.amount < known)
        fail(Guarantee::monotonic_writes, {own == nullptr ? kNoStep : own->add, theirs->add, link, id});
      if (read.amount < theirs->read_most) fail(Guarantee::writes_follow_reads, {theirs->most, link, id});
    }
  }

  void judge_elements(std::uint32_t id, const ClientStep& read) {
    const auto& sighted = sighted_[read.key];
    for (const ElementFate& fate : fates_[read.key]) {
      const auto sights = sighted.find(fate.element);
      if (std::ranges::binary_search(read.shown, fate.element)) {
        if (sights == sighted.end() || fate.includes > 1) continue;
        const auto own = sights->second.find(read.session);
        if (own == sights->second.end() || own->second.vanished == kNoStep) continue;
        fail(Guarantee::monotonic_reads, {own->second.step, own->second.vanished, id});
        continue;
      }
      if (fate.exclude_asked > read.completed && fate.include != kNoStep) missing(id, read, fate);
    }
  }

  struct Sight {
    std::uint32_t step = kNoStep;      // the first of the session that showed the element
    std::uint32_t vanished = kNoStep;  // a later one that did not
  };

  void missing(std::uint32_t id, const ClientStep& read, const ElementFate& fate) {
    const ClientStep& include = clients_.steps[fate.include];
    ++judged_;
    if (include.session == read.session && include.index < read.index)
      return fail(Guarantee::read_your_writes, {fate.include, id});
    const auto at = sighted_[read.key].find(fate.element);
    static const std::map<std::uint32_t, Sight> kNone;
    const std::map<std::uint32_t, Sight>& sights = at == sighted_[read.key].end() ? kNone : at->second;
    if (const auto own = sights.find(read.session); own != sights.end())
      return fail(Guarantee::monotonic_reads, {own->second.step, id});
    for (const auto& [other, upto] : seen_[read.session]) {
      const std::uint32_t link = clients_.sessions[other][upto];
      if (include.session == other && include.index < upto)
        fail(Guarantee::monotonic_writes, {fate.include, link, id});
      const auto theirs = sights.find(other);
      if (theirs != sights.end() && clients_.steps[theirs->second.step].index < upto)
        fail(Guarantee::writes_follow_reads, {theirs->second.step, link, id});
    }
  }

  // ---- what is known after a step

  void raise(Clock& clock, std::uint32_t put) const {
    const std::span<const std::uint32_t> known = order_.clock(put);
    clock.resize(order_.columns(), 0);
    const ClientStep& step = clients_.steps[put];
    const std::uint32_t own = order_.column_of(step.session);
    for (std::uint32_t c = 0; c < order_.columns(); ++c)
      clock[c] = std::max(clock[c], c == own ? step.index : known[c]);  // not the put itself
  }

  void saw(const ClientStep& step, std::uint32_t other) {
    const ClientStep& seen = clients_.steps[other];
    auto [at, fresh] = seen_[step.session].try_emplace(seen.session, seen.index);
    if (!fresh) at->second = std::max(at->second, seen.index);
  }

  void note(std::uint32_t id, const ClientStep& step) {
    if (step.act == Act::include || step.act == Act::exclude) return;
    const Shape shape = clients_.keys[step.key].shape;
    const bool counts = shape == Shape::counter || shape == Shape::bounded;
    if (shape != Shape::number && !counts) return note_elements(id, step);
    std::vector<Entry>& mine = entries_[{step.session, step.key}];
    Entry next = mine.empty() ? Entry{} : mine.back();
    next.index = step.index;
    if (step.act == Act::put) {
      raise(next.older_than_put, id);
    } else if (step.act == Act::add) {
      next.added += step.amount;
      next.add = id;
    } else if (counts && step.amount > next.read_most) {
      next.read_most = step.amount;
      next.most = id;
    } else if (!counts && step.source < kThinAir) {
      raise(next.older_than_read, step.source);
    }
    mine.push_back(std::move(next));
  }

  void note_elements(std::uint32_t id, const ClientStep& step) {
    auto& sighted = sighted_[step.key];
    for (const Element& element : step.shown) sighted[element].try_emplace(step.session, Sight{.step = id});
    for (auto& [element, sights] : sighted) {
      if (std::ranges::binary_search(step.shown, element)) continue;
      if (const auto own = sights.find(step.session); own != sights.end()) own->second.vanished = id;
    }
  }

  const History& history_;
  const SessionFacts& facts_;
  ClientHistory clients_;
  CausalOrder order_;
  std::vector<std::vector<ElementFate>> fates_;                                    // by key
  std::vector<std::map<Element, std::map<std::uint32_t, Sight>>> sighted_;         // by key; session
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<Entry>> entries_;  // by session and key
  std::vector<std::map<std::uint32_t, std::uint32_t>> seen_;  // by session: the latest step of another
  std::uint64_t judged_ = 0;
  Verdict verdict_;
};

}  // namespace

Verdict check_session(const History& history, const SessionFacts& facts) {
  return Judge(history, facts).judge();
}

}  // namespace wn::checkers
