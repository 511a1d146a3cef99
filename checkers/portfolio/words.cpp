#include <algorithm>
#include <array>

#include "checkers/isolation/isolation.h"
#include "checkers/portfolio/portfolio.h"

namespace wn::checkers {
namespace {

constexpr std::array<ModelWord, 12> kModels{{
    {"register", "one value a key: read, write", "linearizable"},
    {"cas-register", "one value a key: read, write, cas [old, new]", "linearizable"},
    {"kv", "a map: get, put, append (text and lists concatenate)", "linearizable"},
    {"set", "add, remove, contains, read of all elements", "linearizable"},
    {"queue", "first in, first out: enqueue, dequeue (nil: it was empty)", "linearizable"},
    {"stack", "last in, first out: push, pop (nil: it was empty)", "linearizable"},
    {"priority-queue", "the greatest number first: insert, poll (nil: it was empty)", "linearizable"},
    {"lock", "acquire, release; one holder at a time, fencing tokens grow", "linearizable"},
    {"semaphore", "acquire, release of permits", "linearizable"},
    {"counter", "increment, add n, decrement, read", "linearizable"},
    {"list-append", "transactions that append unique elements to lists and read whole lists",
     "strict-serializable"},
    {"rw-register", "transactions that write unique values to registers and read them",
     "strict-serializable"},
}};

struct Known {
  std::string_view name, summary;
};
constexpr std::array<Known, 11> kObjects{{
    {"linearizable", "one order of all operations, within real time, that the model explains"},
    {"sequential", "one order that keeps each process's own, whatever the clock says"},
    {"causal", "no effect without its cause"},
    {"causal-convergence", "causal, and concurrent writes have one order for all"},
    {"pram", "each process's writes are seen by everyone in their order"},
    {"session", "the four session guarantees together"},
    {"read-your-writes", "a session sees what it wrote"},
    {"monotonic-reads", "a session never reads what is older than what it has read"},
    {"monotonic-writes", "a session's writes are seen in their order"},
    {"writes-follow-reads", "who sees a write sees what its writer had read"},
    {"k-atomic", "each read shows one of the last k writes (--k, 2)"},
}};

}  // namespace

std::span<const ModelWord> model_words() { return kModels; }

std::vector<ConsistencyWord> consistency_words() {
  std::vector<ConsistencyWord> words;
  for (const Known& known : kObjects) words.push_back({std::string(known.name), std::string(known.summary)});
  for (std::string& name : known_consistency_models()) {
    if (std::ranges::none_of(words, [&](const ConsistencyWord& w) { return w.name == name; }))
      words.push_back({std::move(name), ""});
  }
  return words;
}

}  // namespace wn::checkers
