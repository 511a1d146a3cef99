#include "runtime/sync/asker.h"

#include <algorithm>

namespace wn::sync {

Asker::Asker(const Options& options, const View& view, const Nonce& nonce, std::pmr::memory_resource* memory)
    : options_(options),
      view_(&view),
      nonce_(nonce),
      memory_(memory),
      open_(memory),
      questions_(memory),
      missing_(memory),
      surplus_(memory) {
  if (view.size() > options_.items_max) {
    refuse(Errc::too_large);
  } else {
    begin();
  }
}

// Also after the giver has forgotten: with another session and another nonce.
void Asker::begin() {
  if (++beginnings_ > options_.attempts_max) return refuse(Errc::timed_out);
  const SessionKey fresh = key_of(beginnings_, nonce_, nonce_);
  nonce_ = {fresh.first, fresh.second};
  session_ = sip_hash({nonce_.first, nonce_.second}, as_bytes("session")).check;
  token_ = 0;
  phase_ = Phase::hello;
  keyed_.reset();
  encoder_.reset();
  decoder_.reset();
  open_.clear();
  questions_.clear();
  forget_found();
  busy_ = merging_ = asking_ = false;
  due_ = true;
}

void Asker::refuse(Errc why) {
  if (refusal_ == Errc::ok) refusal_ = why;
  phase_ = Phase::over;
  busy_ = due_ = false;
}

// Whether this is the answer to the question under way; it is kept, to be read in slices.
bool Asker::accept(ByteView message) {
  stats_.bytes_in += message.size();
  Frame frame;
  if (busy_ || due_ || phase_ == Phase::over || decode(message, frame) != Errc::ok) return false;
  if (frame.session != session_ || frame.request != request_) return false;
  if (message.size() > options_.message_bytes_max + kFrameHeadBytesMax ||
      stats_.bytes_in > options_.bytes_in_max) {
    refuse(Errc::too_large);
    return false;
  }
  if (frame.kind == Kind::unknown) {
    begin();
    return false;
  }
  inbox_.assign(message.begin(), message.end());
  if (decode(inbox_, answer_) != Errc::ok) return false;
  at_ = Cursor(answer_.body);
  busy_ = unread_ = true;
  attempts_ = 0;
  return true;
}

void Asker::ask(Instant now, std::size_t& work, Effects& effects) {
  if (!asking_) body_.clear();
  asking_ = true;
  Frame frame{.session = session_, .request = request_ + 1, .token = token_, .body = {}};
  if (!question(frame, work)) return;
  asking_ = false;
  ++request_;
  frame.body = body_;
  asked_.clear();
  encode(frame, asked_);
  effects.message = asked_;
  stats_.bytes_out += asked_.size();
  ++stats_.round_trips;
  asked_at_ = now;
  due_ = false;
}

void Asker::step(Instant now, ByteView message, Effects& effects) {
  effects.clear();
  if (phase_ == Phase::over) return;
  if (!message.empty()) accept(message);
  std::size_t work = options_.work_per_step;
  if (busy_ && answered(work)) {
    busy_ = false;
    due_ = phase_ != Phase::over;
  }
  if (due_ && phase_ != Phase::over) {
    ask(now, work, effects);
  } else if (phase_ != Phase::over && !busy_ && now - asked_at_ >= options_.answer_timeout) {
    if (++attempts_ >= options_.attempts_max) return refuse(Errc::timed_out);
    effects.message = asked_;
    stats_.bytes_out += asked_.size();
    asked_at_ = now;
  }
  // The peer is at work: so can we be.
  if (phase_ == Phase::report && !busy_ && keyed_ && !keyed_->ready()) work -= keyed_->prepare(work);
  stats_.work += options_.work_per_step - work;
  if (phase_ == Phase::over) return;
  effects.again = busy_ || due_ || (phase_ == Phase::report && keyed_ && !keyed_->ready());
  effects.wake = asked_at_ + options_.answer_timeout;
}

// Reads on in the answer. True: it has been dealt with, and what comes next is decided.
bool Asker::answered(std::size_t& work) {
  static constexpr Kind kAnswers[] = {Kind::welcome, Kind::report, Kind::symbols,
                                      Kind::ranges,  Kind::items,  Kind::settled};
  if (answer_.kind != kAnswers[static_cast<std::size_t>(phase_)]) {
    refuse(Errc::corrupt);
    return true;
  }
  switch (phase_) {
    case Phase::hello: {
      Nonce giver;
      if (!get_nonce(answer_.body, giver) || answer_.a > options_.items_max) {
        refuse(answer_.a > options_.items_max ? Errc::too_large : Errc::corrupt);
        return true;
      }
      token_ = answer_.token;
      theirs_ = answer_.a;
      keyed_.emplace(*view_, key_of(session_, nonce_, giver), memory_);
      phase_ = Phase::report;
      return true;
    }
    case Phase::report:
      return take_report(work);
    case Phase::symbols:
      return take_symbols(work);
    case Phase::ranges:
      return take_ranges(work);
    case Phase::items:
      return take_items(work);
    case Phase::settle:
      if (answer_.a < told_ || answer_.a > surplus_.size()) {
        refuse(Errc::corrupt);
      } else {
        told_ = answer_.a;
        if (told_ == surplus_.size()) phase_ = Phase::over;
      }
      return true;
    case Phase::over:
      return true;
  }
  return true;
}

// Notes which parts of a split differ. False: the split is that of no set.
bool Asker::compare(const Range& range, std::span<const Part> parts) {
  std::uint64_t sum = 0;
  for (std::size_t i = parts.size(); i-- > 0;) {
    const Part& part = parts[i];
    const bool last = i + 1 == parts.size();
    Open open{.range = {.low = part.low,
                        .high = last ? range.high : parts[i + 1].low,
                        .to_end = last && range.to_end},
              .theirs = part.count,
              .ours = 0};
    const std::size_t from = view_->below(part.low);
    const std::size_t to = open.range.to_end ? view_->size() : view_->below(open.range.high);
    open.ours = to - from;
    if (part.count > theirs_ || (sum += part.count) > theirs_) return false;
    ++level_.parts;
    if (open.ours == part.count && keyed_->fingerprint(from, to) == part.sum) continue;
    ++level_.parts_differ;
    open_.push_back(open);
  }
  return true;
}

bool Asker::take_report(std::size_t& work) {
  if (!keyed_->ready()) {
    work -= keyed_->prepare(work);
    if (!keyed_->ready()) return false;
  }
  if (unread_) {
    unread_ = false;
    Strata strata;
    std::array<Part, kSplit> parts;
    std::size_t count = 0;
    std::uint8_t kind = 0;
    if (!get_strata(at_, strata) || !get_fingerprint(at_, their_sum_) || !at_.byte(kind) ||
        kind != static_cast<std::uint8_t>(Answer::split) || !get_split(at_, {}, parts, count) ||
        answer_.a > options_.first_symbols) {
      refuse(Errc::corrupt);
      return true;
    }
    encoder_.emplace(*keyed_, memory_);
    decoder_.emplace(DecoderOptions{.symbols_max = options_.symbols_max}, *keyed_, memory_);
    balance_ = keyed_->total();
    guess_ = guess_difference(keyed_->strata(), strata);
    // What the sizes say for certain.
    guess_ = std::max(guess_, theirs_ > view_->size() ? theirs_ - view_->size() : view_->size() - theirs_);
    level_ = {};
    if (!compare({}, std::span(parts).first(count))) {
      refuse(Errc::corrupt);
      return true;
    }
    if (open_.empty() && their_sum_ == keyed_->total()) {
      conclude();
      return true;
    }
  }
  if (!decode_symbols(work)) return false;
  if (phase_ == Phase::report) decide();
  return true;
}

// What the parts compared since the last choice, and those in question now, say.
Measured Asker::measure() {
  Measured m = level_;
  level_ = {};
  m.theirs = theirs_;
  m.guess = guess_;
  m.open = open_.size();
  for (const Open& open : open_) {
    m.differ_theirs += open.theirs;
    m.differ_ours += open.ours;
  }
  in_question_ = m.differ_theirs;
  return m;
}

// Chooses how to go on by what the report says.
void Asker::decide() {
  guess_ = std::max<std::uint64_t>(guess_, 2);
  const Measured m = measure();
  // Coded symbols need no guess, but the choice does: when they have cost as much as the surest way would,
  // they were the wrong one.
  symbols_budget_ = cost_of_whole(m) + cost_of_symbols(0);
  if (options_.method && *options_.method != Method::none) return go_on_by(*options_.method);
  Method method = choose(m);
  if (WN_FAULT_POINT(options_.fault_points, "sync.whole-list")) method = Method::whole;
  go_on_by(method);
}

void Asker::go_on_by(Method method) {
  forget_found();
  stats_.method = method;
  switch (method) {
    case Method::ranges:
      phase_ = Phase::ranges;
      break;
    case Method::whole:
      phase_ = Phase::items;
      listed_ = 0;
      merge_ = {};
      open_.clear();
      break;
    default:
      phase_ = Phase::symbols;
      open_.clear();
      break;
  }
}

// The difference is known, or so the peer's words have it: believed if it makes our view theirs.
void Asker::conclude() {
  if (balance_ != their_sum_ || view_->size() - surplus_.size() + missing_.size() != theirs_) {
    return refuse(Errc::corrupt);
  }
  told_ = 0;
  phase_ = options_.tell_peer ? Phase::settle : Phase::over;
}

void Asker::found_missing(const ItemId& item) {
  missing_.push_back(item);
  balance_ += hash_of(keyed_->key(), item);
}

void Asker::found_surplus(std::size_t place) {
  surplus_.push_back(static_cast<std::uint32_t>(place));
  balance_ -= keyed_->hash(place);
}

void Asker::forget_found() {
  missing_.clear();
  surplus_.clear();
  if (keyed_) balance_ = keyed_->total();
}

}  // namespace wn::sync
