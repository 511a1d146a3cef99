#include "runtime/sync/item.h"

namespace wn::sync {
namespace {

std::uint64_t little_endian(const std::uint8_t* bytes, std::size_t size) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < size; ++i) word |= std::uint64_t{bytes[i]} << (8 * i);
  return word;
}

}  // namespace

ItemId item_from(const std::uint8_t* bytes) {
  ItemId item;
  for (std::size_t i = 0; i < 4; ++i) item.word[i] = little_endian(bytes + 8 * i, 8);
  return item;
}

void append(const ItemId& item, std::vector<std::uint8_t>& out) {
  std::array<std::uint8_t, ItemId::kBytes> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(item.word[i / 8] >> (8 * (i % 8)));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

ItemHash sip_hash(const SessionKey& key, ByteView bytes) {
  detail::SipState state(key);
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) state.absorb(little_endian(bytes.data() + i, 8));
  state.absorb(little_endian(bytes.data() + i, bytes.size() - i) | (std::uint64_t{bytes.size()} << 56));
  return state.finish();
}

}  // namespace wn::sync
