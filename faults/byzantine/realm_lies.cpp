#include "faults/byzantine/realm_lies.h"

#include <algorithm>

#include "faults/byzantine/mutate.h"
#include "runtime/raft/types.h"
#include "runtime/realm/codec.h"
#include "runtime/realm/messages.h"
#include "runtime/tree/operation.h"
#include "runtime/wire/frame.h"

namespace wn::byzantine {
namespace {

using causality::HlcTime;
using realm::SyncRequest;
using realm::SyncUpdates;
using realm::Update;

constexpr std::uint8_t kRequest = static_cast<std::uint8_t>(wire::FrameType::realm_request);
constexpr std::uint8_t kAsk = static_cast<std::uint8_t>(wire::FrameType::realm_sync_request);
constexpr std::uint8_t kTell = static_cast<std::uint8_t>(wire::FrameType::realm_sync_updates);
constexpr std::uint8_t kImage = static_cast<std::uint8_t>(wire::FrameType::realm_snapshot_part);
constexpr std::uint64_t kNearRoot = 8;  // the numbers of the worknodes that moves are altered to
constexpr std::uint8_t kProof = static_cast<std::uint8_t>(wire::FrameType::realm_chain_proof);
constexpr std::uint64_t kLaterOperation = 1ULL << 40;  // no client counts so far

template <class Message>
std::optional<Message> read(const Letter& letter, std::uint8_t type) {
  Message m;
  if (letter.type != type || decode(payload_of(letter), m) != Errc::ok) return std::nullopt;
  return m;
}

template <class Message>
Letter write(std::uint8_t type, const Message& m) {
  return letter_of(type, encode(m).view());
}

Bytes bytes_of(const Update& update) {
  std::vector<std::uint8_t> out;
  encode(update, out);
  return Bytes::copy_of(ByteView(out));
}

Bytes bytes_of(const chain::Block& block) {
  std::vector<std::uint8_t> out;
  encode(block, out);
  return Bytes::copy_of(ByteView(out));
}

// Changes each of the sender's own updates that `change` wants changed; true: some was. Signed ones become a
// second history.
bool rewrite(SyncUpdates& m, std::optional<Pen>& pen, std::uint32_t history, const Pen::Change& change) {
  bool any = false;
  for (Bytes& bytes : m.updates) {
    if (pen) {
      chain::Block block;
      if (chain::decode(bytes, block) != Errc::ok || !pen->second(history, block, change)) continue;
      bytes = bytes_of(block);
    } else {
      Update update;
      if (decode(bytes.view(), update) != Errc::ok || update.dot.replica != m.replica || !change(update))
        continue;
      bytes = bytes_of(update);
    }
    any = true;
  }
  return any;
}

std::uint64_t later_time(std::uint64_t time, Duration ahead) {
  return time + HlcTime::from_wall(WallTime{ahead.ns}).value;
}

// Under another worknode, at another worknode, or with another value. Ids of worknodes stay those of the
// first tree: the trace tells them by their low halves, so a made-up one would look like another's.
void alter(Update& update, Draw& draw) {
  if (update.kind == realm::UpdateKind::tree) {
    auto moves = tree::decode_operations(update.payload.view(), 1);
    if (!moves || moves->size() != 1) return;
    moves->front().parent = realm::numbered(draw.below(kNearRoot));
    std::vector<std::uint8_t> payload;
    tree::encode(*moves, payload);
    update.payload = Bytes::copy_of(ByteView(payload));
    return;
  }
  if (update.kind == realm::UpdateKind::property && draw.below(2) == 0) {
    update.target.low += 1;
    return;
  }
  update.payload = mutate_message(update.payload.view(), Zeros::written, draw);
}

// A move that is not in the block as it was: see alter().
bool moves_changed(const Bytes& before, const chain::Block& now) {
  chain::Block was;
  if (chain::decode(before, was) != Errc::ok) return true;
  return std::ranges::any_of(now.updates, [&](const Bytes& bytes) {
    Update update;
    return decode(bytes.view(), update) == Errc::ok && update.kind == realm::UpdateKind::tree &&
           std::ranges::find(was.updates, bytes) == was.updates.end();
  });
}

}  // namespace

ByteView payload_of(const Letter& letter) {
  wire::FrameView view;
  if (wire::open_frame(letter.frame.view(), view) != Errc::ok) return {};
  return letter.frame.view().subspan(wire::kHeaderBytes, view.payload_bytes);
}

Letter letter_of(std::uint8_t type, ByteView payload) {
  Letter out;
  out.type = type;
  out.frame = Bytes::build(wire::kHeaderBytes + payload.size(), [&](std::uint8_t* bytes) {
    std::copy(payload.begin(), payload.end(), bytes + wire::kHeaderBytes);
    wire::seal_frame(bytes, static_cast<wire::FrameType>(type), payload.size());
  });
  return out;
}

void RealmLies::learn(const Letter& letter) {
  if (const auto request = read<realm::Request>(letter, kRequest); request && !request->token.empty()) {
    if (tokens_.size() < kTokensMax && std::ranges::find(tokens_, request->token) == tokens_.end())
      tokens_.push_back(request->token);
  }
  const auto told = read<SyncUpdates>(letter, kTell);
  if (!told) return;
  for (const Bytes& bytes : told->updates) {
    chain::Block block;
    if (!pen_) {
      learn_update(bytes, nullptr);
    } else if (chain::decode(bytes, block) == Errc::ok) {
      learn_update(block.updates.back(), &block);
    }
  }
}

void RealmLies::learn_update(const Bytes& bytes, const chain::Block* block) {
  Update update;
  if (decode(bytes.view(), update) != Errc::ok) return;
  if (block != nullptr && block->seal.header.node == self_) return;
  Seen& seen = latest_[update.dot.replica];
  if (seen.update.dot.counter >= update.dot.counter) return;
  seen.update = std::move(update);
  if (block == nullptr) return;
  seen.seal = block->seal;
  seen.deps = block->deps;
}

std::optional<Letter> RealmLies::later(const Letter& letter, Duration ahead, std::uint32_t history) {
  if (auto ask = read<SyncRequest>(letter, kAsk)) {
    ask->wall = ask->wall + ahead;
    ask->time = later_time(ask->time, ahead);
    return write(kAsk, *ask);
  }
  auto tell = read<SyncUpdates>(letter, kTell);
  if (!tell) return std::nullopt;
  tell->wall = tell->wall + ahead;
  tell->time = later_time(tell->time, ahead);
  rewrite(*tell, pen_, history, [&](Update& update) {
    update.time.value = later_time(update.time.value, ahead);
    if (update.written) update.written.value = later_time(update.written.value, ahead);
    return true;
  });
  return write(kTell, *tell);
}

std::optional<Letter> RealmLies::other_version(const Letter& letter, std::uint64_t share_ppm,
                                               const Random& random, std::uint32_t history) {
  auto tell = read<SyncUpdates>(letter, kTell);
  if (!tell) return std::nullopt;
  const bool any = rewrite(*tell, pen_, history, [&](Update& update) {
    Draw draw = random.at("byzantine.version", update.dot.replica.value, update.dot.counter);
    if (!draw.chance_ppm(share_ppm)) return false;
    alter(update, draw);
    return true;
  });
  if (!any) return std::nullopt;
  return write(kTell, *tell);
}

std::optional<Letter> RealmLies::forged_update(const Letter& letter, Draw& draw) const {
  auto tell = read<SyncUpdates>(letter, kTell);
  if (!tell || latest_.empty()) return std::nullopt;
  auto victim = latest_.begin();
  std::advance(victim, static_cast<std::ptrdiff_t>(draw.below(latest_.size())));
  Update forged = victim->second.update;
  if (forged.dot.replica == tell->replica) return std::nullopt;
  ++forged.dot.counter;
  ++forged.time.value;
  alter(forged, draw);
  if (!pen_) {
    tell->updates.push_back(bytes_of(forged));
  } else {
    if (!victim->second.seal) return std::nullopt;
    tell->updates.push_back(
        bytes_of(pen_->forged_after(*victim->second.seal, victim->second.deps, bytes_of(forged))));
  }
  return write(kTell, *tell);
}

std::optional<Letter> RealmLies::accusation(Draw& draw) const {
  if (!pen_ || latest_.empty()) return std::nullopt;
  auto victim = latest_.begin();
  std::advance(victim, static_cast<std::ptrdiff_t>(draw.below(latest_.size())));
  if (!victim->second.seal) return std::nullopt;
  const std::optional<Bytes> proof = pen_->false_proof(*victim->second.seal);
  if (!proof) return std::nullopt;
  return letter_of(kProof, proof->view());
}

std::optional<Letter> RealmLies::mutated_and_signed(const Letter& letter, Draw& draw) const {
  std::optional<Letter> out = mutated(letter, draw);
  if (!pen_ || !out) return out;
  const auto before = read<SyncUpdates>(letter, kTell);
  auto tell = read<SyncUpdates>(*out, kTell);
  if (!before || !tell || before->updates.size() != tell->updates.size()) return out;
  for (std::size_t i = 0; i < tell->updates.size(); ++i) {
    chain::Block block;
    if (tell->updates[i] == before->updates[i] || chain::decode(tell->updates[i], block) != Errc::ok)
      continue;
    if (moves_changed(before->updates[i], block)) continue;
    if (pen_->sign_again(block)) tell->updates[i] = bytes_of(block);
  }
  return write(kTell, *tell);
}

std::optional<Letter> RealmLies::forged_request(Draw& draw) const {
  if (tokens_.empty()) return std::nullopt;
  realm::Request request;
  request.operation = kLaterOperation + draw.below(kLaterOperation);
  request.attempt = 1;
  request.function = draw.below(2) == 0 ? realm::Function::put : realm::Function::trash;
  request.worknode = realm::numbered(1 + draw.below(16));
  request.value = static_cast<std::int64_t>(draw.below(1000));
  request.token = tokens_[draw.below(tokens_.size())];
  if (draw.below(2) == 0) request.token = mutate_message(request.token.view(), Zeros::written, draw);
  return write(kRequest, request);
}

std::optional<Letter> RealmLies::asks_for_all(const Letter& letter) const {
  auto ask = read<SyncRequest>(letter, kAsk);
  if (!ask) return std::nullopt;
  ask->known = Bytes();
  return write(kAsk, *ask);
}

std::optional<Letter> RealmLies::stranger(const Letter& letter, Draw& draw) const {
  const ReplicaId nobody{static_cast<std::uint32_t>(1'000'000 + draw.below(1'000'000'000))};
  if (auto ask = read<SyncRequest>(letter, kAsk)) {
    ask->replica = nobody;
    return write(kAsk, *ask);
  }
  auto tell = read<SyncUpdates>(letter, kTell);
  if (!tell) return std::nullopt;
  if (draw.below(2) == 0) tell->replica = nobody;
  if (pen_) {
    // A block of its own, which nobody's key has signed.
    if (latest_.empty() || !latest_.begin()->second.seal) return std::nullopt;
    const Seen& seen = latest_.begin()->second;
    chain::Sealed made_up = *seen.seal;
    made_up.header.writer = nobody;
    made_up.header.node = draw.below(2) == 0 ? self_ : NodeId{nobody.value};
    tell->updates.push_back(bytes_of(pen_->forged_after(made_up, seen.deps, bytes_of(seen.update))));
    return write(kTell, *tell);
  }
  // A word about its own admission, and its first update.
  Update join{.dot = {.replica = tell->replica, .counter = 1},
              .time = HlcTime{tell->time},
              .kind = realm::UpdateKind::membership,
              .payload = encode(realm::MembershipChange{
                  .action = realm::MembershipAction::join, .replica = nobody, .node = NodeId{nobody.value}})};
  if (tell->updates.size() < kSybilUpdatesMax) tell->updates.push_back(bytes_of(join));
  join.dot.replica = nobody;
  if (tell->updates.size() < kSybilUpdatesMax) tell->updates.push_back(bytes_of(join));
  return write(kTell, *tell);
}

std::optional<Letter> RealmLies::corrupted_image(const Letter& letter, Draw& draw) const {
  auto part = read<realm::ImagePart>(letter, kImage);
  if (!part || part->bytes.empty()) return mutated(letter, draw);
  std::vector<std::uint8_t> bytes(part->bytes.data(), part->bytes.data() + part->bytes.size());
  const std::uint64_t place = draw.below(bytes.size());
  bytes[place] = static_cast<std::uint8_t>(bytes[place] + 1 + draw.below(255));
  part->bytes = Bytes::copy_of(ByteView(bytes));
  return write(kImage, *part);
}

std::optional<Letter> mutated(const Letter& letter, Draw& draw) {
  wire::FrameView view;
  if (wire::open_frame(letter.frame.view(), view) != Errc::ok || view.payload_bytes == 0) return std::nullopt;
  // The key-value service's messages are written as proto3 does, the others by runtime/base/proto_wire.h.
  const bool proto3 = view.type <= wire::FrameType::client_reply;
  const Bytes payload = mutate_message(payload_of(letter), proto3 ? Zeros::left_out : Zeros::written, draw);
  if (payload.size() > wire::kPayloadBytesMax) return std::nullopt;
  return letter_of(letter.type, payload.view());
}

Letter huge(std::uint8_t type, Draw& draw) {
  std::vector<std::uint8_t> junk(kHugeBytes);
  for (std::size_t i = 0; i + 8 <= junk.size(); i += 64) junk[i] = static_cast<std::uint8_t>(draw.u64());
  return letter_of(type, ByteView(junk));
}

bool is_answer(std::uint8_t type) {
  switch (static_cast<wire::FrameType>(type)) {
    case wire::FrameType::client_reply:
    case wire::FrameType::realm_reply:
    case wire::FrameType::realm_sync_updates:
    case wire::FrameType::realm_snapshot_part:
    case wire::FrameType::rpc_replies:
      return true;
    default:
      return false;
  }
}

bool is_image_part(std::uint8_t type) {
  constexpr std::uint8_t kRaftSnapshotChunk = static_cast<std::uint8_t>(raft::MessageType::snapshot_chunk);
  return type == kImage || type == kRaftSnapshotChunk;
}

}  // namespace wn::byzantine
