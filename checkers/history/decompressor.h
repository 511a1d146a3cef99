#pragma once
// Decompressor: gzip (RFC 1952) or zstd (RFC 8878), told by their first bytes; several members or frames one
// after the other are one text. Total: damaged bytes are an Error.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "runtime/base/result.h"

namespace wn::checkers {

class Decompressor {
 public:
  static constexpr std::size_t kMagic = 4;  // bytes that for_magic() wants to see

  virtual ~Decompressor() = default;
  // Takes from the front of `in` and writes to `out`; gives how many bytes were written.
  virtual Result<std::size_t> step(std::span<const char>& in, std::span<char> out) = 0;
  virtual bool mid_frame() const = 0;
  virtual std::string_view name() const = 0;

  // Null when the text begins with neither magic number.
  static std::unique_ptr<Decompressor> for_magic(std::string_view begin);
};

}  // namespace wn::checkers
