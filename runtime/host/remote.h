#pragma once
// Remote: calls to other nodes' hosts and by them, over runtime/rpc. A table of methods with their handlers,
// and for each call of ours what is to be done when it ends.
//
//   remote.serve(RemoteMethod::strong, [&](const rpc::Delivery& d) { ... remote.reply(moment, d.call,
//   answer); }); remote.call(moment, {.to = node, .method = RemoteMethod::strong, ...}, [&](const
//   rpc::Completion& c) { ... });
//
// Neither runs inside of call(), reply() or receive(): they run in the host's next turn, by run_next().
// `done` runs exactly once, at `within` at the latest; a refusal on the spot is an outcome like any other.
// Frames leave at flush(), behind the records of what they tell (impl.h). With an identity answers are
// signed, and only signed ones are believed: another ends its call with bad_response. Thread rule: one
// thread.
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "runtime/host/answer_signatures.h"
#include "runtime/rpc/endpoint.h"

namespace wn::host {

enum class RemoteMethod : std::uint32_t {
  count = 1,  // a worknode's counter: 8 bytes, little-endian
  execute,    // a client's request, carried out at the worknode's home: realm::Reply
  strong,     // a STRONG operation, where its group is: whatever its handler says
};
inline constexpr std::uint32_t kRemoteKind = 1;  // of all results
inline constexpr std::uint32_t kRemoteHops = 4;

struct RemoteCall {
  NodeId to;  // another node
  RemoteMethod method{};
  WorknodeId target;
  rpc::IdempotencyKey key;  // own_key(), when nothing outside numbers the operation
  Duration within;
  std::vector<Bytes> arguments = {};
  Bytes capability = {};
  rpc::Incoming parent = {};  // the call that is being carried out by this one
};

class Remote {
 public:
  using Done = std::function<void(const rpc::Completion&)>;
  using Handler = std::function<void(const rpc::Delivery&)>;

  struct Options {
    NodeId node;
    std::vector<NodeId> members;    // ascending
    std::uint64_t incarnation = 0;  // greater at each start
    std::uint32_t calls_per_handler = 1024;
    const realm::Identity* identity = nullptr;  // none: peers are believed. Outlives the construction
    Defect defect = Defect::none;
    FaultPoints* fault_points = nullptr;  // outlives it
  };
  Remote(const Options& options, std::pmr::memory_resource* memory);

  // Handlers answer each call once, by reply(), now or later; one that does not answer in time is withdrawn.
  void serve(RemoteMethod method, Handler handler);
  void call(const rpc::Moment& moment, const RemoteCall& call, Done done);
  // REQUIRES result.kind == kRemoteKind when done.
  void reply(const rpc::Moment& moment, rpc::Incoming call, rpc::Answer answer);
  void reply(const rpc::Moment& moment, rpc::Incoming call, std::vector<Bytes> items);
  // Never used for another operation of this node, not even after a restart.
  rpc::IdempotencyKey own_key();

  void receive(const rpc::Moment& moment, NodeId from, rpc::MessageKind kind, ByteView payload);
  void tick(const rpc::Moment& moment, std::uint64_t draw);
  Instant next_deadline() const { return endpoint_.next_deadline(); }
  // The next handler or `done` that is due; false: none is.
  bool run_next();
  // Frames, notes and claims for the driver, who clears them.
  rpc::Effects& flush(const rpc::Moment& moment);
  const rpc::Endpoint& endpoint() const { return endpoint_; }

 private:
  void gather();

  Options options_;
  std::unique_ptr<AnswerSignatures> signatures_;  // with an identity
  rpc::Endpoint endpoint_;
  rpc::Effects effects_;
  std::map<std::uint32_t, Handler> handlers_;
  std::map<std::uint64_t, Done> waiting_;  // by context
  std::deque<rpc::Delivery> deliveries_;
  std::deque<rpc::Completion> completions_;
  std::uint64_t last_context_ = 0;
  std::uint32_t last_key_ = 0;
};

// The number of a start, as it is kept in the journal. The greatest that is found counts. False: not one.
Bytes incarnation_bytes(std::uint64_t incarnation);
bool incarnation_from(ByteView bytes, std::uint64_t& greatest);

}  // namespace wn::host
