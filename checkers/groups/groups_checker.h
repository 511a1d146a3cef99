#pragma once
// Many Raft groups, from the trace alone. Claim: "groups".
//
//   all replicas of a group that apply the entry at an index apply the same one
//                                        "groups: replicas applied different entries"
//   and stand on the same state after it "groups: replicas of a group differ"
//   in each of its epochs a worknode belongs to one group
//                                        "groups: two groups own a worknode in one epoch"
//   an operation is not served under an epoch at a log position at which the group had given it away, nor
//   under one that is older than what had been served when the operation was asked for
//                                        "groups: a former owner served a worknode"
//
// Worknodes are told by the low half of their id. At most kEntriesMax entries of a group are remembered.
// O(log n) an event.
#include <map>
#include <string>
#include <utility>

#include "checkers/history/trace_judge.h"
#include "runtime/base/ids.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

class GroupsChecker : private TraceJudge {
 public:
  static constexpr std::size_t kEntriesMax = 65'536;

  GroupsChecker() : TraceJudge("groups") {}
  void on_event(const TraceEvent& event);
  using TraceJudge::failed;
  Verdict verdict() const { return found(); }
  std::uint64_t served() const { return served_count_; }

 private:
  struct Entry {
    std::uint64_t checksum = 0;
    std::uint64_t digest = 0;
    NodeId node;
    std::uint64_t position = 0;
  };
  struct Owner {
    std::uint64_t group = 0;
    std::uint64_t position = 0;
  };
  struct Served {
    std::uint64_t epoch = 0;
    std::uint64_t position = 0;
  };
  struct Given {
    std::uint64_t epoch = 0;
    std::uint64_t index = 0;
    std::uint64_t position = 0;
  };
  void on_applied(const TraceEvent& event);
  void on_served(const TraceEvent& event);
  void owns(const TraceEvent& event, std::uint64_t group, std::uint64_t worknode, std::uint64_t epoch);

  std::map<std::uint64_t, std::map<std::uint64_t, Entry>> entries_;  // by group and index
  std::map<std::pair<std::uint64_t, std::uint64_t>, Owner> owners_;  // by worknode and epoch
  std::map<std::pair<std::uint64_t, std::uint64_t>, Given> given_;   // by group and worknode, the latest
  std::map<std::uint64_t, Served> newest_;                           // by worknode
  std::map<NodeId, std::map<std::uint64_t, Served>> asked_;          // by ticket: the newest then
  std::uint64_t served_count_ = 0;
};

}  // namespace wn::checkers
