#pragma once
// Flow: values that carry the mode that they were read in, so that what is decided STRONGly cannot rest on
// what is only EVENTUAL or LOCAL without somebody saying so. A stronger value may flow to where a weaker one
// is enough, never the other way round (Milano and Myers, "MixT: a language for mixing consistency in
// geodistributed transactions", PLDI 2018; Köhler et al., "Rethinking safe consistency in distributed
// object-oriented programming", OOPSLA 2020, ConSysT).
//
//   const auto title = kFromRealm.label(value);          // Labelled<Mode::eventual, T>
//   const auto owner = kFromGroups.label(value);         // Labelled<Mode::strong, T>
//   decide<Mode::strong>(f, owner);                      // a Decided<Mode::strong, …>
//   decide<Mode::strong>(f, owner, title);               // does not compile
//   decide<Mode::strong>(f, owner, title.endorse("…"));  // compiles, and the operation says that it did
//
// Where types do not reach, over the network, a request says on what it rests: Basis, and admit() refuses.
// What this cannot see: a value that is taken out with look() and comes back in by hand. look() is for
// showing; taking a decision from it is what a reviewer looks for.
//
// Values; no errors but admit()'s. Thread rule: values.
#include <algorithm>
#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

#include "runtime/base/mode.h"
#include "runtime/base/result.h"

namespace wn::modes {

constexpr Mode weaker(Mode a, Mode b) { return std::min(a, b); }

// On what a request rests, as it travels.
struct Basis {
  Mode weakest = Mode::strong;
  bool endorsed = false;  // somebody vouches for what is weaker
  friend bool operator==(const Basis&, const Basis&) = default;
};
// What rests on both. What was endorsed in the one does not speak for the other.
constexpr Basis both(Basis a, Basis b) {
  const bool a_fits = a.weakest == Mode::strong || a.endorsed;
  const bool b_fits = b.weakest == Mode::strong || b.endorsed;
  return {.weakest = weaker(a.weakest, b.weakest),
          .endorsed = (a.endorsed || b.endorsed) && a_fits && b_fits};
}
// ok, or weak_evidence: an operation of that mode may not rest on this.
[[nodiscard]] constexpr Errc admit(Mode operation, Basis basis) {
  const bool weak = operation == Mode::strong && basis.weakest != Mode::strong;
  return weak && !basis.endorsed ? Errc::weak_evidence : Errc::ok;
}

template <Mode M>
class Source;

template <Mode M, class T>
class Labelled {
 public:
  static constexpr Mode mode = M;
  using Value = T;

  // A stronger value will do.
  template <Mode Stronger>
    requires(Stronger > M)
  constexpr Labelled(const Labelled<Stronger, T>& other) : value_(other.look()), basis_(other.basis()) {}

  constexpr const T& look() const { return value_; }
  constexpr Basis basis() const { return basis_; }

  // f of the value, of the same mode.
  template <class F>
  constexpr auto map(F&& f) const {
    return Labelled<M, std::invoke_result_t<F, const T&>>(std::forward<F>(f)(value_), basis_);
  }
  // Lets this value stand where a STRONG one is asked for. `reason` is for whoever reads the code: why it
  // does no harm here. The operation that rests on it tells so (Basis::endorsed).
  constexpr Labelled<Mode::strong, T> endorse(std::string_view reason) const {
    static_cast<void>(reason);
    return Labelled<Mode::strong, T>(value_, {.weakest = basis_.weakest, .endorsed = true});
  }

 private:
  template <Mode, class>
  friend class Labelled;
  template <Mode>
  friend class Source;
  template <class F, Mode... Ms, class... Ts>
  friend constexpr auto combine(F&& f, const Labelled<Ms, Ts>&... values);

  constexpr Labelled(T value, Basis basis) : value_(std::move(value)), basis_(basis) {}

  T value_;
  Basis basis_;
};

// Whoever reads in a mode labels what it read. There are three, below.
template <Mode M>
class Source {
 public:
  template <class T>
  constexpr Labelled<M, std::decay_t<T>> label(T&& value) const {
    return Labelled<M, std::decay_t<T>>(std::forward<T>(value), {.weakest = M, .endorsed = false});
  }
};
inline constexpr Source<Mode::local> kFromLocal{};
inline constexpr Source<Mode::eventual> kFromRealm{};
inline constexpr Source<Mode::strong> kFromGroups{};

// f of several values: as strong as the weakest of them.
template <class F, Mode... Ms, class... Ts>
constexpr auto combine(F&& f, const Labelled<Ms, Ts>&... values) {
  constexpr Mode kWeakest = std::min({Ms...});
  Basis basis;
  ((basis = both(basis, values.basis())), ...);
  using R = std::invoke_result_t<F, const Ts&...>;
  return Labelled<kWeakest, R>(std::forward<F>(f)(values.look()...), basis);
}

// A decision of an operation in mode M, and on what it rests. The one way to make one is decide().
template <Mode M, class T>
class Decided {
 public:
  constexpr const T& value() const { return value_; }
  constexpr Basis basis() const { return basis_; }

 private:
  template <Mode N, class F, Mode... Ms, class... Ts>
    requires((Ms >= N) && ...)
  friend constexpr auto decide(F&& f, const Labelled<Ms, Ts>&... evidence);

  constexpr Decided(T value, Basis basis) : value_(std::move(value)), basis_(basis) {}

  T value_;
  Basis basis_;
};

// f(evidence…), where no evidence is weaker than the decision.
template <Mode M, class F, Mode... Ms, class... Ts>
  requires((Ms >= M) && ...)
constexpr auto decide(F&& f, const Labelled<Ms, Ts>&... evidence) {
  Basis basis;
  ((basis = both(basis, evidence.basis())), ...);
  using R = std::invoke_result_t<F, const Ts&...>;
  return Decided<M, R>(std::forward<F>(f)(evidence.look()...), basis);
}

}  // namespace wn::modes
