#pragma once
// SessionTable: per session the last sequence number and its reply ([diss] 6.3). Bounded; the least recently
// used session by log index leaves first. A session is used at most once per log index, so the order is
// total.
#include <cstdint>
#include <vector>

#include "runtime/base/flat_map.h"
#include "runtime/base/ids.h"
#include "runtime/kv/command.h"

namespace wn::kv {

class SessionTable {
 public:
  struct Session {
    std::uint64_t id = 0;
    std::uint64_t sequence = 0;
    LogIndex last_used;
    Reply reply;                         // to `sequence`
    std::uint64_t hash = 0;              // of all of the above
    std::uint32_t older = 0, newer = 0;  // neighbours in order of use
  };

  explicit SessionTable(std::uint32_t sessions_max);

  // nullptr when the session is not there. Valid until the next call of open().
  Session* find(std::uint64_t id);
  // A new session, used at `index`; evicts the oldest at the limit. REQUIRES that id is not there.
  Session& open(std::uint64_t id, LogIndex index);
  // Marks `session` as used at `index`, and takes its present fields into the hash.
  void used(Session& session, LogIndex index);

  std::size_t size() const { return slot_of_.size(); }
  std::uint64_t content_hash() const { return content_hash_; }
  // Oldest use first.
  template <class Visit>
  void visit(Visit&& visit) const {
    for (std::uint32_t at = sessions_[0].newer; at != 0; at = sessions_[at].newer) visit(sessions_[at]);
  }

 private:
  void unlink(Session& session);
  void link_newest(std::uint32_t slot);

  std::uint32_t sessions_max_;
  std::vector<Session> sessions_;  // [0] is the list's anchor
  FlatMap<std::uint64_t, std::uint32_t> slot_of_;
  std::uint64_t content_hash_ = 0;
};

}  // namespace wn::kv
