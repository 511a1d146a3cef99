// Sets: without reads of the whole, one object for each element; of elements that went in once, in O(1) for
// each operation.
//
// An element goes in at p and out at q > p, each in its own interval; a contains=true has a moment between
// the two, a contains=false one outside. So p ends no later than each contains=true and the removal do, q
// begins no earlier than each contains=true and the addition do; and the latest p with the earliest q leaves
// the least to contains=false: one is wrong iff it lies wholly within (latest p, earliest q). When the latest
// p is not before the earliest q, a moment that all of them share serves as both, and nothing lies within it.
// A pending removal helps whoever asks and hinders nobody, if it is thought to take effect as early as the
// others let it; so the one that was called first is. An element that no ok operation saw inside and whose
// addition is pending was not added. contains=false of an element that was never added is always right.
#include <algorithm>

#include "checkers/collections/shortcuts.h"

namespace wn::checkers::collections {
namespace {

struct Element {
  std::uint32_t adds = 0, removes = 0;
  std::uint32_t add = kNone, remove = kNone, pending_remove = kNone;
  std::uint32_t first_end = kForever;                   // of those who saw it inside
  std::uint32_t last_begin = 0;                         // of those who saw it inside
  std::uint32_t seen_first = kNone, seen_last = kNone;  // which they are
  std::uint32_t latest_in = 0, earliest_out = kForever;
  bool absent = true;  // it was never inside
  bool open = false;   // for the search
};

class Set {
 public:
  Set(const Shortcut& how, const Part& part) : how_(how), part_(part), elements_(part.values) {}

  Finding decide(std::vector<std::vector<std::uint32_t>>& rest) {
    for (std::uint32_t i = 0; i < part_.ops.size(); ++i) {
      if (part_.ops[i].act == Act::read) return Finding::undecided();
      note(i);
    }
    bool open = false;
    for (Element& e : elements_) {
      if (!settle(e)) return finding_;
      open = open || e.open;
    }
    for (std::uint32_t i = 0; i < part_.ops.size(); ++i) {
      if (!absence_fits(i)) return finding_;
    }
    if (!open) return {};
    std::vector<std::uint32_t> place(elements_.size(), kNone);
    for (std::uint32_t i = 0; i < part_.ops.size(); ++i) {
      const std::uint32_t value = part_.ops[i].local;
      if (!elements_[value].open) continue;
      if (place[value] == kNone) {
        place[value] = static_cast<std::uint32_t>(rest.size());
        rest.emplace_back();
      }
      rest[place[value]].push_back(i);
    }
    return Finding::undecided();
  }

 private:
  void seen(Element& e, std::uint32_t i) {
    const Op& op = part_.ops[i];
    if (op.returned < e.first_end) {
      e.first_end = op.returned;
      e.seen_first = i;
    }
    if (e.seen_last == kNone || op.invoked > e.last_begin) {
      e.last_begin = op.invoked;
      e.seen_last = i;
    }
  }

  void note(std::uint32_t i) {
    const Op& op = part_.ops[i];
    Element& e = elements_[op.local];
    if (op.act == Act::insert) {
      ++e.adds;
      e.add = i;
    } else if (op.act == Act::contains) {
      if (op.answer == Answer::yes) seen(e, i);
    } else if (op.pending()) {
      if (e.pending_remove == kNone) e.pending_remove = i;
    } else {
      ++e.removes;
      e.remove = i;
      if (op.answer == Answer::none) e.open = true;  // it may have found nothing
    }
  }

  bool fail(std::string signature, std::string why, std::vector<std::uint32_t> ops) {
    std::erase(ops, kNone);
    const std::string element = how_.history.atoms.to_json(Atom{part_.ops[ops[0]].value});
    finding_ = {Finding::Kind::fail, std::move(signature), "The element " + element + " " + why,
                std::move(ops), true};
    return false;
  }

  bool settle(Element& e) {
    if (e.adds > 1) e.open = true;
    if (e.adds == 0 && e.seen_first != kNone)
      return fail("value from nowhere", "was never added, yet it was seen inside", {e.seen_first});
    if (e.adds == 0 && e.removes > 0 && !e.open)
      return fail("value from nowhere", "was never added, yet it was removed", {e.remove});
    if (e.open || e.adds == 0) return true;
    if (e.removes > 1) return fail("value taken twice", "was added once and removed twice", removals(e));
    const Op& add = part_.ops[e.add];
    if (add.pending() && e.removes == 0 && e.seen_first == kNone) return true;
    e.absent = false;
    if (how_.broken(CollectionDefect::set_ignores_late_remove)) e.pending_remove = kNone;
    const std::uint32_t out = e.removes > 0 ? e.remove : e.pending_remove;
    const std::uint32_t out_end = e.removes > 0 ? part_.ops[out].returned : kForever;
    e.latest_in = std::min({add.returned, e.first_end, out_end});
    if (add.invoked >= e.latest_in) {
      const bool removed = out_end < e.first_end;
      return fail("value taken before it was put in",
                  removed ? "had been removed before it was added" : "was seen inside before it was added",
                  {removed ? out : e.seen_first, e.add});
    }
    if (out == kNone) return true;
    e.earliest_out = std::max({part_.ops[out].invoked, add.invoked, e.seen_last == kNone ? 0 : e.last_begin});
    if (e.earliest_out >= out_end)
      return fail("element not gone", "was seen inside after it had been removed", {e.seen_last, e.add, out});
    return true;
  }

  std::vector<std::uint32_t> removals(const Element& e) const {
    const std::uint32_t value = part_.ops[e.add].value;
    std::vector<std::uint32_t> ops = {e.add};
    for (std::uint32_t i = 0; i < part_.ops.size() && ops.size() < 3; ++i) {
      const Op& op = part_.ops[i];
      if (op.value == value && op.act == Act::take && !op.pending()) ops.push_back(i);
    }
    return ops;
  }

  // A contains=false, or a removal that found nothing.
  bool absence_fits(std::uint32_t i) {
    const Op& op = part_.ops[i];
    if (op.act != Act::contains || op.answer != Answer::no) return true;
    const Element& e = elements_[op.local];
    if (e.open || e.absent || how_.broken(CollectionDefect::set_one_moment)) return true;
    if (op.invoked < e.latest_in || op.returned > e.earliest_out) return true;
    const std::uint32_t seen = e.latest_in == e.first_end ? e.seen_first : kNone;
    return fail("element missing", "was certainly inside when it was not found",
                {i, e.add, seen, e.seen_last, e.removes > 0 ? e.remove : e.pending_remove});
  }

  const Shortcut& how_;
  const Part& part_;
  std::vector<Element> elements_;
  Finding finding_;
};

}  // namespace

Finding set(const Shortcut& how, const Part& part, std::vector<std::vector<std::uint32_t>>& rest) {
  return Set(how, part).decide(rest);
}

}  // namespace wn::checkers::collections
