#pragma once
// Part: the operations of one object, in the words that all collections share, with times as ranks.
//
// Times: event i of the object has rank i (or a number that grows the same); a gap g lies between rank g and
// the next. An operation with ranks [invoked, returned] takes effect in one of the gaps invoked ..
// returned-1; a precedes b iff a.returned < b.invoked. Pending operations return at kForever.
#include <cstdint>
#include <string>
#include <vector>

#include "checkers/collections/collections.h"
#include "checkers/history/history.h"

namespace wn::checkers::collections {

inline constexpr std::uint32_t kForever = ~std::uint32_t{0};
inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

enum class Act : std::uint8_t { insert, take, contains, read, acquire, release };
enum class Answer : std::uint8_t { none, no, yes };

struct Op {
  std::uint32_t index = 0;  // in the history
  std::uint32_t invoked = 0;
  std::uint32_t returned = kForever;
  // Atom ids. insert, contains: the element; take: what came out, 0 = it was empty; set remove: the element;
  // read: what was seen.
  std::uint32_t value = 0;
  std::uint32_t local = 0;  // the same, counted from 0 within the part
  std::int64_t amount =
      0;  // counter: what is added, or read; semaphore: permits; lock: token, when has_token
  std::uint64_t holder = 0;  // lock, semaphore: who
  Act act = Act::insert;
  Answer answer = Answer::none;
  bool has_token = false;
  bool pending() const { return returned == kForever; }
};

struct Part {
  Atom key = {};
  std::vector<Op> ops;       // ascending `invoked`
  std::uint32_t ranks = 0;   // one more than the last rank in use
  std::uint32_t values = 0;  // different ones: one more than the last `local`
};

struct Split {
  std::vector<Part> parts;  // by key, in order of first appearance
  std::string refused;      // not empty: an operation that cannot be understood, and why
  std::uint32_t refused_op = 0;
};

Split split(const History& history, CollectionModel model, const CollectionOptions& options);

// What a shortcut says of a part.
struct Finding {
  enum class Kind : std::uint8_t { pass, fail, open } kind = Kind::pass;  // open: ask the search
  std::string signature;                                                  // without "linearizability: "
  std::string explanation;
  std::vector<std::uint32_t> ops;  // witness: indices into the part
  bool whole = true;               // the witness by itself is a violation
  static Finding undecided() { return {Kind::open, {}, {}, {}, false}; }
};

}  // namespace wn::checkers::collections
