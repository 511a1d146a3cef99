#pragma once
// What the replicated types promise, said a second time and without any of runtime/crdt's ways of saying it:
// a replica's knowledge is a set of events, and what it reads is a function of that set. Deltas may arrive in
// any order, so the set need not be causally closed.
//   registers, sets, maps  an operation puts out the writes that its writer could see at its places, and a
//                          write all earlier ones of the same writer there; what no known operation has put
//                          out is there; of an lww register the latest is read
//   counters               of each replica's chain of additions a delta tells all that its writer knew: a
//   counter
//                          is the sum of the additions that no removal told of the same chain had seen
//   bounded                made less spent; a removal only hides; nobody spends or gives what it does not
//   hold text                   letters that were typed, whose place is known, and not erased; their order is
//   the
//                          model's to compare (it never changes, and is one everywhere)
// Events are numbered by the caller. Thread rule: one thread.
#include <map>
#include <span>
#include <string>
#include <vector>

#include "scenarios/exhaustive/crdt_scope.h"

namespace wn::exhaustive {

enum class CrdtAct : std::uint8_t {
  write,
  clear,
  add,
  spend,
  give,
  cut,
  front,
  back,
  erase_first,
  erase_last
};
struct CrdtOperation {
  std::string_view words;
  CrdtAct act{};
  std::uint32_t places = 0;  // bit set: of write and clear
  std::int64_t value = 0;    // written, or added
};
// What a replica may do to a document of this type; the operation's code is its place here.
std::span<const CrdtOperation> crdt_operations(crdt::Type type);

// Of a counter: the chain (who adds, and for bounded ones to whom it gives), and an event in it.
using CrdtTold = std::pair<std::uint32_t, std::uint32_t>;
constexpr std::uint32_t crdt_chain(std::uint32_t replica, std::uint32_t peer) { return replica << 8 | peer; }

struct CrdtKnowledge {
  std::vector<std::uint32_t> events;  // ascending
  std::vector<CrdtTold> told;         // ascending
};
void take_in(CrdtKnowledge& to, const CrdtKnowledge& from);

inline constexpr std::uint32_t kNoEvent = ~std::uint32_t{0};

struct CrdtEvent {
  std::uint32_t replica = 0;
  std::uint32_t code = 0;
  std::uint64_t time = 0;
  std::vector<std::uint32_t> puts_out = {};
  std::vector<CrdtTold> tells = {};
  std::uint32_t origin = kNoEvent;  // text: the letter to its left when it was typed
  char letter = 0;
  std::vector<std::uint32_t> needs = {};  // what its writer knew, ascending
};

class CrdtSpec {
 public:
  CrdtSpec(crdt::Type type, std::uint32_t replicas) : type_(type), replicas_(replicas) {}
  // What the operation means for who knows this; `seen` is the text that its writer sees. False: to be
  // refused.
  bool perform(const CrdtKnowledge& known, std::string_view seen, std::uint32_t number,
               CrdtEvent& event) const;
  void note(std::uint32_t number, CrdtEvent event) { events_.insert_or_assign(number, std::move(event)); }
  const CrdtEvent& event(std::uint32_t number) const { return events_.at(number); }
  // Whether all that the writers of the known events knew is known: nothing has overtaken what it stands on.
  bool is_whole(const CrdtKnowledge& known) const;
  // What an event tells, besides itself.
  void learn(CrdtKnowledge& known, std::uint32_t number) const;
  // As read() of crdt_replica.h puts it; of a text its letters in alphabetical order.
  std::string reads(const CrdtKnowledge& known) const;
  std::size_t bytes() const { return events_.size() * 288; }

 private:
  std::vector<std::uint32_t> live(const CrdtKnowledge& known, std::uint32_t places) const;
  std::vector<std::uint32_t> letters(const CrdtKnowledge& known) const;
  bool is_put_out(const CrdtKnowledge& known, std::uint32_t number) const;
  bool is_cut(const CrdtKnowledge& known, std::uint32_t chain, std::uint32_t number) const;
  bool is_live_chain(const CrdtKnowledge& known, std::uint32_t chain) const;
  std::int64_t rights(const CrdtKnowledge& known, std::uint32_t replica) const;
  std::string latest(const std::vector<std::uint32_t>& writes) const;
  std::string counted(const CrdtKnowledge& known) const;
  const CrdtOperation& operation(std::uint32_t number) const {
    return crdt_operations(type_)[events_.at(number).code];
  }

  crdt::Type type_;
  std::uint32_t replicas_;
  std::map<std::uint32_t, CrdtEvent> events_;
};

}  // namespace wn::exhaustive
