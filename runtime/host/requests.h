#pragma once
// Requests: those that are in mailboxes or under way, in budgeted memory, by handle. A handle outlives its
// request (the message that holds it may wait for long); using it then is refused. One thread.
//
// A handle leads to a place, and the place to the request. Places are never given back, only cleared and used
// again, so that even where stale handles are followed (the planted bug stale_handle_reuse) they lead to a
// request that somebody else holds, or to a cleared one, never to what has been destroyed.
#include <cstdint>
#include <deque>
#include <expected>
#include <memory_resource>
#include <vector>

#include "runtime/base/ids.h"
#include "runtime/base/time.h"
#include "runtime/memory/memory.h"
#include "runtime/realm/protocol.h"

namespace wn::host {

struct PendingRequest {
  NodeId client;
  Instant arrived;
  realm::Request request;
  std::uint64_t remote = 0;  // rpc::Incoming: another node asks for the client, and gets the answer
};
struct RequestPlace {
  std::uint32_t place = 0;
  std::uint32_t check = 0;  // place, inverted: tells a place from whatever else lay in this memory
};
using RequestHandle = memory::Handle<RequestPlace>;

class Requests {
 public:
  // The requests lie in `resource`, all taken now; their handles are `memory`'s.
  Requests(memory::Memory& memory, std::pmr::memory_resource* resource, std::uint32_t requests_max)
      : memory_(memory), places_(requests_max, resource), free_(resource), entries_(resource) {
    entries_.reserve(requests_max);
    free_.reserve(requests_max);
    for (std::uint32_t place = requests_max; place > 0; --place) free_.push_back(place - 1);
  }
  ~Requests();
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

  // Refused: exhausted.
  std::expected<RequestHandle, memory::Fault> add(PendingRequest request);
  // stale_handle: it was answered meanwhile.
  std::expected<PendingRequest*, memory::Fault> find(RequestHandle handle);
  void remove(RequestHandle handle);
  // The same operation of the same client waits already.
  bool waits(NodeId client, std::uint64_t operation) const;
  // Those that arrived before, oldest first.
  std::vector<RequestHandle> arrived_before(Instant moment);
  Instant oldest() const;  // Instant::max(): none

 private:
  struct Entry {
    RequestHandle handle;
    std::uint32_t place = 0;
    NodeId client;
    std::uint64_t operation = 0;
    Instant arrived;
  };
  memory::Memory& memory_;
  std::pmr::deque<PendingRequest> places_;
  std::pmr::vector<std::uint32_t> free_;  // places that are cleared
  std::pmr::vector<Entry> entries_;       // in the order of arrival
};

}  // namespace wn::host
