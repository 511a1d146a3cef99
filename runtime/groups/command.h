#pragma once
// LogCommand: what a group's log entries say. Encoding: Protobuf's wire format, canonical, every field
// written. decode() is total on hostile bytes and bounded (kSetMax worknodes, kTransferBytesMax carried).
#include <cstdint>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"
#include "runtime/groups/types.h"

namespace wn::groups {

enum class CommandKind : std::uint8_t {
  write = 1,  // put, cas, add
  split,      // `set` goes to a new group
  freeze,     // `set` (dissolve: everything) is about to go to `other`
  absorb,     // what `other` froze as its hand-over `number`, in `carried`
  release,    // hand-over `number` has been absorbed
  unfreeze,   // hand-over `number` was refused for good
};
inline constexpr std::uint8_t kCommandKindEnd = 7;

struct LogCommand {
  CommandKind kind = CommandKind::write;
  Command write;
  GroupId other;
  std::uint64_t number = 0;
  WorknodeId root;
  bool dissolve = false;
  raft::MemberList members;  // freeze: where `other` lives
  std::vector<WorknodeId> set;
  Bytes carried;
};

Bytes encode(const LogCommand& command);
[[nodiscard]] Errc decode(ByteView bytes, LogCommand& out);

}  // namespace wn::groups
