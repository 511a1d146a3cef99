#include "runtime/realm/image_chunks.h"

#include <algorithm>
#include <functional>

#include "runtime/base/proto_wire.h"
#include "runtime/capability/crypto.h"

namespace wn::realm {
namespace {

constexpr std::size_t kLabelBytes = 21;
constexpr std::size_t kGroupRecordsMax = 64;
constexpr std::size_t kLogGroupBytes = 2048;

// A worknode begins a group with probability 1/16, whatever its neighbours are.
constexpr bool begins_group(const WorknodeId& id) {
  const std::uint64_t mixed = (id.high ^ (id.low * 0x9E3779B97F4A7C15ULL)) * 0xD6E8FEB86659FD93ULL;
  return mixed >> 60 == 0;
}

class Cutter {
 public:
  Cutter(const Bytes& image, std::vector<Chunk>& out) : image_(image), out_(out) {}

  std::size_t offset(ByteView window) const {
    return static_cast<std::size_t>(window.data() - image_.data());
  }
  // Where the field begins whose content this is; its tag takes one byte.
  std::size_t head_of(ByteView window) const {
    return offset(window) - 1 - proto::varint_size(window.size());
  }
  void cut(std::uint8_t section, WorknodeId key, std::size_t from, std::size_t to) {
    for (std::uint32_t piece = 0; from < to; ++piece) {
      const std::size_t size = std::min(kChunkBytesMax, to - from);
      Chunk chunk{.label = {section, key, piece}, .body = image_.slice(from, size), .id = {}};
      bytes_.clear();
      encode(chunk, bytes_);
      chunk.id = content_id(bytes_);
      out_.push_back(std::move(chunk));
      from += size;
    }
  }

  Errc tree(ByteView window) {
    ProtoReader in(window);
    std::uint64_t version = 0, time = 0, replica = 0, nodes = 0;
    if (!in.varint(1, version) || !in.fixed64(2, time) || !in.varint(3, replica) || !in.varint(4, nodes))
      return Errc::corrupt;
    const std::size_t end = offset(window) + window.size();
    std::size_t group = end, at = end, records = 0;
    WorknodeId first;
    for (std::uint64_t i = 0; i < nodes; ++i) {
      ByteView record;
      WorknodeId id;
      if (!in.bytes(5, record)) return Errc::corrupt;
      ProtoReader fields(record);
      if (!fields.fixed64(1, id.high) || !fields.fixed64(2, id.low)) return Errc::corrupt;
      at = head_of(record);
      if (i == 0) {
        cut(1, {}, offset(window), at);
      } else if (begins_group(id) || records == kGroupRecordsMax) {
        cut(2, first, group, at);
      }
      if (i == 0 || begins_group(id) || records == kGroupRecordsMax) {
        group = at;
        first = id;
        records = 0;
      }
      ++records;
      at = offset(record) + record.size();
    }
    if (nodes == 0) {
      cut(1, {}, offset(window), end);
    } else {
      cut(2, first, group, at);
      cut(3, {}, at, end);
    }
    return Errc::ok;
  }

  Errc documents(ByteView window) {
    ProtoReader in(window);
    std::size_t at = offset(window);
    while (!in.done()) {
      WorknodeId id;
      ByteView state;
      if (!in.fixed64(1, id.high) || !in.fixed64(2, id.low) || !in.bytes(3, state)) return Errc::corrupt;
      const std::size_t end = offset(state) + state.size();
      cut(kDocumentSection, id, at, end);
      at = end;
    }
    return Errc::ok;
  }

  Errc log(ByteView window) {
    ProtoReader in(window);
    std::size_t at = offset(window), end = at;
    WorknodeId group;
    while (!in.done()) {
      ByteView record;
      if (!in.bytes(1, record)) return Errc::corrupt;
      end = offset(record) + record.size();
      if (end - at < kLogGroupBytes) continue;
      cut(6, group, at, end);
      ++group.low;
      at = end;
    }
    cut(6, group, at, end);
    return Errc::ok;
  }

