#pragma once
// Requests: those that are in mailboxes or under way, in budgeted memory, by handle. A handle outlives its
// request (the message that holds it may wait for long); using it then is refused. One thread.
#include <cstdint>
#include <expected>
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
};
using RequestHandle = memory::Handle<PendingRequest>;

class Requests {
 public:
  Requests(memory::Memory& memory, std::uint32_t requests_max)
      : memory_(memory), requests_max_(requests_max) {}
  ~Requests();
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

  // Refused: exhausted.
  std::expected<RequestHandle, memory::Fault> add(PendingRequest request);
  // stale_handle: it was answered meanwhile.
  std::expected<PendingRequest*, memory::Fault> find(RequestHandle handle) { return memory_.get(handle); }
  void remove(RequestHandle handle);
  // The same operation of the same client waits already.
  bool waits(NodeId client, std::uint64_t operation) const;
  // Those that arrived before, oldest first.
  std::vector<RequestHandle> arrived_before(Instant moment);
  Instant oldest() const;  // Instant::max(): none

 private:
  struct Entry {
    RequestHandle handle;
    NodeId client;
    std::uint64_t operation = 0;
    Instant arrived;
  };
  memory::Memory& memory_;
  std::uint32_t requests_max_;
  std::vector<Entry> entries_;  // in the order of arrival
};

}  // namespace wn::host
