#pragma once
// Inspector: to whom a value says what it holds, by name, for people and for predicates of a debugger.
// Whoever is inspected changes nothing and tells the same whenever it holds the same: an inspected run goes
// on as one that nobody looked at.
//
// What is told is a tree: groups of named values, and lists whose elements have no name. Names are
// [a-z][a-z0-9_]*, so that "raft.term" is a path. It is bounded: lists by InspectedList below, text and bytes
// by the two limits; what is left out is counted.
// Thread rule: called from the event loop of whoever is inspected.
#include <cstdint>
#include <ranges>
#include <string_view>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/time.h"

namespace wn {

inline constexpr std::size_t kInspectedListMax = 64;   // elements told of one list
inline constexpr std::size_t kInspectedBytesMax = 96;  // told of one text or block of bytes

class Inspector {
 public:
  virtual ~Inspector() = default;
  virtual void begin_group(std::string_view name) = 0;
  virtual void begin_list(std::string_view name) = 0;
  virtual void end() = 0;  // of the group or list begun last
  virtual void number(std::string_view name, std::uint64_t value) = 0;
  virtual void integer(std::string_view name, std::int64_t value) = 0;
  virtual void flag(std::string_view name, bool value) = 0;
  virtual void text(std::string_view name, std::string_view value) = 0;
  virtual void bytes(std::string_view name, ByteView value) = 0;
  virtual void duration(std::string_view name, Duration value) = 0;
  virtual void instant(std::string_view name, Instant value) = 0;  // of the node's monotonic clock
  virtual void wall_time(std::string_view name, WallTime value) = 0;
  virtual void moment(std::string_view name, SimTime value) = 0;  // told by worlds, of what no node can read
  virtual void left_out(std::uint64_t elements) = 0;              // of the list begun last

  void node(std::string_view name, NodeId id) { number(name, id.value); }
};

// A group for as long as it lives.
class InspectedGroup {
 public:
  explicit InspectedGroup(Inspector& to, std::string_view name = {}) : to_(to) { to_.begin_group(name); }
  ~InspectedGroup() { to_.end(); }
  InspectedGroup(const InspectedGroup&) = delete;
  InspectedGroup& operator=(const InspectedGroup&) = delete;

 private:
  Inspector& to_;
};

// The first elements of a range as a list; `tell(element)` says one value or one group.
template <std::ranges::input_range Range, class Tell>
void inspect_list(Inspector& to, std::string_view name, const Range& range, Tell&& tell,
                  std::size_t at_most = kInspectedListMax) {
  to.begin_list(name);
  std::size_t seen = 0;
  for (const auto& element : range) {
    if (seen++ < at_most) tell(element);
  }
  if (seen > at_most) to.left_out(seen - at_most);
  to.end();
}

}  // namespace wn
