// What the asker asks next.
#include <algorithm>

#include "runtime/sync/asker.h"

namespace wn::sync {

// Writes the next question, as far as `work` goes. True: it is whole.
bool Asker::question(Frame& frame, std::size_t& work) {
  switch (phase_) {
    case Phase::hello:
      frame.kind = Kind::hello;
      frame.a = view_->size();
      put_nonce(nonce_, body_);
      return true;
    case Phase::report:
      frame.kind = Kind::ask_report;
      frame.a = options_.first_symbols;
      return true;
    case Phase::symbols:
      ask_symbols(frame);
      return true;
    case Phase::ranges:
      return ask_ranges(frame, work);
    case Phase::items:
      frame.kind = Kind::ask_items;
      frame.a = listed_;
      return true;
    case Phase::settle:
    case Phase::over:
      break;
  }
  return tell_surplus(frame, work);
}

// At first about as many as there should be differences: fewer than it takes, unless the guess was far too
// high. Then a fifth more at a time, which is what may be wasted.
void Asker::ask_symbols(Frame& frame) {
  const std::uint64_t have = decoder_->symbols();
  const std::uint64_t next = std::max(guess_, have + have / 5 + 4);
  const std::uint64_t room = options_.message_bytes_max / kSymbolBytesMax;
  wanted_ = static_cast<std::uint32_t>(std::min({next - have, room}));
  if (wanted_ > 1 && WN_FAULT_POINT(options_.fault_points, "sync.one-symbol")) wanted_ = 1;
  frame.kind = Kind::ask_symbols;
  frame.a = have;
  frame.b = wanted_;
}

bool Asker::ask_ranges(Frame& frame, std::size_t& work) {
  constexpr std::size_t kQuestionBytesMax = 67;
  // Where a large share of the items should differ, splitting tells nothing that a list would not.
  const bool dense = guess_ * kSplit >= in_question_;
  for (; !open_.empty() && body_.size() + kQuestionBytesMax <= options_.message_bytes_max; --work) {
    if (work == 0) return false;
    const Open open = open_.back();
    open_.pop_back();
    const std::uint64_t gap = open.theirs > open.ours ? open.theirs - open.ours : open.ours - open.theirs;
    const bool list = open.list || dense || open.theirs <= gap * 4;
    put_question(open.range, list, body_);
    questions_.push_back(open);
  }
  frame.kind = Kind::ask_ranges;
  frame.b = questions_.size();
  return true;
}

bool Asker::tell_surplus(Frame& frame, std::size_t& work) {
  const std::size_t room = options_.message_bytes_max / ItemId::kBytes - 1;
  const std::size_t last = std::min<std::size_t>(surplus_.size(), told_ + room);
  for (std::size_t i = told_ + body_.size() / ItemId::kBytes; i < last; ++i, --work) {
    if (work == 0) return false;
    append((*view_)[surplus_[i]], body_);
  }
  frame.kind = Kind::settle;
  frame.a = told_;
  frame.b = surplus_.size();
  return true;
}

}  // namespace wn::sync
