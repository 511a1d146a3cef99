#pragma once
// Constraints: of two chains of a key, one comes before the other; what each way means as edges, and
// which way what is known already leaves. Private to this room.
#include <functional>
#include <optional>
#include <vector>

#include "checkers/history/budget.h"
#include "checkers/polygraph/reach.h"
#include "checkers/polygraph/versions.h"

namespace wn::checkers::polygraph {

inline constexpr std::uint64_t kPairsMax = 200'000'000;  // looked at
inline constexpr std::size_t kLeftMax = 4'000'000;       // left to search for

// Two chains, as numbers within the key's.
struct Pair {
  std::uint32_t key = 0, a = 0, b = 0;
};

// Tests leave one out and see that it is missed.
struct PolygraphRules {
  bool readers = true;        // who read what is overwritten comes before
  bool initial = true;        // who read nothing comes before every writer
  bool prune = true;          // false: everything is searched for; verdicts stay the same
  bool prune_readers = true;  // false: pruning asks for the writers alone; verdicts stay the same
  bool search = true;         // false: what is left is taken to fit
};

class Constraints {
 public:
  Constraints(const UniqueHistory& unique, const Versions& versions, levels::EventGraph& graph,
              const PolygraphRules& rules)
      : unique_(unique), versions_(versions), graph_(graph), rules_(rules) {}

  // What chains and initial reads say whatever the order of chains.
  void add_known();
  // f(from, to): the edges that say that chain `a` comes before chain `b`.
  template <class F>
  void edges(std::uint32_t key, const Chain& a, const Chain& b, F f) const {
    f(graph_.commit(a.last), graph_.start(b.first));
    if (!rules_.readers) return;
    for (const std::uint32_t r : versions_.readers(a.last, key)) f(graph_.start(r), graph_.commit(b.first));
  }
  const Chain& chain(std::uint32_t key, std::uint32_t number) const { return versions_.chains(key)[number]; }

  enum class Round : std::uint8_t { nothing, forced, impossible, too_many, time_up };
  // Adds what is forced to the graph. The first time it looks at all pairs, then at those that are left.
  Round prune(const Reach& reach, const Budget& budget);
  const std::vector<Pair>& left() const { return left_; }
  const Pair& impossible() const { return impossible_; }
  std::uint64_t pairs() const { return pairs_; }
  // Does `writer`'s version of the key come after `source`'s, by what is known? For explanations.
  bool follows(std::uint32_t source, std::uint32_t writer, std::uint32_t key) const;
  void decided(std::uint32_t key, const Chain& a, const Chain& b) {
    decided_.push_back({.key = key, .from = a.last, .to = b.first});
  }

 private:
  struct Decided {
    std::uint32_t key = 0, from = 0, to = 0;
  };
  enum class Way : std::uint8_t { open, a_first, b_first, none };
  bool closes_cycle(const Reach& reach, std::uint32_t key, const Chain& a, const Chain& b) const;
  Way way(const Reach& reach, const Pair& pair) const;
  void force(const Reach& reach, std::uint32_t key, const Chain& a, const Chain& b,
             std::vector<std::uint32_t>& added);
  Round first_round(const Reach& reach, const Budget& budget);
  Round later_round(const Reach& reach, const Budget& budget);

  const UniqueHistory& unique_;
  const Versions& versions_;
  levels::EventGraph& graph_;
  const PolygraphRules& rules_;
  std::vector<Pair> left_;
  std::vector<Decided> decided_;
  Pair impossible_;
  std::uint64_t pairs_ = 0;
  bool begun_ = false;
};

}  // namespace wn::checkers::polygraph
