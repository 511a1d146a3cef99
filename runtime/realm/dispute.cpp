// Two chains of one writer: who finds it asks for the headers, the first two that differ are the proof, and
// the proof goes to everybody.
#include "runtime/base/check.h"
#include "runtime/realm/chain_messages.h"
#include "runtime/realm/rules.h"

namespace wn::realm {
namespace {

void send(Effects& effects, NodeId to, MessageKind kind, Bytes payload) {
  effects.sends.push_back({.to = to, .kind = kind, .payload = std::move(payload)});
}

// A verified proof becomes known here: durable, carried out, told to all.
void learn(State& s, const Moment& moment, const chain::Proof& proof, bool found_here, Effects& effects) {
  if (!s.chains->cuts.learn(proof)) return;
  const Bytes bytes = chain::encode(proof);
  effects.journal.push_back(encode(Record{.update = {},
                                          .client = {},
                                          .intent = {},
                                          .refusal = {},
                                          .chain = ChainRecord::proof,
                                          .sealed = bytes}));
  for (const Members::Member& m : s.members.all()) {
    if (m.node != s.options.node && m.node != proof.about().node) {
      send(effects, m.node, MessageKind::chain_proof, bytes);
    }
  }
  carry_out_cut(s, moment, proof, found_here, effects);
}

}  // namespace

void ask_headers(State& s, ReplicaId writer, NodeId peer, Effects& effects) {
  const ChainRequest request{.writer = writer, .locator = s.chains->log_of(writer).locator()};
  send(effects, peer, MessageKind::chain_request, encode(request));
}

void on_chain_request(State& s, NodeId from, ByteView payload, Effects& effects) {
  ChainRequest m;
  if (!s.chains || decode(payload, m) != Errc::ok || s.members.find(from) == nullptr) return;
  const chain::ChainLog* log = s.chains->find(m.writer);
  if (log == nullptr) return;
  ChainHeaders out{.writer = m.writer, .more = false, .headers = log->after(m.locator, kHeadersPerMessage)};
  if (out.headers.empty()) return;
  out.more = out.headers.back().header.last() < log->head().counter;
  send(effects, from, MessageKind::chain_headers, encode(out));
}

void on_chain_headers(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects) {
  ChainHeaders m;
  if (!s.chains || s.members.find(from) == nullptr || decode(payload, m) != Errc::ok) return;
  const chain::ChainLog* log = s.chains->find(m.writer);
  if (log == nullptr) return;
  for (const chain::Sealed& theirs : m.headers) {
    if (theirs.header.writer != m.writer) return;
    const chain::Sealed* mine = log->find(theirs.header.first);
    if (mine == nullptr || mine->header == theirs.header) continue;
    // The first that differ: their links were the same before. Later ones would cut too little.
    if (!convict(s, moment, *mine, theirs, effects)) {
      note(s, effects, TraceKind::block_refused, from.value, m.writer.value, theirs.header.first,
           static_cast<std::uint64_t>(chain::Verdict::bad_signature));
    }
    return;
  }
  if (!m.more || m.headers.empty()) return;
  const chain::Header& last = m.headers.back().header;
  const ChainRequest next{.writer = m.writer,
                          .locator = {{.counter = last.last(), .hash = chain::hash_of(last)}}};
  send(effects, from, MessageKind::chain_request, encode(next));
}

bool convict(State& s, const Moment& moment, const chain::Sealed& a, const chain::Sealed& b,
             Effects& effects) {
  const chain::PublicKey* key = s.chains->key_of(b.header);
  const std::optional<chain::Proof> proof = chain::make_proof(a, b);
  if (key == nullptr || !proof || !chain::verify_proof(*proof, s.chains->identity->realm, *key)) return false;
  learn(s, moment, *proof, true, effects);
  return true;
}

void on_chain_proof(State& s, const Moment& moment, ByteView payload, Effects& effects) {
  chain::Proof proof;
  if (!s.chains || chain::decode(payload, proof) != Errc::ok) return;
  const chain::PublicKey* key = s.chains->key_of(proof.about());
  if (key == nullptr || proof.cut() > s.chains->cuts.of(proof.about().writer)) return;
  const chain::Cuts::Item* known = s.chains->cuts.find(proof.about().writer);
  if (known != nullptr && known->proof.text() == as_text(payload)) return;
  if (signatures_asked(s.options) && !chain::verify_proof(proof, s.chains->identity->realm, *key)) {
    effects.sometimes.push_back("realm: a false proof refused");
    return;
  }
  learn(s, moment, proof, false, effects);
}

}  // namespace wn::realm
