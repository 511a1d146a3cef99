#pragma once
// LocalStore: the LOCAL properties of one node: registers and counters of worknodes that no other node sees.
// A value that steps; its steps are journal records, so what was acknowledged is there after a restart.
//
// LOCAL operations are sequentially consistent, and more: each takes effect between its request and its
// reply, in one order, for whoever asks this node. They need no network; the driver lets a reply leave when
// the records made before it are durable.
//
// An operation takes effect once: a client's operations have ascending numbers, and one that comes again is
// answered as before. Of more than clients_max clients those with the highest numbers are remembered, and of
// the others the highest number that any of them had: a change of an unknown client that is not above it may
// be a copy of one that took effect, and is refused (timed_out: nobody knows any more). So clients whose
// numbers begin at the clock come and go without end, and nothing takes effect twice, whatever comes late.
//
// Errors: overloaded (entries_max; clients_max, by a number below all that are remembered), precondition (a
// late copy, or a counter that would overflow), timed_out (as above), unsupported (a function that is not of
// this mode). Limits: Options. Records and images are read back whole or refused (corrupt). Thread rule: one
// thread.
#include <compare>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"

namespace wn::modes {

struct LocalOptions {
  std::uint32_t entries_max = 65'536;  // properties that have a value
  std::uint32_t clients_max = 4096;    // whose last operation is remembered
};

enum class LocalFunction : std::uint8_t { get = 1, put, add };

struct LocalOperation {
  NodeId client;
  std::uint64_t number = 0;  // the client's running number
  LocalFunction function = LocalFunction::get;
  WorknodeId worknode;
  std::uint32_t property = 0;
  std::int64_t value = 0;
};

struct LocalAnswer {
  Errc error = Errc::ok;
  bool found = false;      // get: there is a value
  std::int64_t value = 0;  // get: the value
  friend bool operator==(const LocalAnswer&, const LocalAnswer&) = default;
};

class LocalStore {
 public:
  LocalStore(const LocalOptions& options, std::pmr::memory_resource* memory);

  // Appends at most one record to `journal`; the answer may leave when it is durable.
  LocalAnswer execute(const LocalOperation& operation, std::vector<Bytes>& journal);

  // The client's operation of that number has taken effect, and was its last.
  bool took(NodeId client, std::uint64_t number) const;

  // ---- start: the image, if there is one, then the records.
  Errc restore_image(ByteView image);
  Errc replay(ByteView record);
  Bytes image() const;

  std::size_t size() const { return entries_.size(); }

 private:
  struct Key {
    WorknodeId worknode;
    std::uint32_t property = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  Errc change(const LocalOperation& operation);
  Errc make_room(std::uint64_t number);

  LocalOptions options_;
  std::pmr::map<Key, std::int64_t> entries_;
  std::pmr::map<NodeId, std::uint64_t> last_;  // the last operation of each client that took effect
  std::uint64_t forgotten_ = 0;                // the highest of those that are not in last_ any more
};

}  // namespace wn::modes
