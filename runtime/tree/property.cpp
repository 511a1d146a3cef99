#include "runtime/tree/property.h"

#include <new>

#include "runtime/base/digest.h"

namespace wn::tree {

PropertyIndex::Entry PropertyIndex::entry(PropertyKey property, const PropertyValue& value, WorknodeId node) {
  Entry entry{.property = property, .kind = value.kind, .high = 0, .low = 0, .node = node};
  switch (value.kind) {
    case PropertyValue::Kind::none:
      break;
    case PropertyValue::Kind::number:
      entry.low = static_cast<std::uint64_t>(value.number);
      break;
    case PropertyValue::Kind::worknode:
      entry.high = value.worknode.high;
      entry.low = value.worknode.low;
      break;
    case PropertyValue::Kind::text: {
      Digest digest;
      digest.absorb(ByteView(reinterpret_cast<const std::uint8_t*>(value.text.data()), value.text.size()));
      entry.high = digest.high();
      entry.low = digest.low();
      break;
    }
  }
  return entry;
}

Result<void> PropertyIndex::add(PropertyKey property, const PropertyValue& value, WorknodeId node) {
  if (value.kind == PropertyValue::Kind::none) return {};
  const Entry added = entry(property, value, node);
  const auto place = entries_.lower_bound(added);
  if (place != entries_.end() && *place == added) return {};
  if (entries_.size() >= entries_max_)
    return fail(Errc::overloaded, "the property index is full: entries_max");
  try {
    entries_.insert(place, added);
  } catch (const std::bad_alloc&) {
    return fail(Errc::overloaded, "the property index's memory is used up");
  }
  return {};
}

void PropertyIndex::remove(PropertyKey property, const PropertyValue& value, WorknodeId node) {
  entries_.erase(entry(property, value, node));
}

}  // namespace wn::tree
