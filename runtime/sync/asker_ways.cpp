// The three ways to the difference: coded symbols, ranges, the whole list.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/sync/asker.h"

namespace wn::sync {

// Symbols in the answer at hand, from the cursor to its end, then what comes out of them. True: read, peeled,
// and if that was enough the session goes on to its end.
bool Asker::decode_symbols(std::size_t& work) {
  const std::uint64_t last =
      (phase_ == Phase::report ? 0 : answer_.a) + (phase_ == Phase::report ? answer_.a : answer_.b);
  if (encoder_->symbols().size() < last) {
    work -= std::min(work, encoder_->extend(static_cast<std::uint32_t>(last), work));
    if (encoder_->symbols().size() < last) return false;
  }
  while (decoder_->symbols() < last && work > 0) {
    const std::uint32_t index = decoder_->symbols();
    Symbol theirs;
    if (!get_symbol(at_, index, theirs_, theirs)) {
      refuse(Errc::corrupt);
      return true;
    }
    if (const Errc e = decoder_->add(theirs, encoder_->symbols()[index]); e != Errc::ok) {
      refuse(e);
      return true;
    }
    --work;
    ++stats_.symbols;
  }
  if (decoder_->symbols() < last) return false;
  work -= std::min(work, decoder_->peel(work));
  if (!decoder_->idle()) return false;
  if (decoder_->refusal() != Errc::ok || !at_.done()) {
    refuse(Errc::corrupt);
    return true;
  }
  if (!decoder_->done()) return true;
  // Move what was found over, in slices.
  for (; missing_.size() < decoder_->missing().size() && work > 0; --work)
    found_missing(decoder_->missing()[missing_.size()]);
  for (; surplus_.size() < decoder_->surplus().size() && work > 0; --work)
    found_surplus(decoder_->surplus()[surplus_.size()]);
  if (missing_.size() < decoder_->missing().size() || surplus_.size() < decoder_->surplus().size())
    return false;
  if (phase_ == Phase::symbols || stats_.method == Method::none) conclude();
  return true;
}

bool Asker::take_symbols(std::size_t& work) {
  if (unread_) {
    unread_ = false;
    symbol_bytes_ += inbox_.size();
    if (answer_.a != decoder_->symbols() || answer_.b == 0 || answer_.b > wanted_) {
      refuse(Errc::corrupt);
      return true;
    }
  }
  if (!decode_symbols(work)) return false;
  // More than the surest way would have cost: the guess was wrong.
  if (phase_ == Phase::symbols && !options_.method && symbol_bytes_ >= symbols_budget_) {
    go_on_by(Method::whole);
  }
  return true;
}

// What is left of a list, and of our items beside it. True: through.
bool Asker::merge(std::size_t& work) {
  ItemId item;
  while (merge_.left > 0 && work > 0) {
    --work;
    Cursor next = at_;
    if (!next.item(item)) {
      refuse(Errc::corrupt);
      return true;
    }
    const bool ours = merge_.own < merge_.own_end;
    if (ours && (*view_)[merge_.own] < item) {
      found_surplus(merge_.own++);
      continue;
    }
    // Ascending: what is less than the last of ours that was passed has been said before.
    if (merge_.any && item <= merge_.last) {
      refuse(Errc::corrupt);
      return true;
    }
    if (ours && (*view_)[merge_.own] == item) {
      ++merge_.own;
    } else {
      if (missing_.size() >= options_.items_max) {
        refuse(Errc::too_large);
        return true;
      }
      found_missing(item);
    }
    merge_.any = true;
    merge_.last = item;
    at_ = next;
    --merge_.left;
  }
  if (merge_.left > 0) return false;
  for (; merge_.own < merge_.own_end && work > 0; --work) found_surplus(merge_.own++);
  return merge_.own == merge_.own_end;
}

bool Asker::take_items(std::size_t& work) {
  if (unread_) {
    unread_ = false;
    const std::uint64_t count = answer_.body.size() / ItemId::kBytes;
    if (answer_.body.size() % ItemId::kBytes != 0 || answer_.a != listed_ || answer_.b != theirs_ ||
        count > theirs_ - listed_ || (count == 0 && listed_ < theirs_)) {
      refuse(Errc::corrupt);
      return true;
    }
    listed_ += count;
    merge_.left = count;
    merge_.own_end = view_->size();
    if (listed_ < theirs_) {  // ours beyond the end of a page may be on the next one
      const ItemId last = item_from(answer_.body.last(ItemId::kBytes));
      const std::size_t at = view_->below(last);
      merge_.own_end = std::max(merge_.own, at + (at < view_->size() && (*view_)[at] == last ? 1 : 0));
    }
  }
  if (!merge(work)) return false;
  if (refusal_ == Errc::ok && listed_ == theirs_) conclude();
  return true;
}

// One answer about one range. False: it makes no sense.
bool Asker::take_range(const Open& about) {
  std::uint8_t kind = 0;
  if (!at_.byte(kind)) return false;
  if (kind == static_cast<std::uint8_t>(Answer::split)) {
    std::array<Part, kSplit> parts;
    std::size_t count = 0;
    return get_split(at_, about.range, parts, count) && compare(about.range, std::span(parts).first(count));
  }
  std::uint64_t count = 0;
  if ((kind != static_cast<std::uint8_t>(Answer::list) &&
       kind != static_cast<std::uint8_t>(Answer::list_cut)) ||
      !at_.varint(count)) {
    return false;
  }
  const bool cut = kind == static_cast<std::uint8_t>(Answer::list_cut);
  const ByteView rest = answer_.body.subspan(at_.at());
  if (count > rest.size() / ItemId::kBytes || (cut && count == 0)) return false;
  merge_ = {.left = count, .own = view_->below(about.range.low), .own_end = 0, .any = false, .last = {}};
  merge_.own_end = about.range.to_end ? view_->size() : view_->below(about.range.high);
  if (count > 0) {
    const ItemId last = item_from(rest.subspan((count - 1) * ItemId::kBytes, ItemId::kBytes));
    if (item_from(rest.first(ItemId::kBytes)) < about.range.low) return false;
    if (!about.range.to_end && last >= about.range.high) return false;
    if (cut) {
      Open left = about;
      left.range.low = after(last);
      if (left.range.low <= last || (!left.range.to_end && left.range.low >= left.range.high)) return false;
      const std::size_t from = view_->below(left.range.low);
      left.ours = merge_.own_end - from;
      left.theirs -= std::min(left.theirs, count);
      left.list = true;
      merge_.own_end = from;
      open_.push_back(left);
    }
  }
  merging_ = true;
  return true;
}

bool Asker::take_ranges(std::size_t& work) {
  if (unread_) {
    unread_ = false;
    answered_ = 0;
    if (answer_.b == 0 || answer_.b > questions_.size()) {
      refuse(Errc::corrupt);
      return true;
    }
  }
  while (work > 0) {
    if (merging_) {
      if (!merge(work)) return false;
      if (refusal_ != Errc::ok) return true;
      merging_ = false;
    }
    if (answered_ == answer_.b) break;
    work -= std::min<std::size_t>(work, 256);  // what a split costs to compare
    if (!take_range(questions_[answered_++])) {
      refuse(Errc::corrupt);
      return true;
    }
  }
  if (merging_ || answered_ < answer_.b) return false;
  if (!at_.done()) {
    refuse(Errc::corrupt);
    return true;
  }
  for (std::size_t i = answered_; i < questions_.size(); ++i) open_.push_back(questions_[i]);
  questions_.clear();
  reconsider();
  return true;
}

// After a round of ranges: is it over, and were ranges the right way?
void Asker::reconsider() {
  if (open_.empty()) return conclude();
  if (open_.size() > options_.items_max) return refuse(Errc::too_large);
  const Measured m = measure();
  if (!options_.method && m.parts > 0 && choose(m) == Method::symbols) go_on_by(Method::symbols);
}

}  // namespace wn::sync
