#include "scenarios/exhaustive/crdt_spec.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace wn::exhaustive {

namespace {

using enum CrdtAct;

constexpr CrdtOperation kRegister[] = {{"sets the register to 0", write, 1, 0},
                                       {"sets the register to 1", write, 1, 1},
                                       {"removes it", clear, 1}};
constexpr CrdtOperation kSet[] = {{"inserts 0", write, 1, 0},
                                  {"inserts 1", write, 2, 1},
                                  {"erases 0", clear, 1},
                                  {"removes the set", clear, 3}};
constexpr CrdtOperation kMap[] = {{"creates the map", write, 1},
                                  {"sets the register in the map to 1", write, 2, 1},
                                  {"inserts 0 into the set in the map", write, 4, 0},
                                  {"removes the register in the map", clear, 2},
                                  {"removes the map", clear, 7}};
constexpr CrdtOperation kGrowing[] = {
    {"adds 1", add, 0, 1}, {"adds 2", add, 0, 2}, {"removes the counter", cut}};
constexpr CrdtOperation kPlusMinus[] = {
    {"adds 1", add, 0, 1}, {"takes 2 away", add, 0, -2}, {"removes the counter", cut}};
constexpr CrdtOperation kBounded[] = {{"makes a right", add, 0, 1},
                                      {"spends a right", spend, 0, 1},
                                      {"gives a right to the next replica", give, 0, 1},
                                      {"removes the counter", cut}};
constexpr CrdtOperation kText[] = {{"types at the front", front},
                                   {"types at the end", back},
                                   {"erases the first letter", erase_first},
                                   {"erases the last letter", erase_last}};

template <class T>
bool has(const std::vector<T>& all, const T& one) {
  return std::ranges::find(all, one) != all.end();
}

template <class T>
void unite(std::vector<T>& to, const std::vector<T>& from) {
  std::vector<T> out;
  std::ranges::set_union(to, from, std::back_inserter(out));
  to = std::move(out);
}

}  // namespace

std::span<const CrdtOperation> crdt_operations(crdt::Type type) {
  switch (type) {
    case crdt::Type::set:
      return kSet;
    case crdt::Type::map:
      return kMap;
    case crdt::Type::g_counter:
      return kGrowing;
    case crdt::Type::pn_counter:
      return kPlusMinus;
    case crdt::Type::bounded:
      return kBounded;
    case crdt::Type::text:
      return kText;
    default:
      return kRegister;
  }
}

void take_in(CrdtKnowledge& to, const CrdtKnowledge& from) {
  unite(to.events, from.events);
  unite(to.told, from.told);
}

void CrdtSpec::learn(CrdtKnowledge& known, std::uint32_t number) const {
  take_in(known, {.events = {number}, .told = events_.at(number).tells});
}

bool CrdtSpec::is_whole(const CrdtKnowledge& known) const {
  return std::ranges::all_of(known.events, [&](std::uint32_t number) {
    return std::ranges::includes(known.events, events_.at(number).needs);
  });
}

bool CrdtSpec::is_put_out(const CrdtKnowledge& known, std::uint32_t number) const {
  return std::ranges::any_of(known.events,
                             [&](std::uint32_t other) { return has(events_.at(other).puts_out, number); });
}

std::vector<std::uint32_t> CrdtSpec::live(const CrdtKnowledge& known, std::uint32_t places) const {
  std::vector<std::uint32_t> out;
  for (const std::uint32_t number : known.events) {
    const CrdtOperation& did = operation(number);
    if (did.act == write && (did.places & places) != 0 && !is_put_out(known, number)) out.push_back(number);
  }
  return out;
}

std::vector<std::uint32_t> CrdtSpec::letters(const CrdtKnowledge& known) const {
  std::vector<std::uint32_t> out;
  for (const std::uint32_t number : known.events) {
    if (events_.at(number).letter == 0 || is_put_out(known, number)) continue;
    std::uint32_t at = number;
    while (at != kNoEvent && std::ranges::binary_search(known.events, at)) at = events_.at(at).origin;
    if (at == kNoEvent) out.push_back(number);
  }
  return out;
}

bool CrdtSpec::is_cut(const CrdtKnowledge& known, std::uint32_t chain, std::uint32_t number) const {
  return std::ranges::any_of(known.told, [&](const CrdtTold& by) {
    return by.first == chain && operation(by.second).act == cut &&
           has(events_.at(by.second).tells, CrdtTold{chain, number});
  });
}

bool CrdtSpec::is_live_chain(const CrdtKnowledge& known, std::uint32_t chain) const {
  return std::ranges::any_of(known.told, [&](const CrdtTold& told) {
    return told.first == chain && operation(told.second).act != cut && !is_cut(known, chain, told.second);
  });
}

