#pragma once
// Strong: STRONG operations on their way, as a value that steps: what clients have asked for here, whom it
// was asked of, and what to do about the answer. The groups of this node are asked first where they may own
// the worknode; else the node that leads the group, or one that has a replica. A refusal with a hint is
// followed.
//
// An operation takes effect once: the groups know (client, operation), so it may be asked for anywhere and
// again. Errors: typed replies; what cannot be decided before `patience` is over is `overloaded`, and asked
// again by the client. Limits: Options. Thread rule: one thread. No clock, no I/O.
#include <cstdint>
#include <map>
#include <memory_resource>
#include <optional>
#include <vector>

#include "runtime/base/defect.h"
#include "runtime/base/time.h"
#include "runtime/groups/types.h"
#include "runtime/modes/flow.h"
#include "runtime/realm/protocol.h"

namespace wn::host {

class StrongOperations {
 public:
  struct Options {
    NodeId node;
    std::vector<groups::GroupConfig> groups;  // of the first epoch
    std::uint32_t operations_max = 512;
    std::uint32_t hops_max = 6;  // hints followed at once, before it waits
    Duration patience = seconds(2);
    Duration retry = milliseconds(250);  // of an operation that has no answer
    Duration pause = milliseconds(20);   // before the next try, after an answer without a hint
    Defect defect = Defect::none;
  };
  struct Ask {  // carry this out: `to` this node's groups, or another node's
    NodeId to;
    groups::Command command;
  };
  struct Done {
    NodeId client;
    realm::Reply reply;
  };
  struct Effects {
    std::vector<Ask> asks;
    std::vector<Done> done;
    std::vector<std::pair<WorknodeId, groups::Location>> learned;
    std::vector<Claim> sometimes;
    void clear();
  };

  StrongOperations(const Options& options, std::pmr::memory_resource* memory);

  // `where`: the directory's hint. Evidence that is too weak is refused at once.
  void begin(Instant now, NodeId client, const realm::Request& request, const groups::Location& where,
             Effects& effects);
  // An answer to an Ask, from whoever was asked.
  void answer(Instant now, NodeId from, const groups::Answer& answer, Effects& effects);
  void tick(Instant now, Effects& effects);
  Instant next_deadline() const;
  std::size_t size() const { return operations_.size(); }

 private:
  struct Operation {
    NodeId client;
    realm::Request request;
    NodeId asked;
    std::uint32_t tries = 0;
    std::uint32_t hops = 0;
    groups::GroupId group;  // that a refusal has named last
    std::uint64_t epoch = 0;
    Instant until;
    Instant next;
  };
  void ask(Instant now, std::uint64_t context, Operation& o, NodeId to, Effects& effects);
  NodeId somebody(const Operation& o, NodeId but) const;
  void finish(std::uint64_t context, realm::ReplyCode code, Errc error, Effects& effects,
              std::optional<std::int64_t> value = {});
  groups::Command command_of(std::uint64_t context, const Operation& o) const;
  bool decide_on_what_was_seen(groups::Command& command) const;

  Options options_;
  std::pmr::map<std::uint64_t, Operation> operations_;  // by context
  std::uint64_t last_context_ = 0;
  // What answers have shown, true at some time: EVENTUAL at best.
  std::pmr::map<WorknodeId, modes::Labelled<Mode::eventual, std::int64_t>> seen_;
};

// Between nodes: an Ask, and its answer.
Bytes encode(const groups::Command& command);
Bytes encode(const groups::Answer& answer);
[[nodiscard]] Errc decode(ByteView bytes, groups::Command& out);
[[nodiscard]] Errc decode(ByteView bytes, groups::Answer& out);

}  // namespace wn::host
