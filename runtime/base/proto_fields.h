#pragma once
// Fields that are narrower than a varint: false where the value read does not fit, as ProtoReader's own.
#include <cstdint>

#include "runtime/base/proto_wire.h"

namespace wn::proto {

inline bool get_u32(ProtoReader& in, std::uint32_t field, std::uint32_t& value) {
  std::uint64_t wide = 0;
  if (!in.varint(field, wide) || wide > ~std::uint32_t{0}) return false;
  value = static_cast<std::uint32_t>(wide);
  return true;
}

inline bool get_flag(ProtoReader& in, std::uint32_t field, bool& value) {
  std::uint64_t wide = 0;
  if (!in.varint(field, wide) || wide > 1) return false;
  value = wide == 1;
  return true;
}

}  // namespace wn::proto
