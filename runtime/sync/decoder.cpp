#include <algorithm>

#include "runtime/sync/symbols.h"

namespace wn::sync {

Decoder::Decoder(const DecoderOptions& options, const KeyedView& ours, std::pmr::memory_resource* memory)
    : options_(options),
      ours_(&ours),
      cells_(memory),
      found_(memory),
      later_(memory),
      queue_(memory),
      missing_(memory),
      surplus_(memory) {}

Errc Decoder::add(const Symbol& theirs, const Symbol& ours) {
  if (cells_.size() >= options_.symbols_max) return Errc::too_large;
  const auto index = static_cast<std::uint32_t>(cells_.size());
  Symbol cell = theirs;
  cell.subtract(ours);
  // What was found before is in this symbol too, where its way leads here.
  const auto further = [&](std::uint32_t a, std::uint32_t b) {
    return found_[a].place.next > found_[b].place.next;
  };
  while (!later_.empty() && found_[later_.front()].place.next == index) {
    std::ranges::pop_heap(later_, further);
    Found& found = found_[later_.back()];
    cell.add(found.item, found.hash.check, -found.times);
    advance(found.place, found.hash.spread);
    std::ranges::push_heap(later_, further);
  }
  cells_.push_back(cell);
  if (lone(cell)) queue_.push_back(index);
  return Errc::ok;
}

// Whether a set can have given this away.
bool Decoder::admit(const Found& found) {
  if (found_.size() >= cells_.size()) return false;
  const std::size_t at = ours_->view().below(found.item);
  const bool here = at < ours_->view().size() && ours_->view()[at] == found.item;
  if (here != (found.times < 0)) return false;
  if (here) {
    surplus_.push_back(static_cast<std::uint32_t>(at));
  } else {
    missing_.push_back(found.item);
  }
  return true;
}

std::size_t Decoder::take(const Symbol& cell) {
  Found found{.item = cell.sum, .hash = hash_of(ours_->key(), cell.sum), .place = {}, .times = cell.count};
  if (found.hash.check != cell.check && !options_.symbols_unchecked) return 1;
  if (!admit(found)) {
    refusal_ = Errc::corrupt;
    return 1;
  }
  std::size_t work = 1;
  for (; found.place.next < cells_.size(); ++work) {
    Symbol& other = cells_[found.place.next];
    other.add(found.item, found.hash.check, -found.times);
    if (lone(other)) queue_.push_back(found.place.next);
    advance(found.place, found.hash.spread);
  }
  later_.push_back(static_cast<std::uint32_t>(found_.size()));
  found_.push_back(found);
  std::ranges::push_heap(
      later_, [&](std::uint32_t a, std::uint32_t b) { return found_[a].place.next > found_[b].place.next; });
  return work;
}

std::size_t Decoder::peel(std::size_t work) {
  std::size_t used = 0;
  while (!idle() && used < work) {
    const Symbol cell = cells_[queue_.back()];
    queue_.pop_back();
    used += lone(cell) ? take(cell) : 1;
  }
  return used;
}

bool Decoder::done() const {
  return refusal_ == Errc::ok && queue_.empty() && !cells_.empty() && cells_.front().zero();
}

}  // namespace wn::sync
