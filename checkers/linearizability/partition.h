#pragma once
// Partition: the operations of one key, reduced to what matters: what the value had to be (or not to be)
// before, and what the operation made of it. Linearizability is local (Herlihy & Wing 1990, theorem 1), so
// each partition is judged alone.
#include <cstdint>
#include <string>
#include <vector>

#include "checkers/linearizability/contents.h"
#include "checkers/linearizability/linearizability.h"

namespace wn::checkers {

enum class Effect : std::uint8_t { none, set, append };

struct Step {
  std::uint64_t call = 0;          // position + 1: 0 is before everything
  std::uint64_t ret = kNever;      // kNever: may take effect at any time from `call` on, or never
  std::uint64_t operation = 0;     // index in the history
  ContentId pre = kNoContent;      // the value before must be this
  ContentId not_pre = kNoContent;  // the value before must not be this
  ContentId arg = kEmptyContent;
  Effect effect = Effect::none;
  bool optional() const { return ret == kNever; }
};

struct Partition {
  Atom key;
  std::vector<Step> steps;         // ascending call
  std::vector<ContentId> refused;  // what failed writes carried
  std::uint64_t broken = kNever;   // an operation that contradicts itself (a txn that misses its own append)
};

struct Partitions {
  std::vector<Partition> parts;        // in order of first appearance
  std::uint64_t unsupported = kNever;  // an operation that the model does not know
};

ContentMode content_mode(const History& history, ModelName model);
Partitions split(const History& history, ModelName model, const LinearizabilityOptions& options,
                 Contents& contents);

// A refutation: signature without the "linearizability: " in front, and the operations that prove it.
struct Refutation {
  std::string signature;
  std::string explanation;
  std::vector<std::uint64_t> operations;
  std::uint64_t cut = kNever;  // what was invoked later than this position (Step's) plays no part
};

}  // namespace wn::checkers