 private:
  const Bytes& image_;
  std::vector<Chunk>& out_;
  std::vector<std::uint8_t> bytes_;
};

// By its sections. corrupt: it has none.
Errc cut_sections(const Bytes& image, Cutter& cutter) {
  ProtoReader in(image.view());
  std::uint64_t version = 0, self = 0, latest = 0, applied = 0;
  ByteView known, members, tree, properties, schemas, revocations, sessions, log, seen;
  if (!in.varint(1, version) || !in.varint(2, self) || !in.fixed64(3, latest) || !in.varint(4, applied) ||
      !in.bytes(5, known) || !in.bytes(6, members) || !in.bytes(7, tree) || !in.bytes(8, properties) ||
      !in.bytes(9, schemas) || !in.bytes(10, revocations) || !in.bytes(11, sessions) || !in.bytes(12, log) ||
      !in.bytes(13, seen) || !in.done()) {
    return Errc::corrupt;
  }
  cutter.cut(0, {}, 0, cutter.head_of(tree));
  if (const Errc e = cutter.tree(tree); e != Errc::ok) return e;
  if (const Errc e = cutter.documents(properties); e != Errc::ok) return e;
  cutter.cut(5, {}, cutter.offset(properties) + properties.size(), cutter.head_of(log));
  if (const Errc e = cutter.log(log); e != Errc::ok) return e;
  cutter.cut(7, {}, cutter.offset(log) + log.size(), image.size());
  return Errc::ok;
}

}  // namespace

sync::ItemId content_id(ByteView bytes) {
  const capability::Hash hash = capability::hash_of(bytes);
  return sync::item_from(ByteView(hash.bytes));
}

void cut_image(const Bytes& image, std::vector<Chunk>& out) {
  out.clear();
  Cutter cutter(image, out);
  if (cut_sections(image, cutter) == Errc::ok) {
    // Two documents of one worknode, say, are nothing that we have written.
    const auto twice = std::ranges::adjacent_find(out, std::ranges::greater_equal{}, &Chunk::label);
    if (twice == out.end()) return;
  }
  out.clear();
  cutter.cut(kPlainSection, {}, 0, image.size());
}

Errc assemble(std::vector<Chunk>& chunks, Bytes& image) {
  if (chunks.empty()) return Errc::corrupt;
  std::ranges::sort(chunks, {}, &Chunk::label);
  std::size_t sizes[kSectionsEnd] = {};
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (i > 0 && chunks[i - 1].label == chunks[i].label) return Errc::corrupt;
    sizes[chunks[i].label.section] += chunks[i].body.size();
  }
  const bool plain = chunks.back().label.section == kPlainSection;
  if (plain && chunks.front().label.section != kPlainSection) return Errc::corrupt;
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  std::size_t at = 0;
  const auto put = [&](std::uint8_t section) {
    for (; at < chunks.size() && chunks[at].label.section == section; ++at) {
      const ByteView body = chunks[at].body.view();
      bytes.insert(bytes.end(), body.begin(), body.end());
    }
  };
  if (plain) {
    put(kPlainSection);
    image = Bytes::copy_of(ByteView(bytes));
    return Errc::ok;
  }
  put(0);
  w.head(7, sizes[1] + sizes[2] + sizes[3]);
  put(1);
  put(2);
  put(3);
  w.head(8, sizes[kDocumentSection]);
  put(kDocumentSection);
  put(5);
  w.head(12, sizes[6]);
  put(6);
  put(7);
  image = Bytes::copy_of(ByteView(bytes));
  return Errc::ok;
}

void encode(const Chunk& chunk, std::vector<std::uint8_t>& out) {
  out.push_back(chunk.label.section);
  const auto put = [&](std::uint64_t word, int bytes) {
    for (int i = bytes; i-- > 0;) out.push_back(static_cast<std::uint8_t>(word >> (8 * i)));
  };
  put(chunk.label.key.high, 8);
  put(chunk.label.key.low, 8);
  put(chunk.label.piece, 4);
  const ByteView body = chunk.body.view();
  out.insert(out.end(), body.begin(), body.end());
}

Errc decode(ByteView bytes, Chunk& out) {
  if (bytes.size() <= kLabelBytes || bytes.size() > kLabelBytes + kChunkBytesMax ||
      bytes[0] >= kSectionsEnd) {
    return Errc::corrupt;
  }
  std::size_t at = 1;
  const auto get = [&](int size) {
    std::uint64_t word = 0;
    for (int i = 0; i < size; ++i) word = (word << 8) | bytes[at++];
    return word;
  };
  out.label.section = bytes[0];
  out.label.key.high = get(8);
  out.label.key.low = get(8);
  out.label.piece = static_cast<std::uint32_t>(get(4));
  out.body = Bytes::copy_of(bytes.subspan(kLabelBytes));
  out.id = content_id(bytes);
  return Errc::ok;
}

}  // namespace wn::realm
