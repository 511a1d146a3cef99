#include "scenarios/workloads/admin_process.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/kv/client.h"
#include "runtime/wire/client_codec.h"

namespace wn::scenarios {
namespace {

constexpr std::uint32_t kRetryTimer = 0;
constexpr std::size_t kVotersMax = kv::kServersMax;
// A command as bytes: a mark, then node ids as little-endian 32-bit numbers.
constexpr std::uint8_t kMembershipMark = 'M';
constexpr std::uint8_t kTransferMark = 'T';

class AdminHost final : public Process {
 public:
  AdminHost(AdminHostOptions options, Backend& backend)
      : backend_(backend),
        active_(options.active),
        client_({.servers = options.servers,
                 .operation_timeout = options.deadline,
                 .attempt_timeout = options.attempt}) {}

  void on_start() override {
    if (active_ != Duration::max()) over_at_ = backend_.clock.monotonic_now() + active_;
  }

  void on_control(const Bytes& command) override {
    if (stopped()) return;
    auto decoded = decode_admin_command(command.view());
    if (!decoded) {
      backend_.probe.sometimes("admin: invalid command dropped");
      return;
    }
    if (waiting_.size() == kAdminCommandsMax) {
      backend_.probe.sometimes("admin: command dropped, too many waiting");
      return;
    }
    waiting_.push_back(std::move(*decoded));
    begin_next();
  }

  void on_message(NodeId from, const Bytes& frame) override {
    if (stopped()) return;
    kv::ClientReply reply;
    if (wire::decode(frame, reply) != Errc::ok) return;
    client_.on_reply(backend_.clock.monotonic_now(), from, reply, jitter(), effects_);
    carry_out();
  }

  void on_timer(std::uint32_t) override {
    if (stopped()) return;
    client_.on_tick(backend_.clock.monotonic_now(), jitter(), effects_);
    carry_out();
  }

  void on_disk(DiskCompletion) override {}

  void inspect(Inspector& to) const override {
    inspect_list(to, "waiting", waiting_, [&](const AdminCommand& command) {
      const InspectedGroup group(to);
      to.flag("transfer", command.transfer);
      inspect_list(to, "nodes", command.voters, [&](NodeId id) { to.node({}, id); });
    });
    const InspectedGroup client(to, "client");
    client_.inspect(to);
  }

 private:
  // What is unfinished stays so, with an unknown outcome.
  bool stopped() {
    if (backend_.clock.monotonic_now() < over_at_) return false;
    waiting_.clear();
    backend_.clock.disarm(kRetryTimer);
    return true;
  }

  void begin_next() {
    if (client_.busy() || waiting_.empty()) return;
    AdminCommand command = std::move(waiting_.front());
    waiting_.pop_front();
    kv::ClientOperation operation;
    operation.kind = command.transfer ? kv::RequestKind::transfer : kv::RequestKind::membership;
    if (command.transfer) {
      operation.target = command.voters.front();
    } else {
      operation.voters = std::move(command.voters);
    }
    client_.invoke(backend_.clock.monotonic_now(), std::move(operation), jitter(), effects_);
    carry_out();
  }

  void carry_out() {
    for (const kv::ClientSend& send : effects_.sends) {
      const auto type = static_cast<std::uint8_t>(wire::FrameType::client_request);
      if (backend_.network.send(send.to, wire::encode(send.request), type) != Errc::ok) {
        backend_.probe.sometimes("admin: outgoing queue full");
      }
    }
    const bool over = !effects_.completed.empty();
    if (over) tell(effects_.completed.front());
    effects_.clear();
    if (client_.busy()) {
      backend_.clock.arm(kRetryTimer, client_.next_deadline());
    } else {
      backend_.clock.disarm(kRetryTimer);
    }
    if (over) begin_next();
  }

  void tell(const kv::ClientResult& result) {
    switch (result.outcome) {
      case kv::Outcome::ok:
        return backend_.probe.sometimes("admin: change carried out");
      case kv::Outcome::fail:
        return backend_.probe.sometimes("admin: change refused");
      case kv::Outcome::info:
        return backend_.probe.sometimes("admin: outcome of a change unknown");
    }
  }

  std::uint64_t jitter() { return backend_.entropy.draw("admin.jitter", draws_++).u64(); }

  Backend& backend_;
  Duration active_;
  Instant over_at_ = Instant::max();
  kv::Client client_;
  kv::ClientEffects effects_;
  std::deque<AdminCommand> waiting_;
  std::uint64_t draws_ = 0;
};

}  // namespace

Bytes encode(const AdminCommand& command) {
  WN_CHECK(!command.voters.empty());
  WN_CHECK_LE(command.voters.size(), kVotersMax);
  return Bytes::build(1 + 4 * command.voters.size(), [&](std::uint8_t* to) {
    *to++ = command.transfer ? kTransferMark : kMembershipMark;
    for (NodeId id : command.voters) {
      for (int i = 0; i < 4; ++i) *to++ = static_cast<std::uint8_t>(id.value >> (8 * i));
    }
  });
}

Bytes encode_admin_command(const faults::Fault& fault) {
  return encode(AdminCommand{.transfer = fault.kind == faults::FaultKind::transfer, .voters = fault.nodes});
}

Result<AdminCommand> decode_admin_command(ByteView bytes) {
  if (bytes.size() < 5 || bytes.size() % 4 != 1 || bytes.size() > 1 + 4 * kVotersMax) {
    return fail(Errc::bad_input, "an admin command is a mark and 1 to 64 node ids");
  }
  if (bytes[0] != kMembershipMark && bytes[0] != kTransferMark) {
    return fail(Errc::bad_input, "unknown kind of admin command");
  }
  AdminCommand out{.transfer = bytes[0] == kTransferMark};
  for (std::size_t at = 1; at < bytes.size(); at += 4) {
    std::uint32_t id = 0;
    for (std::size_t i = 0; i < 4; ++i) id |= std::uint32_t{bytes[at + i]} << (8 * i);
    if (id == 0) return fail(Errc::bad_input, "node id 0 is nobody");
    out.voters.push_back(NodeId{id});
  }
  if (out.transfer && out.voters.size() != 1) return fail(Errc::bad_input, "a transfer names one node");
  return out;
}

std::unique_ptr<Process> make_admin_process(AdminHostOptions options, Backend& backend) {
  return std::make_unique<AdminHost>(std::move(options), backend);
}

}  // namespace wn::scenarios
