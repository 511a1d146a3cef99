#include "runtime/tree/genesis.h"

#include <utility>

#include "runtime/tree/builder.h"

namespace wn::tree {

Result<Tree> make_genesis(const Genesis& genesis, Options options, std::pmr::memory_resource* memory) {
  if (genesis.fan_out == 0) return fail(Errc::invalid_argument, "a genesis needs a fan-out from 1");
  Builder builder(options, memory);
  if (Result<void> room = builder.reserve(genesis.count); !room) return std::unexpected(room.error());
  for (std::uint32_t i = 0; i < genesis.count; ++i) {
    const Result<void> added = builder.add(
        {.id = genesis_id(i), .parent = genesis_parent(genesis, i), .type = genesis.type, .last_home = {}});
    if (!added) return std::unexpected(added.error());
  }
  return std::move(builder).finish({});
}

}  // namespace wn::tree
