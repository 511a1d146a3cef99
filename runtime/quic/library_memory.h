#pragma once
// ngtcp2's memory out of a std::pmr::memory_resource, counted. One for each endpoint.
#include <cstdint>
#include <memory>
#include <memory_resource>

struct ngtcp2_mem;

namespace wn::quic {

class LibraryMemory {
 public:
  explicit LibraryMemory(std::pmr::memory_resource* memory);
  ~LibraryMemory();
  LibraryMemory(const LibraryMemory&) = delete;
  LibraryMemory& operator=(const LibraryMemory&) = delete;
  const ngtcp2_mem* get() const { return table_.get(); }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t bytes_high() const { return high_; }

  void* take(std::size_t size);
  void give(void* pointer);
  void* resize(void* pointer, std::size_t size);

 private:
  std::pmr::memory_resource* memory_;
  std::unique_ptr<ngtcp2_mem> table_;
  std::uint64_t bytes_ = 0;
  std::uint64_t high_ = 0;
};

}  // namespace wn::quic
