#include "runtime/chain/chain_log.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::chain {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::next:
      return "next";
    case Verdict::known:
      return "known";
    case Verdict::gap:
      return "gap";
    case Verdict::fork:
      return "fork";
    case Verdict::bad_signature:
      return "bad-signature";
    case Verdict::bad_content:
      return "bad-content";
    case Verdict::wrong_writer:
      return "wrong-writer";
    case Verdict::missing_deps:
      return "missing-deps";
    case Verdict::cut:
      return "cut";
    case Verdict::malformed:
      return "malformed";
    case Verdict::from_future:
      return "from-future";
    case Verdict::out_of_order:
      return "out-of-order";
    case Verdict::full:
      return "full";
  }
  return "unknown";
}

Place ChainLog::head() const {
  if (headers_.empty()) return base_;
  return {.counter = headers_.back().sealed.header.last(), .hash = headers_.back().hash};
}

std::size_t ChainLog::index_of(std::uint64_t counter) const {
  const auto at = std::ranges::lower_bound(headers_, counter, {},
                                           [](const Item& item) { return item.sealed.header.last(); });
  return static_cast<std::size_t>(at - headers_.begin());
}

const Sealed* ChainLog::find(std::uint64_t counter) const {
  if (counter <= base_.counter) return nullptr;
  const std::size_t i = index_of(counter);
  return i == headers_.size() ? nullptr : &headers_[i].sealed;
}

Verdict ChainLog::judge(const Header& header) const {
  const Place top = head();
  if (header.last() <= base_.counter) return Verdict::known;
  if (header.first > top.counter + 1) return Verdict::gap;
  if (header.first == top.counter + 1) {
    if (header.previous != top.hash) return Verdict::fork;
    return headers_.size() == kHeadersMax ? Verdict::full : Verdict::next;
  }
  const Sealed* here = find(header.last());
  return here != nullptr && here->header == header ? Verdict::known : Verdict::fork;
}

void ChainLog::append(const Sealed& sealed) {
  WN_CHECK_EQ(sealed.header.first, next());
  headers_.push_back({.sealed = sealed, .hash = hash_of(sealed.header)});
}

std::optional<bool> ChainLog::has(const Place& place) const {
  if (place.counter == base_.counter) return place.hash == base_.hash;
  if (place.counter < base_.counter || place.counter > head().counter) return {};
  const Item& item = headers_[index_of(place.counter)];
  return item.sealed.header.last() == place.counter && item.hash == place.hash;
}

std::vector<Place> ChainLog::locator() const {
  std::vector<Place> out;
  std::size_t step = 1;
  for (std::size_t back = 0; back < headers_.size() && out.size() + 1 < kLocatorMax; back += step) {
    const Item& item = headers_[headers_.size() - 1 - back];
    out.push_back({.counter = item.sealed.header.last(), .hash = item.hash});
    if (out.size() > 16) step *= 2;
  }
  out.push_back(base_);
  return out;
}

std::vector<Sealed> ChainLog::after(std::span<const Place> locator, std::size_t limit) const {
  std::uint64_t from = base_.counter;
  for (const Place& place : locator) {
    if (place.counter > from && has(place) == true) from = place.counter;
  }
  std::vector<Sealed> out;
  for (std::size_t i = index_of(from + 1); i < headers_.size() && out.size() < limit; ++i) {
    out.push_back(headers_[i].sealed);
  }
  return out;
}

bool ChainLog::cut(std::uint64_t counter) {
  WN_CHECK(counter > base_.counter);
  const std::size_t keep = index_of(counter);
  if (keep == headers_.size()) return false;
  headers_.erase(headers_.begin() + static_cast<std::ptrdiff_t>(keep), headers_.end());
  return true;
}

void ChainLog::forget_before(std::uint64_t counter) {
  if (counter <= base_.counter) return;
  const std::size_t i = index_of(counter);
  WN_CHECK(i < headers_.size() && headers_[i].sealed.header.last() == counter);
  base_ = {.counter = counter, .hash = headers_[i].hash};
  base_time_ = headers_[i].sealed.header.time;
  headers_.erase(headers_.begin(), headers_.begin() + static_cast<std::ptrdiff_t>(i + 1));
}

void ChainLog::encode(std::vector<std::uint8_t>& out) const {
  ProtoWriter w(out);
  w.varint(1, base_.counter);
  w.bytes(2, base_.hash.bytes);
  w.fixed64(3, base_time_);
  std::vector<std::uint8_t> bytes;
  for (const Item& item : headers_) {
    bytes.clear();
    chain::encode(item.sealed, bytes);
    w.bytes(4, bytes);
  }
}

Result<ChainLog> ChainLog::decode(ByteView bytes, std::pmr::memory_resource* memory, bool ask_links) {
  ProtoReader in(bytes);
  Place base;
  std::uint64_t time = 0;
  ByteView hash;
  if (!in.varint(1, base.counter) || !in.bytes(2, hash) || !in.fixed64(3, time) ||
      hash.size() != base.hash.bytes.size()) {
    return fail(Errc::corrupt, "not a chain");
  }
  std::ranges::copy(hash, base.hash.bytes.begin());
  ChainLog out(base, memory);
  out.base_time_ = time;
  while (!in.done()) {
    ByteView item;
    Sealed sealed;
    if (!in.bytes(4, item) || chain::decode(item, sealed) != Errc::ok)
      return fail(Errc::corrupt, "no header");
    if (sealed.header.first != out.next()) return fail(Errc::corrupt, "a gap");
    if (ask_links && out.judge(sealed.header) != Verdict::next) return fail(Errc::corrupt, "a broken link");
    out.append(sealed);
  }
  return out;
}

}  // namespace wn::chain
