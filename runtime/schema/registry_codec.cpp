// The bytes of a registry, which are also those of a delta. message Registry { candidates = 1 (how many);
// crowds = 2 (how many); repeated Candidate = 3; repeated Crowd = 4 }; message Candidate { time = 1
// (fixed64); replica = 2; schema = 3 }; message Crowd { type = 1; version = 2 }. Candidates ascend by type,
// version, stamp and digest, crowds by type and version, so that one state has one encoding.
#include <algorithm>

#include "runtime/base/proto_wire.h"
#include "runtime/schema/registry.h"
#include "runtime/schema/registry_state.h"

namespace wn::schema {
namespace {

std::unexpected<Error> broken() { return fail(Errc::bad_input, "not the bytes of a schema registry"); }

void encode_candidate(causality::Stamp at, ByteView schema, std::vector<std::uint8_t>& out) {
  std::vector<std::uint8_t> head;
  ProtoWriter h(head);
  h.fixed64(1, at.time.value);
  h.varint(2, at.replica.value);
  h.head(3, schema.size());
  ProtoWriter w(out);
  w.head(3, head.size() + schema.size());
  out.insert(out.end(), head.begin(), head.end());
  out.insert(out.end(), schema.begin(), schema.end());
}

bool word(ProtoReader& r, std::uint32_t field, std::uint32_t& out) {
  std::uint64_t wide = 0;
  if (!r.varint(field, wide) || wide > 0xFFFF'FFFFULL) return false;
  out = static_cast<std::uint32_t>(wide);
  return true;
}

}  // namespace

void Registry::encode(std::vector<std::uint8_t>& out) const {
  ProtoWriter w(out);
  w.varint(1, entries_.size());
  w.varint(2, crowded_.size());
  for (const Entry& entry : entries_) encode_candidate(entry.at, entry.bytes, out);
  std::vector<std::uint8_t> item;
  for (const Crowd& crowd : crowded_) {
    item.clear();
    ProtoWriter i(item);
    i.varint(1, crowd.type.value);
    i.varint(2, crowd.version.value);
    w.bytes(4, item);
  }
}

void Registry::encode_delta(const Incoming& incoming, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  w.varint(1, 1);
  w.varint(2, 0);
  encode_candidate(incoming.at, incoming.bytes, out);
}

Result<void> Registry::decode(ByteView delta, std::vector<Incoming>& candidates,
                              std::vector<Crowd>& crowds) const {
  ProtoReader r(delta);
  std::uint64_t count = 0;
  std::uint64_t crowd_count = 0;
  if (!r.varint(1, count) || !r.varint(2, crowd_count)) return broken();
  for (std::uint64_t i = 0; i < count; ++i) {
    ByteView item;
    if (!r.bytes(3, item)) return broken();
    ProtoReader c(item);
    ByteView bytes;
    Incoming incoming;
    if (!c.fixed64(1, incoming.at.time.value) || !word(c, 2, incoming.at.replica.value) ||
        !c.bytes(3, bytes) || !c.done()) {
      return broken();
    }
    auto schema = schema::decode(bytes, limits_);
    if (!schema) return std::unexpected(std::move(schema.error()));
    incoming.digest = digest_of(*schema);
    incoming.bytes.assign(bytes.begin(), bytes.end());
    incoming.schema = std::move(*schema);
    if (!candidates.empty() && !ascends(candidates.back(), incoming)) return broken();
    candidates.push_back(std::move(incoming));
  }
  for (std::uint64_t i = 0; i < crowd_count; ++i) {
    ByteView item;
    if (!r.bytes(4, item)) return broken();
    ProtoReader c(item);
    Crowd crowd;
    if (!word(c, 1, crowd.type.value) || !word(c, 2, crowd.version.value) || !c.done()) return broken();
    if (!crowds.empty() && !(crowds.back() < crowd)) return broken();
    // A version that had too many candidates has as many as may be kept.
    const auto kept = std::ranges::count_if(candidates, [&](const Incoming& incoming) {
      return incoming.schema.type == crowd.type && incoming.schema.version == crowd.version;
    });
    if (kept != static_cast<std::ptrdiff_t>(kCandidatesMax)) return broken();
    crowds.push_back(crowd);
  }
  if (!r.done()) return broken();
  return {};
}

}  // namespace wn::schema
