#pragma once
// Inside the room; see text.cpp.
#include <memory_resource>
#include <string>

#include "runtime/base/digest.h"
#include "runtime/crdt/types.h"

namespace wn::crdt {

class Text {
 public:
  Text(const Options&, std::pmr::memory_resource*) {}
  bool empty() const { return true; }
  std::uint32_t visible() const { return 0; }
  std::uint32_t elements() const { return 0; }
  std::uint64_t held_bytes() const { return 0; }
  void put_clear(Dot, std::vector<std::uint8_t>&) const {}
  void clear(Dot) {}
  void put_state(std::vector<std::uint8_t>&) const {}
  void absorb_into(Digest&) const {}
  std::string utf8() const { return {}; }
  std::uint32_t forget(const CausalContext&, const Text*) { return 0; }
  void merge(ByteView, const CausalContext*, MergeReport&) {}
  std::uint32_t collect(const VersionVector&) { return 0; }
};

struct TextCheck {
  Errc code = Errc::ok;
  std::size_t new_dots = 0;
  std::size_t strangers = 0;
};
inline TextCheck check_text(ByteView, const Options&, const Text*, const CausalContext*) {
  return {.code = Errc::unsupported};
}

}  // namespace wn::crdt
