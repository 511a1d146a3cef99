#pragma once
// What a certificate and its sections say, as plain rows of numbers. Internal to the room; the formats stand
// in runtime/sync/glue_codec.cpp and glue_certificate.cpp.
#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "runtime/base/bytes.h"

namespace wn::checkers::gluing {

using Number = std::uint64_t;
using Set = std::uint64_t;  // bit i: section i
template <std::size_t N>
using Row = std::array<Number, N>;
template <std::size_t N>
using Rows = std::vector<Row<N>>;
using Id = Row<2>;   // high, low
using Dot = Row<2>;  // replica, counter
using Key = Row<3>;  // high, low, property

struct Property {
  Number version = 0;
  std::map<Dot, Number> values;
};
struct Section {
  Number node = 0;
  std::map<Key, Property> properties;
  Rows<9> names;              // parent 0, name 2, worknode 3, stamp 5, dot 7
  Rows<8> counters;           // key 0, replica 3, rights 4, spent 5, dot 6
  Rows<8> moves;              // worknode 0, parent 2, stamp 4, dot 6
  Rows<4> revocations, uses;  // token 0, time 1, dot 2
};
struct Cover {
  std::vector<Section> sections;
  Rows<4> clocks;  // from, to, offset, error
  Rows<4> lenses;  // from, to, field, field
  Rows<3> twists;  // from, to, bits
};
struct Obstruction {
  Number kind = 0;
  Id subject{};
  Number detail = 0, limit = 0;
  Rows<8> witnesses;  // dot 0, subject 2, other 4, value 6, carriers 7
  Rows<4> loop;       // from, to, value, error
};
struct Certificate {
  Number low = 0, high = 0, sections = 0, glued = 0, radius = 0, acyclic = 0, triangles = 0, loops = 0;
  Rows<1> overlaps, differing, maximal, clocks;
  Rows<8> edges;  // from, to, properties, distance, four lanes
  Number edges_cut = 0, obstructions_cut = 0, maximal_cut = 0, serve = 0;
  std::vector<Obstruction> obstructions;
};

[[nodiscard]] bool decode(ByteView bytes, Cover& out);
[[nodiscard]] bool decode(ByteView bytes, Certificate& out);

template <class To, std::size_t N>
To part(const Row<N>& row, std::size_t from) {
  To out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = row[from + i];
  return out;
}

}  // namespace wn::checkers::gluing
