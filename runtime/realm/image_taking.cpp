// Taking an image: what we have of it already is found by reconciling the names of its chunks with those of
// our own state; the rest is asked for. Nothing is believed before the whole has the name that the giver gave
// it and has been read whole. What does not hold is refused with a note, and another giver is asked.
#include <algorithm>

#include "runtime/base/proto_wire.h"
#include "runtime/realm/rules.h"

namespace wn::realm {
namespace {

constexpr Duration kTransferTimeout = seconds(1);
constexpr Duration kDistrust = seconds(10);

void ask(State& s, ImageRequest request, Effects& effects) {
  TakenImage& take = *s.taking;
  request.image = take.id;
  request.replica = s.self;
  take.request = encode(request);
  effects.sends.push_back({.to = take.peer, .kind = MessageKind::image_request, .payload = take.request});
}

void ask_plain(State& s, Effects& effects) {
  ask(s, {.offset = s.taking->parts.size(), .replica = {}, .session = {}, .wants = {}}, effects);
}

void ask_for_chunks(State& s, Effects& effects) {
  const TakenImage& take = *s.taking;
  std::vector<std::uint8_t> wants;
  const std::size_t end = std::min(take.wanted.size(), take.chunks.size() + kWantsMax);
  for (std::size_t i = take.chunks.size(); i < end; ++i) append(take.wanted[i], wants);
  ask(s, {.replica = {}, .session = {}, .wants = Bytes::copy_of(ByteView(wants))}, effects);
}

// Somebody else than the one that is distrusted, if there is anybody.
NodeId another(const State& s, NodeId peer) {
  for (const Members::Member& m : s.members.all()) {
    if (m.node != s.options.node && m.node != peer && m.replica) return m.node;
  }
  return peer;
}

void refuse(State& s, const Moment& moment, Errc why, Effects& effects) {
  const NodeId peer = s.taking->peer;
  note(s, effects, TraceKind::realm_refused, static_cast<std::uint64_t>(why), 0, peer.value);
  effects.sometimes.push_back("realm: an image refused, another giver asked");
  s.taking.reset();
  const bool again = moment.now < s.distrusted_until;
  s.distrusted = peer;
  s.distrusted_until = moment.now + kDistrust;
  // The second one at once; after that, at the pace of gossip.
  if (const NodeId next = another(s, peer); next != peer && !again) ask_for_image(s, moment, next, effects);
}

// All that is needed is here.
void finish(State& s, const Moment& moment, const Bytes& image, Effects& effects) {
  std::vector<std::uint8_t> name;
  append(content_id(image.view()), name);
  const bool skipped = s.options.defect == Defect::chunk_skipped;
  if (!skipped && (ByteView(name).size() != s.taking->name.size() ||
                   Bytes::copy_of(ByteView(name)) != s.taking->name || image.size() != s.taking->total)) {
    return refuse(s, moment, Errc::corrupt, effects);
  }
  const ReplicaId replica = s.taking->replica;
  if (!adopt(s, moment, image.view(), replica, effects)) return refuse(s, moment, Errc::corrupt, effects);
  s.taking.reset();
  effects.sometimes.push_back("realm: a replica came back after its eviction");
}

// Ours that are the image's too, and those that came.
void assemble_taken(State& s, const Moment& moment, Effects& effects) {
  TakenImage& take = *s.taking;
  std::vector<bool> surplus(take.own->chunks.size());
  for (const std::uint32_t place : take.own->session->surplus()) surplus[place] = true;
  std::vector<Chunk> all;
  for (std::size_t i = 0; i < surplus.size(); ++i) {
    if (!surplus[i]) all.push_back(take.own->chunks[i]);
  }
  bool skip = s.options.defect == Defect::chunk_skipped;
  for (Chunk& chunk : take.chunks) {
    // The planted bug: a document that is missing here is left out, and nobody compares the whole's name.
    if (skip && chunk.label.section == kDocumentSection) {
      skip = false;
      continue;
    }
    all.push_back(std::move(chunk));
  }
  Bytes image;
  if (assemble(all, image) != Errc::ok) return refuse(s, moment, Errc::corrupt, effects);
  finish(s, moment, image, effects);
}

void take_session(State& s, const Moment& moment, const ImagePart& m, Effects& effects) {
  TakenImage& take = *s.taking;
  sync::Session& session = *take.own->session;
  if (session.done()) return;  // a late copy
  const Bytes question = drive(session, m.session.view());
  if (session.refusal() != Errc::ok) return refuse(s, moment, session.refusal(), effects);
  if (!session.done()) {
    if (question.empty()) return;
    take.last = moment.now;
    return ask(s, {.replica = {}, .session = question, .wants = {}}, effects);
  }
  take.last = moment.now;
  take.wanted.assign(session.missing().begin(), session.missing().end());
  if (take.wanted.empty()) return assemble_taken(s, moment, effects);
  effects.sometimes.push_back("realm: only the missing chunks of an image were taken");
  ask_for_chunks(s, effects);
}

void take_chunks(State& s, const Moment& moment, const ImagePart& m, Effects& effects) {
  TakenImage& take = *s.taking;
  if (!take.own->session->done()) return;
  ProtoReader in(m.bytes.view());
  const std::size_t before = take.chunks.size();
  while (!in.done()) {
    ByteView bytes;
    Chunk chunk;
    if (!in.bytes(1, bytes) || decode(bytes, chunk) != Errc::ok)
      return refuse(s, moment, Errc::corrupt, effects);
    if (take.chunks.size() == before && before > 0 && chunk.id == take.wanted[before - 1]) return;
    if (take.chunks.size() == take.wanted.size() || chunk.id != take.wanted[take.chunks.size()]) {
      // A late copy of an answer has what we have already; anything else is not what was asked for.
      const bool late = std::ranges::find(take.wanted, chunk.id) != take.wanted.end();
      if (late && take.chunks.size() == before) return;
      return refuse(s, moment, Errc::corrupt, effects);
    }
    take.chunks.push_back(std::move(chunk));
  }
  if (take.chunks.size() == before) return refuse(s, moment, Errc::not_found, effects);
  take.last = moment.now;
  if (take.chunks.size() < take.wanted.size()) return ask_for_chunks(s, effects);
  assemble_taken(s, moment, effects);
}

void take_plain(State& s, const Moment& moment, const ImagePart& m, Effects& effects) {
  TakenImage& take = *s.taking;
  if (m.offset != take.parts.size() || m.bytes.size() > take.total - take.parts.size()) return;
  const ByteView bytes = m.bytes.view();
  take.parts.insert(take.parts.end(), bytes.begin(), bytes.end());
  take.last = moment.now;
  if (take.parts.size() < take.total) return ask_plain(s, effects);
  finish(s, moment, Bytes::copy_of(ByteView(take.parts)), effects);
}

}  // namespace

void ask_for_image(State& s, const Moment& moment, NodeId peer, Effects& effects) {
  if (peer == s.distrusted && moment.now < s.distrusted_until) peer = another(s, peer);
  if (s.taking && moment.now - s.taking->last < kTransferTimeout) {
    if (s.taking->peer != peer) return;
    effects.sends.push_back({.to = peer, .kind = MessageKind::image_request, .payload = s.taking->request});
    return;
  }
  s.taking.emplace();
  s.taking->peer = peer;
  s.taking->last = moment.now;
  std::vector<Chunk> chunks;
  cut_image(image_of(s, true), chunks);
  s.taking->own = std::make_unique<ChunkSet>(std::move(chunks), s.memory);
  s.taking->own->session.emplace(session_options(s), sync::Role::asker, s.taking->own->view, fresh_nonce(s),
                                 s.memory);
  ask(s, {.replica = {}, .session = drive(*s.taking->own->session, {}), .wants = {}}, effects);
}

void on_image_part(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects) {
  ImagePart m;
  if (decode(payload, m) != Errc::ok || !s.evicted || !s.taking || s.taking->peer != from) return;
  TakenImage& take = *s.taking;
  if (take.id == 0) {
    take.id = m.image;
    take.total = m.total;
    take.replica = m.replica;
    take.name = m.name;
    // Names cost as much as small documents: with next to nothing of it, take it as it is.
    if (take.own->chunks.size() * 2 < m.chunks) {
      take.own.reset();
      return ask_plain(s, effects);
    }
  }
  if (m.image != take.id || m.total != take.total || m.name != take.name) return;
  if (!take.own) return m.session.empty() ? take_plain(s, moment, m, effects) : void();
  m.session.empty() ? take_chunks(s, moment, m, effects) : take_session(s, moment, m, effects);
}

}  // namespace wn::realm
