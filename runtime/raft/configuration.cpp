// Configuration <-> bytes: three lists of (count: 1 byte, ids: 4 bytes each, little-endian, ascending).
#include <cstring>

#include "runtime/raft/types.h"

namespace wn::raft {
namespace {

constexpr std::size_t kIdBytes = 4;

std::size_t encoded_size(const MemberList& list) { return 1 + list.size() * kIdBytes; }

std::uint8_t* put(std::uint8_t* to, const MemberList& list) {
  *to++ = static_cast<std::uint8_t>(list.size());
  for (NodeId id : list) {
    for (std::size_t shift = 0; shift < 32; shift += 8) *to++ = static_cast<std::uint8_t>(id.value >> shift);
  }
  return to;
}

bool take(ByteView& from, MemberList& list) {
  if (from.empty()) return false;
  const std::size_t count = from[0];
  if (count > kMembersMax || from.size() < 1 + count * kIdBytes) return false;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t id = 0;
    for (std::size_t b = 0; b < kIdBytes; ++b) id |= std::uint32_t{from[1 + i * kIdBytes + b]} << (8 * b);
    if (id == 0 || (i > 0 && id <= list[i - 1].value)) return false;
    list.push_back(NodeId{id});
  }
  from = from.subspan(1 + count * kIdBytes);
  return true;
}

}  // namespace

Bytes encode(const Configuration& configuration) {
  const std::size_t size = encoded_size(configuration.voters) + encoded_size(configuration.outgoing) +
                           encoded_size(configuration.learners);
  return Bytes::build(size, [&](std::uint8_t* to) {
    put(put(put(to, configuration.voters), configuration.outgoing), configuration.learners);
  });
}

Result<Configuration> decode_configuration(ByteView bytes) {
  Configuration out;
  if (!take(bytes, out.voters) || !take(bytes, out.outgoing) || !take(bytes, out.learners)) {
    return fail(Errc::bad_input, "configuration: not three ascending lists of at most 16 node ids");
  }
  if (!bytes.empty()) return fail(Errc::bad_input, "configuration: bytes after the end");
  if (out.voters.empty()) return fail(Errc::bad_input, "configuration: no voters");
  for (NodeId id : out.learners) {
    // An outgoing voter may already be named as a learner of the time after the joint phase; a voter may not.
    if (out.voters.contains(id)) return fail(Errc::bad_input, "configuration: a voter is also a learner");
  }
  return out;
}

}  // namespace wn::raft