std::int64_t CrdtSpec::rights(const CrdtKnowledge& known, std::uint32_t replica) const {
  std::int64_t out = 0;
  for (const auto& [chain, number] : known.told) {
    const CrdtOperation& did = operation(number);
    const bool own = chain >> 8 == replica;
    if (did.act == add && own) out += did.value;
    if (did.act == spend && own) out -= did.value;
    if (did.act == give && own) out -= did.value;
    if (did.act == give && (chain & 0xFF) == replica) out += did.value;
  }
  return out;
}

bool CrdtSpec::perform(const CrdtKnowledge& known, std::string_view seen, std::uint32_t number,
                       CrdtEvent& event) const {
  const CrdtOperation& does = crdt_operations(type_)[event.code];
  const std::uint32_t me = event.replica;
  event.needs = known.events;
  const auto letter_at = [&](std::size_t at) {
    for (const std::uint32_t n : known.events) {
      if (events_.at(n).letter == seen[at]) return n;
    }
    return kNoEvent;
  };
  const auto tell = [&](std::uint32_t chain) {
    for (const CrdtTold& told : known.told) {
      if (told.first == chain) event.tells.push_back(told);
    }
    event.tells.emplace_back(chain, number);
  };
  switch (does.act) {
    case write:
    case clear:
      event.puts_out = live(known, does.places);
      if (does.act == clear) return !event.puts_out.empty();
      for (const std::uint32_t n :
           known.events) {  // what is its own is put out even where that was told before
        if (events_.at(n).replica == me && operation(n).act == write && operation(n).places == does.places)
          event.puts_out.push_back(n);
      }
      break;
    case spend:
    case give:
      if (rights(known, me) < does.value) return false;
      tell(crdt_chain(me, does.act == give ? (me + 1) % replicas_ : me));
      break;
    case add:
      tell(crdt_chain(me, me));
      break;
    case cut: {
      std::set<std::uint32_t> chains;
      for (const CrdtTold& told : known.told) {
        if (is_live_chain(known, told.first)) chains.insert(told.first);
      }
      for (const std::uint32_t chain : chains) tell(chain);
      if (chains.empty()) return false;
      break;
    }
    case front:
    case back:
      if (does.act == back && !seen.empty()) event.origin = letter_at(seen.size() - 1);
      event.letter = static_cast<char>('a' + me * kCrdtOperationsMax);
      for (const std::uint32_t n : known.events) {
        if (events_.at(n).replica == me) ++event.letter;
      }
      break;
    case erase_first:
    case erase_last:
      if (seen.empty()) return false;
      event.puts_out = {letter_at(does.act == erase_first ? 0 : seen.size() - 1)};
      break;
  }
  std::ranges::sort(event.tells);
  return true;
}

std::string CrdtSpec::latest(const std::vector<std::uint32_t>& writes) const {
  if (writes.empty()) return "-";
  const auto stamp = [&](std::uint32_t n) { return std::tuple(events_.at(n).time, events_.at(n).replica); };
  return std::to_string(operation(*std::ranges::max_element(writes, {}, stamp)).value);
}

std::string CrdtSpec::counted(const CrdtKnowledge& known) const {
  std::int64_t sum = 0;
  bool any = false;
  for (const auto& [chain, number] : known.told) {
    const CrdtOperation& did = operation(number);
    if (did.act == cut) continue;
    const bool hidden = is_cut(known, chain, number);
    any = any || !hidden;
    if (did.act == add && (type_ == crdt::Type::bounded || !hidden)) sum += did.value;
    if (did.act == spend) sum -= did.value;
  }
  std::string out = any ? std::to_string(sum) : "-";
  if (type_ != crdt::Type::bounded) return out;
  for (std::uint32_t n = 0; n < replicas_; ++n) out += " " + std::to_string(rights(known, n));
  return out;
}

std::string CrdtSpec::reads(const CrdtKnowledge& known) const {
  std::string out;
  switch (type_) {
    case crdt::Type::lww:
      return latest(live(known, 1));
    case crdt::Type::mv:
      for (const std::uint32_t n : live(known, 1)) out += std::to_string(operation(n).value);
      break;
    case crdt::Type::set:
      for (std::uint32_t member = 0; member < 2; ++member) {
        if (!live(known, 1U << member).empty()) out += std::to_string(member);
      }
      return out;
    case crdt::Type::map:
      out = live(known, 7).empty() ? "-" : "m";
      return out + " " + latest(live(known, 2)) + (live(known, 4).empty() ? "" : " 0");
    case crdt::Type::text:
      for (const std::uint32_t n : letters(known)) out += events_.at(n).letter;
      break;
    default:
      return counted(known);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace wn::exhaustive
