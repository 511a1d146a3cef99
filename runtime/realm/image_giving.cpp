// Giving an image: all of it stays as it was when it was asked for, until the taker has it or asks for
// another.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"
#include "runtime/realm/rules.h"

namespace wn::realm {
namespace {

sync::View view_of(const std::vector<Chunk>& chunks, std::pmr::memory_resource* memory) {
  std::vector<sync::ItemId> ids;
  ids.reserve(chunks.size());
  for (const Chunk& chunk : chunks) ids.push_back(chunk.id);
  return sync::View::of(ids, memory);
}

std::vector<Chunk> by_id(std::vector<Chunk> chunks) {
  std::ranges::sort(chunks, {}, &Chunk::id);
  return chunks;
}

// The chunks of that name, in order, as many as go into one part.
Bytes pack(const State& s, const ChunkSet& set, ByteView wants) {
  std::vector<std::uint8_t> packed, one;
  ProtoWriter w(packed);
  for (std::size_t at = 0; at < wants.size(); at += sync::ItemId::kBytes) {
    const Chunk* const chunk = set.find(sync::item_from(wants.subspan(at)));
    if (chunk == nullptr) break;
    one.clear();
    encode(*chunk, one);
    if (packed.size() + one.size() + 8 > kImagePartBytesMax) break;
    w.bytes(1, one);
    if (WN_FAULT_POINT(s.options.fault_points, "realm.part-of-one-document")) break;
  }
  return Bytes::copy_of(ByteView(packed));
}

}  // namespace

ChunkSet::ChunkSet(std::vector<Chunk> all, std::pmr::memory_resource* memory)
    : chunks(by_id(std::move(all))), view(view_of(chunks, memory)) {
  WN_CHECK_EQ(view.size(), chunks.size());
}

const Chunk* ChunkSet::find(const sync::ItemId& id) const {
  const std::size_t at = view.below(id);
  return at < chunks.size() && chunks[at].id == id ? &chunks[at] : nullptr;
}

sync::Options session_options(const State& s) {
  sync::Options options;
  options.fault_points = s.options.fault_points;
  options.tell_peer = false;
  options.work_per_step = 1U << 16;  // driven to the end in one go: an image is made and read in one, too
  return options;
}

Bytes drive(sync::Session& session, ByteView message) {
  sync::Effects effects;
  Bytes out;
  // Who asks again after how long is the realm's affair: no time passes for the session.
  for (session.step({}, message, effects);; session.step({}, {}, effects)) {
    if (!effects.message.empty()) out = Bytes::copy_of(ByteView(effects.message));
    if (!effects.again) return out;
  }
}

sync::Nonce fresh_nonce(State& s) {
  return {.first = s.entropy, .second = (std::uint64_t{s.options.node.value} << 32) ^ ++s.nonces};
}

void on_image_request(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects) {
  ImageRequest m;
  if (decode(payload, m) != Errc::ok || s.evicted) return;
  GivenImage* give = s.giving.find(from);
  // A copy of the request that made it gets the same one.
  const bool copy = give != nullptr && m.session == give->hello && !m.session.empty();
  if (m.image == 0 && !copy) {
    const ReplicaId replica = admit(s, moment, from, m.replica, effects);
    if (!replica) return;  // it asks again, or asks another
    seal_own(s, effects);
    GivenImage fresh{.id = (std::uint64_t{s.self.value} << 32) | (++s.last_request & 0xFFFFFFFFU),
                     .replica = replica,
                     .whole = image_of(s, true),
                     .name = {},
                     .hello = m.session,
                     .set = nullptr};
    std::vector<std::uint8_t> name;
    append(content_id(fresh.whole.view()), name);
    fresh.name = Bytes::copy_of(ByteView(name));
    std::vector<Chunk> chunks;
    cut_image(fresh.whole, chunks);
    fresh.set = std::make_unique<ChunkSet>(std::move(chunks), s.memory);
    fresh.set->session.emplace(session_options(s), sync::Role::giver, fresh.set->view, fresh_nonce(s),
                               s.memory);
    give = &(s.giving[from] = std::move(fresh));
  }
  if (give == nullptr || (m.image != 0 && m.image != give->id) || m.offset > give->whole.size()) return;
  ImagePart part{.image = give->id,
                 .total = give->whole.size(),
                 .offset = m.offset,
                 .replica = give->replica,
                 .chunks = give->set->chunks.size(),
                 .name = give->name,
                 .session = {},
                 .bytes = {}};
  if (!m.session.empty()) {
    part.session = drive(*give->set->session, m.session.view());
    if (part.session.empty()) return;
  } else if (!m.wants.empty()) {
    part.bytes = pack(s, *give->set, m.wants.view());
  } else {
    std::size_t length = std::min(kImagePartBytesMax, give->whole.size() - m.offset);
    if (length > 1 && WN_FAULT_POINT(s.options.fault_points, "realm.part-cut-short")) length /= 2;
    part.bytes = give->whole.slice(m.offset, length);
  }
  effects.sends.push_back({.to = from, .kind = MessageKind::image_part, .payload = encode(part)});
}

}  // namespace wn::realm
