#pragma once
// Parts: several cores share one journal. A record or an image says of which part it is.
//
// The realm's records are plain; those of the other parts begin with kMark, which no Protobuf message begins
// with, and the part's number. An image holds each part that has something, the realm's first; one of the
// realm alone is plain. Decoders are total: corrupt. Thread rule: values.
#include <cstdint>
#include <optional>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"

namespace wn::host {

enum class Part : std::uint8_t { realm = 1, local, groups, rpc };

struct PartRecord {
  Part part = Part::realm;
  ByteView bytes;  // a window into the record
};
Bytes tagged(Part part, Bytes record);
Result<PartRecord> part_of(ByteView record);

struct PartImages {
  Bytes realm;
  std::optional<Bytes> local;
  std::optional<Bytes> groups;
  std::optional<Bytes> rpc;
};
Bytes compose(const PartImages& images);
Result<PartImages> decompose(ByteView image);

}  // namespace wn::host
