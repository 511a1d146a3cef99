#pragma once
// Agreement: what all members of a realm (or of a key-value service) must have the same in their
// configurations, compared whenever two of them meet, before anything else passes between them.
//
// A Process around the service. To each member it says first what it has (a frame of type kAgreementType);
// what its service sends meanwhile is held (kHeldFramesMax, kHeldBytesMax), and what comes from a member that
// has not yet said the same is dropped: it will be sent again. Two that differ hear nothing of each other's
// services until one of them was restarted with other values, and `differs` is told of each difference once.
// Clients are not asked. Every start of a process begins anew.
//
// Wire: Protobuf, canonical: 1 wants an answer, 2 … repeated name and value in turns, by name.
// Limits: kSharedMax values of kSharedBytesMax together; a frame beyond them is dropped.
// Thread rule: the node's event loop.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/backend/process.h"
#include "runtime/daemon/config.h"

namespace wn::daemon {

inline constexpr std::uint8_t kAgreementType = 80;  // of wire::FrameType's numbers
inline constexpr std::size_t kSharedMax = 64;
inline constexpr std::size_t kSharedBytesMax = 8192;
inline constexpr std::size_t kHeldFramesMax = 256;  // for one member
inline constexpr std::size_t kHeldBytesMax = 256U << 10;
inline constexpr Duration kAskInterval = milliseconds(100);

// "raft.election_timeout_min" and "150ms"; ascending by name.
using Shared = std::vector<std::pair<std::string, std::string>>;
Shared shared_of(const Config& config);

struct Difference {
  NodeId member;
  std::string name;
  std::string here;   // empty: this one has no such value
  std::string there;  // likewise
  friend bool operator==(const Difference&, const Difference&) = default;
};

Bytes encode_agreement(const Shared& shared, bool wants_answer);
struct Agreement {
  Shared shared;
  bool wants_answer = false;
};
// Errors: bad_input, too_large. Total on hostile bytes.
Result<Agreement> decode_agreement(ByteView frame);
std::vector<Difference> differences(NodeId member, const Shared& here, const Shared& there);

struct AgreementOptions {
  Shared shared;
  std::vector<NodeId> members;  // the others
  std::function<void(const Difference&)> differs;
};

class Agreeing final : public Process, private Network {
 public:
  Agreeing(NodeId id, Backend& outer, const ProcessFactory& service, AgreementOptions options);

  void on_start() override;
  void on_message(NodeId from, const Bytes& frame) override;
  void on_timer(std::uint32_t slot) override { inner_->on_timer(slot); }
  void on_disk(DiskCompletion completion) override { inner_->on_disk(std::move(completion)); }
  void on_control(const Bytes& command) override { inner_->on_control(command); }
  void inspect(Inspector& to) const override { inner_->inspect(to); }

 private:
  enum class State : std::uint8_t { unknown, agreed, differs };
  struct Member {
    State state = State::unknown;
    bool asked = false;
    Instant asked_at;
    std::vector<std::pair<Bytes, std::uint8_t>> held;
    std::size_t held_bytes = 0;
    std::vector<Difference> told;  // the last ones
  };
  Errc send(NodeId to, Bytes frame, std::uint8_t type) override;
  Errc hold(Member& member, Bytes frame, std::uint8_t type);
  void ask(NodeId id, Member& member);
  void hear(NodeId from, Member& member, const Bytes& frame);

  Backend& outer_;
  AgreementOptions options_;
  std::map<NodeId, Member> members_;
  std::size_t not_agreed_ = 0;
  Backend backend_;  // the service's
  std::unique_ptr<Process> inner_;
};

}  // namespace wn::daemon
