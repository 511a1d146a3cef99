#include "runtime/quic/send_queue.h"

#include <algorithm>
#include <cstring>

#include "runtime/backend/network.h"
#include "runtime/base/check.h"
#include "runtime/quic/frame_reader.h"

namespace wn::quic {

namespace {
constexpr std::uint32_t kBlockBytes = 16U << 10;
constexpr std::size_t kCopiedBytesMax = 4096;  // larger frames are shared
// Dead entries at the front of a vector before it is moved together.
constexpr std::size_t kDeadMax = 64;

// Takes the dead front off when it is at least half of the vector: amortized constant.
template <class T>
std::size_t compact(std::pmr::vector<T>& v, std::size_t dead) {
  if (dead < kDeadMax || dead * 2 < v.size()) return dead;
  v.erase(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(dead));
  return 0;
}
}  // namespace

void SendQueue::copy(ByteView bytes) {
  while (!bytes.empty()) {
    if (pieces_.size() == first_piece_ || pieces_.back().size == pieces_.back().capacity ||
        pieces_.back().capacity == 0) {
      Piece piece{.hold = {}, .own = nullptr, .first = end_, .size = 0, .capacity = kBlockBytes};
      if (!spare_.empty()) {
        piece.hold = std::move(spare_);
        piece.own = spare_own_;
        spare_ = {};
      } else {
        piece.hold = Bytes::build(kBlockBytes, [&](std::uint8_t* to) { piece.own = to; });
      }
      pieces_.push_back(std::move(piece));
    }
    Piece& piece = pieces_.back();
    const std::size_t n = std::min<std::size_t>(bytes.size(), piece.capacity - piece.size);
    std::memcpy(piece.own + piece.size, bytes.data(), n);
    piece.size += static_cast<std::uint32_t>(n);
    end_ += n;
    bytes = bytes.subspan(n);
  }
}

void SendQueue::push(Bytes frame, std::uint8_t type) {
  WN_CHECK_LE(frame.size(), kFrameBytesMax);
  const std::uint32_t word = static_cast<std::uint32_t>(frame.size()) | std::uint32_t{type} << 24;
  std::uint8_t head[kFrameHeadBytes];
  for (std::uint32_t i = 0; i < kFrameHeadBytes; ++i) head[i] = static_cast<std::uint8_t>(word >> (8 * i));
  copy(head);
  if (frame.size() <= kCopiedBytesMax) {
    copy(frame.view());
  } else {
    const auto size = static_cast<std::uint32_t>(frame.size());
    pieces_.push_back({.hold = std::move(frame), .own = nullptr, .first = end_, .size = size, .capacity = 0});
    end_ += size;
  }
  ends_.push_back(end_);
}

std::size_t SendQueue::next(std::span<ByteView> room) const {
  std::size_t used = 0;
  std::uint64_t from = sent_;
  for (std::size_t i = std::max(at_, first_piece_); i < pieces_.size() && used < room.size(); ++i) {
    const Piece& piece = pieces_[i];
    if (piece.first + piece.size <= from) continue;
    const std::uint64_t skip = from - piece.first;
    room[used++] = piece.hold.view().subspan(skip, piece.size - skip);
    from = piece.first + piece.size;
  }
  return used;
}

void SendQueue::sent(std::uint64_t bytes) {
  WN_CHECK_LE(bytes, unsent_bytes());
  sent_ += bytes;
  at_ = std::max(at_, first_piece_);
  while (at_ + 1 < pieces_.size() && pieces_[at_].first + pieces_[at_].size <= sent_) ++at_;
  while (first_unsent_ < ends_.size() && ends_[first_unsent_] <= sent_) ++first_unsent_;
  first_unsent_ = compact(ends_, first_unsent_);
}

void SendQueue::acknowledged(std::uint64_t offset) {
  acked_ = std::max(acked_, std::min(offset, sent_));
  // The last block stays while it has room: frames still go into it.
  while (first_piece_ < pieces_.size()) {
    Piece& piece = pieces_[first_piece_];
    if (piece.first + piece.size > acked_) break;
    const bool last = first_piece_ + 1 == pieces_.size();
    if (last && piece.capacity != 0 && piece.size < piece.capacity) break;
    if (piece.capacity != 0) {
      spare_ = std::move(piece.hold);
      spare_own_ = piece.own;
    }
    piece.hold = {};
    ++first_piece_;
  }
  const std::size_t dead = first_piece_;
  first_piece_ = compact(pieces_, first_piece_);
  at_ -= std::min(at_, dead - first_piece_);
}

}  // namespace wn::quic
