#pragma once
// What a query sees of the properties of worknodes. The tree holds none: the caller's property store answers
// for many worknodes at once (PropertySource), and keeps the equality index up to date (PropertyIndex).
//
// PropertyValue is a view: text is valid until the source changes. PropertyIndex keeps texts by their 128-bit
// fingerprint, which honest texts do not share, but forged ones may: whoever indexes strangers' texts asks
// the source again. Errors: overloaded at entries_max or when memory is used up. Thread rule: one thread.
#include <cstdint>
#include <memory_resource>
#include <set>
#include <span>
#include <string_view>

#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "runtime/base/strong.h"

namespace wn::tree {

struct PropertyKey : Strong<PropertyKey, std::uint32_t> {
  using Strong::Strong;
};

struct PropertyValue {
  enum class Kind : std::uint8_t { none, number, worknode, text };
  Kind kind = Kind::none;
  std::int64_t number = 0;
  WorknodeId worknode;
  std::string_view text;

  static constexpr PropertyValue of(std::int64_t n) { return {.kind = Kind::number, .number = n}; }
  static constexpr PropertyValue of(WorknodeId id) { return {.kind = Kind::worknode, .worknode = id}; }
  static constexpr PropertyValue of(std::string_view t) { return {.kind = Kind::text, .text = t}; }
  friend bool operator==(const PropertyValue&, const PropertyValue&) = default;
};

class PropertySource {
 public:
  virtual ~PropertySource() = default;
  // values[j] = the property of nodes[j], kind none where it has none. REQUIRES equal sizes.
  virtual void read(std::span<const WorknodeId> nodes, PropertyKey property,
                    std::span<PropertyValue> values) const = 0;
};

class PropertyIndex {
 public:
  PropertyIndex(std::uint32_t entries_max, std::pmr::memory_resource* memory)
      : entries_max_(entries_max), entries_(memory) {}

  // Adding what is there and removing what is not are no errors. A value of kind none is never indexed.
  Result<void> add(PropertyKey property, const PropertyValue& value, WorknodeId node);
  void remove(PropertyKey property, const PropertyValue& value, WorknodeId node);
  std::size_t size() const { return entries_.size(); }

  // Calls visit(node) in ascending order of ids after `after`, until it returns false or all were shown.
  template <class Visit>
  void visit(PropertyKey property, const PropertyValue& value, WorknodeId after, Visit&& visit) const {
    Entry from = entry(property, value, after);
    for (auto it = entries_.upper_bound(from); it != entries_.end() && it->same_value(from); ++it) {
      if (!visit(it->node)) return;
    }
  }

 private:
  struct Entry {
    PropertyKey property;
    PropertyValue::Kind kind = PropertyValue::Kind::none;
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    WorknodeId node;
    bool same_value(const Entry& other) const {
      return property == other.property && kind == other.kind && high == other.high && low == other.low;
    }
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };
  static Entry entry(PropertyKey property, const PropertyValue& value, WorknodeId node);

  std::uint32_t entries_max_;
  std::pmr::set<Entry> entries_;
};

}  // namespace wn::tree
