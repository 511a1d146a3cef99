#pragma once
// LineSource: lines of a file or of a text, one at a time, decompressed by the way. Memory: one block and the
// longest line.
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace wn::checkers {

class LineSource {
 public:
  static Result<LineSource> open_file(const std::string& path, std::uint64_t line_max,
                                      std::uint64_t text_max);
  static Result<LineSource> open_text(std::string_view text, const std::string& name, std::uint64_t line_max,
                                      std::uint64_t text_max);
  LineSource(LineSource&&) noexcept;
  LineSource& operator=(LineSource&&) noexcept;
  ~LineSource();

  // False at the end. The line is without its newline and valid until the next call.
  Result<bool> next(std::string_view& line);
  std::uint64_t number() const { return number_; }  // of the line that next() gave, from 1

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct Zstd;

  LineSource();
  Result<void> begin();
  Result<bool> fill();                                    // more text into buffer_; false at the end
  Result<std::size_t> raw(char* into, std::size_t room);  // bytes as stored
  Result<std::size_t> decompress(char* into, std::size_t room);
  Error error(Errc code, std::string message) const;

  std::string name_;
  std::unique_ptr<std::FILE, Closer> file_;
  std::string_view text_;
  std::unique_ptr<Zstd> zstd_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // unread part of buffer_
  bool ended_ = false;
  std::uint64_t number_ = 0, total_ = 0;
  std::uint64_t line_max_ = 0, text_max_ = 0;
};

}  // namespace wn::checkers
