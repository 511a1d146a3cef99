#pragma once
// LineSource: lines of a ByteSource, one at a time, decompressed by the way. Memory: two blocks and the
// longest line.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history/byte_source.h"
#include "checkers/history/decompressor.h"
#include "runtime/base/result.h"

namespace wn::checkers {

class LineSource {
 public:
  // `growing`: the end of the bytes is no end of the text, and a line without newline not yet a line, until
  // close().
  LineSource(std::unique_ptr<ByteSource> bytes, std::string name, std::uint64_t line_max,
             std::uint64_t text_max, bool growing = false);
  LineSource(LineSource&&) noexcept = default;
  LineSource& operator=(LineSource&&) noexcept = default;

  // False at the end (for now, when growing). The line is without its newline and valid until the next call.
  Result<bool> next(std::string_view& line);
  std::uint64_t number() const { return number_; }  // of the line that next() gave, from 1
  const std::string& name() const { return name_; }
  void close() { growing_ = false; }  // nothing more will come
  bool growing() const { return growing_; }
  std::uint64_t bytes() const { return buffer_.capacity() + input_.capacity(); }

 private:
  Result<bool> fill();  // more text into buffer_; false at the end
  Result<bool> begin();
  Result<std::size_t> raw(std::span<char> into);
  Result<std::size_t> decompress(std::span<char> into);
  Error error(Errc code, std::string message) const;

  std::unique_ptr<ByteSource> bytes_;
  std::string name_;
  std::unique_ptr<Decompressor> decompressor_;
  std::vector<char> input_;          // compressed
  std::span<const char> rest_;       // of input_
  std::vector<char> buffer_;         // text
  std::size_t begin_ = 0, end_ = 0;  // unread part of buffer_
  std::size_t searched_ = 0;         // of that, what holds no newline
  bool begun_ = false, growing_ = false;
  std::uint64_t number_ = 0, total_ = 0;
  std::uint64_t line_max_ = 0, text_max_ = 0;
};

}  // namespace wn::checkers
