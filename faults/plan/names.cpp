#include "faults/plan/names.h"

#include <array>
#include <charconv>

namespace wn::faults {
namespace {

template <class E>
struct Word {
  E value;
  std::string_view word;
};

constexpr std::array<Word<FaultKind>, 23> kKinds{{{FaultKind::partition, "partition"},
                                                  {FaultKind::packet_clog, "packet-clog"},
                                                  {FaultKind::packet_loss, "packet-loss"},
                                                  {FaultKind::packet_duplicate, "packet-duplicate"},
                                                  {FaultKind::packet_reorder, "packet-reorder"},
                                                  {FaultKind::packet_corrupt, "packet-corrupt"},
                                                  {FaultKind::packet_delay, "packet-delay"},
                                                  {FaultKind::packet_rate, "packet-rate"},
                                                  {FaultKind::kill, "kill"},
                                                  {FaultKind::power_loss, "power-loss"},
                                                  {FaultKind::pause, "pause"},
                                                  {FaultKind::wipe, "wipe"},
                                                  {FaultKind::clock_step, "clock-step"},
                                                  {FaultKind::clock_drift, "clock-drift"},
                                                  {FaultKind::clock_freeze, "clock-freeze"},
                                                  {FaultKind::disk_error, "disk-error"},
                                                  {FaultKind::disk_full, "disk-full"},
                                                  {FaultKind::disk_stall, "disk-stall"},
                                                  {FaultKind::disk_bit_rot, "disk-bit-rot"},
                                                  {FaultKind::disk_misdirect, "disk-misdirect"},
                                                  {FaultKind::disk_sync_lie, "disk-sync-lie"},
                                                  {FaultKind::membership, "membership"},
                                                  {FaultKind::transfer, "transfer"}}};
constexpr std::array<Word<NodeRole>, 4> kRoles{{{NodeRole::server, "server"},
                                                {NodeRole::spare, "spare"},
                                                {NodeRole::client, "client"},
                                                {NodeRole::admin, "admin"}}};
constexpr std::array<Word<OpFunction>, 6> kFunctions{{{OpFunction::get, "get"},
                                                      {OpFunction::put, "put"},
                                                      {OpFunction::cas, "cas"},
                                                      {OpFunction::remove, "remove"},
                                                      {OpFunction::append, "append"},
                                                      {OpFunction::txn, "txn"}}};
constexpr std::array<Word<DeviationKind>, 2> kDeviations{
    {{DeviationKind::delay_message, "delay-message"}, {DeviationKind::delay_process, "delay-process"}}};

template <class E, std::size_t N>
std::string_view word_of(const std::array<Word<E>, N>& words, E value) {
  for (const Word<E>& w : words) {
    if (w.value == value) return w.word;
  }
  return "unknown";
}

template <class E, std::size_t N>
std::optional<E> value_of(const std::array<Word<E>, N>& words, std::string_view word) {
  for (const Word<E>& w : words) {
    if (w.word == word) return w.value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(FaultKind kind) { return word_of(kKinds, kind); }
std::string_view to_string(NodeRole role) { return word_of(kRoles, role); }
std::string_view to_string(OpFunction function) { return word_of(kFunctions, function); }
std::string_view to_string(DeviationKind kind) { return word_of(kDeviations, kind); }

std::optional<FaultKind> fault_kind_from(std::string_view word) { return value_of(kKinds, word); }
std::optional<NodeRole> node_role_from(std::string_view word) { return value_of(kRoles, word); }
std::optional<OpFunction> op_function_from(std::string_view word) { return value_of(kFunctions, word); }
std::optional<DeviationKind> deviation_kind_from(std::string_view word) {
  return value_of(kDeviations, word);
}

std::span<const FaultKind> all_fault_kinds() {
  static constexpr auto kAll = [] {
    std::array<FaultKind, kKinds.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = kKinds[i].value;
    return all;
  }();
  return kAll;
}

std::string_view family_of(FaultKind kind) {
  if (kind == FaultKind::partition) return "partition";
  if (is_packet(kind)) return "packet";
  if (kind == FaultKind::pause) return "pause";
  if (is_process(kind)) return "kill";
  if (is_clock(kind)) return "clock";
  if (is_disk(kind)) return "disk";
  return "membership";
}

bool is_instant(FaultKind kind) {
  return kind == FaultKind::disk_bit_rot || kind == FaultKind::disk_misdirect || is_service(kind);
}

std::string node_name(NodeId id) {
  std::array<char, 16> buffer{'n'};
  const auto end = std::to_chars(buffer.data() + 1, buffer.data() + buffer.size(), id.value).ptr;
  return std::string(buffer.data(), end);
}

std::optional<NodeId> node_from(std::string_view name) {
  if (!name.starts_with('n')) return std::nullopt;
  name.remove_prefix(1);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (error != std::errc{} || end != name.data() + name.size() || value == 0) return std::nullopt;
  return NodeId{value};
}

}  // namespace wn::faults
