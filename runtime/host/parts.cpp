#include "runtime/host/parts.h"

#include <algorithm>
#include <vector>

#include "runtime/base/proto_wire.h"

namespace wn::host {
namespace {

constexpr std::uint8_t kMark = 0x07;  // field 0, wire type 7: neither exists
constexpr std::uint8_t kImage = 0x7f;

bool is_other(std::uint8_t part) {
  return part >= static_cast<std::uint8_t>(Part::local) && part <= static_cast<std::uint8_t>(Part::rpc);
}

bool get_part(ProtoReader& in, std::uint32_t field, std::optional<Bytes>& out) {
  ProtoReader ahead = in;
  ByteView bytes;
  if (!ahead.bytes(field, bytes)) return false;
  in = ahead;
  out = Bytes::copy_of(bytes);
  return true;
}

}  // namespace

Bytes tagged(Part part, Bytes record) {
  if (part == Part::realm) return record;
  return Bytes::build(record.size() + 2, [&](std::uint8_t* to) {
    to[0] = kMark;
    to[1] = static_cast<std::uint8_t>(part);
    std::copy_n(record.data(), record.size(), to + 2);
  });
}

Result<PartRecord> part_of(ByteView record) {
  if (record.empty() || record[0] != kMark) return PartRecord{.part = Part::realm, .bytes = record};
  if (record.size() < 2 || !is_other(record[1])) return fail(Errc::corrupt, "a record of no known part");
  return PartRecord{.part = static_cast<Part>(record[1]), .bytes = record.subspan(2)};
}

Bytes compose(const PartImages& images) {
  if (!images.local && !images.groups && !images.rpc) return images.realm;
  std::vector<std::uint8_t> bytes{kMark, kImage};
  ProtoWriter out(bytes);
  out.bytes(static_cast<std::uint32_t>(Part::realm), images.realm.view());
  if (images.local) out.bytes(static_cast<std::uint32_t>(Part::local), images.local->view());
  if (images.groups) out.bytes(static_cast<std::uint32_t>(Part::groups), images.groups->view());
  if (images.rpc) out.bytes(static_cast<std::uint32_t>(Part::rpc), images.rpc->view());
  return Bytes::copy_of(ByteView(bytes));
}

Result<PartImages> decompose(ByteView image) {
  PartImages out;
  if (image.empty() || image[0] != kMark) {
    out.realm = Bytes::copy_of(image);
    return out;
  }
  ProtoReader in(image.subspan(std::min<std::size_t>(2, image.size())));
  ByteView realm;
  if (image.size() < 2 || image[1] != kImage || !in.bytes(static_cast<std::uint32_t>(Part::realm), realm))
    return fail(Errc::corrupt, "an image of no known form");
  out.realm = Bytes::copy_of(realm);
  get_part(in, static_cast<std::uint32_t>(Part::local), out.local);
  get_part(in, static_cast<std::uint32_t>(Part::groups), out.groups);
  get_part(in, static_cast<std::uint32_t>(Part::rpc), out.rpc);
  if (!in.done() || (!out.local && !out.groups && !out.rpc))
    return fail(Errc::corrupt, "an image with a part too much");
  return out;
}

}  // namespace wn::host
