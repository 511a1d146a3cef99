#include "runtime/host/requests.h"

#include <algorithm>
#include <utility>

namespace wn::host {

Requests::~Requests() {
  while (!entries_.empty()) remove(entries_.back().handle);
}

std::expected<RequestHandle, memory::Fault> Requests::add(PendingRequest request) {
  if (entries_.size() >= requests_max_) return std::unexpected(memory::Fault::exhausted);
  const Entry entry{.handle = {},
                    .client = request.client,
                    .operation = request.request.operation,
                    .arrived = request.arrived};
  auto handle = memory_.create<PendingRequest>(memory::kRootRegion, std::move(request));
  if (!handle) return handle;
  entries_.push_back(entry);
  entries_.back().handle = *handle;
  return handle;
}

void Requests::remove(RequestHandle handle) {
  const auto at = std::ranges::find(entries_, handle, &Entry::handle);
  if (at == entries_.end()) return;
  entries_.erase(at);
  WN_CHECK(memory_.destroy(handle).has_value());
}

bool Requests::waits(NodeId client, std::uint64_t operation) const {
  return std::ranges::any_of(entries_,
                             [&](const Entry& e) { return e.client == client && e.operation == operation; });
}

std::vector<RequestHandle> Requests::arrived_before(Instant moment) {
  std::vector<RequestHandle> out;
  for (const Entry& e : entries_) {
    if (e.arrived < moment) out.push_back(e.handle);
  }
  return out;
}

Instant Requests::oldest() const { return entries_.empty() ? Instant::max() : entries_.front().arrived; }

}  // namespace wn::host
