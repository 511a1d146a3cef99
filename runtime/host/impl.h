#pragma once
// Host, whole. Internal to the room; one .cpp file for each concern.
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/actor/stack_memory.h"
#include "runtime/actor/system.h"
#include "runtime/groups/groups.h"
#include "runtime/host/host.h"
#include "runtime/host/journal.h"
#include "runtime/host/last_begun.h"
#include "runtime/host/parts.h"
#include "runtime/host/remote.h"
#include "runtime/host/requests.h"
#include "runtime/host/strong.h"
#include "runtime/memory/resource.h"
#include "runtime/modes/local_store.h"
#include "runtime/wire/frame.h"

namespace wn::host {

inline constexpr std::uint32_t kTimer = 0;
inline constexpr std::uint32_t kFlushTimer = 1;  // Options::flush_at_turn_end
inline constexpr std::size_t kHeldFramesMax = 65'536;
inline constexpr std::size_t kEarlyBytesMax = 1U << 20;
inline constexpr std::uint64_t kRecordBytesUsual = 640;  // larger ones count as more than one, for compaction
// The groups' own frames.
inline constexpr auto kGroupBatch = static_cast<wire::FrameType>(groups::MessageKind::batch);
inline constexpr auto kGroupAlive = static_cast<wire::FrameType>(groups::MessageKind::alive);
inline constexpr int kSettleRoundsMax = 64;
inline constexpr std::size_t kParkedMax = 256;
inline constexpr std::size_t kBegunMax = 4096;  // clients
inline constexpr Duration kParkedPatience = milliseconds(500);
inline constexpr std::size_t kPathMax = 4097;  // from a worknode to the root

// Messages between actors.
inline constexpr std::uint32_t kServe = 1;  // word[0]: a RequestHandle
inline constexpr std::uint32_t kSum = 2;    // the same, to a summing actor
inline constexpr std::uint32_t kCount = 3;  // a request: what is your counter? The answer is in word[0]
inline constexpr std::uint32_t kCountFor =
    4;  // the same; the answer goes to the call word[0] of another node

class Host final : public Server, private actor::Listener, private actor::Meter {
 public:
  Host(const Options& options, Backend& backend);
  ~Host() override;

  void on_start() override;
  void on_message(NodeId from, const Bytes& frame) override;
  void on_timer(std::uint32_t slot) override;
  void on_disk(DiskCompletion completion) override;
  void on_control(const Bytes&) override {}
  Stats stats() const override;                // stats.cpp
  void inspect(Inspector& to) const override;  // inspect.cpp

 private:
  // A worknode's behaviour, and that of an actor that sums for it. State word: the place.
  class Serving final : public actor::Behaviour {
   public:
    explicit Serving(Host& host) : host_(host) {}
    actor::Outcome on_message(actor::Context& context, const actor::Message& message) override {
      return host_.serve(context, message);
    }
    const char* handler_name(std::uint32_t) const override { return "worknode"; }

   private:
    Host& host_;
  };
  class Summing final : public actor::Behaviour {
   public:
    explicit Summing(Host& host) : host_(host) {}
    actor::Outcome on_message(actor::Context& context, const actor::Message& message) override {
      return host_.sum(context, message);
    }
    const char* handler_name(std::uint32_t) const override { return "sum of the children"; }

   private:
    Host& host_;
  };
  // The order that was asked for, with each real choice told to the trace.
  class ToldOrder final : public actor::Order {
   public:
    ToldOrder(Host& host, actor::Order& inner) : host_(host), inner_(inner) {}
    std::size_t choose(std::uint64_t step, std::span<const actor::ActorId> ready) override;

   private:
    Host& host_;
    actor::Order& inner_;
  };

  struct Parked {
    RequestHandle handle;
    Instant until;
  };
  struct Held {
    std::uint64_t wait_for = 0;
    NodeId to;
    std::uint8_t type = 0;
    Bytes frame;
  };
  struct Early {
    Instant arrived;
    NodeId from;
    Bytes frame;
  };

  // ---- host.cpp: the loop
  std::uint16_t mailbox_messages() const;
  std::uint32_t calls_max() const;
  realm::Moment moment() const;
  void pump();
  void arm();
  void expire_requests();

  // ---- durable.cpp: the journal, and what may leave
  void recover();
  void keep_early(NodeId from, const Bytes& frame);
  void serve_early();
  Errc recover_parts(const Journal::Recovered& found);
  Errc replay(const PartRecord& record);
  void settle_realm();
  void keep(Part part, std::vector<Bytes>& records);
  void keep_groups();
  bool compaction_is_due() const;
  void compact();
  Bytes image() const;
  void settle();
  void submit_journal();
  void flush_journal();  // now, or at the end of the turn
  void send(NodeId to, std::uint8_t type, Bytes payload);
  void send_after(std::uint64_t record, NodeId to, std::uint8_t type, Bytes payload);
  std::uint64_t record_of_groups(std::uint64_t records) const;
  void release_held();
  void fail_stop(Errc reason);
  void emit(TraceKind kind, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
            std::uint64_t d = 0, std::uint64_t e = 0);

  // ---- service.cpp: clients' requests
  void receive_request(NodeId from, ByteView payload);
  void serve_here(NodeId from, realm::Request request);
  void dispatch(RequestHandle handle);
  void answer(NodeId client, const realm::Reply& reply);
  void refuse(NodeId client, const realm::Request& request, realm::ReplyCode code, Errc error);
  void finish_refused(RequestHandle handle, realm::ReplyCode code, Errc error);
  void finish(RequestHandle handle, const realm::Reply& reply);

  // ---- modes.cpp: LOCAL, and clients that have seen more than this replica
  void serve_local(NodeId from, const realm::Request& request);
  void park(RequestHandle handle);
  void serve_parked();
  Instant parked_deadline() const;

