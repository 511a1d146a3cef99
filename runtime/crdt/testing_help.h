#pragma once
// For this room's tests: replicas with one document each, drawn operations, and what they say to each other.
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/crdt/document.h"

namespace wn::crdt {

using Bytes8 = std::vector<std::uint8_t>;

inline std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }

struct Replica {
  explicit Replica(std::uint32_t number, const Options& options = {})
      : id(number), config(options), seen(heap()), delivered(heap()), doc(config, heap()) {}
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  Write write() {
    bytes.clear();
    ++clock;
    const Dot dot = delivered.next(ReplicaId{id});
    return {.dot = dot,
            .stamp = {.time = causality::HlcTime{clock}, .replica = ReplicaId{id}},
            .seen = &seen,
            .delta = &bytes};
  }
  // After a local mutation: its delta, or nothing when it was refused.
  bool done(Errc result) {
    if (result != Errc::ok) return false;
    REQUIRE(delivered.add(delivered.next(ReplicaId{id})) == Errc::ok);
    return true;
  }
  MergeReport take(const Bytes8& delta) {
    const auto got = doc.merge(delta, seen);
    REQUIRE(got.has_value());
    REQUIRE(delivered.add(got->dot) == Errc::ok);
    return *got;
  }
  Bytes8 state() const {
    Bytes8 out;
    doc.encode(out);
    return out;
  }
  // Joins the other's whole state and what it knows.
  MergeReport join(const Replica& other) {
    const auto got = doc.merge_state(other.state(), other.seen, seen);
    REQUIRE(got.has_value());
    REQUIRE(seen.join(other.seen) == Errc::ok);
    REQUIRE(delivered.join(other.delivered) == Errc::ok);
    clock = std::max(clock, other.clock);
    return *got;
  }
  // Starts from the other's state.
  void install(const Replica& other) {
    REQUIRE(doc.load(other.state()).has_value());
    REQUIRE(seen.join(other.seen) == Errc::ok);
    REQUIRE(delivered.join(other.delivered) == Errc::ok);
    clock = std::max(clock, other.clock);
  }
  void check() const { doc.check_invariants(seen); }

  std::uint32_t id;
  std::uint64_t clock = 0;
  Options config;
  CausalContext seen;
  CausalContext delivered;
  Document doc;
  Bytes8 bytes;  // the last delta
};

inline constexpr std::string_view kKeys[] = {"a", "b"};
inline constexpr Type kAllTypes[] = {Type::map,       Type::set,        Type::lww,     Type::mv,
                                     Type::g_counter, Type::pn_counter, Type::bounded, Type::text};

// A drawn operation on a place of one type, at most two maps deep. False when it was refused.
inline bool operate(Replica& r, Type type, Draw draw) {
  std::vector<Step> path;
  const std::uint64_t depth = draw.below(3);
  for (std::uint64_t i = 0; i < depth; ++i) path.push_back({Type::map, kKeys[draw.below(2)]});
  const std::uint64_t what = draw.below(10);
  const auto amount = static_cast<std::int64_t>(draw.below(4));
  const auto place = static_cast<std::uint32_t>(draw.u64() >> 33);
  const std::string_view key = kKeys[draw.below(2)];
  const Write w = r.write();
  if (what == 0) return r.done(r.doc.remove(path, w));
  if (what == 1) return r.done(r.doc.remove_key(path, key, w));
  path.push_back({type, key});
  if (what == 2) return r.done(r.doc.remove(path, w));
  switch (type) {
    case Type::map:
      return r.done(r.doc.create_map(path, w));
    case Type::set:
      return r.done(what < 7 ? r.doc.insert(path, Value::of(amount), w)
                             : r.doc.erase(path, Value::of(amount), w));
    case Type::lww:
    case Type::mv:
      return r.done(r.doc.set(path, Value::of(amount), w));
    case Type::g_counter:
      return r.done(r.doc.add(path, amount, w));
    case Type::pn_counter:
      return r.done(r.doc.add(path, amount - 1, w));
    case Type::bounded:
      if (what < 5) return r.done(r.doc.grant(path, amount, w));
      if (what < 8) return r.done(r.doc.spend(path, amount, w));
      return r.done(r.doc.transfer(path, ReplicaId{1 + place % 3}, amount, w));
    case Type::text: {
      const std::uint32_t size = r.doc.text_size(path);
      if (what < 8) return r.done(r.doc.insert_text(path, place % (size + 1), what < 6 ? "x" : "yz", w));
      return r.done(r.doc.erase_text(path, size == 0 ? 0 : place % size, 1, w));
    }
    case Type::member:
      break;
  }
  return false;
}

// What three replicas did and told each other.
struct History {
  History(const Random& random, std::uint64_t round, std::span<const Type> types, std::uint64_t steps,
          const Options& options = {})
      : replicas{Replica(1, options), Replica(2, options), Replica(3, options)} {
    std::vector<std::size_t> told[3];
    for (std::uint64_t step = 0; step < steps; ++step) {
      Draw draw = random.at("history", static_cast<std::uint32_t>(step), round);
      Replica& who = replicas[draw.below(3)];
      if (draw.below(3) != 0 || deltas.empty()) {
        const Type type = types[draw.below(types.size())];
        if (operate(who, type, random.at("operation", static_cast<std::uint32_t>(step), round))) {
          deltas.push_back(who.bytes);
        }
      } else {
        who.take(deltas[draw.below(deltas.size())]);
      }
    }
  }
  Replica replicas[3];
  std::vector<Bytes8> deltas;  // one for each mutation
};

// A fresh replica that takes all deltas in a drawn order.
inline void take_all(Replica& r, const std::vector<Bytes8>& deltas, Draw draw) {
  std::vector<std::size_t> order(deltas.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw.below(i)]);
  for (const std::size_t i : order) r.take(deltas[i]);
}

}  // namespace wn::crdt
