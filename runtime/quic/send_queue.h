#pragma once
// What waits to be sent on one stream, and what was sent and is not acknowledged: QUIC may ask for it again.
// Frames are laid out as frame_reader.h says. Small frames are copied one behind the other into blocks, large
// ones are shared. The queue's owner bounds it by bytes() and frames_unsent().
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/base/bytes.h"

namespace wn::quic {

class SendQueue {
 public:
  explicit SendQueue(std::pmr::memory_resource* memory) : pieces_(memory), ends_(memory) {}

  // REQUIRES frame.size() <= kFrameBytesMax.
  void push(Bytes frame, std::uint8_t type);
  bool nothing_to_send() const { return sent_ == end_; }
  // Pushed and not acknowledged.
  std::uint64_t bytes() const { return end_ - acked_; }
  std::uint64_t unsent_bytes() const { return end_ - sent_; }
  std::size_t frames_unsent() const { return ends_.size() - first_unsent_; }

  // Up to `room` views of what comes next, in order. They stay where they are until acknowledged.
  std::size_t next(std::span<ByteView> room) const;
  void sent(std::uint64_t bytes);
  // The peer has everything before `offset` of the stream.
  void acknowledged(std::uint64_t offset);

 private:
  struct Piece {
    Bytes hold;
    std::uint8_t* own = nullptr;  // of a block that frames are copied into
    std::uint64_t first = 0;      // its offset in the stream
    std::uint32_t size = 0;
    std::uint32_t capacity = 0;  // 0: shared, nothing more goes in
  };
  void copy(ByteView bytes);

  std::pmr::vector<Piece> pieces_;  // [first_piece_, end): not acknowledged
  std::size_t first_piece_ = 0;
  std::size_t at_ = 0;                    // piece that sent_ lies in
  std::pmr::vector<std::uint64_t> ends_;  // where frames end, of those that are not wholly sent
  std::size_t first_unsent_ = 0;
  Bytes spare_;  // a block that is free again
  std::uint8_t* spare_own_ = nullptr;
  std::uint64_t acked_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace wn::quic
