// Images and journals with an identity: not the state but what it is the fold of. An own image is believed; a
// peer's is verified block by block from its base on.
#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"
#include "runtime/realm/rules.h"

namespace wn::realm {
namespace {

constexpr std::uint64_t kSignedImageVersion = 2;
constexpr std::uint64_t kU32Max = ~std::uint32_t{0};

void put_chains(const Chains& c, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  std::vector<std::uint8_t> bytes;
  for (const auto& [writer, log] : c.logs) {
    bytes.clear();
    log.encode(bytes);
    w.varint(1, writer.value);
    w.bytes(2, bytes);
  }
}

Errc get_chains(Chains& c, ByteView in_bytes, bool ask_links) {
  ProtoReader in(in_bytes);
  while (!in.done()) {
    std::uint64_t writer = 0;
    ByteView bytes;
    if (!in.varint(1, writer) || writer == 0 || writer > kU32Max || !in.bytes(2, bytes)) return Errc::corrupt;
    const ReplicaId id{static_cast<std::uint32_t>(writer)};
    auto log = chain::ChainLog::decode(bytes, c.memory, ask_links);
    if (!log || !c.logs.emplace(id, std::move(*log)).second) return Errc::corrupt;
  }
  return Errc::ok;
}

template <class Each>
Errc get_list(ByteView list, Each&& each) {
  ProtoReader in(list);
  while (!in.done()) {
    ByteView item;
    if (!in.bytes(1, item)) return Errc::corrupt;
    if (const Errc e = each(item); e != Errc::ok) return e;
  }
  return Errc::ok;
}

Errc get_history(Chains& c, ByteView list) {
  return get_list(list, [&](ByteView item) {
    const Bytes bytes = Bytes::copy_of(item);
    chain::Block block;
    if (const Errc e = chain::decode(bytes, block); e != Errc::ok) return e;
    c.history_updates += block.updates.size();
    c.history.push_back({.block = std::move(block), .bytes = bytes});
    return Errc::ok;
  });
}

Errc get_proofs(Chains& c, ByteView list, bool ask_signatures) {
  return get_list(list, [&](ByteView item) {
    chain::Proof proof;
    if (const Errc e = chain::decode(item, proof); e != Errc::ok) return e;
    const chain::PublicKey* key = c.key_of(proof.about());
    if (key == nullptr) return Errc::corrupt;
    if (ask_signatures && !chain::verify_proof(proof, c.identity->realm, *key)) return Errc::corrupt;
    c.cuts.learn(proof);
    return Errc::ok;
  });
}

// What a peer gave: each block of the history lies on the chain that came with it, is signed and unaltered.
Errc verify_history(const Chains& c) {
  for (const Chains::Kept& kept : c.history) {
    const chain::Block& block = kept.block;
    const chain::Header& h = block.seal.header;
    const chain::ChainLog* log = c.find(h.writer);
    const chain::Sealed* there = log == nullptr ? nullptr : log->find(h.first);
    const chain::PublicKey* key = c.key_of(h);
    if (key == nullptr || there == nullptr || *there != block.seal || h.last() >= c.cuts.of(h.writer) ||
        !chain::verifies(block.seal, *key) ||
        chain::content_of(block.deps.view(), block.updates) != h.content) {
      return Errc::corrupt;
    }
    std::uint64_t counter = h.first;
    for (const Bytes& bytes : block.updates) {
      Update update;
      if (decode(bytes.view(), update) != Errc::ok) return Errc::corrupt;
      if (update.dot != causality::Dot{h.writer, counter++}) return Errc::corrupt;
    }
  }
  return Errc::ok;
}

// The chains end where the state does: no header without its updates.
Errc verify_heads(const State& s) {
  for (const auto& [writer, log] : s.chains->logs) {
    if (writer == s.self) continue;
    if (log.head().counter != s.known().of(writer)) return Errc::corrupt;
  }
  for (const auto& [writer, counter] : s.known().items()) {
    if (writer != s.self && s.chains->find(writer) == nullptr) return Errc::corrupt;
  }
  return Errc::ok;
}

constexpr std::string_view kImageDomain = "worknode realm image 1";

// Who gave an image vouches for it: evidence, should it turn out to be wrong.
std::vector<std::uint8_t> vouched(ByteView image) {
  const ByteView domain = as_bytes(kImageDomain);
  std::vector<std::uint8_t> out(domain.begin(), domain.end());
  const capability::Hash hash = capability::hash_of(image);
  out.insert(out.end(), hash.bytes.begin(), hash.bytes.end());
  return out;
}

// The last two fields are who gave it and the signature.
Errc verify_giver(const Chains& c, ByteView image, std::uint64_t giver, ByteView signature) {
  capability::Signature given;
  if (giver == 0 || giver > kU32Max || signature.size() != given.bytes.size()) return Errc::corrupt;
  std::ranges::copy(signature, given.bytes.begin());
  const std::size_t tail = 1 + proto::varint_size(giver) + 2 + given.bytes.size();
  const auto& all = c.identity->members;
  const NodeId node{static_cast<std::uint32_t>(giver)};
  const auto at = std::ranges::lower_bound(all, node, {}, [](const auto& p) { return p.first; });
  if (at == all.end() || at->first != node || image.size() < tail) return Errc::corrupt;
  const bool good = capability::verifies(at->second, vouched(image.first(image.size() - tail)), given);
  return good ? Errc::ok : Errc::corrupt;
}

}  // namespace

Bytes signed_image_of(const State& s, bool for_peer) {
  const Chains& c = *s.chains;
  std::vector<std::uint8_t> bytes, part;
  ProtoWriter w(bytes);
  w.varint(1, kSignedImageVersion);
  w.varint(2, for_peer ? 0 : s.self.value);
  w.fixed64(3, s.latest.value);
  w.bytes(4, c.base.view());
  put_chains(c, part);
  w.bytes(5, part);
  const auto list = [&](std::uint32_t field, auto&& fill) {
    part.clear();
    ProtoWriter items(part);
    fill(items);
    w.bytes(field, part);
  };
  list(6, [&](ProtoWriter& items) {
    for (const Chains::Kept& kept : c.history) items.bytes(1, kept.bytes.view());
  });
  list(7, [&](ProtoWriter& items) {
    for (const chain::Cuts::Item& item : c.cuts.items()) items.bytes(1, item.proof.view());
  });
  list(8, [&](ProtoWriter& items) {
    if (for_peer) return;  // nothing leaves that is not sealed
    for (const Bytes& update : c.unsealed) items.bytes(1, update.view());
  });
  part.clear();
  if (!for_peer) put_sessions(s, part);
  w.bytes(9, part);
  part.clear();
  if (!for_peer) put_log(s, false, part);
  w.bytes(10, part);
  if (for_peer) {
    const capability::Signature signature = c.key.sign(vouched(bytes));
    w.varint(11, s.options.node.value);
    w.bytes(12, signature.bytes);
  }
  return Bytes::copy_of(ByteView(bytes));
}

Errc restore_signed_image(State& s, ByteView image) {
  Chains& c = *s.chains;
  ProtoReader in(image);
  std::uint64_t version = 0, self = 0, latest = 0, giver = 0;
  ByteView base, logs, history, proofs, unsealed, sessions, log, signature;
  if (!in.varint(1, version) || version != kSignedImageVersion) return Errc::unsupported;
  if (!in.varint(2, self) || self > kU32Max || !in.fixed64(3, latest) || !in.bytes(4, base) ||
      !in.bytes(5, logs) || !in.bytes(6, history) || !in.bytes(7, proofs) || !in.bytes(8, unsealed) ||
      !in.bytes(9, sessions) || !in.bytes(10, log)) {
    return Errc::corrupt;
  }
  const bool from_peer = self == 0;
  if (from_peer) {
    if (!in.varint(11, giver) || !in.bytes(12, signature)) return Errc::corrupt;
    if (const Errc e = verify_giver(c, image, giver, signature); e != Errc::ok) return e;
  }
  if (!in.done()) return Errc::corrupt;
  if (!from_peer) s.self = ReplicaId{static_cast<std::uint32_t>(self)};
  c.base = Bytes::copy_of(base);
  if (const Errc e = get_chains(c, logs, links_compared(s.options)); e != Errc::ok) return e;
  if (const Errc e = get_proofs(c, proofs, signatures_asked(s.options)); e != Errc::ok) return e;
  if (const Errc e = get_history(c, history); e != Errc::ok) return e;
  const Errc listed = get_list(unsealed, [&](ByteView item) {
    c.unsealed.push_back(Bytes::copy_of(item));
    return Errc::ok;
  });
  if (listed != Errc::ok || (from_peer && !c.unsealed.empty())) return Errc::corrupt;
  if (from_peer) {
    if (const Errc e = verify_history(c); e != Errc::ok) return e;
  }
  if (const Errc e = fold(s, from_peer); e != Errc::ok) return e;
  if (const Errc e = verify_heads(s); e != Errc::ok) return e;
  if (const Errc e = get_sessions(s, sessions); e != Errc::ok) return e;
  if (const Errc e = get_log(s, log); e != Errc::ok) return e;
  if (!from_peer) s.latest = std::max(s.latest, causality::HlcTime{latest});
  restart_clock(s);
  s.replaying = true;
  return Errc::ok;
}

namespace {

Errc replay_block(State& s, const Bytes& bytes) {
  chain::Block block;
  if (chain::decode(bytes, block) != Errc::ok) return Errc::corrupt;
  Chains& c = *s.chains;
  chain::ChainLog& log = c.log_of(block.seal.header.writer);
  if (block.seal.header.first != log.next()) return Errc::corrupt;
  log.append(block.seal);
  Effects effects;
  apply_block(s, block, effects);
  for (const Bytes& update : block.updates) {
    Update u;
    if (decode(update.view(), u) != Errc::ok) return Errc::corrupt;
    keep(s, u, update, {});
  }
  c.history_updates += block.updates.size();
  c.history.push_back({.block = std::move(block), .bytes = bytes});
  return Errc::ok;
}

// Our own updates, which stand before it, become the block that they were.
Errc replay_seal(State& s, ByteView record) {
  Chains& c = *s.chains;
  ProtoReader in(record);
  ByteView sealed, deps;
  chain::Block block;
  if (!in.bytes(1, sealed) || !in.bytes(2, deps) || !in.done()) return Errc::corrupt;
  if (chain::decode(sealed, block.seal) != Errc::ok) return Errc::corrupt;
  const chain::Header& h = block.seal.header;
  chain::ChainLog& log = c.log_of(s.self);
  if (h.writer != s.self || h.count > c.unsealed.size() || log.judge(h) != chain::Verdict::next) {
    return Errc::corrupt;
  }
  block.deps = Bytes::copy_of(deps);
  const auto end = c.unsealed.begin() + static_cast<std::ptrdiff_t>(h.count);
  block.updates.assign(c.unsealed.begin(), end);
  if (chain::content_of(deps, block.updates) != h.content) return Errc::corrupt;
  c.unsealed.erase(c.unsealed.begin(), end);
  log.append(block.seal);
  std::vector<std::uint8_t> bytes;
  chain::encode(block, bytes);
  c.history_updates += block.updates.size();
  c.history.push_back({.block = std::move(block), .bytes = Bytes::copy_of(ByteView(bytes))});
  return Errc::ok;
}

}  // namespace

Errc replay_chain(State& s, const Record& record) {
  if (!s.chains) return Errc::unsupported;
  switch (record.chain) {
    case ChainRecord::block:
      return replay_block(s, record.sealed);
    case ChainRecord::seal:
      return replay_seal(s, record.sealed.view());
    case ChainRecord::proof: {
      chain::Proof proof;
      if (chain::decode(record.sealed.view(), proof) != Errc::ok) return Errc::corrupt;
      Effects effects;
      // Where it cut something, the state was written anew; then this record is gone.
      if (s.chains->cuts.learn(proof)) carry_out_cut(s, {}, proof, false, effects);
      return Errc::ok;
    }
    case ChainRecord::none:
      break;
  }
  return Errc::corrupt;
}

}  // namespace wn::realm
