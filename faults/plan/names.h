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
std::string_view to_string(OpFunction function);  // "get", "put", "cas", "remove", "append", "txn"
std::string_view to_string(DeviationKind kind);   // "delay-message", "delay-process"

std::optional<FaultKind> fault_kind_from(std::string_view word);
std::optional<NodeRole> node_role_from(std::string_view word);
std::optional<OpFunction> op_function_from(std::string_view word);
std::optional<DeviationKind> deviation_kind_from(std::string_view word);

std::span<const FaultKind> all_fault_kinds();  // ascending

// The field's word for the family: partition packet kill pause clock disk membership.
std::string_view family_of(FaultKind kind);

inline bool is_packet(FaultKind k) { return k >= FaultKind::packet_clog && k <= FaultKind::packet_rate; }
inline bool is_process(FaultKind k) { return k >= FaultKind::kill && k <= FaultKind::wipe; }
inline bool is_clock(FaultKind k) { return k >= FaultKind::clock_step && k <= FaultKind::clock_freeze; }
inline bool is_disk(FaultKind k) { return k >= FaultKind::disk_error && k <= FaultKind::disk_sync_lie; }
inline bool is_service(FaultKind k) { return k >= FaultKind::membership; }
// Kinds that happen at one moment and have no end of their own (duration 0).
bool is_instant(FaultKind kind);

std::string node_name(NodeId id);  // "n7"
std::optional<NodeId> node_from(std::string_view name);

}  // namespace wn::faults
