#pragma once
// Linearizability (Herlihy & Wing 1990) of sets, queues, stacks, priority queues, locks, semaphores and
// counters, key by key (an operation without a key speaks of the one object that has none).
//
// Three-valued and never wrong: `pass` and `fail` are proofs, `unknown` says that the budget ran out or that
// an operation cannot be understood (the explanation says which).
//
// Words and shapes (synonyms that the reader maps: enq, deq, insert, poll, lock, unlock, inc, dec, …):
//   queue, stack, priority-queue   in: enqueue, push, add (value). Out: dequeue, pop, remove; an ok one
//   carries
//                                  what came out, null: the object was empty.
//   priority-queue                 values are whole numbers; the largest comes out first (or the smallest)
//   set                            add, remove, contains (value); the completion may carry an answer: true,
//                                  false, or [value, answer]. read: the list of all elements.
//   lock                           acquire, release; `value`, when there, names the holder, else the process
//                                  does. An ok acquire may carry a number: a fencing token, which must grow.
//   semaphore                      acquire, release; `value`, when there, is how many permits (1)
//   counter                        increment, add (amount, else 1; may be negative), decrement; read: the sum
//
// Stated choices:
//   - objects start empty, free, at 0; a semaphore with `permits`;
//   - `fail` did not happen and says nothing; an info take or read has an unknown answer;
//   - an ok add or remove of a set without an answer means that it changed the set (`bare_ok_changed`);
//   - a release frees what its holder holds; one that nobody holds is a violation;
//   - null is not an element;
//   - an answer that repeats the operation's `value` is an echo and says nothing (tokens, counters).
//
// How: unique values are decided in near-linear time (see queue.cpp, stack.cpp, priority.cpp, set.cpp);
// locks, semaphores and counters by interval arguments where these are exact (permits.cpp, counter.cpp); all
// else by the just-in-time search (search_model.h), which is exponential in the number of open operations at
// worst. Sources: Gibbons & Korach 1997; Lowe 2017; Henzinger, Sezgin & Vafeiadis, CONCUR 2013; Lee & Mathur,
// "Efficient decrease-and-conquer linearizability monitoring", OOPSLA 2025.
//
// Signatures, after "linearizability: ":
//   "value from nowhere", "value taken before it was put in", "value taken twice", "value out of order",
//   "not empty", "element missing", "element not gone", "two holders", "release without acquire",
//   "token does not grow", "too many permits", "impossible count", "no order exists"
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "checkers/history/budget.h"
#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

enum class CollectionModel : std::uint8_t { set, queue, stack, priority_queue, lock, semaphore, counter };

struct CollectionInfo {
  std::string_view name;  // as on the command line: "set", "queue", "stack", "priority-queue", …
  std::string_view summary;
  CollectionModel model;
};
std::span<const CollectionInfo> collection_models();
std::optional<CollectionModel> collection_named(std::string_view name);

// Planted mistakes, one for each argument of a shortcut: tests ask that the differential fuzzer finds each.
enum class CollectionDefect : std::uint8_t {
  none,
  queue_ignores_order,        // no look at pairs
  queue_forgets_stayers,      // values that nobody took hinder nobody
  queue_empty_anywhere,       // empty answers are believed
  queue_takes_for_free,       // any number of values may leave by one info dequeue
  stack_never_splits,         // free moments are not looked for
  stack_outer_by_push,        // the outermost value need not be popped last
  priority_forgets_stayers,   // as above
  priority_reversed_windows,  // a poll may take its value before it was put in
  set_one_moment,             // contains=false is never within a value's life
  set_ignores_late_remove,    // an info remove is thought not to have happened
  permits_early_release,      // releases count when they were called, though nobody held
  counter_any_step,           // the operation that ends last is counted first
};

struct CollectionOptions {
  bool shortcuts = true;        // false: search alone (tests compare the two)
  bool bare_ok_changed = true;  // false: add and remove without an answer may have changed nothing
  bool largest_first = true;    // priority queue; false: the smallest first
  bool reentrant = false;       // lock: its holder may acquire again, and releases as often
  std::uint64_t permits = 1;    // semaphore
  bool witness_order = true;    // fill Verdict.order of a violation
  CollectionDefect defect = CollectionDefect::none;
};

// What the checker did, for benchmarks and tests that a stage was reached.
struct CollectionStats {
  std::uint64_t partitions = 0;
  std::uint64_t direct = 0;    // decided without search
  std::uint64_t searched = 0;  // handed to the search
  std::uint64_t steps = 0;     // of the search
};

Verdict check_collection(const History& history, CollectionModel model, const Budget& budget = {},
                         const CollectionOptions& options = {}, CollectionStats* stats = nullptr);

}  // namespace wn::checkers
