#include "faults/plan/names.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace wn::faults {
namespace {

template <class E>
struct Word {
  E value;
  std::string_view word;
};

constexpr std::array<Word<FaultKind>, 35> kKinds{
    {{FaultKind::partition, "partition"},
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
     {FaultKind::transfer, "transfer"},
     {FaultKind::byzantine_twins, "byzantine-twins"},
     {FaultKind::byzantine_equivocate, "byzantine-equivocate"},
     {FaultKind::byzantine_replay, "byzantine-replay"},
     {FaultKind::byzantine_forge, "byzantine-forge"},
     {FaultKind::byzantine_withhold, "byzantine-withhold"},
     {FaultKind::byzantine_delay, "byzantine-delay"},
     {FaultKind::byzantine_mutate, "byzantine-mutate"},
     {FaultKind::byzantine_future_clock, "byzantine-future-clock"},
     {FaultKind::byzantine_amplify, "byzantine-amplify"},
     {FaultKind::byzantine_wrong_answer, "byzantine-wrong-answer"},
     {FaultKind::byzantine_corrupt_snapshot, "byzantine-corrupt-snapshot"},
     {FaultKind::byzantine_sybil, "byzantine-sybil"}}};
constexpr std::array<Word<NodeRole>, 4> kRoles{{{NodeRole::server, "server"},
                                                {NodeRole::spare, "spare"},
                                                {NodeRole::client, "client"},
                                                {NodeRole::admin, "admin"}}};
constexpr std::array<Word<OpFunction>, 20> kFunctions{
    {{OpFunction::get, "get"},         {OpFunction::put, "put"},        {OpFunction::cas, "cas"},
     {OpFunction::remove, "remove"},   {OpFunction::append, "append"},  {OpFunction::txn, "txn"},
     {OpFunction::add, "add"},         {OpFunction::spend, "spend"},    {OpFunction::include, "include"},
     {OpFunction::exclude, "exclude"}, {OpFunction::nest, "nest"},      {OpFunction::create, "create"},
     {OpFunction::move, "move"},       {OpFunction::trash, "trash"},    {OpFunction::restore, "restore"},
     {OpFunction::query, "query"},     {OpFunction::call, "call"},      {OpFunction::crash, "crash"},
     {OpFunction::revoke, "revoke"},   {OpFunction::publish, "publish"}}};
constexpr std::array<Word<DeviationKind>, 3> kDeviations{{{DeviationKind::delay_message, "delay-message"},
                                                          {DeviationKind::delay_process, "delay-process"},
                                                          {DeviationKind::reorder_actors, "reorder-actors"}}};
constexpr std::array<Word<Service>, 2> kServices{{{Service::kv, "kv"}, {Service::realm, "realm"}}};
constexpr std::array<Word<ActorOrder>, 4> kOrders{{{ActorOrder::fifo, "fifo"},
                                                   {ActorOrder::round_robin, "round-robin"},
                                                   {ActorOrder::random, "random"},
                                                   {ActorOrder::priority, "priority"}}};
constexpr std::array<Word<MailboxFull>, 3> kFull{{{MailboxFull::refuse, "refuse"},
                                                  {MailboxFull::shed_oldest, "shed-oldest"},
                                                  {MailboxFull::park, "park"}}};
constexpr std::array<Word<Transport>, 2> kTransports{
    {{Transport::datagrams, "datagrams"}, {Transport::quic, "quic"}}};
constexpr std::array<Word<Mode>, 3> kModes{
    {{Mode::local, "local"}, {Mode::eventual, "eventual"}, {Mode::strong, "strong"}}};
constexpr std::array<Word<std::uint32_t>, 6> kProperties{
    {{1, "title"}, {2, "count"}, {3, "tags"}, {4, "groups"}, {5, "budget"}, {6, "text"}}};
constexpr std::array<Word<std::uint32_t>, 10> kRights{{{0, "read"},
                                                       {1, "write"},
                                                       {2, "create"},
                                                       {3, "move"},
                                                       {4, "remove"},
                                                       {5, "call"},
                                                       {6, "delegate"},
                                                       {7, "revoke"},
                                                       {8, "query"},
                                                       {9, "publish"}}};

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
std::string_view to_string(Service service) { return word_of(kServices, service); }
std::string_view to_string(ActorOrder order) { return word_of(kOrders, order); }
std::string_view to_string(MailboxFull full) { return word_of(kFull, full); }
std::string_view to_string(Transport transport) { return word_of(kTransports, transport); }
std::string_view property_name(std::uint32_t property) { return word_of(kProperties, property); }
std::string_view right_name(std::uint32_t bit) { return word_of(kRights, bit); }

std::optional<FaultKind> fault_kind_from(std::string_view word) { return value_of(kKinds, word); }
std::optional<NodeRole> node_role_from(std::string_view word) { return value_of(kRoles, word); }
std::optional<OpFunction> op_function_from(std::string_view word) { return value_of(kFunctions, word); }
std::optional<DeviationKind> deviation_kind_from(std::string_view word) {
  return value_of(kDeviations, word);
}
std::optional<Service> service_from(std::string_view word) { return value_of(kServices, word); }
std::optional<ActorOrder> actor_order_from(std::string_view word) { return value_of(kOrders, word); }
std::optional<MailboxFull> mailbox_full_from(std::string_view word) { return value_of(kFull, word); }
std::optional<Transport> transport_from(std::string_view word) { return value_of(kTransports, word); }
std::optional<Mode> mode_from(std::string_view word) { return value_of(kModes, word); }
std::optional<std::uint32_t> property_from(std::string_view word) { return value_of(kProperties, word); }
std::optional<std::uint32_t> right_from(std::string_view word) { return value_of(kRights, word); }

std::span<const OpFunction> all_functions() {
  static constexpr auto kAll = [] {
    std::array<OpFunction, kFunctions.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = kFunctions[i].value;
    return all;
  }();
  return kAll;
}

bool serves(Service service, OpFunction function) {
  if (function == OpFunction::get || function == OpFunction::put || function == OpFunction::append ||
      function == OpFunction::cas)
    return true;
  return (service == Service::realm) == (function >= OpFunction::add);
}

std::uint32_t property_of(OpFunction function) {
  switch (function) {
    case OpFunction::put:
      return 1;
    case OpFunction::include:
    case OpFunction::exclude:
      return 3;
    case OpFunction::nest:
      return 4;
    case OpFunction::spend:
      return 5;
    case OpFunction::append:
      return 6;
    default:
      return 0;
  }
}

std::string worknode_name(std::uint32_t worknode) { return "w" + std::to_string(worknode); }
std::string property_path(std::uint32_t worknode, std::uint32_t property) {
  return worknode_name(worknode) + "." + std::string(property_name(property));
}
std::string strong_name(std::uint32_t worknode) { return "s" + std::to_string(worknode); }
std::string local_path(NodeId node, std::uint32_t worknode, std::uint32_t property) {
  return node_name(node) + "." + property_path(worknode, property);
}

bool has_mode(OpFunction function, Mode mode) {
  switch (mode) {
    case Mode::local:
      return function == OpFunction::get || function == OpFunction::put || function == OpFunction::add;
    case Mode::eventual:
      return function != OpFunction::cas && serves(Service::realm, function);
    case Mode::strong:
      return function == OpFunction::get || function == OpFunction::put || function == OpFunction::cas;
  }
  return false;
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
  if (is_byzantine(kind)) return "byzantine";
  return "membership";
}

bool is_instant(FaultKind kind) {
  return kind == FaultKind::disk_bit_rot || kind == FaultKind::disk_misdirect || is_service(kind);
}

std::vector<NodeId> liars_of(const Plan& plan) {
  std::vector<NodeId> liars;
  for (const Fault& f : plan.faults) {
    if (is_byzantine(f.kind)) liars.insert(liars.end(), f.nodes.begin(), f.nodes.end());
  }
  std::ranges::sort(liars);
  const auto rest = std::ranges::unique(liars);
  liars.erase(rest.begin(), rest.end());
  return liars;
}

bool lies_to(const Fault& fault, NodeId receiver) {
  constexpr std::uint32_t kMaskBits = 63;
  return fault.amount == 0 || (fault.amount >> ((receiver.value - 1) % kMaskBits) & 1) != 0;
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
