#pragma once
// search: all states that a model can reach, breadth first, so that the first violation found has a shortest
// path. Visited states are remembered as 128-bit hashes alone (two states of one hash are
// taken for one: with 10^9 states the odds are below 10^-20); the frontier keeps the words of what is left of
// one layer and of the next, and eight bytes a state keep the way back. The model chooses the hash, so that
// states which differ by a renaming may share one: then only the first of them is explored. Limits are
// refusals of their own kind, never a "complete". Deterministic but for `stop`. One thread. Sources: Stern &
// Dill, "Improved Probabilistic Verification by Hash Compaction" (1995); Ip & Dill, "Better Verification
// Through Symmetry" (1996).
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace wn::exhaustive {

struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

using Words = std::span<const std::uint32_t>;

class Sink {
 public:
  virtual ~Sink() = default;
  // `action` leads to a state of this hash (not all zeros). Whether anyone wants its words is seen later.
  virtual void reached(std::uint32_t action, Hash128 hash) = 0;
  // `action` breaks a claim; the sentence lives as long as the program.
  virtual void broken(std::uint32_t action, const char* claim) = 0;
};

// What a state is but for its marks. Of two states of one kind, the one with more marks can do all that the
// other can, in as many steps (the model's promise): then the other need not be explored.
struct Kind {
  Hash128 key;
  std::vector<std::uint32_t> marks;  // ascending
};

class Model {
 public:
  virtual ~Model() = default;
  virtual Hash128 start(std::vector<std::uint32_t>& to) = 0;  // the first state
  virtual void expand(Words state, Sink& sink) = 0;
  // Where `action`, which expand() named for this state, leads.
  virtual void apply(Words state, std::uint32_t action, std::vector<std::uint32_t>& to) = 0;
  // Then the search is that of covering.h.
  virtual bool has_kinds() const { return false; }
  virtual void kind(Words, Kind&) {}
  virtual std::size_t bytes() const = 0;  // what the model itself remembers
};

struct Limits {
  std::uint64_t states = 2'000'000'000;
  std::uint64_t bytes = std::uint64_t{8} << 30;
  std::uint32_t depth = 10'000;
  std::function<bool()> stop = {};  // asked now and then; true ends the search
};

enum class Ending : std::uint8_t { complete, violated, states_spent, bytes_spent, depth_reached, stopped };
const char* to_string(Ending ending);

struct Findings {
  Ending ending = Ending::complete;
  std::uint64_t states = 0;       // distinct, the first ones included
  std::uint64_t explored = 0;     // of them; another of their kind can do all that the others can
  std::uint64_t kinds = 0;        // 0 when the model has none
  std::uint64_t transitions = 0;  // that led somewhere, known or new
  std::uint32_t depth = 0;        // of the deepest state found
  std::vector<std::uint64_t> layers;
  std::uint64_t bytes = 0;  // at the end
  const char* claim = nullptr;
  std::vector<std::uint32_t> path;  // the actions of the counterexample, in order
  bool shortest = true;             // there is no shorter path to a violation
};

Findings search(Model& model, const Limits& limits);

}  // namespace wn::exhaustive
