// The certificate's bytes.
//
// Certificate { 1: format (1), 2, 3: digest of the cover's bytes (low, high), 4: sections, 5: glued,
//   6: overlaps, 7: those that differ (a set of neighbours for each section), 8: radius, 9: acyclic,
//   10: triangles, 11: loops, 12: differing edges (from, to, properties, distance, four lanes),
//   13: 1 = not all of those, 14: how many obstructions, 15: each, 16: 1 = not all, 17: maximal sets,
//   18: 1 = not all, 19: the set that is served, 20: clocks }
// Obstruction { 1: kind, 2, 3: subject (high, low), 4: detail, 5: limit, 6: witnesses (dot, subject, other,
//   value, carriers), 7: loop (from, to, value, error) }
// Lists are packed varints, as in glue_codec.cpp; signed numbers their bits.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/digest.h"
#include "runtime/base/proto_wire.h"
#include "runtime/sync/glue.h"

namespace wn::sync {
namespace {

constexpr std::size_t kEdgesMax = 512;  // differing ones that are written out, the widest first
constexpr std::size_t kObstructionBytesMax = 36U << 10;  // all obstructions together

void pack(ProtoWriter& w, const WorknodeId& id) {
  w.raw(id.high);
  w.raw(id.low);
}

void encode_obstruction(const Obstruction& o, std::vector<std::uint8_t>& out) {
  std::vector<std::uint8_t> witnesses, loop;
  ProtoWriter w(witnesses), l(loop), all(out);
  for (const Witness& each : o.witnesses) {
    w.raw(each.dot.replica.value);
    w.raw(each.dot.counter);
    pack(w, each.subject);
    pack(w, each.other);
    w.raw(each.value);
    w.raw(each.carriers);
  }
  for (const LoopStep& step : o.loop) {
    l.raw(step.from);
    l.raw(step.to);
    l.raw(static_cast<std::uint64_t>(step.value));
    l.raw(step.error);
  }
  all.varint(1, static_cast<std::uint64_t>(o.kind));
  all.varint(2, o.subject.high);
  all.varint(3, o.subject.low);
  all.varint(4, o.detail);
  all.varint(5, o.limit);
  all.bytes(6, witnesses);
  all.bytes(7, loop);
}

// The widest edges, then ascending; true: not all.
bool encode_edges(const Gluing& gluing, std::vector<std::uint8_t>& out) {
  std::vector<const EdgeReport*> edges;
  for (const EdgeReport& e : gluing.edges) {
    if (e.distance != 0) edges.push_back(&e);
  }
  const bool cut = edges.size() > kEdgesMax;
  if (cut) {
    std::ranges::stable_sort(edges, std::ranges::greater{}, &EdgeReport::distance);
    edges.resize(kEdgesMax);
    std::ranges::sort(edges, {}, [](const EdgeReport* e) { return std::pair(e->from, e->to); });
  }
  ProtoWriter w(out);
  for (const EdgeReport* e : edges) {
    for (const std::uint32_t n : {e->from, e->to, e->properties, e->distance}) w.raw(n);
    for (const std::uint64_t lane : e->coboundary.lane) w.raw(lane);
  }
  return cut;
}

void pack_sets(ProtoWriter& w, std::uint32_t field, std::span<const std::uint64_t> sets) {
  std::vector<std::uint8_t> bytes;
  ProtoWriter list(bytes);
  for (const std::uint64_t set : sets) list.raw(set);
  w.bytes(field, bytes);
}

}  // namespace

std::size_t encode_certificate(const Gluing& gluing, const Cover& cover, std::vector<std::uint8_t>& out) {
  std::vector<std::uint8_t> bytes, edges;
  encode(cover, bytes);
  Digest digest;
  digest.absorb(ByteView(bytes));
  std::array<std::uint64_t, kSectionsMax> overlaps{}, differing{};
  for (const EdgeReport& e : gluing.edges) {
    overlaps[e.from] |= std::uint64_t{1} << e.to;
    overlaps[e.to] |= std::uint64_t{1} << e.from;
    if (e.distance == 0) continue;
    differing[e.from] |= std::uint64_t{1} << e.to;
    differing[e.to] |= std::uint64_t{1} << e.from;
  }
  std::vector<std::vector<std::uint8_t>> obstructions;
  bool cut = gluing.obstructions_cut;
  std::size_t size = 0;
  for (const Obstruction& o : gluing.obstructions) {
    std::vector<std::uint8_t> one;
    encode_obstruction(o, one);
    size += one.size() + 4;
    if (size > kObstructionBytesMax) {
      cut = true;
      break;
    }
    obstructions.push_back(std::move(one));
  }
  std::vector<std::uint64_t> clocks;
  for (const std::int64_t reading : gluing.clocks) clocks.push_back(static_cast<std::uint64_t>(reading));

  const std::size_t begin = out.size();
  ProtoWriter w(out);
  w.varint(1, 1);
  w.fixed64(2, digest.low());
  w.fixed64(3, digest.high());
  w.varint(4, gluing.sections);
  w.varint(5, gluing.glued() ? 1 : 0);
  pack_sets(w, 6, std::span(overlaps).first(gluing.sections));
  pack_sets(w, 7, std::span(differing).first(gluing.sections));
  w.varint(8, gluing.radius);
  w.varint(9, gluing.acyclic ? 1 : 0);
  w.varint(10, gluing.triangles);
  w.varint(11, gluing.loops);
  const bool edges_cut = encode_edges(gluing, edges);
  w.bytes(12, edges);
  w.varint(13, edges_cut ? 1 : 0);
  w.varint(14, obstructions.size());
  for (const auto& each : obstructions) w.bytes(15, each);
  w.varint(16, cut ? 1 : 0);
  pack_sets(w, 17, gluing.maximal);
  w.varint(18, gluing.maximal_cut ? 1 : 0);
  w.varint(19, gluing.serve);
  pack_sets(w, 20, clocks);
  WN_CHECK_LE(out.size() - begin, kCertificateBytesMax);
  return obstructions.size();
}

}  // namespace wn::sync
