#include "runtime/host/requests.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"

namespace wn::host {

Requests::~Requests() {
  while (!entries_.empty()) remove(entries_.back().handle);
}

std::expected<RequestHandle, memory::Fault> Requests::add(PendingRequest request) {
  if (free_.empty()) return std::unexpected(memory::Fault::exhausted);
  const std::uint32_t place = free_.back();
  const auto handle =
      memory_.create<RequestPlace>(memory::kRootRegion, RequestPlace{.place = place, .check = ~place});
  if (!handle) return handle;
  free_.pop_back();
  entries_.push_back({.handle = *handle,
                      .place = place,
                      .client = request.client,
                      .operation = request.request.operation,
                      .arrived = request.arrived});
  places_[place] = std::move(request);
  return handle;
}

std::expected<PendingRequest*, memory::Fault> Requests::find(RequestHandle handle) {
  const auto found = memory_.get(handle);
  if (!found) return std::unexpected(found.error());
  const RequestPlace at = **found;
  if (at.check != ~at.place || at.place >= places_.size())
    return std::unexpected(memory::Fault::stale_handle);
  return &places_[at.place];
}

void Requests::remove(RequestHandle handle) {
  const auto at = std::ranges::find(entries_, handle, &Entry::handle);
  if (at == entries_.end()) return;
  places_[at->place] = {};
  free_.push_back(at->place);
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
