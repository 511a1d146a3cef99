#include "checkers/history/line_source.h"

#include <algorithm>
#include <cstring>

namespace wn::checkers {
namespace {

constexpr std::size_t kBlock = 256U << 10;

}  // namespace

LineSource::LineSource(std::unique_ptr<ByteSource> bytes, std::string name, std::uint64_t line_max,
                       std::uint64_t text_max, bool growing)
    : bytes_(std::move(bytes)),
      name_(std::move(name)),
      growing_(growing),
      line_max_(line_max),
      text_max_(text_max) {
  buffer_.resize(kBlock);
}

Error LineSource::error(Errc code, std::string message) const {
  return Error{.code = code,
               .message = std::move(message),
               .at = {.file = name_, .line = static_cast<std::uint32_t>(number_ + 1), .column = 1}};
}

Result<std::size_t> LineSource::raw(std::span<char> into) {
  auto got = bytes_->read(into);
  if (!got) return fail(error(got.error().code, got.error().message));
  return got;
}

// The first bytes say whether the text is compressed; false when there are too few of them yet.
Result<bool> LineSource::begin() {
  while (end_ < Decompressor::kMagic) {
    auto got = raw({buffer_.data() + end_, buffer_.size() - end_});
    if (!got) return fail(got.error());
    if (*got == 0 && growing_) return false;
    if (*got == 0) break;
    end_ += *got;
  }
  begun_ = true;
  decompressor_ = Decompressor::for_magic({buffer_.data(), end_});
  if (decompressor_) {
    input_.assign(buffer_.begin(), buffer_.end());
    rest_ = {input_.data(), end_};
    end_ = 0;
  }
  total_ = end_;
  return true;
}

Result<std::size_t> LineSource::decompress(std::span<char> into) {
  while (true) {
    if (rest_.empty()) {
      auto got = raw(input_);
      if (!got) return got;
      if (*got == 0 && growing_) return std::size_t{0};
      if (*got == 0 && decompressor_->mid_frame()) {
        return fail(
            error(Errc::bad_input, "the " + std::string(decompressor_->name()) + " data ends in the middle"));
      }
      if (*got == 0) return std::size_t{0};
      rest_ = {input_.data(), *got};
    }
    auto made = decompressor_->step(rest_, into);
    if (!made) return fail(error(made.error().code, made.error().message));
    if (*made != 0) return made;
  }
}

Result<bool> LineSource::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ > line_max_) {
    return fail(error(Errc::too_large, "this line is longer than " + std::to_string(line_max_) + " bytes"));
  }
  if (buffer_.size() - end_ < kBlock / 2) buffer_.resize(buffer_.size() * 2);
  const std::span<char> into{buffer_.data() + end_, buffer_.size() - end_};
  auto got = decompressor_ ? decompress(into) : raw(into);
  if (!got) return fail(got.error());
  end_ += *got;
  total_ += *got;
  if (total_ > text_max_) {
    return fail(error(Errc::too_large, "the text is longer than " + std::to_string(text_max_) + " bytes"));
  }
  return *got != 0;
}

Result<bool> LineSource::next(std::string_view& line) {
  // Until the first bytes have told whether they are text, there is nothing to look at.
  while (!begun_) {
    auto begun = begin();
    if (!begun || !*begun) return begun;
  }
  while (true) {
    const char* from = buffer_.data() + begin_;
    const void* newline = std::memchr(from + searched_, '\n', end_ - begin_ - searched_);
    if (newline != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - from);
      line = {from, length};
      begin_ += length + 1;
      searched_ = 0;
      ++number_;
      return true;
    }
    searched_ = end_ - begin_;
    auto more = fill();
    if (!more) return more;
    if (*more) continue;
    if (growing_ || begin_ == end_) return false;
    line = {buffer_.data() + begin_, end_ - begin_};
    begin_ = end_;
    searched_ = 0;
    ++number_;
    return true;
  }
}

}  // namespace wn::checkers
