#pragma once
// What replicas with an identity say to each other besides: the heads of the chains that they hold, and
// headers, when two hold different chains of one writer. A proof travels as its own bytes (chain::Proof).
//
// Decoders are total on hostile bytes and bounded: kHeadsMax writers, chain::kLocatorMax places,
// kHeadersPerMessage.
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "runtime/chain/chain_log.h"

namespace wn::realm {

inline constexpr std::size_t kHeadsMax = 1024;
inline constexpr std::size_t kHeadersPerMessage = 512;

struct Heads {
  struct Head {
    ReplicaId writer;
    chain::Place place;
  };
  struct Cut {
    ReplicaId writer;
    std::uint64_t counter = 0;
  };
  std::vector<Head> heads;  // ascending by writer
  std::vector<Cut> cuts;    // ascending by writer
};

// Which headers of `writer` come after the newest of these places that you know?
struct ChainRequest {
  ReplicaId writer;
  std::vector<chain::Place> locator;
};
struct ChainHeaders {
  ReplicaId writer;
  bool more = false;
  std::vector<chain::Sealed> headers;
};

Bytes encode(const Heads& heads);
Bytes encode(const ChainRequest& message);
Bytes encode(const ChainHeaders& message);
// ok, corrupt or too_large.
[[nodiscard]] Errc decode(ByteView bytes, Heads& out);
[[nodiscard]] Errc decode(ByteView bytes, ChainRequest& out);
[[nodiscard]] Errc decode(ByteView bytes, ChainHeaders& out);

}  // namespace wn::realm
