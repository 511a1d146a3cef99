#include "runtime/sync/giver.h"

#include <algorithm>

namespace wn::sync {
namespace {

// In units of work, an item's hash: fingerprints of kSplit parts, and a search of a large view.
constexpr std::size_t kSplitWork = 64;
constexpr std::size_t kLookupWork = 8;

}  // namespace

Giver::Giver(const Options& options, const View& view, const Nonce& nonce, std::pmr::memory_resource* memory)
    : options_(options), view_(&view), nonce_(nonce), memory_(memory), told_(memory) {
  if (view.size() > options_.items_max) refusal_ = Errc::too_large;
}

void Giver::send(const Frame& frame, Effects& effects) {
  encode(frame, effects.message);
  // An asker that has not shown that it gets our answers may be somebody else's name on a letter.
  if (!proven_ && stats_.bytes_out + effects.message.size() > options_.amplification * stats_.bytes_in) {
    effects.message.clear();
    return;
  }
  stats_.bytes_out += effects.message.size();
  if (stats_.bytes_out > options_.bytes_out_max) refusal_ = Errc::too_large;
}

// A hello begins anew, unless it is a copy of the one that did.
void Giver::welcome(const Frame& frame, Effects& effects) {
  Nonce asker;
  if (!get_nonce(frame.body, asker)) return;
  const bool copy =
      greeted_ && session_ == frame.session && asker.first == asker_.first && asker.second == asker_.second;
  if (!copy) {
    if (beginnings_ >= options_.attempts_max) {
      refusal_ = Errc::overloaded;
      return;
    }
    greeted_ = true;
    proven_ = busy_ = settled_ = false;
    session_ = frame.session;
    asker_ = asker;
    keyed_.reset();
    encoder_.reset();
    told_.clear();
    // Another nonce for another beginning: the first one's token is known already.
    const SessionKey fresh = key_of(++beginnings_, nonce_, nonce_);
    nonce_ = {fresh.first, fresh.second};
    token_ = sip_hash({nonce_.first, nonce_.second}, as_bytes("token")).check;
  }
  std::vector<std::uint8_t> nonce;
  put_nonce(nonce_, nonce);
  send({.kind = Kind::welcome,
        .session = session_,
        .request = frame.request,
        .token = token_,
        .a = view_->size(),
        .body = nonce},
       effects);
}

void Giver::accept(ByteView message, Effects& effects) {
  stats_.bytes_in += message.size();
  Frame frame;
  if (message.size() > options_.message_bytes_max + kFrameHeadBytesMax || decode(message, frame) != Errc::ok)
    return;
  if (stats_.bytes_in > options_.bytes_in_max) {
    refusal_ = Errc::too_large;
    return;
  }
  if (frame.kind == Kind::hello) return welcome(frame, effects);
  if (!greeted_ || frame.session != session_ || frame.token != token_) {
    return send({.kind = Kind::unknown, .session = frame.session, .request = frame.request, .body = {}},
                effects);
  }
  // A copy of the question at hand; or a later one, and nobody waits for the answer to this one.
  if (busy_ && frame.request <= question_.request) return;
  proven_ = true;
  inbox_.assign(message.begin(), message.end());
  if (decode(inbox_, question_) != Errc::ok) return;
  busy_ = true;
  begun_ = false;
}

void Giver::step(Instant /*now*/, ByteView message, Effects& effects) {
  effects.clear();
  if (refusal_ != Errc::ok) return;
  if (!message.empty()) accept(message, effects);
  if (busy_ && refusal_ == Errc::ok && effects.message.empty()) {
    std::size_t work = options_.work_per_step;
    if (answer(work)) {
      busy_ = false;
      if (refusal_ == Errc::ok && reply_.kind != Kind::hello) {
        reply_.session = session_;
        reply_.request = question_.request;
        reply_.token = token_;
        reply_.body = body_;
        send(reply_, effects);
      }
    }
    stats_.work += options_.work_per_step - work;
  }
  effects.again = busy_;
}

bool Giver::answer(std::size_t& work) {
  if (!keyed_) keyed_.emplace(*view_, key_of(session_, asker_, nonce_), memory_);
  if (!keyed_->ready()) {
    work -= keyed_->prepare(work);
    if (!keyed_->ready()) return false;
  }
  if (!encoder_) encoder_.emplace(*keyed_, memory_);
  if (!begun_) {
    begun_ = true;
    reply_ = {};
    reply_.kind = Kind::hello;  // none: what was asked makes no sense
    body_.clear();
    in_ = Cursor(question_.body);
    put_ = 0;
    listed_ = list_end_ = 0;
    last_list_ = false;
  }
  switch (question_.kind) {
    case Kind::ask_report:
      return report(work);
    case Kind::ask_symbols:
      return symbols(work);
    case Kind::ask_ranges:
      return ranges(work);
    case Kind::ask_items:
      return items(work);
    case Kind::settle:
      return settle(work);
    default:
      return true;
  }
}

bool Giver::made(std::uint32_t symbols, std::size_t& work) {
  if (encoder_->symbols().size() >= symbols) return true;
  work -= std::min(work, encoder_->extend(symbols, work));
  return encoder_->symbols().size() >= symbols;
}

bool Giver::put_symbols(std::uint32_t first, std::uint32_t last, std::size_t& work) {
  body_.reserve(body_.size() + (last - first) * kSymbolBytesMax);
  for (; first + put_ < last && work > 0; ++put_, --work) {
    const auto i = static_cast<std::uint32_t>(first + put_);
    put_symbol(encoder_->symbols()[i], i, view_->size(), body_);
  }
  return first + put_ >= last;
}

bool Giver::report(std::size_t& work) {
  const auto symbols = static_cast<std::uint32_t>(
      std::min<std::uint64_t>({question_.a, options_.first_symbols, options_.symbols_max}));
  if (!made(symbols, work)) return false;
  if (body_.empty()) {
    work -= std::min(work, kSplitWork);
    put_strata(keyed_->strata(), body_);
    put_fingerprint(keyed_->total(), body_);
    put_split(*keyed_, {}, body_);
  }
  if (!put_symbols(0, symbols, work)) return false;
  reply_.kind = Kind::report;
  reply_.a = symbols;
  return true;
}

bool Giver::symbols(std::size_t& work) {
  if (question_.a >= options_.symbols_max) return true;
  const auto first = static_cast<std::uint32_t>(question_.a);
  const std::uint64_t room = std::min<std::uint64_t>(options_.message_bytes_max / kSymbolBytesMax,
                                                     options_.symbols_max - question_.a);
  // In order: nobody needs the hundredth without the first ninety-nine.
  if (first > encoder_->symbols().size()) return true;
  const auto count = static_cast<std::uint32_t>(std::min(question_.b, room));
  if (!made(first + count, work) || !put_symbols(first, first + count, work)) return false;
  reply_.kind = Kind::symbols;
  reply_.a = first;
  reply_.b = count;
  return true;
}

// Items of the list under way.
bool Giver::list_on(std::size_t& work) {
  for (; listed_ < list_end_ && work > 0; ++listed_, --work) append((*view_)[listed_], body_);
  return listed_ == list_end_;
}

bool Giver::ranges(std::size_t& work) {
  reply_.kind = Kind::ranges;
  Range range;
  bool list = false;
  // A split takes less than this.
  constexpr std::size_t kSplitBytesMax = kSplit * (33 + 10 + 16) + 2;
  for (;;) {
    if (!list_on(work)) return false;
    if (last_list_ || in_.done() || reply_.b >= question_.b) return true;
    if (work == 0) return false;
    work -= std::min(work, kSplitWork);
    if (!get_question(in_, range, list)) return true;
    if (body_.size() + kSplitBytesMax > options_.message_bytes_max) return true;
    const std::size_t first = view_->below(range.low);
    const std::size_t last = range.to_end ? view_->size() : view_->below(range.high);
    ++reply_.b;
    if (!list && last - first > 2 * kSplit) {
      put_split(*keyed_, range, body_);
      continue;
    }
    const std::size_t room = (options_.message_bytes_max - body_.size()) / ItemId::kBytes - 1;
    const std::size_t count = std::min(last - first, room);
    last_list_ = count < last - first;
    put_list_head(last_list_ ? Answer::list_cut : Answer::list, count, body_);
    listed_ = first;
    list_end_ = first + count;
  }
}

bool Giver::items(std::size_t& work) {
  if (question_.a > view_->size()) return true;
  const std::size_t room = options_.message_bytes_max / ItemId::kBytes - 1;
  const std::size_t first = question_.a;
  if (list_end_ == 0) {
    listed_ = first;
    list_end_ = first + std::min(room, view_->size() - first);
  }
  if (!list_on(work)) return false;
  reply_.kind = Kind::items;
  reply_.a = first;
  reply_.b = view_->size();
  return true;
}

bool Giver::settle(std::size_t& work) {
  if (put_ == 0 && (question_.a > told_.size() || question_.body.size() % ItemId::kBytes != 0)) return true;
  ItemId item;
  for (; !in_.done(); ++put_) {
    if (work == 0) return false;
    work -= std::min(work, kLookupWork);
    if (!in_.item(item)) break;
    if (question_.a + put_ < told_.size()) continue;
    if (told_.size() >= options_.items_max) {
      refusal_ = Errc::too_large;
      return true;
    }
    if (view_->contains(item)) {
      refusal_ = Errc::corrupt;  // that we lack it is not so
      return true;
    }
    told_.push_back(item);
  }
  settled_ = told_.size() >= question_.b;
  reply_.kind = Kind::settled;
  reply_.a = told_.size();
  return true;
}

}  // namespace wn::sync