  // ---- remote_calls.cpp: other nodes. `remote_` is there when Options::endpoint or remote_calls says so;
  // what is called by it or calls through it (remote.h) leaves behind the records of what it tells.
  void start_remote();
  void serve_remote();
  void settle_remote();
  NodeId home_of(WorknodeId worknode) const;
  bool send_home(NodeId from, const realm::Request& request);
  void answer_from_home(RequestHandle handle, const rpc::Completion& completion);
  void execute_for(const rpc::Delivery& delivery);
  void reply_for(rpc::Incoming call, const realm::Reply& reply);
  void count_for(const rpc::Delivery& delivery);
  void reply_count(rpc::Incoming call, std::int64_t count);
  bool sum_elsewhere(RequestHandle handle, WorknodeId worknode);
  void counted_elsewhere(RequestHandle handle, const rpc::Completion& completion);
  // ---- groups.cpp: STRONG, the groups of this node and those of others
  void make_groups();
  void begin_groups();
  void serve_strong(NodeId from, const realm::Request& request);
  void on_group_frame(NodeId from, wire::FrameType type, ByteView payload);
  void start_strong();
  void ask_elsewhere(const StrongOperations::Ask& ask);
  void submit_for(const rpc::Delivery& delivery);
  void settle_groups();
  void settle_strong();
  void take_group_answers();
  void follow_tree();
  void regroup();
  void tell_change(std::uint64_t asked);
  raft::MemberList members_of(groups::GroupId group, const groups::Location& hint) const;
  void tell_durable();
  void tick_groups();
  groups::Moment group_moment() const;
  std::uint64_t draw_for_groups();
  Instant groups_deadline() const;

  // ---- inspect.cpp
  void inspect_groups(Inspector& to) const;
  void inspect_waiting(Inspector& to) const;

  // ---- actors.cpp
  std::optional<actor::ActorId> actor_of(WorknodeId worknode);
  WorknodeId worknode_of(actor::ActorId actor) const;
  void restart_moved();
  actor::Outcome serve(actor::Context& context, const actor::Message& message);
  actor::Outcome sum(actor::Context& context, const actor::Message& message);
  PendingRequest* request_of(const actor::Message& message, WorknodeId holder);
  void on_failed(const actor::Failure& failure) override;
  void on_restarted(actor::ActorId actor) override;
  void on_stopped(actor::ActorId actor) override;
  void on_escalated(actor::ActorId from, actor::ActorId to, const actor::Outcome& outcome) override;
  void on_stalled(const actor::Stall& stall) override;
  void on_shed(actor::ActorId actor, const actor::Message& message) override;
  Instant reading() override { return backend_.clock.monotonic_now(); }

  Options options_;
  Backend& backend_;
  bool failed_ = false;
  Journal journal_;
  std::deque<Held> held_;
  std::vector<Early> early_;  // requests that came before the journal was read; at most requests_max
  std::size_t early_bytes_ = 0;

  memory::Memory memory_;
  memory::SlabResource resource_;
  std::unique_ptr<realm::Realm> realm_;
  realm::Effects effects_;
  modes::LocalStore local_;
  std::vector<Bytes> local_journal_;
  std::unique_ptr<groups::Groups> groups_;  // none: nothing is STRONG here
  groups::Effects group_effects_;
  StrongOperations strong_;
  StrongOperations::Effects strong_effects_;
  LastBegun strong_begun_{kBegunMax};  // what was let through here
  struct Asked {                       // by another node
    rpc::Incoming call;
    std::uint64_t context = 0;
  };
  std::map<std::uint64_t, Asked> asked_;  // by the context that our groups know
  std::uint64_t last_asked_ = 0;
  struct Mark {  // when so much of the journal is durable, so many of the groups' records are
    std::uint64_t appended = 0;
    std::uint64_t records = 0;
  };
  std::deque<Mark> marks_;
  Requests requests_;
  std::deque<Parked> parked_;  // ascending by `until`

  struct Sum {  // of the children that are at home on other nodes
    WorknodeId worknode;
    std::size_t waits_for = 0;
    std::int64_t total = 0;
    Errc error = Errc::ok;
  };
  std::uint64_t incarnation_ = 0;  // starts of this node; kept only when there is an endpoint
  // What frames of calls rest on: this start's number, and the EVENTUAL state that was told last.
  std::uint64_t remote_rests_on_ = 0;
  bool remote_tells_ = false;  // what is not durable yet, with the next flush
  std::unique_ptr<Remote> remote_;
  std::map<std::uint64_t, Sum> sums_;  // by request handle

  Serving serving_;
  Summing summing_;
  actor::PlainStacks stacks_;
  std::unique_ptr<actor::Order> base_order_;
  std::unique_ptr<actor::Order> order_;
  std::unique_ptr<ToldOrder> told_order_;
  std::map<WorknodeId, actor::ActorId> actors_;
  std::map<std::uint64_t, WorknodeId> places_;  // by actor
  actor::KindId worknode_kind_;
  actor::KindId sum_kind_;
  std::uint64_t restarts_ = 0;
  std::unique_ptr<actor::System> system_;

  std::uint64_t mailbox_waits_ = 0;
  Duration mailbox_waited_;
  Instant busy_until_;
  std::uint64_t draws_ = 0;
  std::uint64_t rpc_draws_ = 0;
  std::uint64_t group_draws_ = 0;
  std::uint64_t regroup_draws_ = 0;
  Instant next_regroup_;
  Instant armed_ = Instant::max();
  bool flush_due_ = false;
  Instant flush_since_;  // something waits to be flushed
  Instant flush_begun_;  // the one under way
  Duration flush_took_;  // the last one
};

}  // namespace wn::host
