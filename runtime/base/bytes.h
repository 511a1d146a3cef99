#pragma once
// Bytes: an immutable, reference-counted slice of memory. Copying shares, slicing shares, nothing copies
// behind the caller's back. Thread rule: the count is not atomic, so a Bytes and its copies stay on one
// thread; `deep_copy()` before handing bytes to another.
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace wn {

using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Bytes {
 public:
  Bytes() = default;
  static Bytes copy_of(ByteView source);
  static Bytes copy_of(std::string_view text) { return copy_of(as_bytes(text)); }
  // A fresh block of `size` bytes, filled by the caller through `fill(std::uint8_t*)` before anyone shares
  // it.
  template <class Fill>
  static Bytes build(std::size_t size, Fill&& fill) {
    Bytes out = allocate(size);
    if (size != 0) fill(const_cast<std::uint8_t*>(out.data_));
    return out;
  }

  Bytes(const Bytes& other) noexcept : block_(other.block_), data_(other.data_), size_(other.size_) {
    retain();
  }
  Bytes(Bytes&& other) noexcept : block_(other.block_), data_(other.data_), size_(other.size_) {
    other.forget();
  }
  Bytes& operator=(const Bytes& other) noexcept {
    if (this != &other) {
      Bytes copy(other);
      swap(copy);
    }
    return *this;
  }
  Bytes& operator=(Bytes&& other) noexcept {
    if (this != &other) {
      release();
      block_ = other.block_;
      data_ = other.data_;
      size_ = other.size_;
      other.forget();
    }
    return *this;
  }
  ~Bytes() { release(); }

  const std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ByteView view() const { return {data_, size_}; }
  std::string_view text() const { return as_text(view()); }

  // A window of this slice that shares its memory. REQUIRES offset + length <= size().
  Bytes slice(std::size_t offset, std::size_t length) const;
  Bytes deep_copy() const { return copy_of(view()); }

  friend bool operator==(const Bytes& a, const Bytes& b) { return a.text() == b.text(); }
  friend std::strong_ordering operator<=>(const Bytes& a, const Bytes& b) { return a.text() <=> b.text(); }

 private:
  struct Block {
    std::uint64_t references;
  };
  static Bytes allocate(std::size_t size);
  static void destroy(Block* block) noexcept;
  void retain() noexcept {
    if (block_) ++block_->references;
  }
  void release() noexcept {
    if (block_ && --block_->references == 0) destroy(block_);
  }
  void forget() noexcept {
    block_ = nullptr;
    data_ = nullptr;
    size_ = 0;
  }
  void swap(Bytes& other) noexcept;

  Block* block_ = nullptr;
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace wn
