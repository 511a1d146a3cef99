#pragma once
// The vocabulary as words: what plans, scenarios, reports and people call each kind. Kebab-case, stable: they
// are written in plan files. The `*_from` functions are the inverse; nullopt = no such word.
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "faults/plan/plan.h"

namespace wn::faults {

std::string_view to_string(FaultKind kind);  // "partition", "packet-loss", "power-loss", "disk-bit-rot", …
std::string_view to_string(NodeRole role);   // "server", "spare", "client", "admin"
std::string_view to_string(OpFunction function);  // "get", "put", …, "nest", "publish"
std::string_view to_string(DeviationKind kind);   // "delay-message", "delay-process", "reorder-actors"
std::string_view to_string(Service service);      // "kv", "realm"
std::string_view to_string(ActorOrder order);     // "fifo", "round-robin", "random", "priority"
std::string_view to_string(MailboxFull full);     // "refuse", "shed-oldest", "park"
std::string_view to_string(Transport transport);  // "datagrams", "quic"

std::optional<FaultKind> fault_kind_from(std::string_view word);
std::optional<NodeRole> node_role_from(std::string_view word);
std::optional<OpFunction> op_function_from(std::string_view word);
std::optional<DeviationKind> deviation_kind_from(std::string_view word);
std::optional<Service> service_from(std::string_view word);
std::optional<ActorOrder> actor_order_from(std::string_view word);
std::optional<MailboxFull> mailbox_full_from(std::string_view word);
std::optional<Transport> transport_from(std::string_view word);
std::optional<Mode> mode_from(std::string_view word);

std::span<const FaultKind> all_fault_kinds();  // ascending

// Functions of one service; get, put, cas and append are of both.
bool serves(Service service, OpFunction function);
std::span<const OpFunction> all_functions();

// A realm's properties and rights by number, as runtime/realm/protocol.h has them (a test compares them).
inline constexpr std::uint32_t kPropertiesEnd = 7;       // 1 … 6: title count tags groups budget text
inline constexpr std::uint32_t kRightsEnd = 10;          // bits 0 … 9: read … publish
std::string_view property_name(std::uint32_t property);  // "unknown" for any other number
std::optional<std::uint32_t> property_from(std::string_view word);
std::string_view right_name(std::uint32_t bit);
std::optional<std::uint32_t> right_from(std::string_view word);  // its bit's number
// The property that a function works on: 0 = none, or any (get), or one of two (add).
std::uint32_t property_of(OpFunction function);
// The name of a worknode, or of one of its properties: "w12", "w12.tags".
std::string worknode_name(std::uint32_t worknode);
std::string property_path(std::uint32_t worknode, std::uint32_t property);
// The same in other modes: "s12", the STRONG register of a worknode; "n3.w12.title", a property of one node.
std::string strong_name(std::uint32_t worknode);
std::string local_path(NodeId node, std::uint32_t worknode, std::uint32_t property);
// Functions that an operation of that mode can have, in a realm.
bool has_mode(OpFunction function, Mode mode);

// The field's word for the family: partition packet kill pause clock disk membership byzantine.
std::string_view family_of(FaultKind kind);

inline bool is_packet(FaultKind k) { return k >= FaultKind::packet_clog && k <= FaultKind::packet_rate; }
inline bool is_process(FaultKind k) { return k >= FaultKind::kill && k <= FaultKind::wipe; }
inline bool is_clock(FaultKind k) { return k >= FaultKind::clock_step && k <= FaultKind::clock_freeze; }
inline bool is_disk(FaultKind k) { return k >= FaultKind::disk_error && k <= FaultKind::disk_sync_lie; }
inline bool is_service(FaultKind k) { return k >= FaultKind::membership && k <= FaultKind::transfer; }
inline bool is_byzantine(FaultKind k) {
  return k >= FaultKind::byzantine_twins && k <= FaultKind::byzantine_sybil;
}
// Kinds that happen at one moment and have no end of their own (duration 0).
bool is_instant(FaultKind kind);

// The nodes that lie at some moment of this plan, ascending.
std::vector<NodeId> liars_of(const Plan& plan);
// Does this byzantine fault concern that receiver? `amount` is the mask of them.
bool lies_to(const Fault& fault, NodeId receiver);

std::string node_name(NodeId id);  // "n7"
std::optional<NodeId> node_from(std::string_view name);

}  // namespace wn::faults
