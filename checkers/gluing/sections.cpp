#include "checkers/gluing/sections.h"

#include <algorithm>

#include "runtime/base/proto_wire.h"

namespace wn::checkers::gluing {
namespace {

constexpr std::size_t kRowsMax = 1U << 17;

template <std::size_t N>
bool rows(ProtoReader& in, std::uint32_t field, Rows<N>& out) {
  ByteView bytes;
  if (!in.bytes(field, bytes)) return false;
  for (ProtoReader list(bytes); !list.done();) {
    if (out.size() == kRowsMax) return false;
    for (Number& n : out.emplace_back()) {
      if (!list.raw(n)) return false;
    }
  }
  return true;
}

bool properties(ByteView bytes, std::map<Key, Property>& out) {
  for (ProtoReader list(bytes); !list.done();) {
    Key key;
    Property property;
    Number count = 0;
    for (Number& n : key) {
      if (!list.raw(n)) return false;
    }
    if (!list.raw(property.version) || !list.raw(count)) return false;
    for (; count > 0; --count) {
      Dot dot;
      Number value = 0;
      if (!list.raw(dot[0]) || !list.raw(dot[1]) || !list.raw(value)) return false;
      if (!property.values.emplace(dot, value).second) return false;
    }
    if (!out.emplace(key, std::move(property)).second) return false;
  }
  return true;
}

bool decode(ByteView bytes, Section& out) {
  ProtoReader in(bytes);
  Rows<2> context;
  ByteView all;
  return in.varint(1, out.node) && rows(in, 2, context) && in.bytes(3, all) &&
         properties(all, out.properties) && rows(in, 4, out.names) && rows(in, 5, out.counters) &&
         rows(in, 6, out.moves) && rows(in, 7, out.revocations) && rows(in, 8, out.uses) && in.done();
}

bool decode(ByteView bytes, Obstruction& out) {
  ProtoReader in(bytes);
  return in.varint(1, out.kind) && in.varint(2, out.subject[0]) && in.varint(3, out.subject[1]) &&
         in.varint(4, out.detail) && in.varint(5, out.limit) && rows(in, 6, out.witnesses) &&
         rows(in, 7, out.loop) && in.done();
}

template <std::size_t N>
bool ends_fit(const Rows<N>& rows, std::size_t count) {
  for (const Row<N>& row : rows) {
    if (row[0] >= count || row[1] >= count) return false;
  }
  return true;
}

}  // namespace

bool decode(ByteView bytes, Cover& out) {
  ProtoReader in(bytes);
  Number count = 0;
  if (!in.varint(1, count) || count > 64) return false;
  for (; count > 0; --count) {
    ByteView section;
    if (!in.bytes(2, section) || !decode(section, out.sections.emplace_back())) return false;
  }
  const std::size_t n = out.sections.size();
  return rows(in, 3, out.clocks) && rows(in, 4, out.lenses) && rows(in, 5, out.twists) && in.done() &&
         ends_fit(out.clocks, n) && ends_fit(out.lenses, n) && ends_fit(out.twists, n);
}

bool decode(ByteView bytes, Certificate& out) {
  ProtoReader in(bytes);
  Number format = 0, count = 0;
  if (!in.varint(1, format) || format != 1 || !in.fixed64(2, out.low) || !in.fixed64(3, out.high) ||
      !in.varint(4, out.sections) || !in.varint(5, out.glued) || !rows(in, 6, out.overlaps) ||
      !rows(in, 7, out.differing) || !in.varint(8, out.radius) || !in.varint(9, out.acyclic) ||
      !in.varint(10, out.triangles) || !in.varint(11, out.loops) || !rows(in, 12, out.edges) ||
      !in.varint(13, out.edges_cut) || !in.varint(14, count) || count > bytes.size())
    return false;
  for (; count > 0; --count) {
    ByteView one;
    if (!in.bytes(15, one) || !decode(one, out.obstructions.emplace_back())) return false;
    if (!ends_fit(out.obstructions.back().loop, out.sections)) return false;
  }
  const bool end = in.varint(16, out.obstructions_cut) && rows(in, 17, out.maximal) &&
                   in.varint(18, out.maximal_cut) && in.varint(19, out.serve) && rows(in, 20, out.clocks) &&
                   in.done();
  return end && std::max({out.glued, out.acyclic, out.edges_cut, out.obstructions_cut, out.maximal_cut}) <= 1;
}

}  // namespace wn::checkers::gluing
