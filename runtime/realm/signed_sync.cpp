// Blocks: how our own updates are sealed, and how a peer's blocks are judged and taken.
#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"
#include "runtime/realm/chain_messages.h"
#include "runtime/realm/rules.h"

namespace wn::realm {

using causality::HlcTime;
using causality::VersionVector;
using chain::Verdict;

namespace {

// The first updates that are not sealed, as many as one block may have.
chain::Block next_block(const State& s) {
  const std::vector<Bytes>& unsealed = s.chains->unsealed;
  chain::Block block;
  std::size_t bytes = 0;
  for (const Bytes& update : unsealed) {
    if (block.updates.size() == chain::kBlockUpdatesMax) break;
    if (!block.updates.empty() && bytes + update.size() > chain::kBlockBytesMax) break;
    bytes += update.size();
    block.updates.push_back(update);
  }
  // What we know of the others; of ourselves the chain says it.
  VersionVector deps(s.known(), s.memory);
  deps.drop(s.self);
  std::vector<std::uint8_t> encoded;
  deps.encode(encoded);
  block.deps = Bytes::copy_of(ByteView(encoded));
  return block;
}

void keep_block(Chains& c, chain::Block block, Bytes bytes) {
  c.history_updates += block.updates.size();
  c.history.push_back({.block = std::move(block), .bytes = std::move(bytes)});
}

// Form of the updates: the writer's next ones, with growing times.
Verdict judge_updates(const chain::Block& block, std::uint64_t after) {
  const chain::Header& h = block.seal.header;
  std::uint64_t counter = h.first;
  Update update;
  for (const Bytes& bytes : block.updates) {
    if (decode(bytes.view(), update) != Errc::ok) return Verdict::malformed;
    if (update.dot != causality::Dot{h.writer, counter}) return Verdict::malformed;
    if (update.time.value <= after) return Verdict::out_of_order;
    after = update.time.value;
    ++counter;
  }
  return after == h.time ? Verdict::next : Verdict::out_of_order;
}

// All that can be said of a block before it is applied. The cheap questions first: a signature costs as much
// as some dozen updates.
Verdict judge(State& s, const chain::Block& block) {
  Chains& c = *s.chains;
  const chain::Header& h = block.seal.header;
  const chain::PublicKey* key = c.key_of(h);
  if (key == nullptr) return Verdict::wrong_writer;
  if (h.last() >= c.cuts.of(h.writer)) return Verdict::cut;
  const chain::ChainLog& log = c.log_of(h.writer);
  Verdict place = log.judge(h);
  if (place == Verdict::fork && !links_compared(s.options)) {
    place = h.first == log.next() ? Verdict::next : Verdict::known;
  }
  if (place == Verdict::known || place == Verdict::gap || place == Verdict::full) return place;
  if (!chain::verifies(block.seal, *key)) return Verdict::bad_signature;
  if (place == Verdict::fork) return place;
  // Signed with our own key: we lived under it before (a disk that was set back), or somebody else does. Not
  // while updates of ours wait for a block: they have taken the numbers that it claims.
  if (h.writer == s.self && !c.unsealed.empty()) return Verdict::wrong_writer;
  if (chain::content_of(block.deps.view(), block.updates) != h.content) return Verdict::bad_content;
  if (!deps_known(s, block)) return Verdict::missing_deps;
  return judge_updates(block, log.time());
}

// False: the rest of the message rests on it.
bool take_block(State& s, const Moment& moment, NodeId from, const Bytes& bytes, Effects& effects) {
  Chains& c = *s.chains;
  chain::Block block;
  Verdict verdict = chain::decode(bytes, block) == Errc::ok ? judge(s, block) : Verdict::malformed;
  const chain::Header& h = block.seal.header;
  if (verdict == Verdict::next) {
    const WallTime now = s.time.at(moment);
    use_clock(s, moment);
    if (!s.clock.observe(HlcTime{h.time}, now)) {
      note(s, effects, TraceKind::clock_refused, from.value,
           static_cast<std::uint64_t>(HlcTime{h.time}.wall().ns), static_cast<std::uint64_t>(now.ns));
      effects.sometimes.push_back("realm: an update from the far future refused");
      verdict = Verdict::from_future;
    }
  }
  switch (verdict) {
    case Verdict::next:
      break;
    case Verdict::known:
    case Verdict::cut:  // the peer has not heard of the proof
      return true;
    case Verdict::fork: {
      effects.sometimes.push_back("realm: a fork found in what a peer sent");
      const chain::Sealed* mine = c.log_of(h.writer).find(h.first);
      const bool direct = mine != nullptr && mine->header.previous == h.previous;
      if (!direct || !convict(s, moment, *mine, block.seal, effects)) ask_headers(s, h.writer, from, effects);
      return false;
    }
    default:
      note(s, effects, TraceKind::block_refused, from.value, h.writer.value, h.first,
           static_cast<std::uint64_t>(verdict));
      return false;
  }
  c.log_of(h.writer).append(block.seal);
  effects.journal.push_back(encode(Record{.update = {},
                                          .client = {},
                                          .intent = {},
                                          .refusal = {},
                                          .chain = ChainRecord::block,
                                          .sealed = bytes}));
  apply_block(s, block, effects);
  for (const Bytes& update : block.updates) {
    Update u;
    WN_CHECK(decode(update.view(), u) == Errc::ok);
    keep(s, u, update, {});
  }
  keep_block(c, std::move(block), bytes);
  return true;
}

}  // namespace

bool deps_known(const State& s, const chain::Block& block) {
  const Result<VersionVector> deps = VersionVector::decode(block.deps.view(), s.memory);
  if (!deps) return false;
  return std::ranges::all_of(deps->items(), [&](const VersionVector::Item& item) {
    return item.replica == block.seal.header.writer || s.known().of(item.replica) >= item.counter ||
           s.chains->cuts.of(item.replica) != chain::kNoCut;
  });
}

void seal_own(State& s, Effects& effects) {
  if (!s.chains) return;
  Chains& c = *s.chains;
  while (!c.unsealed.empty()) {
    chain::Block block = next_block(s);
    const auto count = static_cast<std::ptrdiff_t>(block.updates.size());
    Update last;
    WN_CHECK(decode(block.updates.back().view(), last) == Errc::ok);
    chain::ChainLog& log = c.log_of(s.self);
    const chain::Header header{.realm = c.identity->realm,
                               .writer = s.self,
                               .node = s.options.node,
                               .first = log.next(),
                               .count = static_cast<std::uint32_t>(count),
                               .time = last.time.value,
                               .previous = log.head().hash,
                               .content = chain::content_of(block.deps.view(), block.updates)};
    WN_CHECK(last.dot == (causality::Dot{s.self, header.last()}));
    block.seal = chain::seal(header, c.key);
    log.append(block.seal);
    std::vector<std::uint8_t> seal, sealed, bytes;
    chain::encode(block.seal, sealed);
    ProtoWriter w(seal);
    w.bytes(1, sealed);
    w.bytes(2, block.deps.view());
    effects.journal.push_back(encode(Record{.update = {},
                                            .client = {},
                                            .intent = {},
                                            .refusal = {},
                                            .chain = ChainRecord::seal,
                                            .sealed = Bytes::copy_of(ByteView(seal))}));
    chain::encode(block, bytes);
    keep_block(c, std::move(block), Bytes::copy_of(ByteView(bytes)));
    c.unsealed.erase(c.unsealed.begin(), c.unsealed.begin() + count);
  }
}

void apply_or_use_up(State& s, const Update& update, Effects& effects) {
  const Errc e = apply(s, update, false, effects);
  if (e == Errc::ok) return;
  // Its number is used up all the same, and those who follow the order must know.
  note(s, effects, TraceKind::realm_update, update.dot.replica.value, update.dot.counter,
       static_cast<std::uint64_t>(update.kind), update.target.low, update.time.value);
  note(s, effects, TraceKind::realm_refused, static_cast<std::uint64_t>(e), 0, update.target.low);
  if (!s.seen.contains(update.dot)) static_cast<void>(s.seen.add(update.dot));
  WN_CHECK(s.applied.advance(update.dot.replica, update.dot.counter) == Errc::ok);
  ++s.updates;
  s.latest = std::max(s.latest, update.time);
}

void apply_block(State& s, const chain::Block& block, Effects& effects) {
  Update update;
  for (const Bytes& bytes : block.updates) {
    WN_CHECK(decode(bytes.view(), update) == Errc::ok);
    if (!s.known().contains(update.dot)) apply_or_use_up(s, update, effects);
  }
}

Bytes heads_of(const State& s) {
  Heads out;
  for (const auto& [writer, log] : s.chains->logs) {
    if (out.heads.size() == kHeadsMax) break;
    out.heads.push_back({.writer = writer, .place = log.head()});
  }
  for (const chain::Cuts::Item& item : s.chains->cuts.items()) {
    out.cuts.push_back({.writer = item.writer, .counter = item.cut});
  }
  return encode(out);
}

bool compare_heads(State& s, NodeId peer, ByteView heads, Effects& effects) {
  Chains& c = *s.chains;
  Heads theirs;
  if (decode(heads, theirs) != Errc::ok) return false;
  for (const chain::Cuts::Item& item : c.cuts.items()) {
    const auto at = std::ranges::lower_bound(theirs.cuts, item.writer, {}, &Heads::Cut::writer);
    const bool known = at != theirs.cuts.end() && at->writer == item.writer && at->counter <= item.cut;
    if (!known)
      effects.sends.push_back({.to = peer, .kind = MessageKind::chain_proof, .payload = item.proof});
  }
  bool same = true;
  if (!links_compared(s.options)) return same;
  for (const Heads::Head& head : theirs.heads) {
    const chain::ChainLog* log = c.find(head.writer);
    if (log == nullptr || head.place.counter >= c.cuts.of(head.writer)) continue;
    if (log->has(head.place).value_or(true)) continue;
    effects.sometimes.push_back("realm: a peer holds another chain of some writer");
    ask_headers(s, head.writer, peer, effects);
    same = false;
  }
  return same;
}

void fill_blocks(const State& s, const VersionVector& theirs, SyncUpdates& out) {
  std::size_t bytes = 0;
  for (const Chains::Kept& kept : s.chains->history) {
    const chain::Header& h = kept.block.seal.header;
    if (theirs.contains({h.writer, h.last()})) continue;
    if (!out.updates.empty() && bytes + kept.bytes.size() > kSyncBytesMax) {
      out.more = true;
      return;
    }
    bytes += kept.bytes.size();
    out.updates.push_back(kept.bytes);
  }
}

bool take_blocks(State& s, const Moment& moment, NodeId from, const SyncUpdates& m, Effects& effects) {
  for (const Bytes& bytes : m.updates) {
    if (!take_block(s, moment, from, bytes, effects)) return false;
  }
  return true;
}

void clamp_to_cuts(const State& s, VersionVector& known) {
  for (const chain::Cuts::Item& item : s.chains->cuts.items()) {
    const std::uint64_t ours = s.known().of(item.writer);
    if (known.of(item.writer) <= ours) continue;
    known.drop(item.writer);
    if (ours != 0) WN_CHECK(known.advance(item.writer, ours) == Errc::ok);
  }
}

}  // namespace wn::realm
