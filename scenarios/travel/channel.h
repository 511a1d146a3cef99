#pragma once
// Messages between the traveller and the processes that hold its runs: a length, the bytes, and with some of
// them a file descriptor. Blocking. Errors: io_error when the other end is gone.
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace wn::travel {

inline constexpr std::size_t kLetterBytesMax = 64U << 20;

// One end of a socket; closed when it goes.
class End {
 public:
  End() = default;
  explicit End(int descriptor) : descriptor_(descriptor) {}
  ~End() { close(); }
  End(End&& other) noexcept : descriptor_(other.release()) {}
  End& operator=(End&& other) noexcept;

  bool open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }
  void close();
  int release();

  Result<void> send(std::string_view bytes, int passed = -1) const;
  // A descriptor that came along goes into `passed`, where that is wanted.
  Result<std::string> receive(End* passed = nullptr) const;

 private:
  int descriptor_ = -1;
};

// Both ends; closed on exec.
Result<std::pair<End, End>> make_channel();

}  // namespace wn::travel
