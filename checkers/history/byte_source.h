#pragma once
// ByteSource: where the text of a history comes from: a file, a pipe, a text in memory, a file that grows.
// Small enough that a caller brings its own (one that waits for a growing file has a clock; this room has
// none).
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace wn::checkers {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Some bytes into `into` (REQUIRES not empty), as soon as there are any; 0: the end, or nothing more for
  // now.
  virtual Result<std::size_t> read(std::span<char> into) = 0;
};

// "-" is the standard input. A directory is refused. Asked again after its end, a file gives what it has
// grown by.
Result<std::unique_ptr<ByteSource>> open_bytes(const std::string& path);
// `text` must outlive the source.
std::unique_ptr<ByteSource> text_bytes(std::string_view text);

}  // namespace wn::checkers
