#include "checkers/history/line_source.h"

#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace wn::checkers {
namespace {

constexpr std::size_t kBlock = 256U << 10;
constexpr unsigned char kZstdMagic[4] = {0x28, 0xB5, 0x2F, 0xFD};

}  // namespace

struct LineSource::Zstd {
  struct Free {
    void operator()(ZSTD_DStream* s) const { ZSTD_freeDStream(s); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream{ZSTD_createDStream()};
  std::vector<char> input = std::vector<char>(kBlock);
  ZSTD_inBuffer in{nullptr, 0, 0};
  bool mid_frame = false;
};

LineSource::LineSource() = default;
LineSource::LineSource(LineSource&&) noexcept = default;
LineSource& LineSource::operator=(LineSource&&) noexcept = default;
LineSource::~LineSource() = default;

Error LineSource::error(Errc code, std::string message) const {
  return Error{.code = code,
               .message = std::move(message),
               .at = {.file = name_, .line = static_cast<std::uint32_t>(number_ + 1), .column = 1}};
}

Result<LineSource> LineSource::open_file(const std::string& path, std::uint64_t line_max,
                                         std::uint64_t text_max) {
  LineSource s;
  s.name_ = path;
  s.line_max_ = line_max;
  s.text_max_ = text_max;
  s.file_.reset(std::fopen(path.c_str(), "rb"));
  if (!s.file_) {
    const Errc code = errno == EIO || errno == ENOMEM || errno == EMFILE ? Errc::io_error : Errc::not_found;
    return fail(Error{.code = code, .message = std::strerror(errno), .at = {.file = path}});
  }
  if (auto begun = s.begin(); !begun) return fail(begun.error());
  return s;
}

Result<LineSource> LineSource::open_text(std::string_view text, const std::string& name,
                                         std::uint64_t line_max, std::uint64_t text_max) {
  LineSource s;
  s.name_ = name;
  s.line_max_ = line_max;
  s.text_max_ = text_max;
  s.text_ = text;
  if (auto begun = s.begin(); !begun) return fail(begun.error());
  return s;
}

Result<void> LineSource::begin() {
  buffer_.resize(kBlock);
  auto got = raw(buffer_.data(), buffer_.size());
  if (!got) return fail(got.error());
  if (*got < 4 || std::memcmp(buffer_.data(), kZstdMagic, 4) != 0) {
    end_ = total_ = *got;
    return {};
  }
  zstd_ = std::make_unique<Zstd>();
  std::copy_n(buffer_.data(), *got, zstd_->input.data());
  zstd_->in = {zstd_->input.data(), *got, 0};
  return {};
}

Result<std::size_t> LineSource::raw(char* into, std::size_t room) {
  if (!file_) {
    const std::size_t n = std::min(room, text_.size());
    std::copy_n(text_.data(), n, into);
    text_.remove_prefix(n);
    return n;
  }
  std::size_t got = 0;
  while (got < room) {
    const std::size_t n = std::fread(into + got, 1, room - got, file_.get());
    if (n == 0) break;
    got += n;
  }
  if (std::ferror(file_.get()) != 0) return fail(error(Errc::io_error, std::strerror(errno)));
  return got;
}

Result<std::size_t> LineSource::decompress(char* into, std::size_t room) {
  ZSTD_outBuffer out{into, room, 0};
  while (out.pos == 0) {
    if (zstd_->in.pos == zstd_->in.size) {
      auto got = raw(zstd_->input.data(), zstd_->input.size());
      if (!got) return got;
      if (*got == 0) {
        if (zstd_->mid_frame) return fail(error(Errc::bad_input, "the zstd data ends in the middle"));
        return std::size_t{0};
      }
      zstd_->in = {zstd_->input.data(), *got, 0};
    }
    const std::size_t rest = ZSTD_decompressStream(zstd_->stream.get(), &out, &zstd_->in);
    if (ZSTD_isError(rest) != 0) {
      return fail(error(Errc::bad_input, std::string("bad zstd data: ") + ZSTD_getErrorName(rest)));
    }
    zstd_->mid_frame = rest != 0;
  }
  return out.pos;
}

Result<bool> LineSource::fill() {
  if (ended_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ > line_max_) {
    return fail(error(Errc::too_large, "this line is longer than " + std::to_string(line_max_) + " bytes"));
  }
  if (buffer_.size() - end_ < kBlock / 2) buffer_.resize(buffer_.size() * 2);
  char* into = buffer_.data() + end_;
  const std::size_t room = buffer_.size() - end_;
  auto got = zstd_ ? decompress(into, room) : raw(into, room);
  if (!got) return fail(got.error());
  ended_ = *got == 0;
  end_ += *got;
  total_ += *got;
  if (total_ > text_max_) {
    return fail(error(Errc::too_large, "the text is longer than " + std::to_string(text_max_) + " bytes"));
  }
  return !ended_;
}

Result<bool> LineSource::next(std::string_view& line) {
  std::size_t searched = 0;
  while (true) {
    const char* from = buffer_.data() + begin_ + searched;
    const void* newline = std::memchr(from, '\n', end_ - begin_ - searched);
    if (newline != nullptr) {
      const auto length =
          static_cast<std::size_t>(static_cast<const char*>(newline) - (buffer_.data() + begin_));
      line = {buffer_.data() + begin_, length};
      begin_ += length + 1;
      ++number_;
      return true;
    }
    searched = end_ - begin_;
    auto more = fill();
    if (!more) return more;
    if (*more) continue;
    if (begin_ == end_) return false;
    line = {buffer_.data() + begin_, end_ - begin_};
    begin_ = end_;
    ++number_;
    return true;
  }
}

}  // namespace wn::checkers
