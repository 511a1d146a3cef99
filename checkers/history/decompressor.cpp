#include "checkers/history/decompressor.h"

#include <zlib.h>
#include <zstd.h>

#include <string>

#include "runtime/base/check.h"

namespace wn::checkers {
namespace {

class Zstd final : public Decompressor {
 public:
  Result<std::size_t> step(std::span<const char>& in, std::span<char> out) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const std::size_t rest = ZSTD_decompressStream(stream_.get(), &to, &from);
    if (ZSTD_isError(rest) != 0) {
      return fail(Errc::bad_input, std::string("bad zstd data: ") + ZSTD_getErrorName(rest));
    }
    mid_frame_ = rest != 0;
    in = in.subspan(from.pos);
    return to.pos;
  }
  bool mid_frame() const override { return mid_frame_; }
  std::string_view name() const override { return "zstd"; }

 private:
  struct Free {
    void operator()(ZSTD_DStream* s) const { ZSTD_freeDStream(s); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
  bool mid_frame_ = false;
};

class Gzip final : public Decompressor {
 public:
  Gzip() { WN_CHECK(inflateInit2(&stream_, 15 + 16) == Z_OK); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() override { inflateEnd(&stream_); }

  Result<std::size_t> step(std::span<const char>& in, std::span<char> out) override {
    if (between_ && !in.empty()) {
      inflateReset(&stream_);
      between_ = false;
    }
    // zlib's interface is not const-correct and speaks of bytes.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int said = inflate(&stream_, Z_NO_FLUSH);
    if (said != Z_OK && said != Z_STREAM_END && said != Z_BUF_ERROR) {
      return fail(Errc::bad_input,
                  std::string("bad gzip data: ") + (stream_.msg != nullptr ? stream_.msg : "no gzip header"));
    }
    between_ = said == Z_STREAM_END;
    in = in.subspan(in.size() - stream_.avail_in);
    return out.size() - stream_.avail_out;
  }
  bool mid_frame() const override { return !between_; }
  std::string_view name() const override { return "gzip"; }

 private:
  z_stream stream_ = {};
  bool between_ = false;  // a member has ended and no other one has begun
};

}  // namespace

std::unique_ptr<Decompressor> Decompressor::for_magic(std::string_view begin) {
  if (begin.starts_with("\x28\xB5\x2F\xFD")) return std::make_unique<Zstd>();
  if (begin.starts_with("\x1F\x8B")) return std::make_unique<Gzip>();
  return nullptr;
}

}  // namespace wn::checkers
