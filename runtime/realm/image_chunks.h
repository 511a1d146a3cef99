#pragma once
// An image cut into chunks, each named by the hash of its content, so that a node that has most of an image
// already takes the rest alone (image_transfer.cpp).
//
// The cut is canonical: equal content gives equal chunks, whatever else the image holds. A document is a
// chunk (a large one several); worknodes are cut into groups where their identities say, so that one more
// changes one group; what is left are a few small pieces. The lengths of the sections are in no chunk: they
// are worked out again when the chunks are put together.
//
// Bytes of another shape than image.cpp writes are cut every kChunkBytesMax bytes: right, but of what has
// moved nothing is recognised.
//
// Errors: corrupt, for bytes that are no chunk. Thread rule: values.
#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "runtime/sync/item.h"

namespace wn::realm {

// Where a chunk stands: section, then key, then piece. No two chunks of an image have the same.
struct ChunkLabel {
  std::uint8_t section = 0;
  WorknodeId key;
  std::uint32_t piece = 0;
  friend constexpr auto operator<=>(const ChunkLabel&, const ChunkLabel&) = default;
};
inline constexpr std::uint8_t kDocumentSection = 4;
inline constexpr std::uint8_t kPlainSection = 8;  // of bytes that are cut blindly
inline constexpr std::uint8_t kSectionsEnd = 9;
inline constexpr std::size_t kChunkBytesMax = 32U << 10;

struct Chunk {
  ChunkLabel label;
  Bytes body;
  sync::ItemId id;  // of label and body
};

// 256 bits of BLAKE2b, as what images and chunks are known by.
sync::ItemId content_id(ByteView bytes);

void cut_image(const Bytes& image, std::vector<Chunk>& out);  // in the order of their labels
// The image again. corrupt: two with one label, or pieces of both sorts.
Errc assemble(std::vector<Chunk>& chunks, Bytes& image);

void encode(const Chunk& chunk, std::vector<std::uint8_t>& out);
[[nodiscard]] Errc decode(ByteView bytes, Chunk& out);

}  // namespace wn::realm
