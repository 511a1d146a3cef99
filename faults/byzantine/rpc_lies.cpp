#include "faults/byzantine/rpc_lies.h"

#include <algorithm>
#include <utility>

#include "faults/byzantine/mutate.h"
#include "runtime/wire/frame.h"

namespace wn::byzantine {
namespace {

constexpr std::uint8_t kCalls = static_cast<std::uint8_t>(wire::FrameType::rpc_calls);
constexpr std::uint8_t kReplies = static_cast<std::uint8_t>(wire::FrameType::rpc_replies);

enum Way : std::uint64_t { signed_lie = 0, altered, passed_off, kWaysEnd };

std::vector<Bytes> items_of(const rpc::RepliesFrame& frame, const rpc::ReplyView& reply) {
  std::vector<Bytes> out;
  for (std::uint32_t i = 0; i < reply.items; ++i)
    out.push_back(Bytes::copy_of(frame.items[reply.first_item + i]));
  return out;
}

bool has_contents(const rpc::ReplyView& reply) {
  const bool known =
      reply.status < rpc::kStatusEnd && reply.error < kErrcEnd && reply.kind <= ~std::uint32_t{0};
  return known && reply.items > 0;
}

// A frame like that one, in which the answer at `place` says this instead.
Letter with(const rpc::RepliesFrame& frame, std::size_t place, std::span<const Bytes> items,
            const Bytes& signature) {
  std::vector<std::uint8_t> list;
  for (std::size_t i = 0; i < frame.replies.size(); ++i) {
    const rpc::ReplyView& r = frame.replies[i];
    const std::vector<Bytes> own = items_of(frame, r);
    rpc::put_reply(list, {.id = r.id,
                          .attempt = r.attempt,
                          .held = r.held,
                          .status = static_cast<rpc::Status>(r.status),
                          .error = static_cast<Errc>(r.error),
                          .kind = static_cast<std::uint32_t>(r.kind),
                          .items = i == place ? items : std::span<const Bytes>(own),
                          .signature = i == place ? signature.view() : r.signature});
  }
  return letter_of(kReplies, rpc::replies_frame(frame.head, list).view());
}

}  // namespace

RpcLies::RpcLies(NodeId self, const std::optional<Signing>& signing) : self_(self) {
  if (!signing) return;
  key_.emplace(signing->secret);
  realm_ = signing->realm;
}

void RpcLies::learn(NodeId from, const Letter& letter) {
  rpc::CallsFrame frame;
  if (!key_ || letter.type != kCalls || rpc::decode(payload_of(letter), frame) != Errc::ok) return;
  for (const rpc::CallView& call : frame.calls) {
    if (heard(from, frame.head.caller, call.id) != nullptr) continue;
    if (heard_.size() == kCallsHeardMax) heard_.pop_front();
    heard_.push_back({.from = from,
                      .incarnation = frame.head.caller,
                      .id = call.id,
                      .key = call.key,
                      .method = call.method});
  }
}

const RpcLies::Heard* RpcLies::heard(NodeId from, std::uint64_t incarnation, std::uint64_t id) const {
  const auto at = std::ranges::find_if(
      heard_, [&](const Heard& h) { return h.from == from && h.incarnation == incarnation && h.id == id; });
  return at == heard_.end() ? nullptr : &*at;
}

bool RpcLies::sign(NodeId to, std::uint64_t incarnation, const rpc::ReplyView& reply, Said& said,
                   Wrong& out) const {
  const Heard* call = heard(to, incarnation, reply.id);
  if (call == nullptr || !key_) return false;
  std::vector<std::uint8_t> items, bytes;
  rpc::put_items(said.items, items);
  rpc::put_signed({.realm = realm_,
                   .callee = self_,
                   .caller = to,
                   .incarnation = incarnation,
                   .id = reply.id,
                   .key = call->key,
                   .method = call->method,
                   .status = reply.status,
                   .error = reply.error,
                   .kind = reply.kind},
                  items, bytes);
  const capability::Signature signature = key_->sign(bytes);
  said.signature = Bytes::copy_of(ByteView(signature.bytes));
  out.signed_fields = {to.value, reply.id, rpc::answer_digest(bytes), call->method, 0};
  return true;
}

std::optional<RpcLies::Wrong> RpcLies::wrong_answer(NodeId to, const Letter& letter, Draw& draw) {
  rpc::RepliesFrame frame;
  if (letter.type != kReplies || rpc::decode(payload_of(letter), frame) != Errc::ok) return std::nullopt;
  const auto at = std::ranges::find_if(frame.replies, has_contents);
  const bool odd = std::ranges::any_of(frame.replies, [](const rpc::ReplyView& r) {
    return r.status >= rpc::kStatusEnd || r.error >= kErrcEnd || r.kind > ~std::uint32_t{0};
  });
  if (at == frame.replies.end() || odd) return std::nullopt;
  const auto place = static_cast<std::size_t>(at - frame.replies.begin());
  Said said{.id = at->id, .items = items_of(frame, *at), .signature = Bytes::copy_of(at->signature)};
  const Said honest = said;
  Wrong out;
  const auto way = static_cast<Way>(draw.below(kWaysEnd));
  const auto before = said_.find(to);
  if (way == passed_off && before != said_.end() && before->second.id != at->id) {
    said = before->second;
  } else {
    const std::uint64_t which = draw.below(said.items.size());
    said.items[which] = mutate_message(said.items[which].view(), Zeros::written, draw);
    if (way == signed_lie) static_cast<void>(sign(to, frame.head.caller, *at, said, out));
  }
  said_[to] = honest;
  out.letter = with(frame, place, said.items, said.signature);
  return out;
}

}  // namespace wn::byzantine
