#pragma once
// Methods and calls for this room's tests and benches.
#include <vector>

#include "runtime/rpc/endpoint.h"

namespace wn::rpc {

inline constexpr std::uint32_t kEcho = 1;   // repeatable; gives back its arguments
inline constexpr std::uint32_t kAdd = 2;    // has an effect
inline constexpr std::uint32_t kMake = 3;   // has an effect; gives back a worknode's id
inline constexpr std::uint32_t kSlow = 4;   // never answered by itself
inline constexpr std::uint32_t kRelay = 5;  // calls on
inline constexpr std::uint32_t kKind = 9;

inline std::vector<MethodSpec> test_methods() {
  std::vector<MethodSpec> out;
  for (std::uint32_t m = 1; m <= 5; ++m)
    out.push_back({.method = m,
                   .response_kind = kKind,
                   .request_bytes_max = 8192,
                   .response_bytes_max = 8192,
                   .response_items_max = 64,
                   .repeatable = m == kEcho});
  return out;
}

inline CallSpec spec_to(NodeId to, std::uint32_t method, std::uint64_t key, Instant deadline) {
  return {.to = to,
          .method = Method{method},
          .target = WorknodeId{.high = 0, .low = 16},
          .deadline = Deadline{deadline},
          .hops = HopBudget{4},
          .request_bytes = RequestBytes{4096},
          .response_bytes = ResponseBytes{1024},
          .response_items = ResponseItems{16},
          .key = IdempotencyKey{NodeId{100}, key},
          .capability = Capability{Bytes{}}};
}

inline const NodeId kA{1};
inline const NodeId kB{2};
inline const NodeId kC{3};

}  // namespace wn::rpc
